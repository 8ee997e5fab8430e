"""Checkout sessions, and what paying them makes."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from tests.stripe_standin import (
    AUTHENTICATE,
    DAY_S,
    DECLINED,
    FAILS_LATER,
    HOUR_S,
    INSUFFICIENT_FUNDS,
    PAYS_LATER,
    authenticate,
    pay,
)

from .conftest import client_of


@pytest.fixture
def reload(api):
    def again(session):
        return api.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})

    return again


def types(api, count=100):
    """Events, oldest first."""
    return [event.type for event in api.events.list({"limit": count}).data][::-1]


def test_new_session(make_session):
    session = make_session()

    assert (session.status, session.payment_status, session.amount_total) == (
        "open",
        "unpaid",
        1000,
    )
    assert session.id in session.url
    assert session.payment_intent is None


def test_paid_session(api, make_session, reload):
    session = make_session(client_reference_id="order-1", metadata={"order": "1"})

    reply = pay(session.url)

    assert reply.location == f"http://localhost/done?session={session.id}"
    paid = reload(session)
    intent = paid.payment_intent
    charge = api.charges.retrieve(intent.latest_charge)
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert (intent.status, intent.amount_received) == ("succeeded", 1000)
    assert (intent.transfer_group, charge.transfer_group) == ("order_1", "order_1")
    assert charge.metadata.order == intent.metadata.order == "1"
    assert paid.customer_details.email == "lena@example.org"
    assert types(api)[-4:] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


def test_metadata_of_a_session_is_not_the_payments(make_session, reload):
    session = make_session(metadata={"order": "1"}, payment_intent_data={"description": "x"})

    pay(session.url)

    assert reload(session).payment_intent.metadata.to_dict() == {}


@pytest.mark.parametrize(
    ("number", "code"), [(DECLINED, "generic_decline"), (INSUFFICIENT_FUNDS, "insufficient_funds")]
)
def test_declined_card_leaves_the_session_open(api, make_session, reload, number, code):
    session = make_session()

    reply = pay(session.url, number)

    tried = reload(session)
    failure = tried.payment_intent.last_payment_error
    assert reply.status == 402
    assert (tried.status, tried.payment_status) == ("open", "unpaid")
    assert tried.payment_intent.status == "requires_payment_method"
    assert (failure.type, failure.code, failure.decline_code) == (
        "card_error",
        "card_declined",
        code,
    )
    assert api.charges.retrieve(tried.payment_intent.latest_charge).status == "failed"
    assert types(api)[-2:] == ["charge.failed", "payment_intent.payment_failed"]


def test_another_card_pays_the_same_intent(make_session, reload):
    session = make_session()
    pay(session.url, DECLINED)
    tried = reload(session)

    pay(session.url)

    assert reload(session).payment_intent.id == tried.payment_intent.id
    assert reload(session).payment_status == "paid"


def test_authentication_passed(make_session, reload):
    session = make_session()

    asked = pay(session.url, AUTHENTICATE)
    waiting = reload(session)
    reply = authenticate(session.url)

    assert (asked.status, waiting.payment_intent.status) == (303, "requires_action")
    assert reply.location == f"http://localhost/done?session={session.id}"
    assert reload(session).payment_status == "paid"


def test_authentication_failed(make_session, reload):
    session = make_session()
    pay(session.url, AUTHENTICATE)

    reply = authenticate(session.url, "no")

    assert reply.status == 402
    assert reload(session).status == "open"
    assert reload(session).payment_intent.last_payment_error.decline_code == (
        "authentication_required"
    )


def test_bank_debit_pays_later(api, controls, make_session, reload):
    session = make_session()

    pay(session.url, PAYS_LATER)
    waiting = reload(session)
    controls.advance(2 * DAY_S)

    assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
    assert waiting.payment_intent.status == "processing"
    assert reload(session).payment_status == "paid"
    assert types(api)[-1] == "checkout.session.async_payment_succeeded"


def test_bank_debit_fails_later(api, controls, make_session, reload):
    session = make_session()

    pay(session.url, FAILS_LATER)
    controls.advance(2 * DAY_S)

    assert reload(session).payment_status == "unpaid"
    assert reload(session).payment_intent.status == "requires_payment_method"
    assert types(api)[-1] == "checkout.session.async_payment_failed"


def test_session_for_cards_takes_no_debit(make_session, reload):
    session = make_session(allowed_payment_method_types=["card", "link"])

    reply = pay(session.url, PAYS_LATER)

    assert reply.status == 402
    assert reload(session).payment_intent is None


def test_paying_twice_charges_once(api, make_session):
    session = make_session()
    pay(session.url)

    again = pay(session.url)

    assert "Already paid" in again.text
    assert len(api.charges.list().data) == 1


# --- Its end ---


def test_expired_by_the_app(api, make_session):
    session = make_session()

    expired = api.checkout.sessions.expire(session.id)

    assert (expired.status, expired.url) == ("expired", None)
    assert types(api)[-1] == "checkout.session.expired"
    assert pay(session.url).status == 410


def test_expired_by_the_clock(api, controls, make_session, reload):
    session = make_session(expires_at=controls.now() + 31 * 60)

    controls.advance(HOUR_S)

    (event,) = api.events.list({"type": "checkout.session.expired"}).data
    assert reload(session).status == "expired"
    assert event.created == session.expires_at


def test_expiring_cancels_what_was_tried(api, make_session, reload):
    session = make_session()
    pay(session.url, DECLINED)

    api.checkout.sessions.expire(session.id)

    assert reload(session).payment_intent.status == "canceled"


def test_paid_session_does_not_expire(api, controls, make_session, reload):
    session = make_session()
    pay(session.url)

    with pytest.raises(stripe.InvalidRequestError, match="complete"):
        api.checkout.sessions.expire(session.id)
    controls.advance(2 * DAY_S)

    assert reload(session).status == "complete"


# --- What is refused ---


def item(**changed):
    data = {"currency": "usd", "unit_amount": 1000, "product_data": {"name": "x"}}
    return {"quantity": 1, "price_data": data | changed}


@pytest.mark.parametrize(
    ("changed", "param"),
    [
        ({"mode": None}, "mode"),
        ({"mode": "subscription"}, "mode"),
        ({"ui_mode": "elements"}, "ui_mode"),
        ({"success_url": None}, "success_url"),
        ({"success_url": "nowhere"}, "success_url"),
        ({"cancel_url": "/left"}, "cancel_url"),
        ({"line_items": None}, "line_items"),
        ({"line_items": [{"quantity": 1}]}, "line_items[0][price]"),
        ({"line_items": [item() | {"quantity": 0}]}, "line_items[0][quantity]"),
        ({"line_items": [item(currency="xxx")]}, "line_items[0][price_data][currency]"),
        ({"line_items": [item(unit_amount=49)]}, "line_items"),
        ({"line_items": [item(), item(currency="eur")]}, "line_items"),
        ({"line_items": [{"price": "price_none", "quantity": 1}]}, "line_items[0][price]"),
        ({"customer": "cus_none"}, "customer"),
        ({"client_reference_id": "x" * 201}, "client_reference_id"),
        ({"allow_promotion_codes": True}, "allow_promotion_codes"),
        ({"payment_method_types": ["card"]}, "payment_method_types"),
        (
            {"payment_intent_data": {"transfer_data": {"destination": "acct_1"}}},
            "payment_intent_data[transfer_data]",
        ),
        (
            {"payment_intent_data": {"application_fee_amount": 5}},
            "payment_intent_data[application_fee_amount]",
        ),
    ],
)
def test_refused_terms(api, make_session, changed, param):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        make_session(**changed)

    assert refused.value.param == param
    assert not api.checkout.sessions.list().data
    assert not api.events.list().data


@pytest.mark.parametrize("life_s", [30 * 60 - 5, DAY_S + 60])
def test_session_lives_half_an_hour_to_a_day(controls, make_session, life_s):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        make_session(expires_at=controls.now() + life_s)

    assert refused.value.param == "expires_at"


# --- Found again ---


def test_sessions_are_listed(api, make_session, reload):
    customer = api.customers.create({"email": "lena@example.org"})
    paid, left = make_session(customer=customer.id), make_session()
    pay(paid.url)
    intent = reload(paid).payment_intent.id

    def ids(**params):
        return [one.id for one in api.checkout.sessions.list(params).data]

    assert ids() == [left.id, paid.id]
    assert ids(customer=customer.id) == ids(payment_intent=intent) == [paid.id]
    assert ids(status="open") == [left.id]
    assert ids(customer_details={"email": "lena@example.org"}) == [paid.id]


def test_line_items(api, make_session):
    session = make_session(line_items=[item() | {"quantity": 3}, item(unit_amount=5)])

    found = api.checkout.sessions.line_items.list(session.id).data
    expanded = api.checkout.sessions.retrieve(session.id, {"expand": ["line_items"]})

    assert [one.amount_total for one in found] == [3000, 5]
    assert [one.id for one in expanded.line_items.data] == [one.id for one in found]
    assert session.amount_total == 3005


def test_price_of_a_product(api, make_session):
    product = api.products.create({"name": "Seat"})
    price = api.prices.create({"product": product.id, "currency": "jpy", "unit_amount": 500})

    session = make_session(line_items=[{"price": price.id, "quantity": 2}])

    assert (session.amount_total, session.currency) == (1000, "jpy")
    assert api.prices.retrieve(price.id).product == api.products.retrieve(product.id).id


def test_intents_and_charges_are_listed(api, make_charge):
    charge, _ = make_charge(), make_charge()

    by_intent = api.charges.list({"payment_intent": charge.payment_intent}).data
    by_group = api.charges.list({"transfer_group": "order_1"}).data

    assert [one.id for one in by_intent] == [charge.id]
    assert len(by_group) == len(api.payment_intents.list().data) == 2


def test_paying_and_expiring_at_once_has_one_winner(stand_in, api, make_session):
    sessions = [make_session() for _ in range(12)]

    def expire(session):
        try:
            return client_of(stand_in.url).v1.checkout.sessions.expire(session.id).status
        except stripe.InvalidRequestError:
            return "refused"

    with ThreadPoolExecutor(8) as pool:
        ends = [
            (pool.submit(pay, session.url), pool.submit(expire, session)) for session in sessions
        ]

    found = {(paid.result().status, expired.result()) for paid, expired in ends}
    assert found <= {(303, "refused"), (410, "expired")}
    assert len(api.charges.list({"limit": 100}).data) == sum(
        paid.result().status == 303 for paid, _ in ends
    )
