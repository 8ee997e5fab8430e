"""One function per cause. Amounts are what Stripe's objects say; only parts are computed here.

A cause is booked even where we would not have allowed it: Stripe has moved the money already, and
what a host then has too much of is owed by the host.
"""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.models import User

from .. import shares
from ..models import Account, Journal, Kind
from ..money import Money, zero
from .booking import (
    Entry,
    LedgerError,
    OutOfOrder,
    Source,
    booked,
    charge_of,
    entries,
    lines_of,
    minor_of,
    post,
    require_booked,
    subject_of,
)
from .payment import Books, lock, lock_charge
from .sums import lifetime_net, receivable

# --- Money comes in ---


@transaction.atomic
def charge_captured(
    *,
    source: Source,
    host: User,
    amount: Money,
    fee: Money,
    tiers: shares.Tiers,
    occurred_at: datetime,
    tax: Money | None = None,
    co_hosts: Mapping[str, int] | None = None,
) -> Journal:
    """A payment arrived. amount, fee: of its balance transaction; tax: of amount, not the host's.

    The platform's part is that of net by the host's lifetime, and deferred until the Space takes
    place. co_hosts: whole percents of the host's part by subject. A fee above all that was paid is
    our loss.
    Locks: host. Repeat: harmless. Raises: BookedOtherwise · ValueError of the shares.
    """
    code = amount.currency
    tax = tax or zero(code)
    subject = subject_of(host)
    lock([subject])
    facts = lines_of(
        code,
        (Account.STRIPE, amount.amount_minor),
        (Account.STRIPE, -minor_of(fee, code)),
        (Account.TAX_PAYABLE, -minor_of(tax, code)),
    )
    if found := booked(Kind.CHARGE, source, facts):
        return found
    net = (amount - fee - tax).amount_minor
    lifetime = lifetime_net(subject, code)
    platform = shares.platform_part(net, lifetime_minor=lifetime, tiers=tiers)
    rest = max(net, 0) - platform
    parts = shares.host_parts(rest, co_hosts or {})
    parts[subject] = rest - sum(parts.values())
    return post(
        kind=Kind.CHARGE,
        source=source,
        lines=[
            *facts,
            *lines_of(
                code,
                *((Account.HOST_PAYABLE, -part, whose) for whose, part in parts.items()),
                (Account.FEE_DEFERRED, -platform),
                (Account.PROCESSING_LOSSES, max(-net, 0)),
            ),
        ],
        occurred_at=occurred_at,
        host=subject,
    )


@transaction.atomic
def tip_captured(
    *,
    source: Source,
    host: User,
    amount: Money,
    fee: Money,
    tiers: shares.Tiers,
    occurred_at: datetime,
    tax: Money | None = None,
) -> Journal:
    """As `charge_captured`, and our part is earned at once; the transfer follows at once as well.

    Locks: host. Repeat: harmless.
    """
    charge = charge_captured(
        source=source,
        host=host,
        amount=amount,
        fee=fee,
        tiers=tiers,
        occurred_at=occurred_at,
        tax=tax,
    )
    space_took_place(charge=charge, occurred_at=occurred_at)
    return charge


@transaction.atomic
def space_took_place(*, charge: Journal, occurred_at: datetime) -> Journal | None:
    """Our part of a payment is earned, as far as it has not gone back; None where nothing is left.

    Locks: host. Repeat: harmless; books what a refund that failed since brought back to nothing.
    """
    lock_charge(charge)
    source = Source("charge", str(charge.pk))
    if found := booked(Kind.EARNED, source):
        return found
    books = Books(charge)
    deferred = -books.sum_of(Account.FEE_DEFERRED)
    if deferred == 0:
        return None
    return books.post(
        Kind.EARNED,
        source,
        occurred_at,
        [(Account.FEE_DEFERRED, deferred), (Account.FEE_INCOME, -deferred)],
    )


# --- To hosts, and back ---


@transaction.atomic
def transferred(
    *, source: Source, charge: Journal, to: str, amount: Money, occurred_at: datetime
) -> Journal:
    """A transfer of one payment's share to one host (a subject) was made.

    More than is due, when a refund came between, is what the host owes.
    Locks: host. Repeat: harmless. Raises: BookedOtherwise.
    """
    lock_charge(charge, to)
    books = Books(charge)
    minor = minor_of(amount, books.currency)
    facts = books.lines([(Account.STRIPE, -minor)])
    if found := booked(Kind.TRANSFER, source, facts):
        return found
    return books.post(
        Kind.TRANSFER, source, occurred_at, [*books.take(to, minor), (Account.STRIPE, -minor)]
    )


@transaction.atomic
def transfer_reversed(
    *, source: Source, charge: Journal, of: str, amount: Money, occurred_at: datetime
) -> Journal:
    """So much of a transfer to one host (a subject) came back.

    Locks: host. Repeat: harmless. Raises: BookedOtherwise.
    """
    lock_charge(charge, of)
    books = Books(charge)
    minor = minor_of(amount, books.currency)
    facts = books.lines([(Account.STRIPE, minor)])
    if found := booked(Kind.REVERSAL, source, facts):
        return found
    return books.post(
        Kind.REVERSAL, source, occurred_at, [(Account.STRIPE, minor), *books.give(of, minor)]
    )


