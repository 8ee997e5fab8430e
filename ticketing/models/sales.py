"""What a host sells: tickets to one Space, on which terms."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..querysets import TicketSaleQuerySet


class RefundRule(models.TextChoices):
    """Until when a buyer gets the money back for the asking. Whatever it is: if the Space is
    cancelled, moved or does not take place, everybody can.
    """

    UNTIL_START = "until_start", _("Until it starts")
    DAY_BEFORE = "day_before", _("Until a day before it starts")
    NEVER = "never", _("Only if the Space is cancelled or moved")

    def until(self, starts_at: datetime) -> datetime | None:
        """For the asking; None: not."""
        if self is RefundRule.NEVER:
            return None
        return starts_at - (timedelta(days=1) if self is RefundRule.DAY_BEFORE else timedelta())


class TicketSale(models.Model):
    """The tickets to one Space. `taken` is every seat that is not for sale: held, paid for, or kept
    for who is first in line.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Not published")
        OPEN = "open", _("On sale")
        CLOSED = "closed", _("Closed")

    space = models.OneToOneField(
        "spaces.Space", on_delete=models.PROTECT, related_name="ticket_sale"
    )
    seller = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="ticket_sales"
    )
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    currency = models.CharField(max_length=3)
    price_minor = models.PositiveBigIntegerField()
    capacity = models.PositiveIntegerField()
    taken = models.PositiveIntegerField(default=0)
    # None: from when it is published, and until the Space ends.
    opens_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    refund_rule = models.CharField(
        max_length=20, choices=RefundRule, default=RefundRule.UNTIL_START
    )
    created_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True)

    objects = TicketSaleQuerySet.as_manager()

    class Meta:
        constraints = [
            # Of capacity as well: it cannot drop below what is sold.
            models.CheckConstraint(
                condition=Q(taken__lte=F("capacity")), name="ticketing_sale_not_oversold"
            ),
            models.CheckConstraint(
                condition=Q(opens_at=None) | Q(closes_at=None) | Q(opens_at__lt=F("closes_at")),
                name="ticketing_sale_opens_before_it_closes",
            ),
        ]

    def __str__(self) -> str:
        return f"tickets to {self.space}"

    def is_open(self, now: datetime) -> bool:
        return (
            self.state == self.State.OPEN
            and (self.opens_at is None or self.opens_at <= now)
            and (self.closes_at is None or now < self.closes_at)
        )
