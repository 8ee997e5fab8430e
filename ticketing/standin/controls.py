"""`/_standin/…`: its clock, its faults, and what happens without the app's doing. JSON only."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from . import errors
from .api import Answer, Request
from .nouns import accounts, balance, disputes, money, payouts, refunds, webhook_endpoints
from .store import Object
from .world import PLATFORM, new_id, shown

if TYPE_CHECKING:
    from .server import StandIn

_PREFIX = "/_standin/"


def answer(stand_in: "StandIn", request: Request) -> Answer:
    try:
        return _said(200, _do(stand_in, request))
    except errors.ApiError as error:
        return _said(error.status, error.body())


def _said(status: int, body: Any) -> Answer:
    return Answer(status=status, body=json.dumps(body, indent=2))


def _do(stand_in: "StandIn", request: Request) -> Any:
    parts = request.path.removeprefix(_PREFIX).strip("/").split("/")
    given = _given(request)
    with stand_in.world.store.transaction():
        if len(parts) == 1 and (own := _OWN.get((request.method, parts[0]))):
            return own(stand_in, given)
        if request.method == "POST" and len(parts) == 3:
            noun, name, verb = parts
            return happen(stand_in, noun, name, verb, given)
    raise errors.unknown_url(request.method, request.path)


def happen(
    stand_in: "StandIn", noun: str, name: str, verb: str, given: dict[str, Any] | None = None
) -> Any:
    """What the app does not start, such as the dispute of a charge."""
    happening = _HAPPENINGS.get((noun, verb))
    if happening is None:
        raise errors.unknown_url("POST", f"{_PREFIX}{noun}/{name}/{verb}")
    with stand_in.world.store.transaction():
        return shown(happening(stand_in, name, given or {}))


def _given(request: Request) -> dict[str, Any]:
    if request.method != "POST":
        return {}
    # Forms of other sites cannot send this type without asking first.
    if not request.headers.get("Content-Type", "").startswith("application/json"):
        raise errors.ApiError("The controls take application/json.", status=415)
    try:
        given = json.loads(request.body or b"{}")
    except ValueError as error:
        raise errors.ApiError("That is not JSON.") from error
    if not isinstance(given, dict):
        raise errors.ApiError("That is not a JSON object.")
    return given


def _whole(given: dict[str, Any], name: str, default: int | None = None) -> int:
    value = given.get(name, default)
    if type(value) is not int:
        raise errors.invalid(f"{name} is a whole number.", name)
    return value


# --- The stand-in itself ---


def _clock(stand_in: "StandIn", given: dict[str, Any]) -> Object:
    return {"now": stand_in.world.now()}


def _advance(stand_in: "StandIn", given: dict[str, Any]) -> Object:
    seconds = _whole(given, "advance_s")
    if seconds < 0:
        raise errors.invalid("Time does not go backwards.", "advance_s")
    stand_in.world.advance(seconds)
    return {"now": stand_in.world.now()}


def _faults(stand_in: "StandIn", given: dict[str, Any]) -> Object:
    return {"faults": [fault.shown() for fault in stand_in.world.faults.listed()]}


def _add_fault(stand_in: "StandIn", given: dict[str, Any]) -> Object:
    return stand_in.world.faults.add(**given).shown()


def _clear_faults(stand_in: "StandIn", given: dict[str, Any]) -> Object:
    stand_in.world.faults.clear()
    stand_in.postman.release()
    return {"faults": []}


def _terms(stand_in: "StandIn", given: dict[str, Any]) -> Object:
    return asdict(stand_in.world.terms)


def _change_terms(stand_in: "StandIn", given: dict[str, Any]) -> Object:
    stand_in.world.terms = stand_in.world.terms.changed(given)
    return asdict(stand_in.world.terms)


def _deliveries(stand_in: "StandIn", given: dict[str, Any]) -> Object:
    rows = stand_in.world.store.run("SELECT state, count(*) FROM deliveries GROUP BY state")
    counts = {"pending": 0, "delivered": 0, "failed": 0} | dict(rows)
    return {**counts, "idle": stand_in.postman.is_idle()}


def _retry_deliveries(stand_in: "StandIn", given: dict[str, Any]) -> Object:
    stand_in.postman.release()
    return {"due": stand_in.postman.retry_now()}


def _add_endpoint(stand_in: "StandIn", given: dict[str, Any]) -> Object:
    connect, secret = given.get("connect") is True, given.get("secret")
    return {
        "secret": stand_in.add_webhook_endpoint(
            str(given.get("url", "")), secret=secret, connect=connect
        )
    }


def _top_up(stand_in: "StandIn", given: dict[str, Any]) -> Object:
    """Money of the platform's own, available at once."""
    amount = money.require_amount(_whole(given, "amount"))
    currency = money.require_currency(str(given.get("currency", "usd")))
    return balance.book(stand_in.world, "topup", amount, currency, new_id("tu"))