@transaction.atomic
def reversal_failed(
    *, source: Source, charge: Journal, of: str, amount: Money, occurred_at: datetime
) -> Journal:
    """So much of a transfer could not be taken back: the host owes it.

    Locks: host. Repeat: harmless. Raises: BookedOtherwise.
    """
    lock_charge(charge, of)
    books = Books(charge)
    minor = minor_of(amount, books.currency)
    return books.post(
        Kind.REVERSAL_FAILED,
        source,
        occurred_at,
        [(Account.HOST_RECEIVABLE, minor, of), (Account.HOST_PAYABLE, -minor, of)],
    )


@transaction.atomic
def withheld(*, source: Source, charge: Journal, of: str, occurred_at: datetime) -> Journal | None:
    """Of one payment, before it is transferred: what the host owes, as far as it goes.

    None where there is nothing to withhold. Locks: host. Repeat: harmless.
    """
    lock_charge(charge, of)
    if found := booked(Kind.WITHHELD, source):
        return found
    books = Books(charge)
    minor = min(books.payable(of), receivable(of, books.currency).amount_minor)
    if minor <= 0:
        return None
    return books.post(
        Kind.WITHHELD,
        source,
        occurred_at,
        [(Account.HOST_PAYABLE, minor, of), (Account.HOST_RECEIVABLE, -minor, of)],
    )


@transaction.atomic
def written_off(*, source: Source, host: User, amount: Money, occurred_at: datetime) -> Journal:
    """What a host owes and will not pay is our loss.

    Locks: host. Repeat: harmless. Raises: BookedOtherwise · LedgerError for more than is owed.
    """
    code, subject = amount.currency, subject_of(host)
    lock([subject])
    lines = lines_of(
        code,
        (Account.LOSSES, amount.amount_minor),
        (Account.HOST_RECEIVABLE, -amount.amount_minor, subject),
    )
    if found := booked(Kind.WRITTEN_OFF, source, lines):
        return found
    if amount > receivable(subject, code):
        raise LedgerError(f"{source}: the host does not owe as much")
    return post(kind=Kind.WRITTEN_OFF, source=source, lines=lines, occurred_at=occurred_at)


# --- Back to buyers ---


@transaction.atomic
def refund_sent(
    *,
    source: Source,
    charge: Journal,
    amount: Money,
    occurred_at: datetime,
    host_cancelled: bool = False,
) -> Journal:
    """A refund, whole or in part, is under way: everybody's part of it is taken back.

    Of a host who was paid already the reversal comes first (`to_reverse`); without one, or after a
    failed one, the host owes it. host_cancelled: the setting LOST_FEE_CARRIER says who loses what
    Stripe keeps; it is the platform in every other case.
    Locks: host. Repeat: harmless. Raises: TooMuchReturned · BookedOtherwise.
    """
    lock_charge(charge)
    books = Books(charge)
    minor = minor_of(amount, books.currency)
    facts = books.lines([(Account.REFUND_CLEARING, -minor)])
    if found := booked(Kind.REFUND_SENT, source, facts):
        return found
    back = books.parts_of_refund(minor)
    if host_cancelled and back.fee > 0 and settings.LOST_FEE_CARRIER == "host":
        books.post(
            Kind.LOST_FEE,
            source,
            occurred_at,
            [
                (Account.HOST_RECEIVABLE, back.fee, charge.host),
                (Account.PROCESSING_LOSSES, -back.fee),
            ],
        )
    return books.post(
        Kind.REFUND_SENT,
        source,
        occurred_at,
        [*books.taking_back(back), (Account.REFUND_CLEARING, -minor)],
    )


@transaction.atomic
def refund_succeeded(*, source: Source, occurred_at: datetime) -> Journal:
    """The refund of this source has left Stripe.

    Repeat: harmless. Raises: OutOfOrder for one that was not sent, or failed.
    """
    books, minor = _refund_under_way(source)
    if found := booked(Kind.REFUND_SUCCEEDED, source):
        return found
    if booked(Kind.REFUND_FAILED, source):
        raise OutOfOrder(f"{source} had failed")
    return books.post(
        Kind.REFUND_SUCCEEDED,
        source,
        occurred_at,
        [(Account.REFUND_CLEARING, minor), (Account.STRIPE, -minor)],
    )


