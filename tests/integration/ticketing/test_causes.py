"""What each cause writes into the books."""

import pytest

from tests.factories import make_host
from ticketing import ledger, money, shares
from ticketing.ledger import BookedOtherwise, LedgerError, OutOfOrder, TooMuchReturned
from ticketing.models import Journal
from ticketing.shares import Tiers

from .till import Till, lines_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def charge(till):
    return till.charge()


def make_debt(till, amount=300):
    """A payment of which the host has so much too much."""
    charge = till.charge()
    till.transfer(charge, 913)
    till.refund(charge, amount)
    return charge


# --- The worked example: 10.00, Stripe's fee 0.59, 3 % ---


def test_payment_of_ten_dollars(till, charge):
    assert lines_of(charge) == {
        "stripe": [1000, -59],
        "host_payable": [-913],
        "fee_deferred": [-28],
    }
    assert ledger.lifetime_net(till.subject, "usd") == 941


def test_full_refund_of_ten_dollars(till, charge):
    refund = till.refund(charge, 1000)

    assert lines_of(refund) == {
        "host_payable": [913],
        "fee_deferred": [28],
        "processing_losses": [59],
        "refund_clearing": [-1000],
    }
    assert ledger.lifetime_net(till.subject, "usd") == 0


def test_ten_dollars_to_their_end(till, charge):
    till.held(charge)
    till.transfer(charge, 913)

    assert till.balances() == {"stripe": 28, "fee_income": -28}


# --- Payments ---


def test_repeated_payment_is_one(till):
    source = till.source("order")
    first = till.charge(source=source)
    # The lifetime has moved on since, and with it what would be computed.
    till.charge(6_000_000, 100)

    assert till.charge(source=source) == first


@pytest.mark.parametrize("other", [{"amount": 1001}, {"fee": 60}, {"tax": 10}])
def test_repeated_payment_with_other_sums_is_loud(till, other):
    source = till.source("order")
    till.charge(source=source)

    with pytest.raises(BookedOtherwise):
        till.charge(source=source, **other)


def test_tax_is_nobodys_share(till):
    charge = till.charge(1190, 59, tax=190)

    assert lines_of(charge) == {
        "stripe": [1190, -59],
        "tax_payable": [-190],
        "host_payable": [-913],
        "fee_deferred": [-28],
    }
    till.refund(charge, 1190)
    assert till.balance("tax_payable") == 0


def test_co_hosts_have_their_shares(till, sami, lena):
    shares = {ledger.subject_of(sami): 30, ledger.subject_of(lena): 20}
    charge = till.charge(co_hosts=shares)

    assert ledger.payable_of(charge) == {
        ledger.subject_of(sami): 274,
        ledger.subject_of(lena): 182,
        till.subject: 457,
    }
    # All of it is Hana's income, whoever gets a share of it.
    assert ledger.lifetime_net(till.subject, "usd") == 941
    assert ledger.lifetime_net(ledger.subject_of(sami), "usd") == 0


def test_refund_takes_everybodys_share(till, sami):
    charge = till.charge(co_hosts={ledger.subject_of(sami): 30})

    for _ in range(10):
        till.refund(charge, 100)

    assert till.balance("host_payable") == till.balance("fee_deferred") == 0
    assert till.balance("processing_losses") == 59


def test_fee_above_the_payment_is_our_loss(till):
    charge = till.charge(50, 59)
    till.refund(charge, 50)

    assert till.balances() == {"stripe": -9, "processing_losses": 59, "refund_clearing": -50}


def test_sale_across_the_threshold_is_split(till):
    till.charge(4_999_500, 0)

    charge = till.charge(1000, 0)

    assert lines_of(charge)["fee_deferred"] == [-(15 + 100)]


def test_refunded_income_does_not_count_for_the_threshold(till):
    first = till.charge(5_000_000, 0)
    till.refund(first, 5_000_000)

    assert lines_of(till.charge(1000, 0))["fee_deferred"] == [-30]


def test_every_currency_has_a_lifetime_of_its_own(till, hana):
    till.charge(6_000_000, 0)

    assert lines_of(Till(hana, "eur").charge(1000, 0))["fee_deferred"] == [-30]


def test_hosts_do_not_share_a_lifetime(till):
    till.charge(6_000_000, 0)

    assert lines_of(Till(make_host("mira")).charge(1000, 0))["fee_deferred"] == [-30]


