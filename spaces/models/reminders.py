"""Who wants to be reminded of a Space, and what people are to be told of it, and when."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..querysets import BulletinQuerySet


class Reminder(models.Model):
    """Somebody asked to be told when an announced Space starts."""

    space = models.ForeignKey("spaces.Space", on_delete=models.CASCADE, related_name="reminders")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reminders"
    )
    # A little before as well.
    wants_early = models.BooleanField(default=False)
    asked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["space", "user"], name="spaces_reminder_once"),
        ]
        # Bulletins read them in this order.
        indexes = [models.Index(fields=["space", "id"], name="spaces_reminder_of_space")]

    def __str__(self) -> str:
        return f"{self.user} wants to be reminded of {self.space}"


class Bulletin(models.Model):
    """Something that many are told of a Space, from a moment on.

    Who they are is read while they are told, in the order of their rows' keys. `cursor` is the last
    one that was looked at, committed with what it brought: who goes on after a crash goes on there.
    """

    class Kind(models.TextChoices):
        """By the names of the kinds of notifications."""

        HOST_SOON = "host_soon", _("the host: it starts soon")
        HOST_START = "host_start", _("the host: it is time")
        SOON = "soon", _("it starts soon")
        STARTED = "started", _("it has started")
        INVITED_LIVE = "invited_live", _("it is live, to who is invited")
        LIVE = "live", _("it is live, to followers")
        MOVED = "moved", _("it was moved")
        CANCELLED = "cancelled", _("it was called off")
        RESTORED = "restored", _("it takes place after all")
        NO_SHOW = "no_show", _("its host did not come")
        HOST_NO_SHOW = "host_no_show", _("the host: it was called off")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("told")
        DROPPED = "dropped", _("dropped: too late")
        OFF = "off", _("off: not true any more")

    space = models.ForeignKey("spaces.Space", on_delete=models.CASCADE, related_name="bulletins")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    # The time of the Space that it is about.
    speaks_of = models.DateTimeField()
    # Of a move: the time that people knew before.
    instead_of = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    # After that nobody needs it any more.
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    cursor = models.BigIntegerField(default=0)
    # Told; looked at, but not to be told (gone, shut out, muted); left when it was dropped or off.
    told_count = models.PositiveIntegerField(default=0)
    left_out_count = models.PositiveIntegerField(default=0)
    untold_count = models.PositiveIntegerField(default=0)
    # When somebody was last told of it: who waits longest has the next turn.
    worked_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = BulletinQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["space", "kind"],
                condition=Q(state="waiting"),
                name="spaces_bulletin_one_waiting",
            ),
            models.CheckConstraint(
                name="spaces_bulletin_settled_iff_not_waiting",
                condition=Q(state="waiting", settled_at__isnull=True)
                | (~Q(state="waiting") & Q(settled_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state="waiting"), name="spaces_bulletin_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.space}"

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING

    @property
    def key(self) -> str:
        """Of its notifications. One time is spoken of once, and that it is live told once to each,
        whatever for; changes are told as often as they are made."""
        Kind = self.Kind
        if self.kind in {Kind.STARTED, Kind.INVITED_LIVE, Kind.LIVE}:
            return f"live:{self.space_id}"
        if self.kind in {Kind.SOON, Kind.HOST_SOON, Kind.HOST_START}:
            return f"{self.kind}:{self.space_id}:{int(self.speaks_of.timestamp())}"
        return f"{self.kind}:{self.space_id}:{self.pk}"
