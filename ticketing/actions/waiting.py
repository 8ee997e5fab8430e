"""The line of a sale that is sold out: a seat that comes back is kept for who came first."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from config.errors import Conflict

from ..models import Order, TicketSale, WaitingPlace


class NothingToWaitFor(Conflict):
    """There are tickets, or there will be none."""

    code = "nothing_to_wait_for"


@transaction.atomic
def join_line(*, actor: User, sale: TicketSale, now: datetime | None = None) -> WaitingPlace:
    """Repeat: the same place.

    Raises: NothingToWaitFor
    Locks: the sale's row, so that a seat that comes back meanwhile finds this person or is seen.
    """
    now = now or timezone.now()
    sale = TicketSale.objects.select_for_update(no_key=True).get(pk=sale.pk)
    place = sale.line.standing().filter(person=actor).first()
    if place is not None:
        return place
    if not sale.is_open(now):
        raise NothingToWaitFor(_("Tickets are not on sale now."))
    if sale.taken < sale.capacity:
        raise NothingToWaitFor(_("There are tickets: you need not wait."))
    if Order.objects.with_seat().filter(sale=sale, holder=actor).exists():
        raise NothingToWaitFor(_("You have a ticket."))
    return WaitingPlace.objects.create(sale=sale, person=actor, joined_at=now)


@transaction.atomic
def leave_line(*, actor: User, sale: TicketSale, now: datetime | None = None) -> None:
    """Repeat: harmless. Who was offered a seat gives it to the next."""
    now = now or timezone.now()
    TicketSale.objects.select_for_update(no_key=True).get(pk=sale.pk)
    left = sale.line.filter(person=actor)
    had_seat = left.filter(state="offered").update(state="left", offered_until=None)
    left.filter(state="waiting").update(state="left")
    if had_seat:
        free_seat(sale=sale, now=now)


def free_seat(*, sale: TicketSale, now: datetime) -> WaitingPlace | None:
    """A seat has come back: kept for the first in line, else for sale. Gives who it is kept for.

    Locks: the sale's row: who joins the line at this moment, and who frees another seat, wait.
    """
    sale = TicketSale.objects.select_for_update(no_key=True).get(pk=sale.pk)
    first = sale.line.waiting().first_come().first() if sale.is_open(now) else None
    if first is None:
        TicketSale.objects.give_seat_back(sale)
        return None
    first.state = WaitingPlace.State.OFFERED
    first.offered_until = now + timedelta(seconds=settings.TICKET_OFFER_S)
    first.save(update_fields=["state", "offered_until"])
    return first


def take_offer(*, sale: TicketSale, person: User, now: datetime) -> bool:
    """Whether a seat was kept for them until now: it is theirs from here on."""
    kept = sale.line.filter(person=person, state="offered", offered_until__gt=now)
    return kept.update(state="bought", offered_until=None) == 1


def leave_for_a_seat(*, sale: TicketSale, person: User) -> None:
    """They got another one than that which the line would have kept for them."""
    sale.line.filter(person=person, state="waiting").update(state="bought")


def sweep_offers(*, now: datetime | None = None) -> int:
    """Seats that nobody came for go to the next in line. Gives how many. Repeat: harmless."""
    now = now or timezone.now()
    lapsed = 0
    for place in WaitingPlace.objects.lapsed(now).select_related("sale"):
        with transaction.atomic():
            TicketSale.objects.select_for_update(no_key=True).get(pk=place.sale_id)
            mine = WaitingPlace.objects.lapsed(now).filter(pk=place.pk)
            if mine.update(state="lapsed", offered_until=None):
                free_seat(sale=place.sale, now=now)
                lapsed += 1
    return lapsed
