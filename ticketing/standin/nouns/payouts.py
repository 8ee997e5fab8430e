"""Payouts to bank accounts: made by hand, and every night for connected accounts."""

from .. import errors
from ..calls import Call, Route, acting_on, listing, retrieving
from ..store import Object
from ..world import DAY_S, PLATFORM, World, new_id, nulls
from . import balance, money

FAILS_AFTER_S = DAY_S


def _create(call: Call) -> Object:
    given = call.params
    amount = money.require_amount(given["amount"])
    currency = money.require_currency(given["currency"])
    if given.get("method", "standard") != "standard":
        raise errors.not_offered("instant payouts", "method")
    if call.account != PLATFORM and not call.world.connected(call.account)["payouts_enabled"]:
        raise errors.ApiError(
            "Payouts are not allowed for this account yet.", code="payouts_not_allowed"
        )
    poor = call.world.faults.strike({"balance_insufficient"}, "POST", call.path)
    if poor or balance.available(call.world, currency, call.account) < amount:
        raise errors.balance_insufficient(
            "You have insufficient funds in your Stripe account for this transfer. Your card "
            "balance is too low."
        )
    return pay_out(
        call.world,
        call.account,
        amount,
        currency,
        automatic=False,
        description=given.get("description"),
        statement_descriptor=given.get("statement_descriptor"),
        metadata=given.get("metadata") or {},
    )


def pay_out(
    world: World,
    account: str,
    amount: int,
    currency: str,
    *,
    automatic: bool,
    description: str | None = None,
    statement_descriptor: str | None = None,
    metadata: Object | None = None,
) -> Object:
    payout_id = new_id("po")
    taken = balance.book(
        world, "payout", -amount, currency, payout_id, account=account, description="STRIPE PAYOUT"
    )
    faults = world.faults.strike({"payout_fails"}, "POST", "/v1/payouts")
    payout = world.store.add(
        {
            "id": payout_id,
            "object": "payout",
            "amount": amount,
            "arrival_date": world.now() + world.terms.payout_s,
            "automatic": automatic,
            "balance_transaction": taken["id"],
            "created": world.now(),
            "currency": currency,
            "description": description,
            "destination": _bank(world, account),
            "livemode": False,
            "metadata": metadata or {},
            "method": "standard",
            "reconciliation_status": "in_progress" if automatic else "not_applicable",
            "source_type": "card",
            "statement_descriptor": statement_descriptor,
            "status": "pending",
            "type": "bank_account",
            "_fails_after_s": int(faults[0].seconds) if faults else None,
            **nulls(
                "application_fee",
                "application_fee_amount",
                "failure_balance_transaction",
                "failure_code",
                "failure_message",
                "original_payout",
                "payout_method",
                "reversed_by",
                "trace_id",
            ),
        },
        account,
    )
    world.tell("payout.created", payout, account=account)
    world.at(world.now() + world.terms.payout_s // 2, "payout_leaves", payout_id)
    world.at(payout["arrival_date"], "payout_arrives", payout_id)
    return payout


def _bank(world: World, account: str) -> str:
    if account == PLATFORM:
        return "ba_standin0platform"
    banks = world.connected(account)["external_accounts"]["data"]
    return banks[0]["id"] if banks else "ba_none"


def _change(world: World, payout_id: str, was: tuple[str, ...], status: str) -> Object | None:
    payout = world.store.get(payout_id)
    if payout is None or payout["status"] not in was:
        return None
    before = {"status": payout["status"]}
    payout["status"] = status
    world.store.save(payout)
    account = world.store.account_of(payout_id) or PLATFORM
    happened = {"in_transit": "updated"}.get(status, status)
    if happened == "failed":
        return payout
    world.tell(f"payout.{happened}", payout, account=account, before=before)
    return payout


def _leaves(world: World, payout_id: str) -> None:
    _change(world, payout_id, ("pending",), "in_transit")


def _arrives(world: World, payout_id: str) -> None:
    payout = _change(world, payout_id, ("pending", "in_transit"), "paid")
    if payout is None:
        return
    if payout["automatic"]:
        payout["reconciliation_status"] = "completed"
        world.store.save(payout)
        account = world.store.account_of(payout_id) or PLATFORM
        world.tell("payout.reconciliation_completed", payout, account=account)
    if payout["_fails_after_s"] is not None:
        world.at(world.now() + payout["_fails_after_s"], "payout_fails", payout_id)


def fail(world: World, payout_id: str) -> Object | None:
    """The bank sent it back, also after it was said to be paid."""
    payout = _change(world, payout_id, ("pending", "in_transit", "paid"), "failed")
    if payout is None:
        return None
    _return_money(world, payout)
    payout |= {
        "failure_code": "account_closed",
        "failure_message": "The bank account has been closed.",
    }
    world.store.save(payout)
    world.tell("payout.failed", payout, account=world.store.account_of(payout_id) or PLATFORM)
    return payout


def _fails(world: World, payout_id: str) -> None:
    fail(world, payout_id)


def _return_money(world: World, payout: Object) -> None:
    transaction = balance.book(
        world,
        "payout_failure",
        payout["amount"],
        payout["currency"],
        payout["id"],
        account=world.store.account_of(payout["id"]) or PLATFORM,
    )
    payout["failure_balance_transaction"] = transaction["id"]


def _cancel(call: Call) -> Object:
    payout = call.find("payout")
    if payout["status"] != "pending":
        raise errors.ApiError(
            f"Payouts can only be canceled while they are pending; this one is {payout['status']}."
        )
    _return_money(call.world, payout)
    call.world.store.save(payout)
    canceled = _change(call.world, payout["id"], ("pending",), "canceled")
    assert canceled is not None
    return canceled


def _is_paid_out(world: World, account_id: str) -> None:
    """Each night: what a connected account has, if it may be paid, and the next night's."""
    account = world.store.get(account_id)
    if account is None:
        return
    world.at(world.now() + DAY_S, "account_is_paid_out", account_id)
    interval = account["settings"]["payouts"]["schedule"]["interval"]
    if not account["payouts_enabled"] or interval != "daily":
        return
    for currency in balance.currencies(world, account_id):
        has = balance.available(world, currency, account_id)
        if has > 0:
            pay_out(world, account_id, has, currency, automatic=True)


World.jobs |= {
    "payout_leaves": _leaves,
    "payout_arrives": _arrives,
    "payout_fails": _fails,
    "account_is_paid_out": _is_paid_out,
}

ROUTES = [
    Route(
        "POST",
        "/v1/payouts",
        "PayoutCreateParams",
        _create,
        acting_on(
            "amount",
            "currency",
            "description",
            "metadata",
            "method",
            "source_type",
            "statement_descriptor",
        ),
        of_accounts=True,
    ),
    Route(
        "GET", "/v1/payouts/{id}", "PayoutRetrieveParams", retrieving("payout"), of_accounts=True
    ),
    Route(
        "GET",
        "/v1/payouts",
        "PayoutListParams",
        listing("payout", "arrival_date", "created", "destination", "status"),
        of_accounts=True,
    ),
    Route("POST", "/v1/payouts/{id}/cancel", "PayoutCancelParams", _cancel, of_accounts=True),
]