_OWN: dict[tuple[str, str], Callable[["StandIn", dict[str, Any]], Any]] = {
    ("GET", "clock"): _clock,
    ("POST", "clock"): _advance,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _clear_faults,
    ("GET", "terms"): _terms,
    ("POST", "terms"): _change_terms,
    ("GET", "deliveries"): _deliveries,
    ("POST", "deliveries"): _retry_deliveries,
    ("POST", "webhook_endpoints"): _add_endpoint,
    ("POST", "topups"): _top_up,
}


# --- What happens without the app's doing ---


def _refund(stand_in: "StandIn", name: str, given: dict[str, Any]) -> Object:
    charge = stand_in.world.find("charge", name, in_path=True)
    amount = _whole(given, "amount") if "amount" in given else None
    return refunds.refund(stand_in.world, charge, amount)


def _dispute(stand_in: "StandIn", name: str, given: dict[str, Any]) -> Object:
    charge = stand_in.world.find("charge", name, in_path=True)
    return disputes.open_(stand_in.world, charge, inquiry=given.get("inquiry") is True)


def _closes(won: bool) -> Callable[["StandIn", str, dict[str, Any]], Object]:
    def close(stand_in: "StandIn", name: str, given: dict[str, Any]) -> Object:
        dispute = stand_in.world.find("dispute", name, in_path=True)
        return disputes.close(stand_in.world, dispute, won=won)

    return close


def _refund_fails(stand_in: "StandIn", name: str, given: dict[str, Any]) -> Object:
    thing = stand_in.world.find("refund", name, in_path=True)
    if thing["status"] == "failed":
        raise errors.ApiError("The refund has failed already.")
    return refunds.fail(stand_in.world, thing, "lost_or_stolen_card")


def _payout_fails(stand_in: "StandIn", name: str, given: dict[str, Any]) -> Object:
    account = stand_in.world.store.account_of(name) or PLATFORM
    stand_in.world.find("payout", name, account=account, in_path=True)
    payout = payouts.fail(stand_in.world, name)
    if payout is None:
        raise errors.ApiError("The payout has ended otherwise.")
    return payout


def _becomes(change: Callable[..., Object]) -> Callable[["StandIn", str, dict[str, Any]], Object]:
    def become(stand_in: "StandIn", name: str, given: dict[str, Any]) -> Object:
        return change(stand_in.world, stand_in.world.connected(name, in_path=True))

    return become


def _deauthorize(stand_in: "StandIn", name: str, given: dict[str, Any]) -> Object:
    account = stand_in.world.connected(name, in_path=True)
    accounts.deauthorize(stand_in.world, account)
    return account


def _roll(stand_in: "StandIn", name: str, given: dict[str, Any]) -> Object:
    endpoint = stand_in.world.find("webhook_endpoint", name, in_path=True)
    return {"secret": webhook_endpoints.roll(stand_in.world, endpoint)}


_HAPPENINGS: dict[tuple[str, str], Callable[["StandIn", str, dict[str, Any]], Object]] = {
    ("charges", "refund"): _refund,
    ("charges", "dispute"): _dispute,
    ("disputes", "win"): _closes(won=True),
    ("disputes", "lose"): _closes(won=False),
    ("refunds", "fail"): _refund_fails,
    ("payouts", "fail"): _payout_fails,
    ("accounts", "complete"): _becomes(accounts.complete),
    ("accounts", "review"): _becomes(accounts.review),
    ("accounts", "restrict"): _becomes(accounts.restrict),
    ("accounts", "deauthorize"): _deauthorize,
    ("webhook_endpoints", "roll"): _roll,
}
