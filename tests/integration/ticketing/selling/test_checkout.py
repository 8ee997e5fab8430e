"""From a held seat to a paid one by the stand-in, whatever comes first and whatever is lost."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.stripe_standin import DECLINED, FAILS_LATER, PAYS_LATER, pay
from ticketing import actions, ledger, stripe_gateway
from ticketing.actions import checkout, outbox
from ticketing.ledger import subject_of
from ticketing.models import Account, Customer, Order, Payment, StripeCall, TicketSale

from .desk import reserve, taken

pytestmark = pytest.mark.django_db(transaction=True)

State = Order.State


@pytest.fixture
def by_bank(settings):
    """Before the address."""
    settings.STRIPE_PAYMENT_METHODS = ["card", "us_bank_account"]


def later(settings):
    return timezone.now() + timedelta(seconds=settings.TICKET_HOLD_S + 60)


# --- The way there ---


def test_buyer_is_led_to_a_page_that_can_be_paid(order, address, lena):
    order.refresh_from_db()

    assert (order.state, order.session_url) == (State.AWAITING_PAYMENT, address)
    assert Customer.objects.get(user=lena).stripe_id.startswith("cus_")
    session = stripe_gateway.fetch("checkout.sessions", order.session_id)
    assert (session["amount_total"], session["client_reference_id"]) == (
        1000,
        str(order.public_id),
    )


def test_second_click_leads_to_the_same_page(order, address):
    assert actions.open_checkout(order=order) == address
    assert StripeCall.objects.filter(kind=checkout.CREATE).count() == 1


def test_seat_stays_while_stripe_is_away_and_the_next_click_goes_on(order, controls):
    controls.fault("drop_before", "POST", "/v1/checkout/sessions", count=9)
    with pytest.raises(stripe_gateway.StripeUnavailable):
        actions.open_checkout(order=order)
    controls.clear_faults()
    StripeCall.objects.update(next_try_at=timezone.now())

    assert actions.open_checkout(order=order)
    order.refresh_from_db()
    assert order.state == State.AWAITING_PAYMENT


def test_address_of_a_seat_that_was_given_back_meanwhile_is_never_shown(order, monkeypatch):
    real = checkout.outbox.call_now

    def given_back(kind, **how):
        answer = real(kind, **how)
        if kind == checkout.CREATE:
            actions.release(order=order, cause="test")
        return answer

    monkeypatch.setattr(checkout.outbox, "call_now", given_back)

    with pytest.raises(actions.SeatGone):
        actions.open_checkout(order=order)

    made = StripeCall.objects.get(kind=checkout.CREATE).response_id
    assert stripe_gateway.fetch("checkout.sessions", made)["status"] == "expired"


# --- Paid ---


def test_paid_is_paid_and_in_the_books(order, address, sale):
    pay(address)

    actions.look_at_checkout(order=order)

    payment = Payment.objects.get()
    assert (order.state, order.paid_at is not None) == (State.PAID, True)
    assert (payment.amount_minor, payment.fee_minor, payment.state) == (1000, 59, "captured")
    host = subject_of(sale.seller)
    assert ledger.balance(Account.STRIPE, "usd") == 941
    assert ledger.payable(host, "usd").amount_minor == 913
    assert ledger.balance(Account.FEE_DEFERRED, "usd") == -28


def test_looking_twice_changes_nothing(order, address):
    pay(address)

    actions.look_at_checkout(order=order)
    actions.look_at_checkout(order=order)

    assert [change.became for change in order.changes.all()] == ["held", "paid"]
    assert ledger.balance(Account.STRIPE, "usd") == 941


def test_declined_card_leaves_the_seat_and_the_page(order, address):
    pay(address, DECLINED)

    actions.look_at_checkout(order=order)

    assert order.state == State.AWAITING_PAYMENT
    pay(address)
    actions.look_at_checkout(order=order)
    assert order.state == State.PAID


def test_bank_that_takes_its_time_keeps_the_seat(by_bank, order, address, controls):
    pay(address, PAYS_LATER)
    actions.look_at_checkout(order=order)
    assert order.state == State.PROCESSING

    controls.advance(5 * 24 * 3600)
    actions.look_at_checkout(order=order)

    assert order.state == State.PAID


def test_bank_that_says_no_in_the_end_frees_the_seat(by_bank, order, address, controls):
    pay(address, FAILS_LATER)
    actions.look_at_checkout(order=order)
    assert taken(order) == 1

    controls.advance(5 * 24 * 3600)
    actions.look_at_checkout(order=order)

    assert (order.state, taken(order)) == (State.RELEASED, 0)


def test_event_alone_brings_it(order, address):
    pay(address)

    actions.pull_stripe_events()
    actions.process_stripe_events()

    order.refresh_from_db()
    assert order.state == State.PAID


# --- Not paid ---


def test_buyer_who_turns_back_frees_the_seat(order, address):
    actions.close_checkout(order=order, cause="left")

    assert (order.state, taken(order)) == (State.RELEASED, 0)
    assert stripe_gateway.fetch("checkout.sessions", order.session_id)["status"] == "expired"


def test_buyer_who_paid_and_turns_back_has_a_ticket(order, address):
    pay(address)

    actions.close_checkout(order=order, cause="left")

    assert (order.state, taken(order)) == (State.PAID, 1)


def test_hold_that_is_over_frees_the_seat(order, address, settings):
    assert actions.sweep_holds(now=later(settings)) == 1

    order.refresh_from_db()
    assert (order.state, taken(order)) == (State.RELEASED, 0)


def test_hold_that_is_over_and_was_paid_is_paid(order, address, settings):
    pay(address)

    actions.sweep_holds(now=later(settings))

    order.refresh_from_db()
    assert (order.state, taken(order)) == (State.PAID, 1)


def test_hold_whose_time_is_over_keeps_its_seat_while_stripe_is_away(
    order, address, controls, settings
):
    controls.fault("drop_before", count=99)

    assert actions.sweep_holds(now=later(settings)) == 0

    order.refresh_from_db()
    assert (order.state, taken(order)) == (State.AWAITING_PAYMENT, 1)


def test_hold_that_never_came_to_stripe_is_freed_without_a_question(order, settings):
    actions.sweep_holds(now=later(settings))

    order.refresh_from_db()
    assert (order.state, taken(order)) == (State.RELEASED, 0)
    assert not StripeCall.objects.exists()


@pytest.mark.parametrize("arrived", [True, False])
def test_process_that_dies_before_it_writes_the_checkout_down(order, controls, settings, arrived):
    """Its key finds the checkout, or that there is none."""
    customer = checkout.customer_of(order.buyer)
    key, params = checkout._prepare(order, customer=customer, now=timezone.now())
    if not arrived:
        controls.fault("drop_before", "POST", "/v1/checkout/sessions", count=9)
    with suppress(stripe_gateway.StripeUnavailable):
        outbox.call_now(checkout.CREATE, key=key, params=params, subject=order)
    controls.clear_faults()
    # As if the answer had not been noted either.
    StripeCall.objects.filter(key=key).update(
        state="sent", settled_at=None, handled_at=None, next_try_at=timezone.now(), answer={}
    )
    if not arrived:
        controls.advance(2 * settings.TICKET_HOLD_S)

    actions.sweep_holds(now=later(settings))

    order.refresh_from_db()
    assert (order.state, taken(order)) == (State.RELEASED, 0)
    sessions = list(stripe_gateway.list_all("checkout.sessions"))
    assert [session["status"] for session in sessions] == (["expired"] if arrived else [])


def test_money_for_a_seat_that_was_freed_takes_one_again(order, address):
    pay(address)
    actions.release(order=order, cause="test")

    actions.look_at_checkout(order=order)

    assert (order.state, taken(order)) == (State.PAID, 1)


def test_money_for_a_seat_that_is_gone_is_due_back(order, address, otto):
    pay(address)
    actions.release(order=order, cause="test")
    TicketSale.objects.update(capacity=1)
    reserve(otto, order.sale)

    actions.look_at_checkout(order=order)

    assert (order.state, taken(order)) == (State.REFUND_DUE, 1)
