"""Who bought what: a seat, the money that came for it, what went back."""

import secrets
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..querysets import OrderQuerySet, WaitingPlaceQuerySet
from .sales import RefundRule, TicketSale

# No sign that is read for another one: a code may be typed at a door.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_ticket_code() -> str:
    """Twelve of 32 signs: 60 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(12))


class Order(models.Model):
    """One seat for one person. The row says what was agreed; what was paid says Payment."""

    class State(models.TextChoices):
        HELD = "held", _("Reserved")
        AWAITING_PAYMENT = "awaiting_payment", _("Waiting for the payment")
        # Stripe has it, and the bank not yet.
        PROCESSING = "processing", _("The payment is under way")
        PAID = "paid", _("Paid")
        RELEASED = "released", _("Not bought")
        # Money came, and there was no seat any more.
        REFUND_DUE = "refund_due", _("To be refunded")
        CANCELLED = "cancelled", _("Given back")
        CHARGED_BACK = "charged_back", _("Charged back")

    # The buyer has not paid, or not yet for certain.
    UNPAID = (State.HELD, State.AWAITING_PAYMENT)
    UNSETTLED = (*UNPAID, State.PROCESSING)
    # Each takes a seat, and a person has one for a sale at most.
    WITH_SEAT = (*UNSETTLED, State.PAID)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sale = models.ForeignKey(TicketSale, on_delete=models.PROTECT, related_name="orders")
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="ticket_orders"
    )
    # Who is let in with it: the buyer, until they hand it on.
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="tickets"
    )
    state = models.CharField(max_length=20, choices=State, default=State.HELD)
    currency = models.CharField(max_length=3)
    price_minor = models.PositiveBigIntegerField()
    # As they were when the seat was taken: {"tiers": [[up to, bps], …], "refund_rule": …}.
    terms = models.JSONField()
    ticket_code = models.CharField(max_length=12, unique=True, default=new_ticket_code)
    # Until when nobody else gets the seat. Later it is freed only when Stripe says that its
    # checkout cannot be paid any more.
    hold_until = models.DateTimeField()
    session_number = models.PositiveSmallIntegerField(default=0)
    session_id = models.CharField(max_length=120, blank=True)
    session_url = models.URLField(max_length=2000, blank=True)
    # The database's time before what this row was last written by was read from Stripe.
    synced_from = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    paid_at = models.DateTimeField(null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sale", "holder"],
                condition=Q(state__in=["held", "awaiting_payment", "processing", "paid"]),
                name="ticketing_order_one_seat_each",
            ),
            models.UniqueConstraint(
                fields=["session_id"],
                condition=~Q(session_id=""),
                name="ticketing_order_of_one_session",
            ),
        ]
        indexes = [
            # What the sweep looks at.
            models.Index(
                fields=["hold_until"],
                condition=Q(state__in=["held", "awaiting_payment"]),
                name="ticketing_order_holds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.public_id}"

    @property
    def refund_rule(self) -> RefundRule:
        """That under which it was bought: the sale's may be another by now."""
        return RefundRule(self.terms["refund_rule"])


class OrderChange(models.Model):
    """Each move of an order, and by what."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="changes")
    was = models.CharField(max_length=20, blank=True)
    became = models.CharField(max_length=20)
    # "checkout", "hold over", "evt_…": where to look further.
    cause = models.CharField(max_length=120)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.was} → {self.became}: {self.cause}"


class WaitingPlace(models.Model):
    """Somebody in line for a sale that is sold out. An offered place has its seat in `taken`."""

    class State(models.TextChoices):
        WAITING = "waiting", _("In line")
        OFFERED = "offered", _("A seat is kept for you")
        BOUGHT = "bought", _("Bought")
        LAPSED = "lapsed", _("Not bought in time")
        LEFT = "left", _("Left the line")

    sale = models.ForeignKey(TicketSale, on_delete=models.PROTECT, related_name="line")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="waiting_places"
    )
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    joined_at = models.DateTimeField(default=timezone.now)
    offered_until = models.DateTimeField(null=True, blank=True)

    objects = WaitingPlaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sale", "person"],
                condition=Q(state__in=["waiting", "offered"]),
                name="ticketing_line_once_each",
            ),
            models.CheckConstraint(
                condition=Q(state="offered", offered_until__isnull=False) | ~Q(state="offered"),
                name="ticketing_line_offer_has_an_end",
            ),
        ]
        indexes = [
            models.Index(
                fields=["sale", "joined_at", "id"],
                condition=Q(state="waiting"),
                name="ticketing_line_first",
            ),
            models.Index(
                fields=["offered_until"],
                condition=Q(state="offered"),
                name="ticketing_line_offers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} in line: {self.state}"
