"""Connected accounts of hosts: made, onboarded, paid, restricted, closed."""

from typing import Any

from .. import errors
from ..calls import Call, Route, acting_on, listing, merged
from ..store import Object
from ..world import DAY_S, PLATFORM, World, new_id, nulls
from . import balance
from .sessions import require_url

LINK_LIFE_S = 5 * 60
CURRENCY_OF = {"US": "usd", "GB": "gbp", "JP": "jpy", "CH": "chf", "SE": "sek"}
EURO = ("AT", "BE", "DE", "ES", "FI", "FR", "IE", "IT", "NL", "PT")
OWN = "acct_standin0platform"

_WANTED = [
    "business_type",
    "external_account",
    "individual.dob.day",
    "individual.dob.month",
    "individual.dob.year",
    "individual.first_name",
    "individual.last_name",
    "tos_acceptance.date",
    "tos_acceptance.ip",
]


def _create(call: Call) -> Object:
    world, given = call.world, call.params
    if given.get("type") and given.get("controller"):
        raise errors.invalid(
            "You may only specify one of these parameters: controller, type.", "type"
        )
    controller = given.get("controller", {})
    kind = {"express": "express", "full": "standard"}.get(
        controller.get("stripe_dashboard", {}).get("type", ""), given.get("type", "custom")
    )
    if given.get("type", "express") != "express" or (controller and kind != "express"):
        raise errors.not_offered("accounts without the Express dashboard", "controller")
    country = given.get("country", "US")
    account_id = "acct_" + new_id("")[1:17]
    account = {
        "id": account_id,
        "object": "account",
        "business_profile": nulls(
            "annual_revenue",
            "estimated_worker_count",
            "mcc",
            "name",
            "product_description",
            "support_address",
            "support_email",
            "support_phone",
            "support_url",
            "url",
        )
        | given.get("business_profile", {}),
        "business_type": given.get("business_type"),
        "capabilities": {
            name: "inactive"
            for name, asked in given.get("capabilities", {}).items()
            if asked.get("requested")
        },
        "charges_enabled": False,
        "controller": {
            "fees": {"payer": controller.get("fees", {}).get("payer", "account")},
            "is_controller": True,
            "losses": {"payments": controller.get("losses", {}).get("payments", "stripe")},
            "requirement_collection": controller.get("requirement_collection", "stripe"),
            "stripe_dashboard": {"type": kind},
            "type": "application",
        },
        "country": country,
        "created": world.now(),
        "default_currency": currency_of(country),
        "details_submitted": False,
        "email": given.get("email"),
        "external_accounts": _no_banks(account_id),
        "future_requirements": _requirements(),
        "metadata": given.get("metadata") or {},
        "payouts_enabled": False,
        "requirements": _requirements(
            currently_due=_WANTED, past_due=_WANTED, disabled_reason="requirements.past_due"
        ),
        "settings": {
            "branding": nulls("icon", "logo", "primary_color", "secondary_color"),
            "card_payments": nulls("statement_descriptor_prefix"),
            "dashboard": {"display_name": None, "timezone": "Etc/UTC"},
            "payments": nulls("statement_descriptor"),
            "payouts": {
                "debit_negative_balances": True,
                "schedule": {"delay_days": 2, "interval": "daily"},
                "statement_descriptor": None,
            },
        },
        "tos_acceptance": nulls("date", "ip", "user_agent"),
        "type": kind,
    }
    _schedule(account, given)
    world.store.add(account)
    world.at(_next_midnight(world.now()), "account_is_paid_out", account_id)
    return account


def _schedule(account: Object, given: dict[str, Any]) -> None:
    for name in given.get("settings", {}).keys() - {"payouts"}:
        raise errors.not_offered(f"the parameter settings[{name}]", f"settings[{name}]")
    wanted = given.get("settings", {}).get("payouts", {}).get("schedule", {})
    account["settings"]["payouts"]["schedule"] |= wanted


def currency_of(country: str) -> str:
    return "eur" if country in EURO else CURRENCY_OF.get(country, "usd")


def _no_banks(account_id: str) -> Object:
    return {
        "object": "list",
        "data": [],
        "has_more": False,
        "total_count": 0,
        "url": f"/v1/accounts/{account_id}/external_accounts",
    }


def _requirements(**changed: Any) -> Object:
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": [],
        "disabled_reason": None,
        "errors": [],
        "eventually_due": changed.get("currently_due", []),
        "past_due": [],
        "pending_verification": [],
        **changed,
    }