@transaction.atomic
def refund_failed(*, source: Source, occurred_at: datetime) -> Journal:
    """The refund of this source did not reach the buyer, even if it had left: all get it back.

    Locks: host. Repeat: harmless. Raises: OutOfOrder for one that was not sent.
    """
    books, minor = _refund_under_way(source)
    if found := booked(Kind.REFUND_FAILED, source):
        return found
    sent = books.parts_in(require_booked(Kind.REFUND_SENT, source))
    if lost := booked(Kind.LOST_FEE, source):
        fee = books.sum_of(Account.HOST_RECEIVABLE, journal=lost)
        books.post(
            Kind.LOST_FEE_RETURNED,
            source,
            occurred_at,
            [*books.give(books.charge.host, fee), (Account.PROCESSING_LOSSES, fee)],
        )
        books = Books(books.charge)
    had_left = booked(Kind.REFUND_SUCCEEDED, source)
    return books.post(
        Kind.REFUND_FAILED,
        source,
        occurred_at,
        [
            (Account.STRIPE if had_left else Account.REFUND_CLEARING, minor),
            *books.taking_back(-sent),
        ],
    )


# --- Disputes ---


@transaction.atomic
def dispute_opened(
    *, source: Source, charge: Journal, amount: Money, fee: Money, occurred_at: datetime
) -> Journal:
    """A buyer's bank took the money; nobody has lost it yet, except Stripe's fee.

    Locks: host. Repeat: harmless. Raises: BookedOtherwise.
    """
    lock_charge(charge)
    books = Books(charge)
    minor, fee_minor = minor_of(amount, books.currency), minor_of(fee, books.currency)
    return books.post(
        Kind.DISPUTE_OPENED,
        source,
        occurred_at,
        [
            (Account.DISPUTE_SUSPENSE, minor),
            (Account.DISPUTE_FEES, fee_minor),
            (Account.STRIPE, -minor - fee_minor),
        ],
    )


@transaction.atomic
def dispute_won(*, source: Source, occurred_at: datetime, fee_back: Money | None = None) -> Journal:
    """The money came back. fee_back: what Stripe gave back of its fee, where it does.

    Repeat: harmless. Raises: OutOfOrder for one that is not open · BookedOtherwise.
    """
    books, minor = _dispute(source)
    fee = minor_of(fee_back or zero(books.currency), books.currency)
    if booked(Kind.DISPUTE_LOST, source):
        raise OutOfOrder(f"{source} was lost")
    return books.post(
        Kind.DISPUTE_WON,
        source,
        occurred_at,
        [
            (Account.STRIPE, minor + fee),
            (Account.DISPUTE_FEES, -fee),
            (Account.DISPUTE_SUSPENSE, -minor),
        ],
    )


@transaction.atomic
def dispute_lost(*, source: Source, occurred_at: datetime) -> Journal:
    """As a refund; what had been refunded besides is our loss.

    Locks: host. Repeat: harmless. Raises: OutOfOrder for one that is not open.
    """
    books, minor = _dispute(source)
    if found := booked(Kind.DISPUTE_LOST, source):
        return found
    if booked(Kind.DISPUTE_WON, source):
        raise OutOfOrder(f"{source} was won")
    from_parts = min(minor, books.parts.amount - books.returned_minor)
    return books.post(
        Kind.DISPUTE_LOST,
        source,
        occurred_at,
        [
            *books.taking_back(books.parts_of_refund(from_parts)),
            (Account.LOSSES, minor - from_parts),
            (Account.DISPUTE_SUSPENSE, -minor),
        ],
    )


# --- The platform's own bank ---


@transaction.atomic
def payout_paid(
    *, source: Source, amount: Money, occurred_at: datetime, fee: Money | None = None
) -> Journal:
    """Stripe sent our balance to the bank. Repeat: harmless. Raises: BookedOtherwise."""
    code = amount.currency
    minor, fee_minor = amount.amount_minor, minor_of(fee or zero(code), code)
    return post(
        kind=Kind.PAYOUT,
        source=source,
        lines=lines_of(
            code,
            (Account.BANK, minor),
            (Account.PROCESSING_FEES, fee_minor),
            (Account.STRIPE, -minor - fee_minor),
        ),
        occurred_at=occurred_at,
    )


@transaction.atomic
def payout_failed(*, source: Source, occurred_at: datetime) -> Journal:
    """The payout of this source came back, which it may after it was paid; its fee does not.

    Repeat: harmless. Raises: OutOfOrder for one that was not paid.
    """
    paid = entries(require_booked(Kind.PAYOUT, source))
    back = [line.amount for line in paid if line.account == Account.BANK]
    return post(
        kind=Kind.PAYOUT_FAILED,
        source=source,
        lines=[
            *(Entry(Account.STRIPE, amount) for amount in back),
            *(Entry(Account.BANK, -amount) for amount in back),
        ],
        occurred_at=occurred_at,
    )


def _refund_under_way(source: Source) -> tuple[Books, int]:
    sent = require_booked(Kind.REFUND_SENT, source)
    books = _locked_books(sent)
    return books, -books.sum_of(Account.REFUND_CLEARING, journal=sent)


def _dispute(source: Source) -> tuple[Books, int]:
    opened = require_booked(Kind.DISPUTE_OPENED, source)
    books = _locked_books(opened)
    return books, books.sum_of(Account.DISPUTE_SUSPENSE, journal=opened)


def _locked_books(journal: Journal) -> Books:
    charge = charge_of(journal)
    assert charge is not None
    lock_charge(charge)
    return Books(charge)
