"""The desk: people let time pass here, and do what a buyer's bank or Stripe would do."""

import hmac
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from .. import controls, errors
from ..api import Answer, Request
from ..nouns import balance, disputes, money
from ..store import Object
from ..world import DAY_S, HOUR_S, World
from .layout import page, redirect, said, section, table

if TYPE_CHECKING:
    from ..server import StandIn

PATH = "/_standin/"
_LISTED = 10
_STEPS = {"An hour": HOUR_S, "A day": DAY_S, "A week": 7 * DAY_S}


def answer(stand_in: "StandIn", request: Request) -> Answer:
    if request.method != "POST":
        return show(stand_in, "")
    given = dict(parse_qsl(request.body.decode(errors="replace")))
    # The page of another site cannot read it, so it cannot post it.
    if not hmac.compare_digest(given.get("token", "").encode(), stand_in.token.encode()):
        return show(stand_in, "That form was from an earlier start. Please try again.")
    try:
        _do(stand_in, given.get("do", ""))
    except errors.ApiError as error:
        return show(stand_in, error.message)
    return redirect(f"{stand_in.world.url}{PATH}")


def _do(stand_in: "StandIn", wish: str) -> None:
    what, _, how_much = wish.partition(" ")
    if what == "advance" and how_much.isdecimal():
        stand_in.world.advance(int(how_much))
    elif what == "deliver":
        stand_in.postman.retry_now()
    elif what.count("/") == 2:
        noun, name, verb = what.split("/")
        controls.happen(stand_in, noun, name, verb)


def show(stand_in: "StandIn", message: str) -> Answer:
    world = stand_in.world
    moment = datetime.fromtimestamp(world.now(), UTC)
    content = said(message)
    content += section(
        f"<p>{moment:%A, %d %B %Y, %H:%M} UTC</p>"
        + _buttons(stand_in, {name: f"advance {step}" for name, step in _STEPS.items()}),
        title="Let time pass",
    )
    content += section(table(_balance(world), kind="sums"), title="Balance of the platform")
    content += section(_charges(stand_in), title="Payments")
    content += section(_accounts(stand_in), title="Accounts of hosts")
    states = world.store.run("SELECT state, count(*) FROM deliveries GROUP BY state")
    content += section(
        table([(state, str(count)) for state, count in states])
        + _buttons(stand_in, {"Deliver the rest now": "deliver"}),
        title="Webhooks",
    )
    return page("Desk of the test payments", content, status=200 if not message else 400)


def _balance(world: World) -> list[tuple[str, str]]:
    return [
        (name, money.words(sum_of(world, currency), currency))
        for currency in balance.currencies(world)
        for name, sum_of in (("Available", balance.available), ("On its way", balance.pending))
    ]


def _charges(stand_in: "StandIn") -> str:
    world = stand_in.world
    parts = []
    for charge in world.store.select("charge", "", limit=_LISTED):
        wishes = {}
        state = charge["status"]
        if charge["disputed"]:
            dispute = world.find("dispute", charge["_dispute"])
            state = f"disputed: {dispute['status']}"
            if dispute["status"] in disputes.OPEN:
                wishes = {
                    "The host wins": f"disputes/{dispute['id']}/win",
                    "The buyer wins": f"disputes/{dispute['id']}/lose",
                }
        elif charge["refunded"]:
            state = "refunded"
        elif charge["status"] == "succeeded":
            wishes = {
                "Refund": f"charges/{charge['id']}/refund",
                "Dispute": f"charges/{charge['id']}/dispute",
            }
        shown = money.words(charge["amount"], charge["currency"])
        parts.append(table([(state, shown)], kind="sums") + _buttons(stand_in, wishes))
    return "".join(parts) or "<p>Nothing has been paid.</p>"


def _accounts(stand_in: "StandIn") -> str:
    parts = []
    for account in stand_in.world.store.select("account", "", limit=_LISTED):
        name = account["email"] or account["id"]
        wish, verb = ("Restrict", "restrict") if _is_ready(account) else ("Complete", "complete")
        state = "ready to be paid" if _is_ready(account) else "not ready"
        parts.append(
            table([(name, state)]) + _buttons(stand_in, {wish: f"accounts/{account['id']}/{verb}"})
        )
    return "".join(parts) or "<p>No host has an account.</p>"


def _is_ready(account: Object) -> bool:
    return bool(account["payouts_enabled"])


def _buttons(stand_in: "StandIn", wishes: dict[str, str]) -> str:
    if not wishes:
        return ""
    buttons = "".join(
        f'<button class="plain" name="do" value="{escape(wish)}">{escape(words)}</button>'
        for words, wish in wishes.items()
    )
    return (
        f'<form class="row" method="post" action="{PATH}">'
        f'<input type="hidden" name="token" value="{escape(stand_in.token)}">{buttons}</form>'
    )
