"""Checkout sessions: made by the app, paid or left by a buyer on the hosted page."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .. import errors
from ..calls import Call, Route, a_list, acting_on, listing, retrieving
from ..store import Object
from ..world import DAY_S, World, new_id, nulls
from . import catalogue, money, payments
from .cards import METHODS, Method

LEAST_LIFE_S = 30 * 60
REFERENCE_LENGTH = 200
_PAGE = ("limit", "starting_after", "ending_before")
_OF_INTENT = {
    "description",
    "metadata",
    "receipt_email",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
}
_BY_DEFAULT = ["card", "link", "us_bank_account"]


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt to pay: paid, declined, authenticate, or not open any more."""

    kind: str
    message: str = ""


# --- Made and ended by the app ---


def _create(call: Call) -> Object:
    world, given = call.world, call.params
    _require_terms(world, given)
    items = [
        _line_item(world, item, f"line_items[{place}]")
        for place, item in enumerate(given["line_items"])
    ]
    currency = items[0]["currency"]
    if any(item["currency"] != currency for item in items):
        raise errors.invalid("All line items must be in one currency.", "line_items")
    total = sum(item["amount_total"] for item in items)
    if total < money.LEAST_CHARGE_MINOR[currency]:
        least = money.words(money.LEAST_CHARGE_MINOR[currency], currency)
        raise errors.invalid(
            f"The Checkout Session's total amount due must add up to at least {least}.",
            "line_items",
            "amount_too_small",
        )
    session_id = new_id("cs_test")
    allowed = given.get("allowed_payment_method_types")
    excluded = given.get("excluded_payment_method_types")
    session = {
        "id": session_id,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "allow_promotion_codes": None,
        "allowed_payment_method_types": allowed,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, **nulls("liability", "provider", "status")},
        "billing_address_collection": given.get("billing_address_collection"),
        "cancel_url": given.get("cancel_url"),
        "client_reference_id": given.get("client_reference_id"),
        "created": world.now(),
        "currency": currency,
        "custom_fields": [],
        "custom_text": nulls(
            "after_submit", "shipping_address", "submit", "terms_of_service_acceptance"
        )
        | given.get("custom_text", {}),
        "customer": given.get("customer"),
        "customer_creation": given.get("customer_creation", "if_required"),
        "customer_email": given.get("customer_email"),
        "discounts": [],
        "excluded_payment_method_types": excluded,
        "expires_at": given.get("expires_at", world.now() + DAY_S),
        "invoice_creation": {
            "enabled": False,
            "invoice_data": {
                "metadata": {},
                **nulls(
                    "account_tax_ids",
                    "custom_fields",
                    "description",
                    "footer",
                    "issuer",
                    "rendering_options",
                ),
            },
        },
        "integration_identifier": given.get("integration_identifier"),
        "livemode": False,
        "locale": given.get("locale"),
        "metadata": given.get("metadata") or {},
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_options": given.get("payment_method_options")
        or {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": [
            kind for kind in allowed or _BY_DEFAULT if kind not in (excluded or ())
        ],
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "submit_type": given.get("submit_type"),
        "success_url": given["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{world.url}/c/pay/{session_id}",
        "_email": _known_email(world, given),
        "_intent": given.get("payment_intent_data", {}),
        "_items": items,
        "_method": None,
        **nulls(
            "after_expiration",
            "client_secret",
            "collected_information",
            "consent",
            "consent_collection",
            "currency_conversion",
            "customer_details",
            "invoice",
            "origin_context",
            "payment_intent",
            "payment_link",
            "payment_method_configuration_details",
            "permissions",
            "recovered_from",
            "saved_payment_method_options",
            "setup_intent",
            "shipping_address_collection",
            "shipping_cost",
            "subscription",
            "wallet_options",
        ),
    }
    world.store.add(session)
    world.at(session["expires_at"], "session_expires", session_id)
    return session


def _known_email(world: World, given: dict[str, Any]) -> str | None:
    """What the buyer need not type and cannot change."""
    if given.get("customer"):
        return world.find("customer", given["customer"])["email"]
    return given.get("customer_email")


