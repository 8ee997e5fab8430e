"""Putting journals into the books, and finding those that are there."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User

from ..models import Account, Journal, Kind, Line
from ..money import CurrencyMismatch, Money

# Account, minor units, and on a host's account whose.
Row = tuple[Account, int] | tuple[Account, int, str]


class LedgerError(Exception):
    """A bug, or Stripe did what cannot be: nothing was booked, and somebody has to look."""


class Unbalanced(LedgerError):
    """Lines that do not sum to 0 in each currency."""


class BookedOtherwise(LedgerError):
    """This cause is in the books already, with other sums."""


class TooMuchReturned(LedgerError):
    """More goes back than was paid."""


class OutOfOrder(LedgerError):
    """What this follows from is not in the books, or was settled another way."""


@dataclass(frozen=True, slots=True)
class Source:
    """What caused a journal: the type and id of a row of ours or an object of Stripe's."""

    type: str
    id: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A line to be: debit above 0. subject: `subject_of` the host, on a host's accounts only."""

    account: Account
    amount: Money
    subject: str = ""


def subject_of(user: User) -> str:
    """How the books name somebody."""
    return str(user.public_id)


@transaction.atomic
def post(
    *,
    kind: Kind,
    source: Source,
    lines: Sequence[Entry],
    occurred_at: datetime,
    host: str = "",
    charge: Journal | None = None,
    correction_of: Journal | None = None,
) -> Journal:
    """One journal with its lines; lines of 0 are left out.

    Repeat: harmless, gives the journal that is there.
    Raises: Unbalanced · BookedOtherwise when the one that is there differs.
    """
    lines = [line for line in lines if line.amount]
    if len(lines) < 2 or any(_sums(lines).values()):
        raise Unbalanced(f"{kind} of {source}: {lines}")
    journal, is_new = Journal.objects.get_or_create(
        kind=kind,
        source_type=source.type,
        source_id=source.id,
        defaults={
            "host": host,
            "charge": charge,
            "correction_of": correction_of,
            "line_count": len(lines),
            "occurred_at": occurred_at,
        },
    )
    if is_new:
        Line.objects.bulk_create(
            Line(
                journal=journal,
                account=line.account,
                subject=line.subject,
                currency=line.amount.currency,
                amount_minor=line.amount.amount_minor,
            )
            for line in lines
        )
    elif (journal.host, journal.charge_id) != (host, charge and charge.pk) or Counter(
        entries(journal)
    ) != Counter(lines):
        raise BookedOtherwise(f"{kind} of {source}")
    return journal


def entries(journal: Journal) -> list[Entry]:
    """Its lines as they were posted."""
    return [
        Entry(Account(line.account), line.amount, line.subject)
        for line in journal.lines.order_by("pk")
    ]


@transaction.atomic
def reverse(*, journal: Journal, occurred_at: datetime) -> Journal:
    """Takes all of it back by another journal of the same kind, which names it.

    Repeat: harmless.
    """
    return post(
        kind=Kind(journal.kind),
        source=Source("undoes", str(journal.pk)),
        lines=[Entry(line.account, -line.amount, line.subject) for line in entries(journal)],
        occurred_at=occurred_at,
        host=journal.host,
        charge=charge_of(journal),
        correction_of=journal,
    )


@transaction.atomic
def correct(*, journal: Journal, lines: Sequence[Entry], occurred_at: datetime) -> Journal:
    """Takes it back, and gives the journal that stands in its place.

    Of a payment that is corrected, later refunds go by what stands.
    Repeat: harmless. Raises: Unbalanced · BookedOtherwise.
    """
    reverse(journal=journal, occurred_at=occurred_at)
    return post(
        kind=Kind(journal.kind),
        source=Source("replaces", str(journal.pk)),
        lines=lines,
        occurred_at=occurred_at,
        host=journal.host,
        charge=charge_of(journal),
        correction_of=journal,
    )


def require_booked(kind: Kind, source: Source) -> Journal:
    """Raises: OutOfOrder."""
    if journal := booked(kind, source):
        return journal
    raise OutOfOrder(f"there is no {kind} of {source}")


def booked(kind: Kind, source: Source, facts: Sequence[Entry] = ()) -> Journal | None:
    """The journal of this cause, if there is one, with the lines that were told to us.

    The others were computed from what was so at the time. Raises: BookedOtherwise.
    """
    same = Journal.objects.filter(kind=kind, source_type=source.type, source_id=source.id)
    journal = same.select_related("charge").first()
    if journal is None:
        return None
    told = {fact.account for fact in facts}
    booked = [line for line in entries(journal) if line.account in told]
    if Counter(booked) != Counter(fact for fact in facts if fact.amount):
        raise BookedOtherwise(f"{kind} of {source}")
    return journal


def charge_of(journal: Journal) -> Journal | None:
    if journal.charge is None and journal.kind == Kind.CHARGE:
        return journal
    return journal.charge


def lines_of(code: str, *rows: Row) -> list[Entry]:
    return [Entry(row[0], Money(row[1], code), row[2] if len(row) > 2 else "") for row in rows]


def minor_of(amount: Money, code: str) -> int:
    """Raises: CurrencyMismatch."""
    if amount.currency != code:
        raise CurrencyMismatch(f"{amount.currency} and {code}")
    return amount.amount_minor


def _sums(lines: Sequence[Entry]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for line in lines:
        sums[line.amount.currency] += line.amount.amount_minor
    return sums
