"""Balances, and the transactions that move them."""

from typing import Any

from .. import errors
from ..calls import Call, Route, listed
from ..store import Object
from ..world import PLATFORM, World, new_id

_CATEGORIES = {
    "payment": "charge",
    "payment_refund": "refund",
    "transfer_refund": "transfer_reversal",
    "payout_failure": "payout_reversal",
}


def book(
    world: World,
    kind: str,
    amount: int,
    currency: str,
    source: str,
    *,
    account: str = PLATFORM,
    fee: int = 0,
    fee_words: str = "Stripe processing fees",
    available_on: int | None = None,
    category: str | None = None,
    description: str | None = None,
) -> Object:
    """A balance transaction. Amounts are signed as the balance changes."""
    available_on = available_on or world.now()
    net = amount - fee
    fees = {
        "amount": fee,
        "application": None,
        "currency": currency,
        "description": fee_words,
        "type": "stripe_fee",
    }
    world.store.run(
        "INSERT INTO entries (account, currency, available_on, net) VALUES (?, ?, ?, ?)",
        account,
        currency,
        available_on,
        net,
    )
    return world.store.add(
        {
            "id": new_id("txn"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": available_on,
            "balance_type": "payments",
            "created": world.now(),
            "currency": currency,
            "description": description,
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [fees] if fee else [],
            "net": net,
            "reporting_category": category or _CATEGORIES.get(kind, kind),
            "source": source,
            # Of the moment of reading: see `current`.
            "status": "pending",
            "type": kind,
        },
        account,
    )


def current(world: World, transaction: Object) -> Object:
    settled = transaction["available_on"] <= world.now()
    return transaction | {"status": "available" if settled else "pending"}


def available(world: World, currency: str, account: str = PLATFORM) -> int:
    rows = world.store.run(
        "SELECT coalesce(sum(net), 0) FROM entries "
        "WHERE account = ? AND currency = ? AND available_on <= ?",
        account,
        currency,
        world.now(),
    )
    return rows[0][0]


def pending(world: World, currency: str, account: str = PLATFORM) -> int:
    rows = world.store.run(
        "SELECT coalesce(sum(net), 0) FROM entries "
        "WHERE account = ? AND currency = ? AND available_on > ?",
        account,
        currency,
        world.now(),
    )
    return rows[0][0]


def currencies(world: World, account: str = PLATFORM) -> list[str]:
    rows = world.store.run(
        "SELECT DISTINCT currency FROM entries WHERE account = ? ORDER BY currency", account
    )
    return [currency for (currency,) in rows] or ["usd"]


def _part(amount: int, currency: str) -> dict[str, Any]:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}


def _retrieve(call: Call) -> Object:
    world, account = call.world, call.account
    known = currencies(world, account)
    return {
        "object": "balance",
        "available": [_part(available(world, one, account), one) for one in known],
        "connect_reserved": [{"amount": 0, "currency": one} for one in known],
        "livemode": False,
        "pending": [_part(pending(world, one, account), one) for one in known],
    }


def _retrieve_transaction(call: Call) -> Object:
    return current(call.world, call.find("balance_transaction"))


def _list_transactions(call: Call) -> Object:
    if "payout" in call.params:
        raise errors.not_offered("balance transactions by payout", "payout")
    page = listed(call, "balance_transaction", "created", "currency", "source", "type")
    return page | {"data": [current(call.world, one) for one in page["data"]]}


ROUTES = [
    Route("GET", "/v1/balance", "BalanceRetrieveParams", _retrieve, of_accounts=True),
    Route(
        "GET",
        "/v1/balance_transactions/{id}",
        "BalanceTransactionRetrieveParams",
        _retrieve_transaction,
        of_accounts=True,
    ),
    Route(
        "GET",
        "/v1/balance_transactions",
        "BalanceTransactionListParams",
        _list_transactions,
        of_accounts=True,
    ),
]
