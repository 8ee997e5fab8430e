"""A seat is taken before anybody is asked for money, and given back when nobody can pay for it."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from config.errors import Conflict, NotAllowed

from ..models import Order, OrderChange, TicketSale
from .waiting import free_seat, leave_for_a_seat, take_offer

State = Order.State


class SoldOut(Conflict):
    code = "sold_out"


class NotOnSale(Conflict):
    """Not yet, not any more, or not published."""

    code = "not_on_sale"


class AlreadyHeld(Conflict):
    """They have a ticket."""

    code = "already_held"


@transaction.atomic(durable=True)
def reserve(
    *, actor: User, sale: TicketSale, terms: dict[str, Any], now: datetime | None = None
) -> Order:
    """Hold a seat for somebody who is about to pay. Repeat: the same order, with its seat.

    Whose seat was kept for them in the line gets that one.

    Raises: NotAllowed, NotOnSale, SoldOut, AlreadyHeld
    """
    now = now or timezone.now()
    if actor.pk == sale.seller_id:
        raise NotAllowed(_("You host this Space: you need no ticket."))
    mine = Order.objects.with_seat().filter(sale=sale, holder=actor)
    before = mine.first()
    if before is not None:
        return _as_it_is(before)
    if not (
        take_offer(sale=sale, person=actor, now=now) or TicketSale.objects.take_seat(sale, now)
    ):
        # The last seat may have gone to their own other tab.
        before = mine.first()
        if before is not None:
            return _as_it_is(before)
        raise _why_not(sale, now)
    try:
        with transaction.atomic():
            order = Order.objects.create(
                sale=sale,
                buyer=actor,
                holder=actor,
                currency=sale.currency,
                price_minor=sale.price_minor,
                terms=terms,
                hold_until=now + timedelta(seconds=settings.TICKET_HOLD_S),
                created_at=now,
            )
    except IntegrityError:
        # Their other tab was first: its order has a seat already, and this one goes back.
        free_seat(sale=sale, now=now)
        return _as_it_is(mine.get())
    leave_for_a_seat(sale=sale, person=actor)
    OrderChange.objects.create(order=order, became=order.state, cause="reserve", at=now)
    return order


def _why_not(sale: TicketSale, now: datetime) -> Conflict:
    sale.refresh_from_db()
    if not sale.is_open(now):
        return NotOnSale(_("Tickets are not on sale now."))
    return SoldOut(_("All tickets are sold. You can wait in line for one that comes back."))


def _as_it_is(order: Order) -> Order:
    if order.state not in Order.UNPAID:
        raise AlreadyHeld(_("You have a ticket."))
    return order


@transaction.atomic
def release(*, order: Order, cause: str, now: datetime | None = None) -> bool:
    """Give an unpaid order's seat back, to the line first. Whether it had one. Repeat: harmless.

    Only where nobody can pay for it any more: that was asked of Stripe before.

    Locks: the order's row, then the sale's.
    """
    now = now or timezone.now()
    order = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
    if order.state not in Order.UNSETTLED:
        return False
    change_state(order, State.RELEASED, cause=cause, now=now)
    free_seat(sale=order.sale, now=now)
    return True


def change_state(order: Order, state: Order.State, *, cause: str, now: datetime) -> None:
    """Under the caller's lock, with a line that says why."""
    was, order.state = order.state, state
    order.save(update_fields=["state"])
    OrderChange.objects.create(order=order, was=was, became=state, cause=cause, at=now)
