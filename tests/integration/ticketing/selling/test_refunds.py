"""Money goes back once, whoever asked for it and whatever fails, and the books say so."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config.errors import Conflict, NotAllowed
from spaces.models import Space
from tests.factories import make_user
from ticketing import actions, ledger, stripe_gateway
from ticketing.ledger import subject_of
from ticketing.models import Account, Order, Refund, StripeCall

from .desk import buy, reserve, taken

pytestmark = pytest.mark.django_db(transaction=True)

State = Order.State
LATER = timedelta(minutes=10)


@pytest.fixture
def ticket(sale, lena):
    """Lena's, paid."""
    return buy(lena, sale)


def work_off():
    """What the clock does, until nothing is left."""
    for _ in range(3):
        actions.send_stripe_calls()
        actions.pull_stripe_events()
        actions.process_stripe_events()


def states():
    return sorted(Refund.objects.values_list("state", flat=True))


def is_square(sale):
    """Nobody is owed anything, and nothing is under way."""
    host = subject_of(sale.seller)
    return (
        ledger.payable(host, "usd").amount_minor,
        ledger.balance(Account.FEE_DEFERRED, "usd"),
        ledger.balance(Account.REFUND_CLEARING, "usd"),
    ) == (0, 0, 0)


# --- Who may ---


def test_buyer_gives_a_ticket_back_and_has_the_money(ticket, lena, sale):
    actions.give_back(actor=lena, order=ticket)
    work_off()

    ticket.refresh_from_db()
    assert (ticket.state, taken(ticket), states()) == (State.CANCELLED, 0, ["succeeded"])
    assert is_square(sale)
    # Stripe keeps its fee, and who called it off bears it: here us.
    assert ledger.balance(Account.STRIPE, "usd") == -59
    assert ledger.balance(Account.PROCESSING_LOSSES, "usd") == 59


def test_giving_back_twice_is_once(ticket, lena):
    actions.give_back(actor=lena, order=ticket)
    actions.give_back(actor=lena, order=ticket)

    assert Refund.objects.count() == StripeCall.objects.filter(kind="refund.create").count() == 1


def under(rule, user, sale):
    """A ticket that was bought under this rule."""
    sale.refund_rule = rule
    sale.save(update_fields=["refund_rule"])
    return buy(user, sale)


def test_rule_is_that_of_the_sale(lena, sale):
    ticket = under("day_before", lena, sale)
    Space.objects.update(scheduled_for=timezone.now() + timedelta(hours=23))

    with pytest.raises(NotAllowed, match="any more"):
        actions.give_back(actor=lena, order=ticket)


def test_rule_that_is_changed_later_is_not_the_buyers(lena, sale):
    ticket = under("until_start", lena, sale)
    sale.refund_rule = "never"
    sale.save(update_fields=["refund_rule"])

    assert actions.give_back(actor=lena, order=ticket).state == State.CANCELLED


def test_host_and_staff_are_not_bound_by_it(lena, sale, otto):
    ticket = under("never", lena, sale)
    for stranger in (lena, otto):
        with pytest.raises(NotAllowed):
            actions.give_back(actor=stranger, order=ticket)

    actions.give_back(actor=sale.seller, order=ticket)

    assert Refund.objects.get().reason == "host"


def test_what_is_not_paid_cannot_be_given_back(order, lena):
    with pytest.raises(Conflict):
        actions.give_back(actor=lena, order=order)


def test_seat_that_is_given_back_goes_to_the_line(ticket, lena, sale, otto):
    sale.capacity = 1
    sale.save(update_fields=["capacity"])
    actions.join_line(actor=otto, sale=sale)

    actions.give_back(actor=lena, order=ticket)

    assert sale.line.get().state == "offered"
    assert taken(ticket) == 1


# --- What does not take place ---


@pytest.fixture
def three(sale):
    return [buy(make_user(), sale) for _ in range(3)]


