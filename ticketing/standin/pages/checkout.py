"""The hosted checkout: a form for a test card, the bank's question, and how a session ended."""

from html import escape
from urllib.parse import quote

from ..api import Answer
from ..nouns import cards, money, sessions
from ..store import Object
from ..world import World
from .layout import link, page, redirect, said, section, table

_SUBMIT = {"book": "Book", "donate": "Donate", "pay": "Pay", "subscribe": "Subscribe"}


def show(world: World, session_id: str) -> Answer:
    session = _session(world, session_id)
    if session is None:
        return _unknown()
    if not sessions.is_open(session):
        return _over(session)
    return _form(session, "")


def pay(world: World, session_id: str, given: dict[str, str]) -> Answer:
    session = _session(world, session_id)
    if session is None:
        return _unknown()
    method = cards.by_number(given.get("number", ""))
    if method is None:
        return _form(session, "That is none of the test numbers.", given, status=402)
    buyer = {name: given.get(name, "").strip() for name in ("email", "name")}
    if not session["_email"] and "@" not in buyer["email"]:
        return _form(session, "Please give an e-mail address.", given, status=402)
    return _after(world, session_id, sessions.pay(world, session_id, method, buyer), given)


def ask(world: World, session_id: str) -> Answer:
    session = _session(world, session_id)
    if session is None:
        return _unknown()
    if not sessions.is_open(session):
        return _over(session)
    content = section(
        "<p>In real life your bank would ask here whether it is you who pays.</p>"
        '<form method="post">'
        '<button name="answer" value="yes">Complete authentication</button>'
        '<button class="plain" name="answer" value="no">Fail authentication</button>'
        "</form>"
    )
    return page("Authenticate this payment", content)


def answer_bank(world: World, session_id: str, given: dict[str, str]) -> Answer:
    session = _session(world, session_id)
    if session is None:
        return _unknown()
    method = cards.by_number(session["_method"] or "")
    if method is None:
        return _form(session, "")
    outcome = sessions.authenticate(world, session_id, method, passed=given.get("answer") == "yes")
    return _after(world, session_id, outcome, {})


def _after(
    world: World, session_id: str, outcome: sessions.Outcome, given: dict[str, str]
) -> Answer:
    session = _session(world, session_id)
    assert session is not None
    if outcome.kind == "paid":
        return redirect(_success_url(session))
    if outcome.kind == "authenticate":
        return redirect(f"{world.url}/c/authenticate/{session_id}")
    if outcome.kind == "declined":
        return _form(session, outcome.message, given, status=402)
    return _over(session)


def _session(world: World, session_id: str) -> Object | None:
    session = world.store.get(session_id)
    return session if session and session["object"] == "checkout.session" else None


def _success_url(session: Object) -> str:
    return session["success_url"].replace("{CHECKOUT_SESSION_ID}", quote(session["id"]))


def _unknown() -> Answer:
    return page(
        "There is no such payment",
        section("<p>The address may be incomplete.</p>"),
        status=404,
    )


def _over(session: Object) -> Answer:
    if session["status"] == "complete":
        content = "<p>This payment has been made. Nothing more is to be paid here.</p>"
        return page(
            "Already paid", section(content + link(_success_url(session), "Go on")), status=200
        )
    content = "<p>This payment link is no longer open. Nothing has been charged.</p>"
    if session["cancel_url"]:
        content += link(session["cancel_url"], "Go back")
    return page("This payment link has expired", section(content), status=410)


def _form(
    session: Object, message: str, given: dict[str, str] | None = None, *, status: int = 200
) -> Answer:
    given = given or {}
    currency = session["currency"]
    rows = [
        (
            item["description"] + (f" × {item['quantity']}" if item["quantity"] > 1 else ""),
            money.words(item["amount_total"], currency),
        )
        for item in session["_items"]
    ]
    total = money.words(session["amount_total"], currency)
    verb = _SUBMIT.get(session["submit_type"] or "pay", "Pay")
    number = escape(given.get("number", "4242 4242 4242 4242"))
    email = escape(session["_email"] or given.get("email", ""))
    fixed = " readonly" if session["_email"] else ""
    offered = [
        method
        for method in cards.METHODS.values()
        if method.kind in session["payment_method_types"]
    ]
    content = section(table([*rows, ("Total", total)], kind="sums", last_is_sum=True))
    content += section(
        said(message)
        + '<form method="post">'
        + '<label for="email">E-mail</label>'
        + f'<input id="email" name="email" type="email" required value="{email}"{fixed}>'
        + '<label for="name">Name</label>'
        + f'<input id="name" name="name" value="{escape(given.get("name", ""))}">'
        + '<label for="number">Test card number</label>'
        + '<input id="number" name="number" inputmode="numeric" autocomplete="off" required '
        + f'aria-describedby="numbers" value="{number}">'
        + f"<button>{escape(verb)} {escape(total)}</button></form>"
        + (link(session["cancel_url"], "Cancel and go back") if session["cancel_url"] else "")
    )
    content += section(
        "<div id='numbers'><p>Only these numbers work here. Never type a real one.</p>"
        + table([(_spaced(method.number), _says(method)) for method in offered], kind="numbers")
        + "</div>",
        title="Test numbers",
    )
    return page("Test checkout", content, status=status)


def _says(method: cards.Method) -> str:
    return {
        "generic_decline": "is declined",
        "insufficient_funds": "has insufficient funds",
    }.get(method.decline_code, method.says)


def _spaced(number: str) -> str:
    return (
        " ".join(number[place : place + 4] for place in range(0, len(number), 4))
        if len(number) == 16
        else number
    )
