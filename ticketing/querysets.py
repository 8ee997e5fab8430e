"""How rows of tickets and money are looked up."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models
from django.db.models import F, Q, Sum

from accounts.models import User

if TYPE_CHECKING:
    from .models import (  # noqa: F401  (named in strings only)
        Order,
        Payment,
        Refund,
        StripeCall,
        StripeEvent,
        TicketSale,
        WaitingPlace,
    )


# How long a host may take a cancellation back before buyers get their money.
THINK_AGAIN = timedelta(minutes=2)
# What was shorter did not take place.
SHORTEST_SPACE = timedelta(minutes=5)


def _is_called_off(space: str, now: datetime) -> Q:
    """Cancelled, for longer than it takes to think again, or over sooner than it could have been
    one. space: the way to its fields.
    """
    cancelled = {f"{space}state": "cancelled", f"{space}announced_at__lte": now - THINK_AGAIN}
    latest = F(f"{space}started_at") + SHORTEST_SPACE
    return Q(**cancelled) | Q(**{f"{space}state": "ended", f"{space}ended_at__lt": latest})


class TicketSaleQuerySet(models.QuerySet["TicketSale"]):
    def open(self, now: datetime) -> "TicketSaleQuerySet":
        """On sale at that moment. `TicketSale.is_open` says it of one row."""
        return self.filter(
            Q(opens_at=None) | Q(opens_at__lte=now),
            Q(closes_at=None) | Q(closes_at__gt=now),
            state="open",
        )

    def of_called_off(self, now: datetime) -> "TicketSaleQuerySet":
        """Not closed, for what did not take place."""
        return self.exclude(state="closed").filter(_is_called_off("space__", now))

    def take_seat(self, sale: "TicketSale", now: datetime) -> bool:
        """Whether there was one: the row itself decides, whoever else asks at this moment."""
        return self.open(now).take_any_seat(sale)

    def take_any_seat(self, sale: "TicketSale") -> bool:
        """Also of a sale that is closed: for money that came late."""
        free = self.filter(pk=sale.pk, taken__lt=F("capacity"))
        return free.update(taken=F("taken") + 1) == 1

    def give_seat_back(self, sale: "TicketSale") -> None:
        """To everybody. `actions.waiting.free_seat` asks the line first."""
        self.filter(pk=sale.pk).update(taken=F("taken") - 1)


class OrderQuerySet(models.QuerySet["Order"]):
    def of(self, user: User) -> "OrderQuerySet":
        """What they bought, and what they hold."""
        return self.filter(Q(buyer=user) | Q(holder=user))

    def with_seat(self) -> "OrderQuerySet":
        return self.filter(state__in=self.model.WITH_SEAT)

    def overdue(self, now: datetime) -> "OrderQuerySet":
        """With a seat that was held for long enough."""
        unpaid = self.filter(state__in=self.model.UNPAID)
        return unpaid.filter(hold_until__lte=now).order_by("hold_until", "pk")

    def refund_due(self) -> "OrderQuerySet":
        return self.filter(state="refund_due").order_by("pk")

    def of_called_off(self, now: datetime) -> "OrderQuerySet":
        """With a seat in what did not take place."""
        return self.with_seat().filter(_is_called_off("sale__space__", now)).order_by("pk")

    def by_reference(self, reference: str) -> "OrderQuerySet":
        """reference: what Stripe sends back, so anything."""
        try:
            return self.filter(public_id=UUID(reference))
        except ValueError:
            return self.none()


class PaymentQuerySet(models.QuerySet["Payment"]):
    def captured(self) -> "PaymentQuerySet":
        return self.filter(state="captured")


class RefundQuerySet(models.QuerySet["Refund"]):
    def of(self, payment: "Payment") -> "RefundQuerySet":
        return self.filter(payment=payment)

    def standing(self) -> "RefundQuerySet":
        """The buyer has the money back, or will have."""
        return self.filter(state__in=self.model.STANDING)

    def total(self) -> int:
        """Minor units."""
        return self.aggregate(total=Sum("amount_minor"))["total"] or 0

    def by_stripe(self, stripe_id: str, reference: str) -> "RefundQuerySet":
        """reference: what we gave Stripe, and anybody there can change, so anything."""
        try:
            return self.filter(Q(stripe_id=stripe_id) | Q(stripe_id="", public_id=UUID(reference)))
        except ValueError:
            return self.filter(stripe_id=stripe_id)


class WaitingPlaceQuerySet(models.QuerySet["WaitingPlace"]):
    def waiting(self) -> "WaitingPlaceQuerySet":
        return self.filter(state="waiting")

    def standing(self) -> "WaitingPlaceQuerySet":
        """In line, or with a seat that is kept for them."""
        return self.filter(state__in=["waiting", "offered"])

    def first_come(self) -> "WaitingPlaceQuerySet":
        return self.order_by("joined_at", "pk")

    def lapsed(self, now: datetime) -> "WaitingPlaceQuerySet":
        return self.filter(state="offered", offered_until__lte=now).order_by("offered_until", "pk")


class StripeEventQuerySet(models.QuerySet["StripeEvent"]):
    def due(self, now: datetime) -> "StripeEventQuerySet":
        """What nobody works on, the longest waiting first."""
        waiting = self.filter(state=self.model.State.NEW, next_try_at__lte=now)
        return waiting.order_by("next_try_at", "pk")

    def settled_before(self, moment: datetime) -> "StripeEventQuerySet":
        settled = self.filter(state__in=[self.model.State.DONE, self.model.State.IGNORED])
        return settled.filter(received_at__lt=moment)


class StripeCallQuerySet(models.QuerySet["StripeCall"]):
    def due(self, now: datetime) -> "StripeCallQuerySet":
        """To be sent; those that a dead worker left among them, once their time is over."""
        waiting = self.filter(settled_at__isnull=True, next_try_at__lte=now)
        return waiting.order_by("next_try_at", "pk")

    def to_hand_over(self, now: datetime) -> "StripeCallQuerySet":
        """Answered, and nothing has been made of the answer yet."""
        answered = self.filter(settled_at__isnull=False, handled_at__isnull=True)
        return answered.filter(next_try_at__lte=now).order_by("next_try_at", "pk")