def call_off(**fields):
    moment = timezone.now() - timedelta(minutes=3)
    Space.objects.update(**{"state": "cancelled", "cancel_reason": "host", "announced_at": moment})
    if fields:
        Space.objects.update(**fields)


def test_everybody_has_the_money_back_when_it_is_called_off(three, sale):
    reserve(make_user(), sale)
    call_off()

    actions.refund_called_off()
    actions.refund_called_off()
    work_off()

    assert sorted(Order.objects.values_list("state", flat=True)) == [
        *["cancelled"] * 3,
        "released",
    ]
    assert states() == ["succeeded"] * 3
    assert is_square(sale)


def test_seats_of_what_is_called_off_are_for_nobody_else(three, sale, otto):
    sale.capacity = 3
    sale.save(update_fields=["capacity"])
    actions.join_line(actor=otto, sale=sale)
    call_off()

    actions.refund_called_off()

    assert (sale.line.get().state, taken(three[0])) == ("waiting", 0)
    with pytest.raises(actions.NotOnSale):
        reserve(make_user(), sale)


def test_host_may_think_again_for_a_moment(three):
    call_off(announced_at=timezone.now())

    assert actions.refund_called_off() == 0


def test_what_was_over_at_once_did_not_take_place(three):
    ended = timezone.now()
    Space.objects.update(state="ended", started_at=ended - timedelta(minutes=4), ended_at=ended)

    assert actions.refund_called_off() == 3


def test_what_took_place_is_not_given_back(three):
    ended = timezone.now()
    Space.objects.update(state="ended", started_at=ended - timedelta(minutes=6), ended_at=ended)

    assert actions.refund_called_off() == 0


def test_who_is_stopped_in_the_middle_goes_on(three, sale, monkeypatch):
    call_off()
    real, done = actions.refunds._settle_called_off, []

    def stopped(order, now):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(order)
        return real(order, now)

    monkeypatch.setattr(actions.refunds, "_settle_called_off", stopped)
    with pytest.raises(KeyboardInterrupt):
        actions.refund_called_off()
    monkeypatch.undo()

    assert actions.refund_called_off() == 1
    assert Refund.objects.count() == 3


# --- What Stripe does ---


@pytest.mark.parametrize(
    "fault", ["fail_before", "drop_before", "fail_after", "drop", "cut", "rate_limit"]
)
def test_whatever_fails_the_money_goes_back_once(ticket, lena, controls, sale, fault):
    actions.give_back(actor=lena, order=ticket)
    controls.fault(fault, "POST", "/v1/refunds", count=3)
    actions.send_stripe_calls()
    controls.clear_faults()
    StripeCall.objects.filter(settled_at=None).update(next_try_at=timezone.now())

    work_off()

    assert states() == ["succeeded"]
    charge = ticket.payments.get().charge
    assert stripe_gateway.fetch("charges", charge)["amount_refunded"] == 1000
    assert is_square(sale)


def test_refund_that_fails_later_is_owed_again(ticket, lena, controls, sale):
    controls.fault("refund_fails", "POST", "/v1/refunds", seconds=3600)
    actions.give_back(actor=lena, order=ticket)
    work_off()
    assert states() == ["pending"]

    controls.advance(2 * 3600)
    work_off()

    assert states() == ["failed"]
    assert ledger.payable(subject_of(sale.seller), "usd").amount_minor == 913
    assert ledger.balance(Account.REFUND_CLEARING, "usd") == 0


def test_refund_made_at_stripe_takes_the_ticket(ticket, controls, sale):
    controls.happen("charges", ticket.payments.get().charge, "refund")

    work_off()

    ticket.refresh_from_db()
    assert (ticket.state, taken(ticket)) == (State.CANCELLED, 0)
    assert Refund.objects.get().reason == "at_stripe"
    assert is_square(sale)


def test_money_without_a_seat_goes_back_by_itself(ticket, sale):
    Order.objects.update(state="refund_due")

    assert actions.refund_seatless() == 1
    assert actions.refund_seatless() == 0
    work_off()

    assert states() == ["succeeded"]
    assert is_square(sale)
