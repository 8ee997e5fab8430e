"""Anything that may happen to money, in any order: the books stay right at every step."""

from collections import Counter, defaultdict

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.test import override_settings
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.factories import make_user
from tests.sample import sampled
from ticketing import ledger
from ticketing.ledger import TooMuchReturned
from ticketing.models import Account, Journal, Line

from .till import Till

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(3600)]

# Steps of one run, and how many runs the soak has: as many steps as 50 seeds of 2,000.
STEPS, RUNS = 100, 1000


DEEDS = [
    *("charge", "held", "transfer", "transfer", "refund", "refund", "refund_too_much"),
    *("settle_one", "settle_one", "fail_late", "dispute", "close_one", "reverse_late"),
    *("withhold", "withhold", "happen_again"),
]


class Books(RuleBasedStateMachine):
    """Stripe's side is kept here by hand, and compared with the ledger's."""

    def __init__(self):
        super().__init__()
        people = [make_user() for _ in range(3)]
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.tills = [Till(people[0]), Till(people[0], "jpy"), Till(people[1])]
        self.helper = ledger.subject_of(people[2])
        self.till_of, self.paid, self.back = {}, {}, Counter()
        self.pending, self.arrived, self.disputed = {}, {}, {}
        self.stripe = Counter()
        self.again = []

    def teardown(self):
        try:
            for source in list(self.pending):
                self.settle(source, arrives=True)
            for source in list(self.disputed):
                self.close(source, won=False)
            self.all_is_right()
            self.nothing_is_under_way()
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        finally:
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    def book(self, function, *, repeats=True):
        journal = function()
        if repeats and journal is not None:
            self.again.append((function, journal))
        return journal

    def pick(self, data, things):
        return data.draw(st.sampled_from(list(things)))

    # --- What happens ---

    @initialize(data=st.data())
    def first(self, data):
        self.charge(data)

    # One rule that chooses: of several, Hypothesis leaves some out of most runs.
    @rule(data=st.data(), deed=st.sampled_from(DEEDS))
    def something(self, data, deed):
        getattr(self, deed)(data)

    def charge(self, data):
        if len(self.paid) == 6:
            return
        till = self.tills[data.draw(st.integers(0, 2))]
        # Some bring their host to the threshold.
        amount = data.draw(st.one_of(st.integers(50, 5000), st.just(2_400_000)))
        fee = data.draw(st.integers(0, amount * 2 // 10 + 60))
        tax = data.draw(st.sampled_from([0, amount // 6]))
        helped = data.draw(st.sampled_from([{}, {self.helper: 33}, {self.helper: 100}]))
        source = till.source("order")
        charge = self.book(
            lambda: till.charge(amount, fee, tax=tax, source=source, co_hosts=helped)
        )
        self.till_of[charge], self.paid[charge] = till, amount
        self.stripe[till.currency] += amount - fee

    def held(self, data):
        charge = self.pick(data, self.paid)
        self.book(lambda: self.till_of[charge].held(charge), repeats=False)

    def transfer(self, data):
        percent = data.draw(st.integers(1, 100))
        charge = self.pick(data, self.paid)
        till = self.till_of[charge]
        for subject, due in ledger.payable_of(charge).items():
            amount = due * percent // 100
            if amount:
                source = till.source("transfer")
                self.book(
                    lambda to=subject, amount=amount, source=source: till.transfer(
                        charge, amount, to=to, source=source
                    )
                )
                self.stripe[till.currency] -= amount

    def refund(self, data):
        percent = data.draw(st.integers(1, 100))
        reversing = data.draw(st.sampled_from(["no", "yes", "fails"]))
        host_cancelled = data.draw(st.booleans())
        carrier = data.draw(st.sampled_from(["platform", "host"]))
        charge = self.pick(data, self.paid)
        till = self.till_of[charge]
        amount = (self.paid[charge] - self.back[charge]) * percent // 100
        if not amount:
            return
        if reversing != "no":
            for subject, part in ledger.to_reverse(charge, till.money(amount)).items():
                till.reversal(charge, part, of=subject, failed=reversing == "fails")
                self.stripe[till.currency] += part if reversing == "yes" else 0
        source = till.source("refund")
        with override_settings(LOST_FEE_CARRIER=carrier):
            self.book(
                lambda: till.refund(charge, amount, source=source, host_cancelled=host_cancelled)
            )
        self.back[charge] += amount
        self.pending[source] = charge, amount

    def refund_too_much(self, data):
        charge = self.pick(data, self.paid)
        left = self.paid[charge] - self.back[charge]

        with pytest.raises(TooMuchReturned):
            self.till_of[charge].refund(charge, left + 1)

    def settle_one(self, data):
        if self.pending:
            self.settle(self.pick(data, self.pending), data.draw(st.booleans()))

    def settle(self, source, arrives):
        charge, amount = self.pending.pop(source)
        till = self.till_of[charge]
        if arrives:
            # Repeated after it failed it would be out of order, so it is not.
            self.book(lambda: till.arrive(source), repeats=False)
            self.stripe[till.currency] -= amount
            self.arrived[source] = charge, amount
        else:
            self.book(lambda: till.fail(source))
            self.back[charge] -= amount

    def fail_late(self, data):
        if not self.arrived:
            return
        source = self.pick(data, self.arrived)
        charge, amount = self.arrived.pop(source)
        till = self.till_of[charge]
        self.book(lambda: till.fail(source))
        self.back[charge] -= amount
        self.stripe[till.currency] += amount

    def reverse_late(self, data):
        charge = self.pick(data, self.paid)
        till = self.till_of[charge]
        with_host = ledger.payment.Books(charge).with_host(till.subject)
        if with_host > 0:
            till.reversal(charge, with_host)
            self.stripe[till.currency] += with_host

    def dispute(self, data):
        charge = self.pick(data, self.paid)
        if any(charge == disputed for disputed, _ in self.disputed.values()):
            return
        till, amount = self.till_of[charge], self.paid[charge]
        source = till.source("dispute")
        self.book(lambda: till.dispute(charge, amount, source=source))
        self.stripe[till.currency] -= amount + 15
        self.disputed[source] = charge, amount

    def close_one(self, data):
        if self.disputed:
            self.close(self.pick(data, self.disputed), data.draw(st.booleans()))

    def close(self, source, won):
        charge, amount = self.disputed.pop(source)
        till = self.till_of[charge]
        function = ledger.dispute_won if won else ledger.dispute_lost
        self.book(lambda: function(source=source, occurred_at=till.now))
        if won:
            self.stripe[till.currency] += amount
        else:
            self.back[charge] = self.paid[charge]

    def withhold(self, data):
        charge = self.pick(data, self.paid)
        till = self.till_of[charge]
        subject = data.draw(st.sampled_from([till.subject, self.helper]))
        source = till.source("transfer")
        self.book(
            lambda: ledger.withheld(source=source, charge=charge, of=subject, occurred_at=till.now)
        )

    def happen_again(self, data):
        if not self.again:
            return
        function, journal = self.again[data.draw(st.integers(0, len(self.again) - 1))]
        before = Journal.objects.count()

        assert function() == journal
        assert Journal.objects.count() == before

    # --- What stays so ---

    @invariant()
    def all_is_right(self):
        rows = Line.objects.values_list("currency", "account", "subject")
        sums = defaultdict(Counter)
        for currency, account, subject, total in rows.annotate(Sum("amount_minor")):
            sums[currency][account] += total
            assert account != "host_payable" or total <= 0, subject
            assert account != "host_receivable" or total >= 0, subject
        for currency, accounts in sums.items():
            assert accounts.total() == 0
            assert accounts["stripe"] == self.stripe[currency]
            assert accounts["refund_clearing"] == -self.under_way(self.pending, currency)
            assert accounts["dispute_suspense"] == self.under_way(self.disputed, currency)

    def under_way(self, things, currency):
        return sum(
            amount
            for charge, amount in things.values()
            if self.till_of[charge].currency == currency
        )

    def nothing_is_under_way(self):
        """Once all is settled: nothing in between, and of what went back nobody has a part."""
        lifetimes = defaultdict(int)
        for charge, till in self.till_of.items():
            books = ledger.payment.Books(charge)
            assert books.returned_minor == self.back[charge] <= self.paid[charge]
            net = books.parts.platform + sum(books.parts.hosts.values())
            left = books.parts - books._returned
            if self.back[charge] == self.paid[charge]:
                assert (left.tax, left.fee, left.platform) == (0, 0, 0)
                assert not any(left.hosts.values())
            lifetimes[till.subject, till.currency] += left.platform + sum(left.hosts.values())
            assert 0 <= left.platform + sum(left.hosts.values()) <= net
        for (subject, currency), net in lifetimes.items():
            assert ledger.lifetime_net(subject, currency) == net
        for accounts in ledger.trial_balance().values():
            assert accounts.get(Account.REFUND_CLEARING, 0) == 0
            assert accounts.get(Account.DISPUTE_SUSPENSE, 0) == 0


def test_books_stay_right_whatever_happens():
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=sampled(RUNS, part=RUNS // 10),
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
