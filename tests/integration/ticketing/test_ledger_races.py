"""Two causes of one host at the same moment: parts and limits are computed one after the other."""

import pytest

from tests.integration.spaces.outcomes import kinds, meet_after, meet_surely
from ticketing import ledger
from ticketing.ledger import causes
from ticketing.models import Line

from .till import Till, lines_of

pytestmark = pytest.mark.django_db(transaction=True)


# --- Two sales at the threshold ---


@pytest.fixture
def at_the_threshold(till, monkeypatch):
    """5.00 below it, and two sales of 10.00 that have both read the lifetime, if they may."""
    till.charge(4_999_500, 0)
    meet_after(monkeypatch, causes, "lifetime_net")
    return till


def sell_both(at_once, till):
    sales = at_once(*[lambda: till.charge(1000, 0)] * 2)
    return sorted(-lines_of(sale)["fee_deferred"][0] for sale in sales)


def test_one_of_two_sales_is_split_at_the_threshold(at_once, at_the_threshold):
    assert sell_both(at_once, at_the_threshold) == [15 + 100, 200]


def test_twin_without_the_lock_splits_both(at_once, at_the_threshold, monkeypatch):
    """Shows that the test above would see it."""
    meet_surely(monkeypatch)
    monkeypatch.setattr(causes, "lock", lambda subjects: None)

    assert sell_both(at_once, at_the_threshold) == [15 + 100, 15 + 100]


def test_hosts_do_not_wait_for_each_other(at_once, at_the_threshold, monkeypatch, sami):
    meet_surely(monkeypatch)

    both = at_once(lambda: at_the_threshold.charge(1000, 0), lambda: Till(sami).charge(1000, 0))

    assert kinds(both) == ["done", "done"]


# --- Two refunds of one payment ---


@pytest.fixture
def charge(till, monkeypatch):
    charge = till.charge()
    meet_after(monkeypatch, causes, "Books")
    return charge


def refund_both(at_once, till, charge):
    return kinds(at_once(*[lambda: till.refund(charge, 600)] * 2))


def test_two_refunds_are_never_more_than_was_paid(at_once, till, charge):
    assert refund_both(at_once, till, charge) == ["TooMuchReturned", "done"]
    assert ledger.returned_of(charge) == till.money(600)


def test_twin_without_the_lock_returns_too_much(at_once, till, charge, monkeypatch):
    """Shows that the test above would see it."""
    meet_surely(monkeypatch)
    monkeypatch.setattr(causes, "lock_charge", lambda charge, *others: None)

    assert refund_both(at_once, till, charge) == ["done", "done"]
    assert till.balance("refund_clearing") == -1200


def test_one_event_handled_by_many_is_booked_once(at_once, till, charge):
    source = till.source("refund")

    at_once(*[lambda: till.refund(charge, 600, source=source)] * 6)

    assert Line.objects.filter(account="refund_clearing").count() == 1
