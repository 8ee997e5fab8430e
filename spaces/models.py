"""Rooms: a Space, its topics, who takes part, who asks to speak."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .querysets import (
    ParticipantQuerySet,
    SpaceQuerySet,
    SpeakRequestQuerySet,
    TopicQuerySet,
)

TITLE_LENGTH = 70
# The host may open the door of an announced Space a little early, and has this long to come before
# it is called off.
START_EARLY = timedelta(minutes=15)
START_LATE = timedelta(hours=1)


class Topic(models.Model):
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=40, unique=True)

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Space(models.Model):
    """A live audio room. A change that pages must see raises `version` in its own transaction."""

    class State(models.TextChoices):
        SCHEDULED = "scheduled", _("Scheduled")
        LIVE = "live", _("Live")
        ENDED = "ended", _("Ended")
        CANCELLED = "cancelled", _("Cancelled")

    class WhoMaySpeak(models.TextChoices):
        """Who steps up without asking; everybody else may ask."""

        INVITED = "invited", _("Only people you invite")
        FOLLOWED = "followed", _("People you follow")
        EVERYONE = "everyone", _("Everyone")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    host = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="hosted_spaces"
    )
    title = models.CharField(max_length=TITLE_LENGTH, validators=[MaxLengthValidator(TITLE_LENGTH)])
    topics = models.ManyToManyField(Topic, blank=True, related_name="spaces")
    who_may_speak = models.CharField(
        max_length=10, choices=WhoMaySpeak.choices, default=WhoMaySpeak.INVITED
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.LIVE)
    version = models.PositiveBigIntegerField(default=1, editable=False)
    # When it was announced for; none: started without being announced.
    scheduled_for = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    # Set for the lists that show them, by with_faces() and spaces.live.home.count_listeners().
    stage: "list[Participant]"
    listener_count: int | None = None

    objects = SpaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="spaces_space_ended_at_iff_ended",
                condition=Q(state="ended", ended_at__isnull=False)
                | (~Q(state="ended") & Q(ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="spaces_space_started_at_iff_started",
                condition=Q(state__in=["live", "ended"], started_at__isnull=False)
                | (~Q(state__in=["live", "ended"]) & Q(started_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="spaces_space_unstarted_has_time",
                condition=Q(state__in=["live", "ended"]) | Q(scheduled_for__isnull=False),
            ),
            models.CheckConstraint(name="spaces_space_has_title", condition=~Q(title="")),
            # One live Space a host: two clicks on Start must not open two rooms.
            models.UniqueConstraint(
                fields=["host"], condition=Q(state="live"), name="spaces_space_one_live_per_host"
            ),
            # Nobody can be in two Spaces at once; a form sent twice must not announce two.
            models.UniqueConstraint(
                fields=["host", "scheduled_for"],
                condition=Q(state="scheduled"),
                name="spaces_space_one_per_host_and_time",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-started_at"], name="spaces_space_by_state"),
            models.Index(
                fields=["scheduled_for", "id"],
                condition=Q(state="scheduled"),
                name="spaces_space_upcoming",
            ),
            models.Index(
                fields=["-ended_at", "-id"],
                condition=Q(state="ended"),
                name="spaces_space_ended_lately",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("spaces:space-detail", args=[self.public_id])

    @property
    def is_live(self) -> bool:
        return self.state == self.State.LIVE

    @property
    def is_scheduled(self) -> bool:
        return self.state == self.State.SCHEDULED

    @property
    def is_cancelled(self) -> bool:
        return self.state == self.State.CANCELLED

    @property
    def has_started(self) -> bool:
        """Whether there is, or was, a room: before that its page is an announcement."""
        return self.started_at is not None

    @property
    def may_start_at(self) -> datetime | None:
        """From when on the host may open the door of an announced Space."""
        return self.scheduled_for and self.scheduled_for - START_EARLY

    def is_overdue(self, now: datetime) -> bool:
        """Whether its host has not come to what was announced."""
        return bool(
            self.is_scheduled and self.scheduled_for and self.scheduled_for + START_LATE < now
        )


class Participant(models.Model):
    """A signed-in person in a Space. Listeners without an account live in presence only."""

    class Role(models.TextChoices):
        HOST = "host", _("Host")
        SPEAKER = "speaker", _("Speaker")
        LISTENER = "listener", _("Listener")

    class Microphone(models.TextChoices):
        OPEN = "open", _("open")
        MUTED = "muted", _("muted")
        MUTED_BY_CREW = "muted_by_crew", _("muted by the host")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="participants")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="participations"
    )
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.LISTENER)
    microphone = models.CharField(
        max_length=15, choices=Microphone.choices, default=Microphone.MUTED
    )
    # Muted or moved down by the crew: back to the stage only when the crew says so, also where
    # everybody else steps up without asking.
    needs_leave = models.BooleanField(default=False)
    joined_at = models.DateTimeField(auto_now_add=True)
    on_stage_since = models.DateTimeField(null=True, blank=True)
    # Who stepped down is still somebody who was heard: the page of a past Space names them.
    left_stage_at = models.DateTimeField(null=True, blank=True)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["space", "user"], name="spaces_participant_once_per_space"
            ),
            models.UniqueConstraint(
                fields=["space"], condition=Q(role="host"), name="spaces_participant_one_host"
            ),
            models.CheckConstraint(
                name="spaces_participant_listener_is_muted",
                condition=~Q(role="listener") | Q(microphone="muted"),
            ),
            models.CheckConstraint(
                name="spaces_participant_on_stage_since_iff_on_stage",
                condition=Q(role="listener", on_stage_since__isnull=True)
                | (~Q(role="listener") & Q(on_stage_since__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.space}"

    @property
    def is_on_stage(self) -> bool:
        return self.role != self.Role.LISTENER

    @property
    def is_open(self) -> bool:
        return self.microphone == self.Microphone.OPEN


class SpeakRequest(models.Model):
    """Somebody on the way to the stage: asked by themselves, or invited by the crew."""

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="speak_requests"
    )
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    created_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = SpeakRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["participant"],
                condition=Q(state="pending"),
                name="spaces_speakrequest_one_pending",
            ),
            models.CheckConstraint(
                name="spaces_speakrequest_answered_iff_not_pending",
                condition=Q(state="pending", answered_at__isnull=True)
                | (~Q(state="pending") & Q(answered_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant} {self.state}"

    @property
    def is_invitation(self) -> bool:
        return self.invited_by_id is not None
