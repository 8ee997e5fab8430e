"""PaymentIntents and charges: what happens to money that a buyer hands over."""

from typing import Any

from ..calls import Route, acting_on, listing, retrieving
from ..store import Object
from ..world import World, new_id, nulls
from . import balance
from .cards import Method

_PAGE = ("limit", "starting_after", "ending_before")


def create_intent(world: World, session: Object) -> Object:
    """For a session whose buyer tries to pay for the first time."""
    data = session["_intent"]
    intent_id = new_id("pi")
    intent = world.store.add(
        {
            "id": intent_id,
            "object": "payment_intent",
            "allowed_payment_method_types": session["allowed_payment_method_types"],
            "amount": session["amount_total"],
            "amount_capturable": 0,
            "amount_details": {"tip": {}},
            "amount_received": 0,
            "automatic_payment_methods": None,
            "capture_method": "automatic_async",
            "client_secret": f"{intent_id}_secret_standin",
            "confirmation_method": "automatic",
            "created": world.now(),
            "currency": session["currency"],
            "customer": session["customer"],
            "description": data.get("description"),
            "livemode": False,
            "metadata": data.get("metadata") or {},
            "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
            "payment_method_types": session["payment_method_types"],
            "receipt_email": data.get("receipt_email"),
            "setup_future_usage": data.get("setup_future_usage"),
            "statement_descriptor": data.get("statement_descriptor"),
            "statement_descriptor_suffix": data.get("statement_descriptor_suffix"),
            "status": "requires_payment_method",
            "transfer_group": data.get("transfer_group"),
            **nulls(
                "application",
                "application_fee_amount",
                "canceled_at",
                "cancellation_reason",
                "last_payment_error",
                "latest_charge",
                "next_action",
                "on_behalf_of",
                "payment_method",
                "processing",
                "review",
                "shipping",
                "source",
                "transfer_data",
            ),
        }
    )
    world.tell("payment_intent.created", intent)
    return intent


def cancel_intent(world: World, intent: Object, reason: str) -> None:
    intent |= {
        "status": "canceled",
        "canceled_at": world.now(),
        "cancellation_reason": reason,
        "next_action": None,
    }
    world.store.save(intent)
    world.tell("payment_intent.canceled", intent)


def ask_to_authenticate(world: World, intent: Object) -> None:
    intent |= {
        "status": "requires_action",
        "next_action": {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {"type": "three_d_secure_redirect"},
        },
    }
    world.store.save(intent)
    world.tell("payment_intent.requires_action", intent)


def succeed(world: World, intent: Object, method: Method, buyer: dict[str, Any]) -> Object:
    """Charge the buyer; the money is pending until it settles."""
    charge = _create_charge(world, intent, method, buyer, status="succeeded")
    _settle(world, intent, charge)
    return charge


def fail(world: World, intent: Object, method: Method, buyer: dict[str, Any]) -> None:
    charge = _create_charge(world, intent, method, buyer, status="failed")
    code = "card_declined" if method.kind == "card" else "payment_method_provider_decline"
    charge |= {
        "failure_code": code,
        "failure_message": method.says,
        "outcome": _outcome("issuer_declined", method.decline_code),
    }
    world.store.save(charge)
    _note_failure(world, intent, charge, method)


def await_debit(world: World, intent: Object, method: Method, buyer: dict[str, Any]) -> Object:
    charge = _create_charge(world, intent, method, buyer, status="pending")
    intent |= {"status": "processing", "next_action": None, "latest_charge": charge["id"]}
    world.store.save(intent)
    world.tell("charge.pending", charge)
    world.tell("payment_intent.processing", intent)
    return charge


def settle_debit(world: World, intent: Object) -> None:
    _settle(world, intent, world.find("charge", intent["latest_charge"]))


def fail_debit(world: World, intent: Object, method: Method) -> None:
    charge = world.find("charge", intent["latest_charge"])
    charge |= {
        "status": "failed",
        "paid": False,
        "failure_code": "insufficient_funds",
        "failure_message": "The bank account has too little money.",
    }
    world.store.save(charge)
    _note_failure(world, intent, charge, method)


