"""Money back: asked for by a row, sent by the outbox, and what Stripe says of it is what is so."""

import logging
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from config.errors import Conflict, NotAllowed

from .. import ledger, stripe_gateway
from ..ledger import Source
from ..models import Kind, Order, Payment, Refund, StripeCall, StripeEvent, TicketSale
from ..money import Money
from ..stripe_gateway import Answer, StripeUnavailable
from . import inbox, outbox
from .checkout import close_checkout
from .seats import change_state
from .waiting import free_seat

logger = logging.getLogger(__name__)

Reason = Refund.Reason
_PIECE = 100


# --- Asked for ---


@transaction.atomic
def give_back(*, actor: User, order: Order, now: datetime | None = None) -> Order:
    """A paid ticket is given back and its money is on the way. Repeat: harmless.

    A buyer by the rule they bought under, the host and the staff at any time.

    Locks: the order's row, then the sale's. Raises: NotAllowed, Conflict
    """
    now = now or timezone.now()
    order = _locked(order)
    if order.state == Order.State.CANCELLED:
        return order
    if order.state != Order.State.PAID:
        raise Conflict(_("Only a ticket that is paid for can be given back."))
    _cancel(order, reason=_right_of(actor, order, now), actor=actor, now=now)
    return order


def _right_of(actor: User, order: Order, now: datetime) -> Refund.Reason:
    """Raises: NotAllowed"""
    if actor.is_staff:
        return Reason.STAFF
    if actor.pk == order.sale.seller_id:
        return Reason.HOST
    if actor.pk != order.buyer_id:
        raise NotAllowed(_("Only who bought a ticket can give it back."))
    starts_at = order.sale.space.scheduled_for
    until = starts_at and order.refund_rule.until(starts_at)
    if until is None or now >= until:
        raise NotAllowed(_("This ticket cannot be given back any more."))
    return Reason.BUYER


def refund_called_off(*, now: datetime | None = None) -> int:
    """Give back what was sold for Spaces that did not take place, a ticket at a time: whoever is
    stopped in the middle goes on where it was. Gives how many orders were settled.

    Repeat: harmless.
    """
    now = now or timezone.now()
    # A seat that comes back is for nobody else.
    TicketSale.objects.of_called_off(now).update(state=TicketSale.State.CLOSED)
    settled = 0
    for order in Order.objects.of_called_off(now)[:_PIECE]:
        if order.state in Order.UNPAID:
            try:
                close_checkout(order=order, cause="called off")
            except StripeUnavailable:
                break
        settled += _settle_called_off(order, now)
    return settled


@transaction.atomic
def _settle_called_off(order: Order, now: datetime) -> bool:
    order = _locked(order)
    if order.state == Order.State.PAID:
        _cancel(order, reason=Reason.CALLED_OFF, actor=None, now=now)
    return order.state == Order.State.CANCELLED


@transaction.atomic
def refund_seatless(*, now: datetime | None = None) -> int:
    """Money that came when the seats were gone goes back. Repeat: harmless."""
    now = now or timezone.now()
    found = list(Order.objects.refund_due().select_for_update(skip_locked=True)[:_PIECE])
    for order in found:
        change_state(order, Order.State.CANCELLED, cause="no seat", now=now)
        _request(order, reason=Reason.NO_SEAT, actor=None, now=now)
    return len(found)


def _locked(order: Order) -> Order:
    rows = Order.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("sale__space", "sale__seller").get(pk=order.pk)


def _cancel(order: Order, *, reason: Refund.Reason, actor: User | None, now: datetime) -> None:
    change_state(order, Order.State.CANCELLED, cause=reason, now=now)
    free_seat(sale=order.sale, now=now)
    _request(order, reason=reason, actor=actor, now=now)


def _request(order: Order, *, reason: Refund.Reason, actor: User | None, now: datetime) -> None:
    """All that is left of what was paid, under the order's lock."""
    for payment in order.payments.captured():
        left = payment.amount_minor - Refund.objects.of(payment).standing().total()
        if left <= 0:
            continue
        refund = Refund.objects.create(
            payment=payment,
            amount_minor=left,
            reason=reason,
            requested_by=actor,
            requested_at=now,
        )
        params = {
            "payment_intent": payment.payment_intent,
            "amount": left,
            "reason": "requested_by_customer",
            "metadata": {
                "kind": "refund",
                "id": str(refund.public_id),
                "env": settings.SITE_URL,
            },
        }
        outbox.queue_call("refund.create", key=f"refund:{refund.pk}", params=params, subject=refund)


