"""Money that goes back to a buyer, as Stripe has it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..querysets import RefundQuerySet
from .payments import Payment


class Refund(models.Model):
    """One refund of one payment. Several may be under way; together they are never more than it."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        PENDING = "pending", _("Under way")
        REQUIRES_ACTION = "requires_action", _("Waits for the buyer")
        SUCCEEDED = "succeeded", _("Refunded")
        FAILED = "failed", _("Failed")
        CANCELED = "canceled", _("Stopped")

    class Reason(models.TextChoices):
        NO_SEAT = "no_seat", _("There was no seat any more")
        BUYER = "buyer", _("The buyer asked")
        HOST = "host", _("The host gave it back")
        STAFF = "staff", _("The staff gave it back")
        CALLED_OFF = "called_off", _("The Space did not take place")
        # Nobody asked here.
        AT_STRIPE = "at_stripe", _("Made at Stripe")

    # The buyer has the money back, or will have.
    STANDING = (State.REQUESTED, State.PENDING, State.REQUIRES_ACTION, State.SUCCEEDED)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount_minor = models.PositiveBigIntegerField()
    state = models.CharField(max_length=20, choices=State, default=State.REQUESTED)
    reason = models.CharField(max_length=20, choices=Reason)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    stripe_id = models.CharField(max_length=120, blank=True)
    # Stripe's word for why it failed.
    failure = models.CharField(max_length=100, blank=True)
    requested_at = models.DateTimeField(default=timezone.now)
    synced_from = models.DateTimeField(null=True, blank=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stripe_id"], condition=~Q(stripe_id=""), name="ticketing_refund_once"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="ticketing_refund_of_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.public_id}"
