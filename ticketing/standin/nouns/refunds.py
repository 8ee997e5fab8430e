"""Refunds. They never touch a transfer: what went to a host is reversed separately."""

from .. import errors
from ..calls import Call, Route, acting_on, listing, retrieving
from ..store import Object, equal
from ..world import DAY_S, World, new_id, nulls
from . import balance, money

GIVEN_UP_AFTER_S = 45 * DAY_S


def _create(call: Call) -> Object:
    world, given = call.world, call.params
    charge = _charge_of(world, given)
    if given.get("reverse_transfer") or given.get("refund_application_fee"):
        param = "reverse_transfer" if given.get("reverse_transfer") else "refund_application_fee"
        raise errors.invalid(
            f"The charge {charge['id']} has no associated transfer or application fee.", param
        )
    fails_after_s = None
    for fault in world.faults.strike({"refund_fails"}, "POST", call.path):
        fails_after_s = int(fault.seconds)
    return refund(
        world,
        charge,
        given.get("amount"),
        reason=given.get("reason"),
        metadata=given.get("metadata") or {},
        fails_after_s=fails_after_s,
    )


def _charge_of(world: World, given: Object) -> Object:
    if bool(given.get("charge")) == bool(given.get("payment_intent")):
        if given.get("charge"):
            intent = world.find("payment_intent", given["payment_intent"], param="payment_intent")
            if intent["latest_charge"] == given["charge"]:
                return world.find("charge", given["charge"], param="charge")
        raise errors.missing("payment_intent")
    if given.get("charge"):
        return world.find("charge", given["charge"], param="charge")
    intent = world.find("payment_intent", given["payment_intent"], param="payment_intent")
    if intent["status"] != "succeeded":
        raise errors.ApiError(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
        )
    return world.find("charge", intent["latest_charge"])


def refund(
    world: World,
    charge: Object,
    amount: int | None,
    *,
    reason: str | None = None,
    metadata: Object | None = None,
    fails_after_s: int | None = None,
) -> Object:
    """Give back a part of a charge, or what is left of it."""
    amount = _amount(charge, amount)
    thing = {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "charge": charge["id"],
        "created": world.now(),
        "currency": charge["currency"],
        "destination_details": {
            "card": {
                "reference_status": "pending",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
            "type": "card",
        },
        "metadata": metadata or {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "pending",
        **nulls(
            "balance_transaction",
            "receipt_number",
            "source_transfer_reversal",
            "transfer_reversal",
        ),
    }
    world.store.add(thing)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    world.store.save(charge)
    if not _has_money(world, charge, amount):
        thing["pending_reason"] = "insufficient_funds"
        world.at(world.now() + GIVEN_UP_AFTER_S, "refund_gives_up", thing["id"])
    else:
        _take(world, charge, thing)
        if fails_after_s is not None:
            thing["pending_reason"] = "processing"
            world.at(world.now() + fails_after_s, "refund_fails", thing["id"])
        elif charge["_debit"]:
            thing["pending_reason"] = "processing"
            world.at(world.now() + world.terms.bank_debit_s, "refund_succeeds", thing["id"])
        else:
            thing["status"] = "succeeded"
    world.store.save(thing)
    world.tell("refund.created", thing)
    world.tell("charge.refunded", charge)
    return thing


def _amount(charge: Object, amount: int | None) -> int:
    if charge["status"] != "succeeded":
        raise errors.ApiError(f"Charge {charge['id']} has not succeeded; it cannot be refunded.")
    if charge["disputed"] and not charge["_refundable"]:
        raise errors.ApiError(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise errors.ApiError(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    amount = money.require_amount(left if amount is None else amount)
    if amount > left:
        currency = charge["currency"]
        raise errors.invalid(
            f"Refund amount ({money.words(amount, currency)}) is greater than unrefunded amount "
            f"on charge ({money.words(left, currency)})",
            "amount",
        )
    return amount


def _has_money(world: World, charge: Object, amount: int) -> bool:
    has = balance.available(world, charge["currency"])
    if charge["_available_on"] > world.now():
        has += balance.pending(world, charge["currency"])
    return has + world.terms.overdraft_minor >= amount


def _take(world: World, charge: Object, thing: Object) -> None:
    transaction = balance.book(
        world,
        "refund",
        -thing["amount"],
        thing["currency"],
        thing["id"],
        # The refund of money that has not settled is set off against it.
        available_on=max(charge["_available_on"], world.now()),
        description="REFUND FOR CHARGE",
    )
    thing["balance_transaction"] = transaction["id"]


def retry_pending(world: World) -> None:
    """Those that waited for money, as far as there is some now."""
    where = [
        (equal("status"), "pending"),
        (equal("pending_reason"), "insufficient_funds"),
    ]
    for thing in world.store.select("refund", "", where, oldest_first=True):
        charge = world.find("charge", thing["charge"])
        if _has_money(world, charge, thing["amount"]):
            _take(world, charge, thing)
            _succeed(world, thing)


def _succeed(world: World, thing: Object) -> None:
    thing["status"] = "succeeded"
    thing.pop("pending_reason", None)
    world.store.save(thing)
    world.tell("refund.updated", thing, before={"status": "pending"})
    world.tell("charge.refund.updated", thing, before={"status": "pending"})


def _succeeds(world: World, refund_id: str) -> None:
    thing = world.find("refund", refund_id)
    if thing["status"] == "pending":
        _succeed(world, thing)


def fail(world: World, thing: Object, reason: str) -> Object:
    """The bank sent it back: the money is the platform's again, and the buyer has none."""
    charge = world.find("charge", thing["charge"])
    before = thing["status"]
    thing |= {"status": "failed", "failure_reason": reason}
    thing.pop("pending_reason", None)
    if thing["balance_transaction"]:
        taken = world.find("balance_transaction", thing["balance_transaction"])
        transaction = balance.book(
            world,
            "refund_failure",
            thing["amount"],
            thing["currency"],
            thing["id"],
            available_on=max(taken["available_on"], world.now()),
            description="REFUND FAILURE",
        )
        thing["failure_balance_transaction"] = transaction["id"]
    world.store.save(thing)
    charge["amount_refunded"] -= thing["amount"]
    charge["refunded"] = False
    world.store.save(charge)
    world.tell("refund.updated", thing, before={"status": before})
    world.tell("refund.failed", thing)
    world.tell("charge.refund.updated", thing, before={"status": before})
    return thing


def _fails(world: World, refund_id: str) -> None:
    thing = world.find("refund", refund_id)
    if thing["status"] in ("pending", "succeeded"):
        fail(world, thing, "lost_or_stolen_card")


def _gives_up(world: World, refund_id: str) -> None:
    thing = world.find("refund", refund_id)
    if thing["status"] == "pending" and thing.get("pending_reason") == "insufficient_funds":
        fail(world, thing, "insufficient_funds")


World.jobs |= {
    "refund_fails": _fails,
    "refund_succeeds": _succeeds,
    "refund_gives_up": _gives_up,
}

ROUTES = [
    Route(
        "POST",
        "/v1/refunds",
        "RefundCreateParams",
        _create,
        acting_on(
            "amount",
            "charge",
            "metadata",
            "payment_intent",
            "reason",
            "refund_application_fee",
            "reverse_transfer",
        ),
    ),
    Route("GET", "/v1/refunds/{id}", "RefundRetrieveParams", retrieving("refund")),
    Route(
        "GET",
        "/v1/refunds",
        "RefundListParams",
        listing("refund", "charge", "created", "payment_intent"),
    ),
]
