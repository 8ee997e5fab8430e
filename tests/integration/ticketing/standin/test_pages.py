"""The pages, by plain HTTP."""

import re

import pytest

from tests.stripe_standin import (
    AUTHENTICATE,
    OK,
    PAYS_LATER,
    authenticate,
    fetch,
    onboard,
    pay,
)

DESK = "/_standin/"
LABEL = "Test payments: no real money moves"


@pytest.fixture
def pages(stand_in, api, make_session, new_host, link_of):
    """Every page there is, by name."""
    paid, expired = make_session(), make_session()
    pay(paid.url)
    api.checkout.sessions.expire(expired.id)
    asking = make_session()
    pay(asking.url, AUTHENTICATE)
    host_link = link_of(new_host)
    found = {
        "checkout": fetch(make_session().url),
        "declined": pay(make_session().url, "4000 0000 0000 0002"),
        "paid": fetch(paid.url),
        "expired": fetch(expired.url),
        "bank": fetch(asking.url.replace("/pay/", "/authenticate/")),
        "onboarding": fetch(host_link),
        "start": fetch(stand_in.url + "/"),
        "desk": fetch(stand_in.url + DESK),
        "nothing": fetch(stand_in.url + "/colours"),
        "unknown payment": fetch(stand_in.url + "/c/pay/cs_test_none"),
        "unknown link": fetch(stand_in.url + "/setup/al_none"),
    }
    onboard(link_of(new_host))
    found["dashboard"] = fetch(api.accounts.login_links.create(new_host.id).url)
    return found


def test_every_page_says_that_it_is_a_test(pages):
    assert [name for name, page in pages.items() if LABEL not in page.text] == []


def test_pages_load_nothing_from_elsewhere(pages):
    for page in pages.values():
        assert not re.search(r"<(script|link|img|iframe)\b|@import|url\(", page.text)
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["Referrer-Policy"] == "no-referrer"


def test_pages_are_whole_html(pages):
    for page in pages.values():
        assert page.text.startswith('<!doctype html>\n<html lang="en">')
        assert 'name="viewport"' in page.text
        assert page.text.count("<h1>") == 1


def test_status_of_pages(pages):
    assert {name: page.status for name, page in pages.items() if page.status != 200} == {
        "declined": 402,
        "expired": 410,
        "nothing": 404,
        "unknown payment": 404,
        "unknown link": 404,
    }


def test_checkout_shows_what_is_paid_and_the_way_back(make_session):
    page = fetch(make_session(submit_type="book").url).text

    assert "Harbour talk" in page
    assert "Book 10.00 USD" in page
    assert 'href="http://localhost/left"' in page


def test_currency_without_decimals_is_shown_without(make_session):
    assert "Pay 1,500 JPY" in fetch(make_session(1500, "jpy").url).text


def test_names_are_escaped(make_session):
    data = {"currency": "usd", "unit_amount": 100, "product_data": {"name": "<b>x</b>"}}

    page = fetch(make_session(line_items=[{"quantity": 1, "price_data": data}]).url).text

    assert "<b>" not in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page


def test_declined_keeps_what_was_typed(make_session):
    page = pay(make_session().url, "4000 0000 0000 0002", email="lena@example.org")

    assert "Your card was declined." in page.text
    assert 'value="lena@example.org"' in page.text


@pytest.mark.parametrize(("number", "email"), [("1234", "lena@example.org"), (OK, "nobody")])
def test_what_is_not_understood_charges_nothing(api, make_session, number, email):
    assert pay(make_session().url, number, email=email).status == 402
    assert not api.payment_intents.list().data


@pytest.mark.parametrize("by", ["customer_email", "customer"])
def test_email_of_the_app_is_kept(api, make_session, by):
    customer = api.customers.create({"email": "sami@example.org"})
    session = make_session(**{by: customer.id if by == "customer" else customer.email})

    pay(session.url, email="other@example.org")

    details = api.checkout.sessions.retrieve(session.id).customer_details
    assert details.email == "sami@example.org"


def test_debit_is_offered_where_it_is_taken(make_session):
    cards_only = make_session(allowed_payment_method_types=["card"])

    assert PAYS_LATER in fetch(make_session().url).text
    assert PAYS_LATER not in fetch(cards_only.url).text


def test_bank_is_asked_nothing_before_a_card(make_session):
    assert "Test checkout" in authenticate(make_session().url).text


def test_public_address_is_where_people_are_sent():
    from ticketing.standin import StandIn

    from .conftest import client_of

    running = StandIn(public_url="https://pay.example/")
    item = {
        "quantity": 1,
        "price_data": {"currency": "usd", "unit_amount": 100, "product_data": {"name": "x"}},
    }
    session = client_of(running.url).v1.checkout.sessions.create(
        {"mode": "payment", "line_items": [item], "success_url": "https://talks.example/"}
    )
    page = fetch(f"{running.url}/c/pay/{session.id}", headers={"Host": "pay.example"})
    running.stop()

    assert session.url == f"https://pay.example/c/pay/{session.id}"
    assert page.status == 200


# --- The desk ---


@pytest.fixture
def press(stand_in):
    """Press the button with these words on the desk."""

    def post(words):
        page = fetch(stand_in.url + DESK).text
        token = re.search(r'name="token" value="([^"]+)"', page)[1]
        wish = re.search(rf'value="([^"]+)">{words}<', page)[1]
        reply = fetch(stand_in.url + DESK, {"token": token, "do": wish})
        assert reply.location == stand_in.url + DESK

    return post


def test_time_passes_at_the_desk(controls, press):
    before = controls.now()

    press("A day")

    assert controls.now() >= before + 86_400


def test_payment_is_refunded_at_the_desk(api, press, make_charge):
    make_charge()

    press("Refund")

    assert api.refunds.list().data[0].status == "succeeded"


def test_payment_is_disputed_and_won_at_the_desk(api, press, make_charge):
    make_charge()

    press("Dispute")
    press("The host wins")

    assert api.disputes.list().data[0].status == "won"


def test_host_is_restricted_and_complete_again_at_the_desk(api, press, host):
    press("Restrict")
    restricted = api.accounts.retrieve(host.id).payouts_enabled
    press("Complete")

    assert (restricted, api.accounts.retrieve(host.id).payouts_enabled) == (False, True)


def test_forms_of_other_sites_do_nothing_at_the_desk(stand_in, controls):
    before = controls.now()

    reply = fetch(stand_in.url + DESK, {"token": "x", "do": "advance 86400"})

    assert reply.status == 400
    assert controls.now() < before + 60


def test_what_cannot_be_done_is_said_at_the_desk(stand_in):
    form = {"token": stand_in.token, "do": "charges/ch_none/refund"}

    assert "No such charge" in fetch(stand_in.url + DESK, form).text


# --- Controls ---


def test_controls_take_json_only(stand_in):
    reply = fetch(f"{stand_in.url}/_standin/clock", {"advance_s": "5"})

    assert reply.status == 415


@pytest.mark.parametrize(
    ("path", "text", "status"),
    [
        ("clock", '{"advance_s": -1}', 400),
        ("clock", '{"advance_s": true}', 400),
        ("clock", "[]", 400),
        ("clock", "{", 400),
        ("colours", "{}", 404),
        ("charges/ch_none/refund", "{}", 404),
        ("terms", '{"colour": 1}', 400),
    ],
)
def test_refused_controls(stand_in, path, text, status):
    headers = {"Content-Type": "application/json"}

    reply = fetch(f"{stand_in.url}/_standin/{path}", data=text.encode(), headers=headers)

    assert reply.status == status
