"""Money of Hana's, booked by the causes of the ledger."""

from dataclasses import dataclass, field
from itertools import count

from django.utils import timezone

from accounts.models import User
from ticketing import ledger
from ticketing.ledger import Source
from ticketing.models import Account, Journal
from ticketing.money import Money
from ticketing.shares import Tiers

_numbers = count(1)


def lines_of(journal):
    """What a journal says, briefly: {account: [minor units]}."""
    found: dict[str, list[int]] = {}
    for line in journal.lines.order_by("pk"):
        found.setdefault(line.account, []).append(line.amount_minor)
    return found


@dataclass
class Till:
    """Books what happens to a host's payments in one currency, at the same moment."""

    host: User
    currency: str = "usd"
    now: object = field(default_factory=timezone.now)

    def money(self, minor):
        return Money(minor, self.currency)

    def source(self, type_):
        return Source(type_, f"{type_}-{next(_numbers)}")

    @property
    def subject(self):
        return ledger.subject_of(self.host)

    def charge(self, amount=1000, fee=59, *, tax=0, source=None, **extra) -> Journal:
        return ledger.charge_captured(
            source=source or self.source("order"),
            host=self.host,
            amount=self.money(amount),
            fee=self.money(fee),
            tax=self.money(tax),
            tiers=Tiers.of(self.currency),
            occurred_at=self.now,
            **extra,
        )

    def held(self, charge):
        return ledger.space_took_place(charge=charge, occurred_at=self.now)

    def transfer(self, charge, amount, *, to=None, source=None):
        return ledger.transferred(
            source=source or self.source("transfer"),
            charge=charge,
            to=to or self.subject,
            amount=self.money(amount),
            occurred_at=self.now,
        )

    def reversal(self, charge, amount, *, of=None, failed=False):
        book = ledger.reversal_failed if failed else ledger.transfer_reversed
        return book(
            source=self.source("reversal"),
            charge=charge,
            of=of or self.subject,
            amount=self.money(amount),
            occurred_at=self.now,
        )

    def refund(self, charge, amount, *, source=None, host_cancelled=False):
        return ledger.refund_sent(
            source=source or self.source("refund"),
            charge=charge,
            amount=self.money(amount),
            occurred_at=self.now,
            host_cancelled=host_cancelled,
        )

    def arrive(self, source):
        return ledger.refund_succeeded(source=source, occurred_at=self.now)

    def fail(self, source):
        return ledger.refund_failed(source=source, occurred_at=self.now)

    def dispute(self, charge, amount=1000, fee=15, *, source=None):
        return ledger.dispute_opened(
            source=source or self.source("dispute"),
            charge=charge,
            amount=self.money(amount),
            fee=self.money(fee),
            occurred_at=self.now,
        )

    def balance(self, account, subject=""):
        return ledger.balance(Account(account), self.currency, subject=subject)

    def balances(self):
        """Accounts that are not empty."""
        sums = ledger.trial_balance().get(self.currency, {})
        return {account.value: total for account, total in sums.items() if total}
