"""Transfers from the platform to connected accounts, and their reversals."""

from .. import errors
from ..calls import Call, Route, a_list, acting_on, listed, listing, retrieving
from ..store import Object, equal
from ..world import World, new_id
from . import accounts, balance, money


def _create(call: Call) -> Object:
    world, given = call.world, call.params
    if "amount" not in given:
        raise errors.missing("amount")
    amount = money.require_amount(given["amount"])
    currency = money.require_currency(given["currency"])
    destination = world.connected(given["destination"], param="destination")
    if world.faults.strike({"account_restricted"}, "POST", call.path):
        destination = accounts.restrict(world, destination)
    if not accounts.can_receive(destination):
        raise errors.ApiError(
            "Your destination account needs to have at least one of the following capabilities "
            "enabled: transfers, crypto_transfers, legacy_payments",
            code="insufficient_capabilities_for_transfer",
            keeps=True,
        )
    charge = _source(world, given, amount, currency)
    poor = world.faults.strike({"balance_insufficient"}, "POST", call.path)
    if poor or (charge is None and balance.available(world, currency) < amount):
        raise errors.balance_insufficient(
            "You have insufficient available funds in your Stripe account. Try adding funds "
            "directly to your available balance, or use source_transaction."
        )
    # Paid from a charge, the money becomes available when the charge's does.
    available_on = max(charge["_available_on"], world.now()) if charge else world.now()
    transfer_id = new_id("tr")
    taken = balance.book(
        world,
        "transfer",
        -amount,
        currency,
        transfer_id,
        available_on=available_on,
        description=given.get("description"),
    )
    payment = accounts.receive(
        world, destination["id"], amount, currency, transfer_id, available_on
    )
    thing = world.store.add(
        {
            "id": transfer_id,
            "object": "transfer",
            "amount": amount,
            "amount_reversed": 0,
            "balance_transaction": taken["id"],
            "created": world.now(),
            "currency": currency,
            "description": given.get("description"),
            "destination": destination["id"],
            "destination_payment": payment["id"],
            "livemode": False,
            "metadata": given.get("metadata") or {},
            "reversals": a_list([], f"/v1/transfers/{transfer_id}/reversals"),
            "reversed": False,
            "source_transaction": charge["id"] if charge else None,
            "source_type": given.get("source_type", "card"),
            "transfer_group": _group(given, charge),
        }
    )
    world.tell("transfer.created", thing)
    return thing


def _source(world: World, given: Object, amount: int, currency: str) -> Object | None:
    """The charge that pays for it. Raises: ApiError where it cannot."""
    if not given.get("source_transaction"):
        return None
    param = "source_transaction"
    charge = world.find("charge", given[param], param=param)
    if charge["status"] != "succeeded":
        raise errors.invalid(
            f"The charge {charge['id']} has not succeeded and cannot be a source.", param
        )
    if charge["currency"] != currency:
        raise errors.invalid(
            f"The currency of source_transaction's balance transaction ({charge['currency']}) "
            f"must be the same as the transfer currency ({currency})",
            param,
        )
    spent = sum(
        transfer["amount"] - transfer["amount_reversed"]
        for transfer in world.store.select("transfer", "", [(equal(param), charge["id"])])
    )
    if spent + amount > charge["amount"]:
        raise errors.invalid(
            "Transfers using this transaction as a source must not exceed the source amount of "
            f"{money.words(charge['amount'], currency)}. (There is already "
            f"{money.words(spent, currency)} transferred using this source.)",
            "amount",
        )
    return charge


def _group(given: Object, charge: Object | None) -> str | None:
    if charge is None:
        return given.get("transfer_group")
    wanted = given.get("transfer_group")
    has = charge["transfer_group"]
    if wanted and has and wanted != has:
        raise errors.invalid(
            f"The transfer_group of the source_transaction is {has}, not {wanted}.",
            "transfer_group",
        )
    return wanted or has or f"group_{charge['payment_intent']}"


# --- Reversals ---


def _reverse(call: Call) -> Object:
    world, given = call.world, call.params
    transfer = call.find("transfer")
    left = transfer["amount"] - transfer["amount_reversed"]
    if left == 0:
        raise errors.ApiError(f"Transfer {transfer['id']} is already fully reversed.")
    amount = money.require_amount(given.get("amount", left))
    currency = transfer["currency"]
    if amount > left:
        raise errors.invalid(
            f"Reversal amount ({money.words(amount, currency)}) is greater than unreversed amount "
            f"on transfer ({money.words(left, currency)})",
            "amount",
        )
    destination = transfer["destination"]
    payment = world.find("charge", transfer["destination_payment"], account=destination)
    has = balance.available(world, currency, destination)
    if payment["_available_on"] > world.now():
        has += balance.pending(world, currency, destination)
    poor = world.faults.strike({"balance_insufficient"}, "POST", call.path)
    if poor or has < amount:
        raise errors.balance_insufficient(
            f"The account {destination} does not have enough money to reverse this transfer."
        )
    available_on = max(payment["_available_on"], world.now())
    reversal_id = new_id("trr")
    returned = balance.book(
        world, "transfer_refund", amount, currency, reversal_id, available_on=available_on
    )
    refund = accounts.give_back(world, destination, payment, amount, reversal_id, available_on)
    reversal = world.store.add(
        {
            "id": reversal_id,
            "object": "transfer_reversal",
            "amount": amount,
            "balance_transaction": returned["id"],
            "created": world.now(),
            "currency": currency,
            "destination_payment_refund": refund["id"],
            "metadata": given.get("metadata") or {},
            "source_refund": None,
            "transfer": transfer["id"],
        }
    )
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    transfer["reversals"]["data"].insert(0, reversal)
    world.store.save(transfer)
    world.tell("transfer.reversed", transfer)
    return reversal


def _list_reversals(call: Call) -> Object:
    transfer = call.find("transfer")
    return listed(call, "transfer_reversal", where=[(equal("transfer"), transfer["id"])])


def _retrieve_reversal(call: Call) -> Object:
    transfer = call.find("transfer")
    reversal = call.find("transfer_reversal", part="reversal")
    if reversal["transfer"] != transfer["id"]:
        raise errors.not_found("transfer_reversal", reversal["id"], param="id", in_path=True)
    return reversal


ROUTES = [
    Route("POST", "/v1/transfers", "TransferCreateParams", _create),
    Route("GET", "/v1/transfers/{id}", "TransferRetrieveParams", retrieving("transfer")),
    Route(
        "GET",
        "/v1/transfers",
        "TransferListParams",
        listing("transfer", "created", "destination", "transfer_group"),
    ),
    Route(
        "POST",
        "/v1/transfers/{id}/reversals",
        "TransferReversalCreateParams",
        _reverse,
        acting_on("amount", "description", "metadata"),
    ),
    Route(
        "GET",
        "/v1/transfers/{id}/reversals/{reversal}",
        "TransferReversalRetrieveParams",
        _retrieve_reversal,
    ),
    Route("GET", "/v1/transfers/{id}/reversals", "TransferReversalListParams", _list_reversals),
]