def test_tip_is_earned_at_once(till, hana):
    tip = ledger.tip_captured(
        source=till.source("tip"),
        host=hana,
        amount=till.money(1000),
        fee=till.money(59),
        tiers=Tiers.of("usd"),
        occurred_at=till.now,
    )
    till.transfer(tip, 913)

    assert till.balances() == {"stripe": 28, "fee_income": -28}


# --- The Space took place ---


def test_part_is_earned_once(till, charge):
    earned = till.held(charge)

    assert till.held(charge) == earned
    assert lines_of(earned) == {"fee_deferred": [28], "fee_income": [-28]}


def test_nothing_is_earned_of_what_went_back(till, charge):
    till.refund(charge, 1000)

    assert till.held(charge) is None


def test_part_that_comes_back_later_is_earned_then(till, charge):
    refund = till.source("refund")
    till.refund(charge, 1000, source=refund)
    till.held(charge)
    till.fail(refund)

    assert lines_of(till.held(charge)) == {"fee_deferred": [28], "fee_income": [-28]}


# --- Transfers ---


def test_transfer_empties_what_is_due(till, charge):
    transfer = till.transfer(charge, 913)

    assert lines_of(transfer) == {"host_payable": [913], "stripe": [-913]}
    assert ledger.payable_of(charge) == {}


def test_repeated_transfer_is_one_and_other_sums_are_loud(till, charge):
    source = till.source("transfer")
    transfer = till.transfer(charge, 500, source=source)

    assert till.transfer(charge, 500, source=source) == transfer
    with pytest.raises(BookedOtherwise):
        till.transfer(charge, 400, source=source)


def test_transfer_that_a_refund_overtook_is_owed(till, charge):
    till.refund(charge, 1000)

    transfer = till.transfer(charge, 913)

    assert lines_of(transfer) == {"host_receivable": [913], "stripe": [-913]}


# --- Refunds ---


def test_refund_that_arrives_empties_the_clearing(till, charge):
    source = till.source("refund")
    till.refund(charge, 1000, source=source)

    assert lines_of(till.arrive(source)) == {"refund_clearing": [1000], "stripe": [-1000]}
    assert till.balances() == {"stripe": -59, "processing_losses": 59}


@pytest.mark.parametrize("had_arrived", [False, True])
def test_refund_that_fails_gives_all_back(till, charge, had_arrived):
    before = till.balances()
    source = till.source("refund")
    till.refund(charge, 1000, source=source)
    if had_arrived:
        till.arrive(source)

    till.fail(source)

    assert till.balances() == before
    assert ledger.lifetime_net(till.subject, "usd") == 941


def test_refund_that_failed_after_the_space_goes_to_what_is_earned(till, charge):
    source = till.source("refund")
    till.refund(charge, 500, source=source)
    till.held(charge)
    till.fail(source)

    assert till.balance("fee_deferred") == 0
    assert till.balance("fee_income") == -28


def test_every_step_of_a_refund_repeats_harmlessly(till, charge):
    source = till.source("refund")
    for _ in range(2):
        till.refund(charge, 1000, source=source)
        till.arrive(source)
    for _ in range(2):
        till.fail(source)
        till.refund(charge, 1000, source=source)

    assert Journal.objects.count() == 4


def test_repeated_refund_with_another_sum_is_loud(till, charge):
    source = till.source("refund")
    till.refund(charge, 500, source=source)

    with pytest.raises(BookedOtherwise):
        till.refund(charge, 400, source=source)


def test_refund_that_failed_cannot_arrive(till, charge):
    source = till.source("refund")
    till.refund(charge, 1000, source=source)
    till.fail(source)

    with pytest.raises(OutOfOrder):
        till.arrive(source)


def test_refund_that_was_not_sent_neither_arrives_nor_fails(till):
    for settle in (till.arrive, till.fail):
        with pytest.raises(OutOfOrder):
            settle(till.source("refund"))


def test_more_than_was_paid_is_not_refunded(till, charge):
    till.refund(charge, 700)

    with pytest.raises(TooMuchReturned):
        till.refund(charge, 301)
    assert ledger.returned_of(charge) == till.money(700)


