"""What is so with one payment: whose it is, what has gone back, what is still due."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import User

from .. import shares
from ..models import Account, Journal, Kind, Line
from ..models.ledger import HOST_ACCOUNTS
from ..money import Money
from .booking import (
    Entry,
    LedgerError,
    OutOfOrder,
    Row,
    Source,
    TooMuchReturned,
    lines_of,
    minor_of,
    post,
)
from .sums import receivable

_TRANSFER_KINDS = (Kind.TRANSFER, Kind.REVERSAL)
_RETURN_KINDS = (Kind.REFUND_SENT, Kind.REFUND_FAILED, Kind.DISPUTE_LOST)


@dataclass(frozen=True, slots=True)
class Parts:
    """Whose a payment is, or a part of it; minor units. The host is the last of the hosts."""

    tax: int
    # Stripe's, as far as the payment covers it.
    fee: int
    platform: int
    hosts: Mapping[str, int]

    @property
    def amount(self) -> int:
        return self.tax + self.fee + self.platform + sum(self.hosts.values())

    def after(self, returned_minor: int) -> "Parts":
        """All that is back of these once so much is."""
        whole = [self.tax, self.fee, self.platform, *self.hosts.values()]
        tax, fee, platform, *hosts = shares.returned(whole, returned_minor)
        return Parts(tax, fee, platform, dict(zip(self.hosts, hosts, strict=True)))

    def __neg__(self) -> "Parts":
        return Parts(-self.tax, -self.fee, -self.platform, _negated(self.hosts))

    def __sub__(self, other: "Parts") -> "Parts":
        return Parts(
            self.tax - other.tax,
            self.fee - other.fee,
            self.platform - other.platform,
            {
                subject: self.hosts.get(subject, 0) - other.hosts.get(subject, 0)
                for subject in {**other.hosts, **self.hosts}
            },
        )


class Books:
    """All lines about one payment, read once. Whoever books by them holds the lock of its host."""

    def __init__(self, charge: Journal) -> None:
        if charge.kind != Kind.CHARGE or charge.charge_id is not None:
            raise LedgerError(f"{charge} is no payment")
        self.charge = charge
        self._lines = list(_about(charge).select_related("journal").order_by("pk"))
        self.currency = self._lines[0].currency
        self.parts = self.parts_in(self._standing(), whole=True)
        back = [line for line in self._lines if line.journal.kind in _RETURN_KINDS]
        self._returned = _parts(back, self.charge.host)
        self.returned_minor = self._returned.amount

    def _standing(self) -> Journal:
        """The payment's own journal, or the last that was put in its place."""
        journals = {line.journal_id: line.journal for line in self._lines}
        undone = {it.source_id for it in journals.values() if it.source_type == "undoes"}
        standing = [
            journal
            for pk, journal in journals.items()
            if journal.kind == Kind.CHARGE
            and journal.source_type != "undoes"
            and str(pk) not in undone
        ]
        if not standing:
            raise OutOfOrder(f"{self.charge} was taken back")
        return max(standing, key=lambda journal: journal.pk)

    def parts_in(self, journal: Journal, *, whole: bool = False) -> Parts:
        """Of a refund's journal what it took back of each; of the payment's own, what it gave."""
        lines = [line for line in self._lines if line.journal_id == journal.pk]
        found = _parts(lines, self.charge.host)
        if not whole:
            return found
        paid = sum(
            line.amount_minor
            for line in lines
            if line.account == Account.STRIPE and line.amount_minor > 0
        )
        given = Parts(-found.tax, 0, -found.platform, _negated(found.hosts))
        return Parts(given.tax, paid - given.amount, given.platform, given.hosts)

    def parts_of_refund(self, minor: int) -> Parts:
        """What each gives back of so much more. Raises: TooMuchReturned."""
        total = self.returned_minor + minor
        if minor < 0 or total > self.parts.amount:
            raise TooMuchReturned(f"{total} of {self.parts.amount} of {self.charge}")
        return self.parts.after(total) - self._returned

    def sum_of(self, account: Account, subject: str = "", journal: Journal | None = None) -> int:
        return sum(
            line.amount_minor
            for line in self._lines
            if line.account == account
            and subject in ("", line.subject)
            and (journal is None or line.journal_id == journal.pk)
        )

    def payable(self, subject: str) -> int:
        """What is still due to a host of this payment."""
        return max(-self.sum_of(Account.HOST_PAYABLE, subject), 0)

    def with_host(self, subject: str) -> int:
        """What was transferred to a host of this payment and has not come back."""
        moved = (line for line in self._lines if line.journal.kind in _TRANSFER_KINDS)
        return sum(line.amount_minor for line in moved if line.subject == subject)

    def take(self, subject: str, minor: int) -> list[Row]:
        """From what is due to a host; beyond that the host owes it."""
        due = min(self.payable(subject), minor)
        return [
            (Account.HOST_PAYABLE, due, subject),
            (Account.HOST_RECEIVABLE, minor - due, subject),
        ]

    def give(self, subject: str, minor: int) -> list[Row]:
        """Towards what a host owes because of this payment; beyond that it is due to the host.

        What was withheld from another payment is not owed any more.
        """
        owed = self.sum_of(Account.HOST_RECEIVABLE, subject)
        if owed > 0:
            owed = min(owed, receivable(subject, self.currency).amount_minor)
        paid = max(min(owed, minor), 0)
        return [
            (Account.HOST_RECEIVABLE, -paid, subject),
            (Account.HOST_PAYABLE, paid - minor, subject),
        ]

    def taking_back(self, parts: Parts) -> list[Row]:
        """Lines that take these from everybody; what is below 0 is given."""
        earned = any(line.journal.kind == Kind.EARNED for line in self._lines)
        rows: list[Row] = [
            (Account.TAX_PAYABLE, parts.tax),
            (Account.FEE_INCOME if earned else Account.FEE_DEFERRED, parts.platform),
            (Account.PROCESSING_LOSSES, parts.fee),
        ]
        for subject, minor in parts.hosts.items():
            rows += self.take(subject, minor) if minor >= 0 else self.give(subject, -minor)
        return rows

    def lines(self, rows: Sequence[Row]) -> list[Entry]:
        return lines_of(self.currency, *rows)

    def post(
        self, kind: Kind, source: Source, occurred_at: datetime, rows: Sequence[Row]
    ) -> Journal:
        return post(
            kind=kind,
            source=source,
            lines=self.lines(rows),
            occurred_at=occurred_at,
            host=self.charge.host,
            charge=self.charge,
        )


