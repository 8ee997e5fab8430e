"""How rows of tickets and money are looked up."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from .models import StripeCall, StripeEvent  # noqa: F401  (named in strings only)


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