def test_partial_refunds_end_where_one_would(till, charge):
    for amount in (1, 333, 333, 332, 1):
        till.refund(charge, amount)

    assert till.balances() == {"stripe": 941, "processing_losses": 59, "refund_clearing": -1000}


# --- Refunds after the transfer ---


@pytest.fixture
def paid_out(till, charge):
    till.held(charge)
    till.transfer(charge, 913)
    return charge


def test_reversal_comes_first(till, paid_out):
    assert ledger.to_reverse(paid_out, till.money(1000)) == {till.subject: 913}

    reversal = till.reversal(paid_out, 913)
    refund = till.refund(paid_out, 1000)

    assert lines_of(reversal) == {"stripe": [913], "host_payable": [-913]}
    assert lines_of(refund) == {
        "fee_income": [28],
        "processing_losses": [59],
        "host_payable": [913],
        "refund_clearing": [-1000],
    }


def test_failed_reversal_is_owed_by_the_host(till, paid_out):
    failed = till.reversal(paid_out, 913, failed=True)
    till.refund(paid_out, 1000)

    assert lines_of(failed) == {"host_receivable": [913], "host_payable": [-913]}
    assert ledger.receivable(till.subject, "usd") == till.money(913)
    assert ledger.payable(till.subject, "usd") == till.money(0)


def test_refund_without_a_reversal_is_owed_until_one_comes(till, paid_out):
    till.refund(paid_out, 1000)
    assert ledger.receivable(till.subject, "usd") == till.money(913)

    till.reversal(paid_out, 913)

    assert ledger.receivable(till.subject, "usd") == ledger.payable(till.subject, "usd")
    assert ledger.to_reverse(paid_out, till.money(0)) == {}


def test_nothing_is_reversed_that_was_not_transferred(till, charge):
    assert ledger.to_reverse(charge, till.money(1000)) == {}


# --- Who carries the fee that Stripe keeps ---


def test_platform_carries_the_lost_fee_by_default(till, charge):
    till.refund(charge, 1000, host_cancelled=True)

    assert till.balance("processing_losses") == 59
    assert till.balance("host_receivable") == 0


def test_host_who_cancels_carries_it_where_the_setting_says_so(till, charge, settings):
    settings.LOST_FEE_CARRIER = "host"

    refund = till.refund(charge, 1000, host_cancelled=True)

    assert lines_of(refund)["processing_losses"] == [59]
    assert till.balance("processing_losses") == 0
    assert ledger.receivable(till.subject, "usd") == till.money(59)
    # What the host owes is no income that was lost.
    assert ledger.lifetime_net(till.subject, "usd") == 0


def test_buyer_who_gives_back_costs_the_host_nothing(till, charge, settings):
    settings.LOST_FEE_CARRIER = "host"

    till.refund(charge, 1000)

    assert till.balance("host_receivable") == 0


def test_carried_fee_comes_back_with_a_failed_refund(till, charge, settings):
    settings.LOST_FEE_CARRIER = "host"
    before = till.balances()
    source = till.source("refund")
    till.refund(charge, 1000, source=source, host_cancelled=True)

    for _ in range(2):
        till.fail(source)

    assert till.balances() == before


# --- Disputes ---


def test_dispute_is_nobodys_loss_while_it_is_open(till, charge):
    opened = till.dispute(charge)

    assert lines_of(opened) == {
        "dispute_suspense": [1000],
        "dispute_fees": [15],
        "stripe": [-1015],
    }
    assert ledger.lifetime_net(till.subject, "usd") == 941


def test_won_dispute_brings_the_money_back(till, charge):
    source = till.source("dispute")
    till.dispute(charge, source=source)

    won = ledger.dispute_won(source=source, occurred_at=till.now)

    assert lines_of(won) == {"stripe": [1000], "dispute_suspense": [-1000]}
    with pytest.raises(OutOfOrder):
        ledger.dispute_lost(source=source, occurred_at=till.now)


def test_fee_of_a_won_dispute_may_come_back(till, charge):
    source = till.source("dispute")
    till.dispute(charge, source=source)

    ledger.dispute_won(source=source, occurred_at=till.now, fee_back=till.money(15))

    assert till.balance("dispute_fees") == till.balance("dispute_suspense") == 0


