"""Who takes part in a Space, who asks to speak, who is invited."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..querysets import InvitationQuerySet, ParticipantQuerySet, SpeakRequestQuerySet

QUESTION_LENGTH = 140


class Participant(models.Model):
    """A signed-in person in a Space. Listeners without an account live in presence only."""

    class Role(models.TextChoices):
        HOST = "host", _("Host")
        CO_HOST = "co_host", _("Co-host")
        SPEAKER = "speaker", _("Speaker")
        LISTENER = "listener", _("Listener")

    class Microphone(models.TextChoices):
        OPEN = "open", _("open")
        MUTED = "muted", _("muted")
        MUTED_BY_CREW = "muted_by_crew", _("muted by the host")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    space = models.ForeignKey("spaces.Space", on_delete=models.CASCADE, related_name="participants")
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
    # Stays until the microphone opens.
    hand_raised_at = models.DateTimeField(null=True, blank=True)
    # While the Space gives turns (Space.turn_s): when this speaker's is over.
    turn_ends_at = models.DateTimeField(null=True, blank=True)
    # How long this person was heard, by the media node's own ears.
    talk_ms = models.PositiveIntegerField(default=0)
    # Counted, and named to nobody.
    is_unnamed = models.BooleanField(default=False)
    # Barred from this Space.
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
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
                name="spaces_participant_hand_and_turn_on_stage",
                condition=~Q(role="listener")
                | Q(hand_raised_at__isnull=True, turn_ends_at__isnull=True),
            ),
            models.CheckConstraint(
                name="spaces_participant_removed_is_listener",
                condition=Q(removed_at__isnull=True) | Q(role="listener"),
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
    question = models.CharField(max_length=QUESTION_LENGTH, blank=True)
    # The line goes by it alone; the crew moves people by changing it.
    rank = models.PositiveIntegerField(default=0)
    # Never on stage in a Space before, when they asked.
    is_first_time = models.BooleanField(default=False)
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


class Invitation(models.Model):
    """Somebody called in by their handle: into a private Space, or to host it together.

    An accepted co-host's standing is here; their role is in their Participant once they are there.
    """

    class Kind(models.TextChoices):
        LISTENER = "listener", _("to come in")
        CO_HOST = "co_host", _("to co-host")

    class State(models.TextChoices):
        PENDING = "pending", _("not answered")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("taken back")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    space = models.ForeignKey("spaces.Space", on_delete=models.CASCADE, related_name="invitations")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="space_invitations"
    )
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    created_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["space", "user", "kind"],
                condition=Q(state__in=["pending", "accepted"]),
                name="spaces_invitation_one_standing",
            ),
            models.CheckConstraint(
                name="spaces_invitation_answered_iff_not_pending",
                condition=Q(state="pending", answered_at__isnull=True)
                | (~Q(state="pending") & Q(answered_at__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["user", "state"], name="spaces_invitation_of_user")]

    def __str__(self) -> str:
        return f"{self.user} {self.kind} {self.space}"

    @property
    def is_standing(self) -> bool:
        """Not turned down and not taken back."""
        return self.state in {self.State.PENDING, self.State.ACCEPTED}

    @property
    def is_declined(self) -> bool:
        return self.state == self.State.DECLINED