def _about(charge: Journal) -> QuerySet[Line]:
    # Either of two tables by one OR would be read from end to end: 50 ms of 20,000 payments.
    journals = Journal.objects.filter(Q(pk=charge.pk) | Q(charge=charge))
    return Line.objects.filter(journal__in=journals)


def _parts(lines: Collection[Line], host: str) -> Parts:
    """Sums of lines by whose they are: above 0 where it was taken back."""
    sums: Counter[str] = Counter()
    hosts: dict[str, int] = {}
    for line in lines:
        if line.account in HOST_ACCOUNTS:
            hosts[line.subject] = hosts.get(line.subject, 0) + line.amount_minor
        else:
            sums[line.account] += line.amount_minor
    hosts[host] = hosts.pop(host, 0)
    return Parts(
        tax=sums[Account.TAX_PAYABLE],
        fee=sums[Account.PROCESSING_LOSSES],
        platform=sums[Account.FEE_DEFERRED] + sums[Account.FEE_INCOME],
        hosts=hosts,
    )


def _negated(amounts: Mapping[str, int]) -> dict[str, int]:
    return {subject: -amount for subject, amount in amounts.items()}


def payable_of(charge: Journal) -> dict[str, int]:
    """What each host has still to get of one payment, by subject; those without are left out."""
    books = Books(charge)
    due = {subject: books.payable(subject) for subject in books.parts.hosts}
    return {subject: amount for subject, amount in due.items() if amount > 0}


def returned_of(charge: Journal) -> Money:
    """How much of a payment has gone back, refunds under way and lost disputes included."""
    books = Books(charge)
    return Money(books.returned_minor, books.currency)


def to_reverse(charge: Journal, amount: Money) -> dict[str, int]:
    """What must come back from each host's transfer before so much is refunded, by subject.

    Raises: TooMuchReturned.
    """
    books = Books(charge)
    back = books.parts_of_refund(minor_of(amount, books.currency)).hosts
    missing = {
        subject: min(part - books.payable(subject), books.with_host(subject))
        for subject, part in back.items()
    }
    return {subject: amount for subject, amount in missing.items() if amount > 0}


def lock_charge(charge: Journal, *others: str) -> None:
    """Whoever has a share of it: what one of them owes may hang on other payments too."""
    subjects = _about(charge).exclude(subject="").values_list("subject", flat=True)
    lock({charge.host, *subjects, *others})


def lock(subjects: Collection[str]) -> None:
    """One sale, refund or transfer of a host at a time, in the same order for all."""
    people = User.objects.filter(public_id__in=subjects).order_by("pk")
    list(people.select_for_update(no_key=True).values_list("pk"))