def test_lost_dispute_is_as_a_refund(till, charge):
    source = till.source("dispute")
    till.dispute(charge, source=source)
    till.held(charge)

    lost = ledger.dispute_lost(source=source, occurred_at=till.now)

    assert lines_of(lost) == {
        "fee_income": [28],
        "processing_losses": [59],
        "host_payable": [913],
        "dispute_suspense": [-1000],
    }
    assert ledger.dispute_lost(source=source, occurred_at=till.now) == lost
    with pytest.raises(OutOfOrder):
        ledger.dispute_won(source=source, occurred_at=till.now)


def test_lost_dispute_of_a_paid_host_is_owed(till, paid_out):
    source = till.source("dispute")
    till.dispute(paid_out, source=source)

    ledger.dispute_lost(source=source, occurred_at=till.now)

    assert ledger.receivable(till.subject, "usd") == till.money(913)


def test_what_was_refunded_besides_a_lost_dispute_is_our_loss(till, charge):
    source = till.source("dispute")
    till.dispute(charge, source=source)
    till.refund(charge, 600)

    lost = ledger.dispute_lost(source=source, occurred_at=till.now)

    assert lines_of(lost)["losses"] == [600]
    assert ledger.returned_of(charge) == till.money(1000)


# --- What hosts owe ---


def test_debt_is_withheld_from_another_payment(till):
    make_debt(till)
    charge = till.charge()
    owed = ledger.receivable(till.subject, "usd")
    source = till.source("transfer")

    withheld = ledger.withheld(source=source, charge=charge, of=till.subject, occurred_at=till.now)

    assert lines_of(withheld) == {
        "host_payable": [owed.amount_minor],
        "host_receivable": [-owed.amount_minor],
    }
    assert ledger.payable_of(charge) == {till.subject: 913 - owed.amount_minor}
    assert (
        ledger.withheld(source=source, charge=charge, of=till.subject, occurred_at=till.now)
        == withheld
    )


def test_nothing_is_withheld_from_who_owes_nothing(till, charge):
    assert (
        ledger.withheld(
            source=till.source("transfer"),
            charge=charge,
            of=till.subject,
            occurred_at=till.now,
        )
        is None
    )


def test_reversal_after_debt_was_withheld_is_due_to_the_host(till):
    indebted = make_debt(till, 1000)
    ledger.withheld(
        source=till.source("transfer"),
        charge=till.charge(),
        of=till.subject,
        occurred_at=till.now,
    )

    till.reversal(indebted, 913)

    assert ledger.receivable(till.subject, "usd") == till.money(0)
    assert ledger.payable(till.subject, "usd") == till.money(913)


def test_debt_is_written_off_up_to_what_is_owed(till, hana):
    make_debt(till)
    owed = ledger.receivable(till.subject, "usd")
    write_off = {"source": till.source("debt"), "host": hana, "occurred_at": till.now}

    with pytest.raises(LedgerError):
        ledger.written_off(amount=owed + till.money(1), **write_off)
    for _ in range(2):
        ledger.written_off(amount=owed, **write_off)

    assert till.balance("losses") == owed.amount_minor
    assert till.balance("host_receivable") == 0


# --- The bank ---


def test_payout_and_its_return(till, charge):
    source = till.source("payout")
    paid = ledger.payout_paid(
        source=source, amount=till.money(500), fee=till.money(2), occurred_at=till.now
    )

    for _ in range(2):
        ledger.payout_failed(source=source, occurred_at=till.now)

    assert lines_of(paid) == {"bank": [500], "processing_fees": [2], "stripe": [-502]}
    assert till.balance("bank") == 0
    assert till.balance("stripe") == 939


# --- Yen, from the price field to the bank ---


def test_yen_have_no_cents_anywhere(hana):
    price = money.parse_price("1,500", "jpy")
    guess = shares.estimate(price, tiers=Tiers.of("jpy"))
    till = Till(hana, "jpy")
    charge = till.charge(price.amount_minor, 54)
    till.held(charge)
    due = ledger.payable_of(charge)[till.subject]
    till.transfer(charge, due)
    ledger.payout_paid(source=till.source("payout"), amount=till.money(43), occurred_at=till.now)

    assert str(price) == "¥1,500"
    assert str(guess.host) == "¥1,383"
    assert lines_of(charge) == {
        "stripe": [1500, -54],
        "host_payable": [-1403],
        "fee_deferred": [-43],
    }
    assert till.balances() == {"bank": 43, "fee_income": -43}
