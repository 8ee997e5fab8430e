"""What people are told, and how each of them is reached."""

import uuid
from datetime import time

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..querysets import DeliveryQuerySet, NotificationQuerySet, ReachQuerySet

# By day, when somebody has not chosen: quiet hours count from when their time zone is known.
QUIET_FROM, QUIET_UNTIL = time(22), time(7)


class Channel(models.TextChoices):
    """Besides the page of notifications, which has all of them."""

    MAIL = "mail", _("By e-mail")
    PUSH = "push", _("In this browser")


class Subject(models.TextChoices):
    """What somebody chooses channels for."""

    REMINDERS = "reminders", _("Reminders")
    LIVE = "live", _("People you follow go live")
    INVITATIONS = "invitations", _("Invitations")
    REQUESTS = "requests", _("Requests to speak")
    FOLLOWERS = "followers", _("New followers")


class Notification(models.Model):
    """Something one person is told. That it is told once is the constraint on `key`."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications"
    )
    # A name in `notifications.KINDS`.
    kind = models.CharField(max_length=30)
    # What it is about, in words of the kind: the same thing has the same key.
    key = models.CharField(max_length=80)
    # Who did it, where that is somebody.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    space = models.ForeignKey(
        "spaces.Space", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    # Of which time it speaks, where it does: the row it is about may be moved since.
    speaks_of = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)

    # How many more did the same, set for the lists that say so.
    others: int = 0

    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "key"], name="accounts_notification_told_once"
            ),
        ]
        indexes = [
            models.Index(fields=["recipient", "-created_at", "-id"], name="accounts_note_latest"),
            models.Index(
                fields=["recipient"],
                condition=Q(read_at__isnull=True),
                name="accounts_note_unread",
            ),
            # What is forgotten goes by age alone.
            models.Index(fields=["created_at"], name="accounts_note_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.recipient}"

    @property
    def is_new(self) -> bool:
        return self.read_at is None


class PushSubscription(models.Model):
    """A browser that takes messages while no page is open: what its push service gave it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="push_subscriptions"
    )
    endpoint = models.URLField(max_length=1000, unique=True)
    p256dh = models.CharField(max_length=120)
    auth = models.CharField(max_length=60)
    # As the list of sessions names it.
    browser = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.browser} of {self.user}"


class Delivery(models.Model):
    """One notification on its way out by one channel.

    Claimed and committed before it is sent: who dies in the middle leaves SENDING, which becomes
    UNKNOWN and is never sent a second time.
    """

    class State(models.TextChoices):
        DUE = "due", _("due")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        DROPPED = "dropped", _("dropped: too late, or not true any more")
        FAILED = "failed", _("refused for good")
        UNKNOWN = "unknown", _("not known: its worker died")

    notification = models.ForeignKey(
        Notification, on_delete=models.CASCADE, related_name="deliveries"
    )
    channel = models.CharField(max_length=4, choices=Channel.choices)
    # Which browser, of a push.
    subscription = models.ForeignKey(
        PushSubscription, null=True, blank=True, on_delete=models.CASCADE, related_name="deliveries"
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    # From when on: quiet hours, and tries after a failed one.
    due_at = models.DateTimeField(default=timezone.now)
    # After that nobody needs it any more.
    expires_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["notification", "channel", "subscription"],
                nulls_distinct=False,
                name="accounts_delivery_once",
            ),
            models.CheckConstraint(
                name="accounts_delivery_subscription_iff_push",
                condition=Q(channel="push", subscription__isnull=False)
                | Q(channel="mail", subscription__isnull=True),
            ),
            models.CheckConstraint(
                name="accounts_delivery_settled_iff_over",
                condition=Q(state__in=["due", "sending"], settled_at__isnull=True)
                | (~Q(state__in=["due", "sending"]) & Q(settled_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="accounts_delivery_claimed_while_sending",
                condition=~Q(state="sending") | Q(claimed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="due"), name="accounts_delivery_due"),
            models.Index(
                fields=["claimed_at"],
                condition=Q(state="sending"),
                name="accounts_delivery_sending",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"


class NotificationChoice(models.Model):
    """What somebody decided about one subject and channel; without it `notifications.DEFAULTS`."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_choices"
    )
    subject = models.CharField(max_length=20, choices=Subject.choices)
    channel = models.CharField(max_length=4, choices=Channel.choices)
    is_on = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "subject", "channel"], name="accounts_notificationchoice_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.subject} {self.channel} {self.is_on}"


class Reach(models.Model):
    """When, in which language and by which clock somebody is reached while no page of theirs asks.

    Language and zone are what their browser last said: what they chose themselves wins.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="reach"
    )
    language = models.CharField(max_length=10, blank=True)
    time_zone = models.CharField(max_length=50, blank=True)
    has_quiet_hours = models.BooleanField(default=True)
    quiet_from = models.TimeField(default=QUIET_FROM)
    quiet_until = models.TimeField(default=QUIET_UNTIL)

    objects = ReachQuerySet.as_manager()

    def __str__(self) -> str:
        return f"How {self.user} is reached"