def _next_midnight(now: int) -> int:
    return (now // DAY_S + 1) * DAY_S


def can_receive(account: Object) -> bool:
    return account["capabilities"].get("transfers") == "active"


# --- What happens to an account ---


def complete(world: World, account: Object) -> Object:
    """Its owner has told everything, and it may be paid."""
    bank = {
        "id": new_id("ba"),
        "object": "bank_account",
        "account": account["id"],
        "account_holder_name": None,
        "account_holder_type": None,
        "account_type": None,
        "available_payout_methods": ["standard"],
        "bank_name": "STANDIN TEST BANK",
        "country": account["country"],
        "currency": account["default_currency"],
        "default_for_currency": True,
        "fingerprint": "standin",
        "last4": "6789",
        "metadata": {},
        "routing_number": "110000000",
        "status": "new",
    }
    banks = account["external_accounts"]
    if not banks["data"]:
        account["external_accounts"] = banks | {"data": [bank], "total_count": 1}
    account["business_type"] = account["business_type"] or "individual"
    account["tos_acceptance"] = account["tos_acceptance"] | {"date": world.now()}
    return _become(world, account, "active", submitted=True, requirements=_requirements())


def review(world: World, account: Object) -> Object:
    """All told, but Stripe looks at it first."""
    waiting = _requirements(
        pending_verification=["individual.verification.document"],
        disabled_reason="requirements.pending_verification",
    )
    world.at(world.now() + world.terms.review_s, "account_is_reviewed", account["id"])
    return _become(world, account, "pending", submitted=True, requirements=waiting)


def restrict(world: World, account: Object) -> Object:
    missing = ["individual.verification.document"]
    due = _requirements(
        currently_due=missing, past_due=missing, disabled_reason="requirements.past_due"
    )
    return _become(
        world, account, "inactive", submitted=account["details_submitted"], requirements=due
    )


def _become(
    world: World, account: Object, status: str, *, submitted: bool, requirements: Object
) -> Object:
    active = status == "active"
    before = {
        "payouts_enabled": account["payouts_enabled"],
        "details_submitted": account["details_submitted"],
        "requirements": account["requirements"],
    }
    account |= {
        "capabilities": dict.fromkeys(account["capabilities"], status),
        "charges_enabled": active and "card_payments" in account["capabilities"],
        "payouts_enabled": active,
        "details_submitted": submitted,
        "requirements": requirements,
    }
    world.store.save(account)
    world.tell("account.updated", account, account=account["id"], before=before)
    for name in account["capabilities"]:
        world.tell("capability.updated", _capability(account, name), account=account["id"])
    return account


def _capability(account: Object, name: str) -> Object:
    return {
        "id": name,
        "object": "capability",
        "account": account["id"],
        "future_requirements": _requirements(),
        "requested": True,
        "requested_at": account["created"],
        "requirements": account["requirements"],
        "status": account["capabilities"][name],
    }


def _is_reviewed(world: World, account_id: str) -> None:
    account = world.store.get(account_id)
    if account and account["requirements"]["pending_verification"]:
        complete(world, account)


# --- Money that it receives ---


def receive(
    world: World, account_id: str, amount: int, currency: str, transfer_id: str, available_on: int
) -> Object:
    """The payment that a transfer is on the account's side."""
    payment_id = new_id("py")
    taken = balance.book(
        world,
        "payment",
        amount,
        currency,
        payment_id,
        account=account_id,
        available_on=available_on,
    )
    return world.store.add(
        {
            "id": payment_id,
            "object": "charge",
            "amount": amount,
            "amount_captured": amount,
            "amount_refunded": 0,
            "balance_transaction": taken["id"],
            "billing_details": nulls("address", "email", "name", "phone", "tax_id"),
            "captured": True,
            "created": world.now(),
            "currency": currency,
            "disputed": False,
            "livemode": False,
            "metadata": {},
            "paid": True,
            "refunded": False,
            "source_transfer": transfer_id,
            "status": "succeeded",
            "_available_on": available_on,
            **nulls(
                "customer",
                "description",
                "failure_code",
                "failure_message",
                "outcome",
                "payment_intent",
                "payment_method",
                "payment_method_details",
                "transfer_group",
            ),
        },
        account_id,
    )


def give_back(
    world: World,
    account_id: str,
    payment: Object,
    amount: int,
    reversal_id: str,
    available_on: int,
) -> Object:
    refund_id = new_id("pyr")
    taken = balance.book(
        world,
        "payment_refund",
        -amount,
        payment["currency"],
        refund_id,
        account=account_id,
        available_on=available_on,
    )
    payment["amount_refunded"] += amount
    payment["refunded"] = payment["amount_refunded"] == payment["amount"]
    world.store.save(payment)
    return world.store.add(
        {
            "id": refund_id,
            "object": "refund",
            "amount": amount,
            "balance_transaction": taken["id"],
            "charge": payment["id"],
            "created": world.now(),
            "currency": payment["currency"],
            "metadata": {},
            "reason": None,
            "receipt_number": None,
            "source_transfer_reversal": reversal_id,
            "status": "succeeded",
            "transfer_reversal": None,
            "payment_intent": None,
        },
        account_id,
    )


# --- Calls ---


def _retrieve(call: Call) -> Object:
    account = call.world.store.get(call.ids["id"])
    if account is None or account["object"] != "account":
        raise errors.no_access(call.ids["id"])
    return account


def _retrieve_own(call: Call) -> Object:
    if call.account != PLATFORM:
        return call.world.connected(call.account)
    return {
        "id": OWN,
        "object": "account",
        "charges_enabled": True,
        "country": "US",
        "default_currency": "usd",
        "details_submitted": True,
        "email": "platform@standin.invalid",
        "payouts_enabled": True,
        "settings": {"dashboard": {"display_name": "Rostrum test", "timezone": "Etc/UTC"}},
        "type": "standard",
    }


def _update(call: Call) -> Object:
    account = _retrieve(call)
    for name in ("email", "business_type"):
        if name in call.params:
            account[name] = call.params[name]
    account["metadata"] = merged(account["metadata"], call.params)
    _schedule(account, call.params)
    for name, asked in call.params.get("capabilities", {}).items():
        if asked.get("requested"):
            ready = "active" if account["payouts_enabled"] else "inactive"
            account["capabilities"].setdefault(name, ready)
    call.world.store.save(account)
    call.world.tell("account.updated", account, account=account["id"])
    return account


def _delete(call: Call) -> Object:
    account = _retrieve(call)
    world = call.world
    for currency in balance.currencies(world, account["id"]):
        if balance.available(world, currency, account["id"]) or balance.pending(
            world, currency, account["id"]
        ):
            raise errors.ApiError("An account can only be deleted when its balance is zero.")
    deauthorize(world, account)
    return {"id": account["id"], "object": "account", "deleted": True}


def deauthorize(world: World, account: Object) -> None:
    application = {"id": "ca_standin", "object": "application", "name": "Rostrum test"}
    world.tell("account.application.deauthorized", application, account=account["id"])
    world.store.delete(account["id"])


def _create_link(call: Call) -> Object:
    world, given = call.world, call.params
    account = world.connected(given["account"])
    if given["type"] != "account_onboarding":
        raise errors.not_offered("account links but for onboarding", "type")
    for name in ("refresh_url", "return_url"):
        if not given.get(name):
            raise errors.missing(name)
        require_url(given[name], name)
    token = new_id("al")
    world.store.add(
        {
            "id": token,
            "object": "_account_link",
            "account": account["id"],
            "expires_at": world.now() + LINK_LIFE_S,
            "refresh_url": given["refresh_url"],
            "return_url": given["return_url"],
            "state": "new",
        }
    )
    return {
        "object": "account_link",
        "created": world.now(),
        "expires_at": world.now() + LINK_LIFE_S,
        "url": f"{world.url}/setup/{token}",
    }


def _create_login_link(call: Call) -> Object:
    world = call.world
    account = _retrieve(call)
    if not account["details_submitted"]:
        raise errors.ApiError(
            "Cannot create a login link for an account that has not completed onboarding."
        )
    token = new_id("ll")
    world.store.add({"id": token, "object": "_login_link", "account": account["id"]})
    return {
        "object": "login_link",
        "created": world.now(),
        "url": f"{world.url}/express/{token}",
    }


World.jobs["account_is_reviewed"] = _is_reviewed

_CHANGEABLE = acting_on("business_type", "capabilities", "email", "metadata", "settings")

ROUTES = [
    Route(
        "POST",
        "/v1/accounts",
        "AccountCreateParams",
        _create,
        _CHANGEABLE | {"business_profile", "controller", "country", "type"},
    ),
    Route("GET", "/v1/accounts/{id}", "AccountRetrieveParams", _retrieve),
    Route("GET", "/v1/account", "AccountRetrieveCurrentParams", _retrieve_own, of_accounts=True),
    Route("GET", "/v1/accounts", "AccountListParams", listing("account", "created")),
    Route("POST", "/v1/accounts/{id}", "AccountUpdateParams", _update, _CHANGEABLE),
    Route("DELETE", "/v1/accounts/{id}", "AccountDeleteParams", _delete),
    Route("POST", "/v1/account_links", "AccountLinkCreateParams", _create_link),
    Route(
        "POST",
        "/v1/accounts/{id}/login_links",
        "AccountLoginLinkCreateParams",
        _create_login_link,
    ),
]