def _require_terms(world: World, given: dict[str, Any]) -> None:
    if (mode := given.get("mode")) is None:
        raise errors.missing("mode")
    if mode != "payment":
        raise errors.not_offered(f"sessions of mode {mode}", "mode")
    if given.get("ui_mode", "hosted_page") != "hosted_page":
        raise errors.not_offered(f"the ui_mode {given['ui_mode']}", "ui_mode")
    for name in ("line_items", "success_url"):
        if not given.get(name):
            raise errors.missing(name)
    for name in ("success_url", "cancel_url"):
        if name in given:
            require_url(given[name], name)
    if len(given.get("client_reference_id", "")) > REFERENCE_LENGTH:
        raise errors.invalid(
            f"Invalid string: must be at most {REFERENCE_LENGTH} characters", "client_reference_id"
        )
    if given.get("customer") and given.get("customer_email"):
        raise errors.invalid(
            "You may only specify one of these parameters: customer, customer_email.",
            "customer_email",
        )
    if given.get("customer"):
        world.find("customer", given["customer"], param="customer")
    for name in given.get("payment_intent_data", {}).keys() - _OF_INTENT:
        param = f"payment_intent_data[{name}]"
        raise errors.not_offered(f"the parameter {param}", param)
    if "expires_at" in given:
        _require_expiry(given["expires_at"] - world.now())


def _require_expiry(life_s: int) -> None:
    if life_s < LEAST_LIFE_S:
        raise errors.invalid(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session "
            "creation.",
            "expires_at",
        )
    if life_s > DAY_S:
        raise errors.invalid(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            "expires_at",
        )


