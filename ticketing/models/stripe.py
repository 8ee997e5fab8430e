"""What Stripe told us, and what we tell it: each is a row before anything is made of it."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..querysets import StripeCallQuerySet, StripeEventQuerySet


class StripeEvent(models.Model):
    """A hint of Stripe's to look at something. Taken once, by the constraint on its id."""

    class State(models.TextChoices):
        NEW = "new", _("waiting")
        DONE = "done", _("done")
        IGNORED = "ignored", _("ignored: of no use here, or of the other mode")
        FAILED = "failed", _("failed: tried too often")

    event_id = models.CharField(max_length=255, unique=True)
    type = models.CharField(max_length=255)
    # Whose: "" is the platform's own.
    account = models.CharField(max_length=255, blank=True)
    livemode = models.BooleanField()
    api_version = models.CharField(max_length=60, blank=True)
    created = models.DateTimeField()
    object_id = models.CharField(max_length=255, blank=True)
    payload = models.JSONField()
    received_at = models.DateTimeField(default=timezone.now)
    # 0: no webhook brought it, we found it in the list that Stripe keeps.
    deliveries = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=7, choices=State.choices, default=State.NEW)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Whoever works on it puts this off: who dies in the middle leaves it to the next.
    next_try_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)

    objects = StripeEventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="ticketing_stripeevent_settled_iff_over",
                condition=Q(state="new", settled_at__isnull=True)
                | (~Q(state="new") & Q(settled_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at", "id"],
                condition=Q(state="new"),
                name="ticketing_stripeevent_due",
            ),
            models.Index(
                fields=["-received_at", "-id"],
                condition=Q(state="failed"),
                name="ticketing_stripeevent_failed",
            ),
            models.Index(fields=["received_at"], name="ticketing_stripeevent_age"),
            models.Index(fields=["object_id"], name="ticketing_stripeevent_object"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class StripeCall(models.Model):
    """One change that Stripe is asked for: written down with what it is about, sent afterwards.

    `key` is Stripe's idempotency key: what is sent again under it is done once.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        SENT = "sent", _("being sent")
        UNKNOWN = "unknown", _("sent, and not known what came of it")
        DONE = "done", _("done")
        FAILED = "failed", _("refused")

    key = models.CharField(max_length=255, unique=True)
    # A name in `outbox.KINDS`.
    kind = models.CharField(max_length=60)
    # Stored, never made anew: the same key goes with the same params.
    params = models.JSONField()
    subject_type = models.CharField(max_length=80, blank=True)
    subject_id = models.BigIntegerField(null=True, blank=True)
    state = models.CharField(max_length=7, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField(default=timezone.now)
    # Whoever sends it puts this off. None: an operator's.
    next_try_at = models.DateTimeField(null=True, blank=True, default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    # A try of it was not answered, or whoever made it died.
    may_have_happened = models.BooleanField(default=False)
    # Since when Stripe may know the key, which it forgets after a day.
    first_sent_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    response_id = models.CharField(max_length=255, blank=True)
    # What the kind keeps of Stripe's object.
    answer = models.JSONField(default=dict, blank=True)
    reason = models.CharField(max_length=100, blank=True)
    param = models.CharField(max_length=255, blank=True)
    request_id = models.CharField(max_length=100, blank=True)
    # The stored answer to an earlier one: sending it again can only bring the same.
    is_replay = models.BooleanField(default=False)
    # When the kind's handler had made something of it.
    handled_at = models.DateTimeField(null=True, blank=True)
    handling_attempts = models.PositiveSmallIntegerField(default=0)

    objects = StripeCallQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="ticketing_stripecall_settled_iff_over",
                condition=Q(state__in=["done", "failed"], settled_at__isnull=False)
                | (~Q(state__in=["done", "failed"]) & Q(settled_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="ticketing_stripecall_claimed_while_sent",
                condition=~Q(state="sent") | Q(claimed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="ticketing_stripecall_handled_after_settled",
                condition=Q(handled_at__isnull=True) | Q(settled_at__isnull=False),
            ),
            models.CheckConstraint(
                name="ticketing_stripecall_unknown_may_have_happened",
                condition=~Q(state="unknown") | Q(may_have_happened=True),
            ),
            models.CheckConstraint(
                name="ticketing_stripecall_attempted_has_first",
                condition=Q(attempts=0) | Q(first_sent_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at", "id"],
                condition=Q(settled_at__isnull=True),
                name="ticketing_stripecall_due",
            ),
            models.Index(
                fields=["next_try_at", "id"],
                condition=Q(settled_at__isnull=False, handled_at__isnull=True),
                name="ticketing_stripecall_unhandled",
            ),
            models.Index(
                fields=["subject_type", "subject_id"], name="ticketing_stripecall_subject"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def is_done(self) -> bool:
        return self.state == self.State.DONE

    @property
    def is_refused(self) -> bool:
        return self.state == self.State.FAILED

    @property
    def is_settled(self) -> bool:
        return self.state in {self.State.DONE, self.State.FAILED}

    def is_about(self, subject: Any) -> bool:
        return (self.subject_type, self.subject_id) == (subject._meta.label_lower, subject.pk)


class StripeCursor(models.Model):
    """Until when Stripe's list of events has been read."""

    # Whose: "" is the platform's own.
    account = models.CharField(max_length=255, unique=True, blank=True)
    read_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.account or 'own'} until {self.read_until}"
