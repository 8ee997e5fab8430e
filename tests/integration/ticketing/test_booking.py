"""Putting journals into the books: once, loudly when they differ, and corrected by others."""

import pytest
from django.utils import timezone

from ticketing import ledger
from ticketing.ledger import BookedOtherwise, Entry, OutOfOrder, Source, Unbalanced
from ticketing.models import Account, Journal, Kind, Line
from ticketing.money import CurrencyMismatch, Money

from .till import lines_of

pytestmark = pytest.mark.django_db


def payout(amount, currency="usd", *, back=None):
    return [
        Entry(Account.BANK, Money(amount, currency)),
        Entry(Account.STRIPE, Money(-amount if back is None else back, currency)),
    ]


def post(lines, **extra):
    return ledger.post(
        kind=Kind.PAYOUT,
        source=Source("payout", "po_1"),
        lines=lines,
        occurred_at=timezone.now(),
        **extra,
    )


def test_journal_is_posted_with_its_lines():
    journal = post(payout(500))

    assert ledger.entries(journal) == payout(500)
    assert lines_of(journal) == {"bank": [500], "stripe": [-500]}


def test_repeat_gives_the_same_journal():
    journal = post(payout(500))

    assert post(reversed_ := payout(500)[::-1]) == journal
    assert len(reversed_) == Line.objects.count() == 2


@pytest.mark.parametrize("lines", [payout(499), payout(500, "eur")])
def test_repeat_with_other_lines_is_loud(lines):
    post(payout(500))

    with pytest.raises(BookedOtherwise):
        post(lines)


def test_repeat_for_another_host_is_loud():
    post(payout(500))

    with pytest.raises(BookedOtherwise):
        post(payout(500), host="another")


@pytest.mark.parametrize("lines", [[], payout(0), payout(500)[:1], payout(500, back=-499)])
def test_lines_that_do_not_balance_are_refused(lines):
    with pytest.raises(Unbalanced):
        post(lines)

    assert Journal.objects.count() == 0


def test_lines_of_nothing_are_left_out():
    journal = post([*payout(500), Entry(Account.PROCESSING_FEES, Money(0, "usd"))])

    assert journal.line_count == journal.lines.count() == 2


@pytest.mark.django_db(transaction=True)
def test_same_cause_at_once_is_one_journal(at_once):
    outcomes = at_once(*[lambda: post(payout(500))] * 6)

    assert len({journal.pk for journal in outcomes}) == 1
    assert Line.objects.count() == 2


# --- Corrections ---


def test_reversed_journal_is_named_and_weighs_nothing(till):
    journal = post(payout(500))

    undone = ledger.reverse(journal=journal, occurred_at=till.now)

    assert undone.correction_of == journal
    assert till.balances() == {}


def test_reversing_twice_is_once(till):
    journal = post(payout(500))
    undone = ledger.reverse(journal=journal, occurred_at=till.now)

    assert ledger.reverse(journal=journal, occurred_at=till.now) == undone


def test_corrected_journal_is_replaced(till):
    journal = post(payout(500))

    for _ in range(2):
        ledger.correct(journal=journal, lines=payout(510), occurred_at=till.now)

    assert till.balances() == {"bank": 510, "stripe": -510}
    assert Journal.objects.count() == 3
    with pytest.raises(BookedOtherwise):
        ledger.correct(journal=journal, lines=payout(520), occurred_at=till.now)


def test_refund_goes_by_the_corrected_payment(till):
    charge = till.charge()
    lines = [
        Entry(Account.STRIPE, Money(1000, "usd")),
        Entry(Account.STRIPE, Money(-61, "usd")),
        Entry(Account.HOST_PAYABLE, Money(-911, "usd"), till.subject),
        Entry(Account.FEE_DEFERRED, Money(-28, "usd")),
    ]
    ledger.correct(journal=charge, lines=lines, occurred_at=till.now)

    refund = till.refund(charge, 1000)

    assert lines_of(refund)["processing_losses"] == [61]
    assert ledger.lifetime_net(till.subject, "usd") == 0


def test_payment_that_was_taken_back_cannot_be_refunded(till):
    charge = till.charge()
    ledger.reverse(journal=charge, occurred_at=till.now)

    with pytest.raises(OutOfOrder):
        till.refund(charge, 1000)
    assert till.balances() == {}


def test_corrected_payment_can_be_corrected_again(till):
    charge = till.charge()
    first = ledger.correct(journal=charge, lines=ledger.entries(charge), occurred_at=till.now)

    ledger.correct(journal=first, lines=ledger.entries(charge), occurred_at=till.now)

    assert ledger.lifetime_net(till.subject, "usd") == 941
    assert till.refund(charge, 1000).line_count == 4


def test_currencies_are_not_mixed(till):
    charge = till.charge()

    with pytest.raises(CurrencyMismatch):
        ledger.refund_sent(
            source=Source("refund", "1"),
            charge=charge,
            amount=Money(1000, "eur"),
            occurred_at=till.now,
        )
