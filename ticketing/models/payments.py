"""Money that came in for an order, as Stripe has it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..querysets import PaymentQuerySet
from .orders import Order


class Customer(models.Model):
    """Who a buyer is at Stripe."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="stripe_customer"
    )
    stripe_id = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.stripe_id


class Payment(models.Model):
    """One PaymentIntent. What of it was kept back is known when its charge's balance transaction
    is, and then it is in the books.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Under way")
        CAPTURED = "captured", _("Paid")
        FAILED = "failed", _("Failed")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    payment_intent = models.CharField(max_length=120, unique=True)
    charge = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    currency = models.CharField(max_length=3)
    amount_minor = models.PositiveBigIntegerField()
    # What Stripe kept of it; None until Stripe says so.
    fee_minor = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    captured_at = models.DateTimeField(null=True, blank=True)
    synced_from = models.DateTimeField(null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["charge"], condition=~Q(charge=""), name="ticketing_payment_of_one_charge"
            ),
            models.CheckConstraint(
                condition=~Q(state="captured") | (Q(captured_at__isnull=False) & ~Q(charge="")),
                name="ticketing_payment_captured_has_charge",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.payment_intent}"