def require_url(url: str, param: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise errors.invalid(f"Not a valid URL: {url}", param, "url_invalid")
    return url


def _line_item(world: World, given: dict[str, Any], path: str) -> Object:
    for name in given.keys() - {"price", "price_data", "quantity", "metadata"}:
        raise errors.not_offered(f"the parameter {path}[{name}]", f"{path}[{name}]")
    if bool(given.get("price")) == bool(given.get("price_data")):
        raise errors.missing(f"{path}[price]")
    if "quantity" not in given:
        raise errors.missing(f"{path}[quantity]")
    if given["quantity"] < 1:
        raise errors.invalid("This value must be greater than or equal to 1.", f"{path}[quantity]")
    if "price" in given:
        price = world.find("price", given["price"], param=f"{path}[price]")
    else:
        price = catalogue.create_price(world, given["price_data"], f"{path}[price_data]")
    if price["recurring"]:
        raise errors.invalid(
            "You specified `payment` mode but passed a recurring price.", "line_items"
        )
    product = world.find("product", price["product"])
    amount = price["unit_amount"] * given["quantity"]
    return {
        "id": new_id("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": product["name"],
        "metadata": given.get("metadata") or {},
        "price": price,
        "quantity": given["quantity"],
    }


def _expire_by_app(call: Call) -> Object:
    session = call.find("checkout.session")
    if call.world.faults.strike({"expire_loses"}, "POST", call.path) and is_open(session):
        pay(call.world, session["id"], _LATE_BUYER, {"email": "late@standin.invalid"})
        session = call.find("checkout.session")
    if not is_open(session):
        raise errors.ApiError(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            f"Session has a status of `{session['status']}`.",
            keeps=True,
        )
    return expire(call.world, session)


_LATE_BUYER = Method("4242424242424242", "paid", "pays")


def is_open(session: Object) -> bool:
    return session["status"] == "open"


def expire(world: World, session: Object) -> Object:
    session |= {"status": "expired", "url": None}
    world.store.save(session)
    if session["payment_intent"]:
        intent = world.find("payment_intent", session["payment_intent"])
        if intent["status"] in ("requires_payment_method", "requires_action"):
            payments.cancel_intent(world, intent, "automatic")
    world.tell("checkout.session.expired", session)
    return session


def _expires(world: World, session_id: str) -> None:
    session = world.find("checkout.session", session_id)
    if is_open(session):
        expire(world, session)


def _line_items(call: Call) -> Object:
    session = call.find("checkout.session")
    return a_list(session["_items"], call.path)


def line_items_of(session: Object) -> Object:
    """What `expand[]=line_items` puts into the session."""
    return a_list(session["_items"], f"/v1/checkout/sessions/{session['id']}/line_items")


# --- Paid by the buyer ---


def pay(world: World, session_id: str, method: Method, buyer: dict[str, Any]) -> Outcome:
    """What pressing "Pay" does."""
    with world.store.transaction():
        session = world.find("checkout.session", session_id)
        if not is_open(session):
            return Outcome("closed")
        if method.kind not in session["payment_method_types"]:
            return Outcome("declined", "This payment takes cards only, no bank debit.")
        intent = _intent_of(world, session)
        buyer = {**buyer, "email": session["_email"] or buyer.get("email")}
        session["_buyer"] = buyer
        session["_method"] = method.number
        if method.outcome == "declined":
            payments.fail(world, intent, method, buyer)
            world.store.save(session)
            return Outcome("declined", method.says)
        if method.outcome == "authenticate":
            payments.ask_to_authenticate(world, intent)
            world.store.save(session)
            return Outcome("authenticate")
        if method.outcome in ("later", "later_fails"):
            payments.await_debit(world, intent, method, buyer)
            _complete(world, session, payment_status="unpaid")
            world.at(world.now() + world.terms.bank_debit_s, "debit_is_answered", session_id)
            return Outcome("paid")
        charge = payments.succeed(world, intent, method, buyer)
        _complete(world, session, payment_status="paid")
        if method.outcome == "disputed":
            world.at(world.now() + world.terms.dispute_after_s, "dispute_opens", charge["id"])
        return Outcome("paid")


def authenticate(world: World, session_id: str, method: Method, *, passed: bool) -> Outcome:
    """The buyer's answer on the page of the bank."""
    with world.store.transaction():
        session = world.find("checkout.session", session_id)
        if not is_open(session) or not session["payment_intent"]:
            return Outcome("closed")
        intent = world.find("payment_intent", session["payment_intent"])
        if intent["status"] != "requires_action":
            return Outcome("declined", "Nothing is left to authenticate.")
        buyer = session["_buyer"]
        if not passed:
            failed = method._replace(
                says="We are unable to authenticate your payment method.",
                decline_code="authentication_required",
            )
            payments.fail(world, intent, failed, buyer)
            return Outcome("declined", failed.says)
        payments.succeed(world, intent, method, buyer)
        _complete(world, session, payment_status="paid")
        return Outcome("paid")


def _intent_of(world: World, session: Object) -> Object:
    if session["payment_intent"]:
        return world.find("payment_intent", session["payment_intent"])
    intent = payments.create_intent(world, session)
    session["payment_intent"] = intent["id"]
    return intent


def _complete(world: World, session: Object, *, payment_status: str) -> None:
    buyer = session["_buyer"]
    if session["customer_creation"] == "always" and not session["customer"]:
        made = Call(world=world, params={key: buyer[key] for key in buyer if buyer[key]})
        session["customer"] = catalogue.create_customer(made)["id"]
    session |= {
        "status": "complete",
        "payment_status": payment_status,
        "url": None,
        "customer_details": {
            "address": nulls("city", "line1", "line2", "postal_code", "state") | {"country": "US"},
            "business_name": None,
            "email": buyer.get("email"),
            "individual_name": None,
            "name": buyer.get("name"),
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": [],
        },
    }
    world.store.save(session)
    world.tell("checkout.session.completed", session)


def _debit_is_answered(world: World, session_id: str) -> None:
    session = world.find("checkout.session", session_id)
    intent = world.find("payment_intent", session["payment_intent"])
    method = METHODS[session["_method"]]
    if method.outcome == "later":
        payments.settle_debit(world, intent)
        session["payment_status"] = "paid"
        world.store.save(session)
        world.tell("checkout.session.async_payment_succeeded", session)
    else:
        payments.fail_debit(world, intent, method)
        world.tell("checkout.session.async_payment_failed", session)


World.jobs |= {"session_expires": _expires, "debit_is_answered": _debit_is_answered}

ROUTES = [
    Route(
        "POST",
        "/v1/checkout/sessions",
        "checkout.SessionCreateParams",
        _create,
        acting_on(
            "allowed_payment_method_types",
            "billing_address_collection",
            "cancel_url",
            "client_reference_id",
            "custom_text",
            "customer",
            "customer_creation",
            "customer_email",
            "excluded_payment_method_types",
            "expires_at",
            "integration_identifier",
            "line_items",
            "locale",
            "metadata",
            "mode",
            "payment_intent_data",
            "payment_method_options",
            "submit_type",
            "success_url",
            "ui_mode",
        ),
    ),
    Route(
        "GET",
        "/v1/checkout/sessions/{id}",
        "checkout.SessionRetrieveParams",
        retrieving("checkout.session"),
    ),
    Route(
        "GET",
        "/v1/checkout/sessions",
        "checkout.SessionListParams",
        listing(
            "checkout.session",
            "created",
            "customer",
            "customer_details",
            "payment_intent",
            "status",
        ),
        acting_on("created", "customer", "customer_details", "payment_intent", "status", *_PAGE),
    ),
    Route(
        "POST",
        "/v1/checkout/sessions/{id}/expire",
        "checkout.SessionExpireParams",
        _expire_by_app,
    ),
    Route(
        "GET",
        "/v1/checkout/sessions/{id}/line_items",
        "checkout.SessionListLineItemsParams",
        _line_items,
    ),
]
