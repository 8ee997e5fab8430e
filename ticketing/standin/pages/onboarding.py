"""Onboarding of a connected account, and its dashboard."""

from html import escape

from ..api import Answer
from ..nouns import accounts, balance, money
from ..store import Object, equal
from ..world import World
from .layout import page, redirect, section, table

_CHOICES = {
    "finish": accounts.complete,
    "review": accounts.review,
    "restrict": accounts.restrict,
}


def show(world: World, token: str) -> Answer:
    """Once: the second visit goes back to ask for another link, as at Stripe."""
    with world.store.transaction():
        link = _link(world, token)
        if link is None:
            return _unknown()
        if link["state"] != "new" or link["expires_at"] <= world.now():
            return redirect(link["refresh_url"])
        world.store.save(link | {"state": "open"})
    account = world.store.get(link["account"])
    if account is None:
        return _unknown()
    content = section(
        "<p>In real life Stripe would ask here for a name, a date of birth, an address and a bank "
        "account. Nothing is asked in this test.</p>"
        + table(
            [
                ("Account", account["id"]),
                ("E-mail", account["email"] or "none"),
                ("Country", account["country"]),
            ]
        )
    )
    content += section(
        '<form method="post">'
        '<button name="choice" value="finish">Finish, ready to be paid</button>'
        '<button class="plain" name="choice" value="review">Finish, and be reviewed first</button>'
        '<button class="plain" name="choice" value="restrict">Be restricted</button>'
        '<button class="plain" name="choice" value="leave">Leave without finishing</button>'
        "</form>"
    )
    return page("Connect a test account", content)


def choose(world: World, token: str, given: dict[str, str]) -> Answer:
    with world.store.transaction():
        link = _link(world, token)
        if link is None:
            return _unknown()
        account = world.store.get(link["account"])
        if link["state"] != "open" or account is None:
            return redirect(link["refresh_url"])
        world.store.save(link | {"state": "used"})
        if change := _CHOICES.get(given.get("choice", "")):
            change(world, account)
    return redirect(link["return_url"])


def dashboard(world: World, token: str) -> Answer:
    login = world.store.get(token)
    account = world.store.get(login["account"]) if login else None
    if login is None or login["object"] != "_login_link" or account is None:
        return _unknown()
    where = account["id"]
    sums = []
    for currency in balance.currencies(world, where):
        sums.append(("Available", money.words(balance.available(world, currency, where), currency)))
        sums.append(("On its way", money.words(balance.pending(world, currency, where), currency)))
    received = world.store.select("transfer", "", [(equal("destination"), where)], limit=20)
    paid_out = world.store.select("payout", where, limit=20)
    content = section(table([("Account", where), ("State", _state(account))]))
    content += section(table(sums, kind="sums"), title="Balance")
    content += section(_rows(received, "Nothing has been received."), title="Received")
    content += section(_rows(paid_out, "Nothing has been paid out."), title="Payouts")
    return page("Test dashboard of a host", content)


def _rows(things: list[Object], empty: str) -> str:
    if not things:
        return f"<p>{escape(empty)}</p>"
    return table(
        [
            (
                thing.get("status") or ("reversed" if thing.get("reversed") else "received"),
                money.words(thing["amount"], thing["currency"]),
            )
            for thing in things
        ],
        kind="sums",
    )


def _state(account: Object) -> str:
    if account["payouts_enabled"]:
        return "ready to be paid"
    return account["requirements"]["disabled_reason"] or "not ready"


def _link(world: World, token: str) -> Object | None:
    link = world.store.get(token)
    return link if link and link["object"] == "_account_link" else None


def _unknown() -> Answer:
    content = section("<p>Ask for another one where you came from.</p>")
    return page("There is no such link", content, status=404)