def _settle(world: World, intent: Object, charge: Object) -> None:
    transaction = balance.book(
        world,
        "charge",
        charge["amount"],
        charge["currency"],
        charge["id"],
        fee=world.terms.fee_minor(charge["amount"]),
        available_on=world.now() + world.terms.settlement_s,
        description=charge["description"],
    )
    charge |= {
        "status": "succeeded",
        "paid": True,
        "captured": True,
        "amount_captured": charge["amount"],
        "balance_transaction": transaction["id"],
        "outcome": _outcome("approved_by_network", ""),
        "_available_on": transaction["available_on"],
    }
    world.store.save(charge)
    intent |= {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
        "last_payment_error": None,
        "next_action": None,
        "payment_method": charge["payment_method"],
    }
    world.store.save(intent)
    world.tell("charge.succeeded", charge)
    world.tell("payment_intent.succeeded", intent)


def _note_failure(world: World, intent: Object, charge: Object, method: Method) -> None:
    intent |= {
        "status": "requires_payment_method",
        "latest_charge": charge["id"],
        "next_action": None,
        "payment_method": None,
        "last_payment_error": {
            "charge": charge["id"],
            "code": charge["failure_code"],
            "message": charge["failure_message"],
            "type": "card_error" if method.kind == "card" else "invalid_request_error",
            **({"decline_code": method.decline_code} if method.decline_code else {}),
        },
    }
    world.store.save(intent)
    world.tell("charge.failed", charge)
    world.tell("payment_intent.payment_failed", intent)


def _outcome(network_status: str, reason: str) -> Object:
    approved = network_status == "approved_by_network"
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": network_status if approved else "declined_by_network",
        "reason": reason or None,
        "risk_level": "normal",
        "seller_message": "Payment complete." if approved else "The bank did not approve.",
        "type": "authorized" if approved else "issuer_declined",
    }


def _create_charge(
    world: World, intent: Object, method: Method, buyer: dict[str, Any], *, status: str
) -> Object:
    last4 = method.number[-4:]
    shown_method = (
        {
            "brand": method.brand,
            "country": "US",
            "exp_month": 12,
            "exp_year": 2034,
            "funding": "credit",
            "last4": last4,
            "network": method.brand,
        }
        if method.kind == "card"
        else {"bank_name": "STANDIN TEST BANK", "last4": last4, "routing_number": "110000000"}
    )
    return world.store.add(
        {
            "id": new_id("ch" if method.kind == "card" else "py"),
            "object": "charge",
            "amount": intent["amount"],
            "amount_captured": 0,
            "amount_refunded": 0,
            "billing_details": {
                "address": nulls("city", "country", "line1", "line2", "postal_code", "state"),
                "email": buyer.get("email"),
                "name": buyer.get("name"),
                "phone": None,
                "tax_id": None,
            },
            "calculated_statement_descriptor": "ROSTRUM TEST",
            "captured": status == "pending",
            "created": world.now(),
            "currency": intent["currency"],
            "customer": intent["customer"],
            "description": intent["description"],
            "disputed": False,
            "fraud_details": {},
            "livemode": False,
            "metadata": dict(intent["metadata"]),
            "paid": False,
            "payment_intent": intent["id"],
            "payment_method": new_id("pm"),
            "payment_method_details": {method.kind: shown_method, "type": method.kind},
            "radar_options": {},
            "receipt_email": intent["receipt_email"],
            "receipt_url": None,
            "refunded": False,
            "status": status,
            "transfer_group": intent["transfer_group"],
            "_available_on": None,
            "_debit": method.kind != "card",
            **nulls(
                "application",
                "application_fee",
                "application_fee_amount",
                "balance_transaction",
                "failure_balance_transaction",
                "failure_code",
                "failure_message",
                "on_behalf_of",
                "outcome",
                "receipt_number",
                "review",
                "shipping",
                "source_transfer",
                "statement_descriptor",
                "statement_descriptor_suffix",
                "transfer_data",
            ),
        }
    )


ROUTES = [
    Route(
        "GET",
        "/v1/payment_intents/{id}",
        "PaymentIntentRetrieveParams",
        retrieving("payment_intent"),
        acting_on(),
    ),
    Route(
        "GET",
        "/v1/payment_intents",
        "PaymentIntentListParams",
        listing("payment_intent", "created", "customer"),
        acting_on("created", "customer", *_PAGE),
    ),
    Route(
        "GET",
        "/v1/charges/{id}",
        "ChargeRetrieveParams",
        retrieving("charge"),
        of_accounts=True,
    ),
    Route(
        "GET",
        "/v1/charges",
        "ChargeListParams",
        listing("charge", "created", "customer", "payment_intent", "transfer_group"),
        of_accounts=True,
    ),
]
