"""The kinds of changes that Stripe is asked for, as data."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Kind:
    # Of the package's client.
    path: str
    # Where an object is changed: params have it as `id`, which is no parameter of Stripe's.
    takes_id: bool = False
    # Fields of the answer that are kept; the object itself can be fetched.
    keeps: tuple[str, ...] = ("id",)
    # Whoever does it twice has done it once, also when Stripe has forgotten the key.
    is_repeatable: bool = False
    # The list in which one of unknown outcome is looked for by its metadata, and which of the
    # params narrow it; `id` is that of the object the list belongs to.
    found_in: str = ""
    found_by: tuple[str, ...] = ()


_SESSION = ("id", "url", "status", "payment_status", "payment_intent", "subscription", "expires_at")
_SUBSCRIPTION = ("id", "status", "cancel_at_period_end")

KINDS: dict[str, Kind] = {
    "checkout.session.create": Kind(
        path="checkout.sessions.create",
        keeps=_SESSION,
        found_in="checkout.sessions",
        found_by=("customer",),
    ),
    "checkout.session.expire": Kind(
        path="checkout.sessions.expire", takes_id=True, keeps=_SESSION, is_repeatable=True
    ),
    "refund.create": Kind(
        path="refunds.create",
        keeps=("id", "status", "amount", "currency", "charge", "payment_intent", "failure_reason"),
        found_in="refunds",
        found_by=("payment_intent", "charge"),
    ),
    "transfer.create": Kind(
        path="transfers.create",
        keeps=("id", "amount", "currency", "destination", "balance_transaction", "transfer_group"),
        found_in="transfers",
        found_by=("transfer_group", "destination"),
    ),
    "reversal.create": Kind(
        path="transfers.reversals.create",
        takes_id=True,
        keeps=("id", "amount", "currency", "transfer", "balance_transaction"),
        found_in="transfers.reversals",
        found_by=("id",),
    ),
    "customer.create": Kind(path="customers.create", found_in="customers", found_by=("email",)),
    "account.create": Kind(path="accounts.create", keeps=("id", "country"), found_in="accounts"),
    # Addresses that sign somebody in are not kept.
    "account_link.create": Kind(path="account_links.create", keeps=(), is_repeatable=True),
    "login_link.create": Kind(
        path="accounts.login_links.create", takes_id=True, keeps=(), is_repeatable=True
    ),
    "portal_session.create": Kind(
        path="billing_portal.sessions.create", keeps=("id",), is_repeatable=True
    ),
    "product.create": Kind(path="products.create", found_in="products"),
    "price.create": Kind(path="prices.create", found_in="prices", found_by=("product",)),
    "subscription.update": Kind(
        path="subscriptions.update", takes_id=True, keeps=_SUBSCRIPTION, is_repeatable=True
    ),
    # A second time it is refused, since there is nothing left to cancel.
    "subscription.cancel": Kind(
        path="subscriptions.cancel", takes_id=True, keeps=_SUBSCRIPTION, is_repeatable=True
    ),
}