# --- What Stripe says ---


@outbox.on_answer("refund.create")
def heed_answer(call: StripeCall) -> None:
    assert call.subject_id is not None
    refund = Refund.objects.select_for_update(no_key=True).get(pk=call.subject_id)
    if call.is_refused:
        refund.state, refund.failure = Refund.State.FAILED, call.reason
        refund.save(update_fields=["state", "failure"])
        logger.error("Refund %s was refused: %s", refund.public_id, call.reason)
    elif refund.synced_from is None:
        # Otherwise a newer look than this answer is written down.
        apply_refund(refund, call.answer)


@inbox.handles("refund.created", "refund.updated", "refund.failed")
def heed_refund(event: StripeEvent) -> None:
    noted = inbox.database_time()
    _take_up(stripe_gateway.fetch("refunds", event.object_id), noted=noted)


@inbox.handles("charge.refunded")
def heed_refunds(event: StripeEvent) -> None:
    """All of a charge's: a shop that looked at one event of a kind only lost refunds."""
    noted = inbox.database_time()
    for fetched in list(stripe_gateway.list_all("refunds", {"charge": event.object_id})):
        _take_up(fetched, noted=noted)


def _take_up(fetched: Answer, *, noted: datetime) -> None:
    refund = _row_of(fetched)
    if refund is not None:
        rows = Refund.objects.filter(pk=refund.pk)
        inbox.apply_if_newer(rows, fetched, noted=noted, apply=apply_refund)


def _row_of(fetched: Answer) -> Refund | None:
    """Ours, or that of one made at Stripe, of a payment of ours; None is of no ticket."""
    metadata: dict[str, Any] = fetched.get("metadata") or {}
    ours = metadata.get("id", "") if metadata.get("kind") == "refund" else ""
    refund = Refund.objects.by_stripe(fetched["id"], ours).first()
    if refund is not None:
        return refund
    payment = Payment.objects.filter(payment_intent=fetched["payment_intent"] or "").first()
    if payment is None:
        return None
    refund, _is_new = Refund.objects.get_or_create(
        stripe_id=fetched["id"],
        defaults={
            "payment": payment,
            "amount_minor": fetched["amount"],
            "reason": Reason.AT_STRIPE,
            "requested_at": datetime.fromtimestamp(fetched["created"], UTC),
        },
    )
    return refund


def apply_refund(refund: Refund, fetched: Answer) -> None:
    """Make the refund what it is at Stripe, and book it. Under its lock. Repeat: harmless.

    Raises: OutOfOrder while its payment is not in the books: then it is asked again.
    """
    refund.stripe_id = fetched["id"]
    refund.state = Refund.State(fetched["status"])
    refund.failure = fetched.get("failure_reason") or ""
    refund.save(update_fields=["stripe_id", "state", "failure"])
    _book(refund)
    if refund.state in (Refund.State.FAILED, Refund.State.CANCELED):
        logger.error("Refund %s did not arrive: %s", refund.public_id, refund.failure)
    elif refund.reason == Reason.AT_STRIPE:
        _give_back_what_is_refunded(refund)


def _book(refund: Refund) -> None:
    now, payment = timezone.now(), refund.payment
    source = Source("refund", str(refund.pk))
    charge = ledger.require_booked(Kind.CHARGE, Source("payment", str(payment.pk)))
    ledger.refund_sent(
        source=source,
        charge=charge,
        amount=Money(refund.amount_minor, payment.currency),
        occurred_at=now,
        host_cancelled=refund.reason in (Reason.HOST, Reason.CALLED_OFF),
    )
    if refund.state == Refund.State.SUCCEEDED:
        ledger.refund_succeeded(source=source, occurred_at=now)
    elif refund.state in (Refund.State.FAILED, Refund.State.CANCELED):
        ledger.refund_failed(source=source, occurred_at=now)


def _give_back_what_is_refunded(refund: Refund) -> None:
    """Whose money is back has no ticket, wherever it was given back."""
    order, now = _locked(refund.payment.order), timezone.now()
    back = Refund.objects.of(refund.payment).standing().total()
    if order.state == Order.State.PAID and back >= refund.payment.amount_minor:
        change_state(order, Order.State.CANCELLED, cause=refund.stripe_id, now=now)
        free_seat(sale=order.sale, now=now)
