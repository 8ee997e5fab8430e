"""The stage: who fits on it, who comes up and who goes down."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Follow, User
from config.errors import Conflict, NotAllowed

from .. import events, permissions
from ..models import Participant, Space, SpeakRequest
from ..permissions import Capability, Role
from .changes import lock, publish
from .rooms import join_space


class StageFull(Conflict):
    code = "stage_full"


def places(space: Space) -> tuple[int, int]:
    """How many people fit on stage in all, and how many of them as speakers.

    But on the small one, the co-hosts' places are kept free for them.
    """
    crew = 1 + settings.CO_HOSTS
    match space.stage_size:
        case Space.StageSize.SMALL:
            return settings.STAGE_SMALL, settings.STAGE_SMALL - 1
        case Space.StageSize.LARGE:
            return settings.STAGE_LARGE, max(settings.STAGE_LARGE - crew, 1)
    return crew + settings.STAGE_SPEAKERS, settings.STAGE_SPEAKERS


def require_room(space: Space) -> None:
    """A free place for one speaker more. Raises: StageFull"""
    stage = space.participants.on_stage()
    people, speakers = places(space)
    taken = stage.filter(role=Role.SPEAKER).count()
    if taken < speakers and stage.count() < people:
        return
    raise StageFull(
        ngettext(
            "The stage is full, with %(count)s speaker. Somebody has to step down first.",
            "The stage is full, with %(count)s speakers. Somebody has to step down first.",
            taken,
        )
        % {"count": taken}
    )


def may_step_up(*, space: Space, user: User, participant: Participant | None = None) -> bool:
    """Whether this listener needs nobody's leave (Space.WhoMaySpeak)."""
    if participant is not None and participant.needs_leave:
        return False
    match space.who_may_speak:
        case Space.WhoMaySpeak.EVERYONE:
            return True
        case Space.WhoMaySpeak.FOLLOWED:
            return Follow.objects.filter(follower=space.host_id, followed=user).exists()
    return False


@transaction.atomic
def step_up(*, actor: User, space: Space) -> Participant:
    """Come to the stage without asking, where the Space allows it."""
    space = lock(space)
    join_space(actor=actor, space=space)
    participant = permissions.require(Capability.ASK_TO_SPEAK, space=space, user=actor)
    if not may_step_up(space=space, user=actor, participant=participant):
        raise NotAllowed(
            _("In this Space people come to the stage when %(host)s says yes. Ask to speak.")
            % {"host": space.host.display_name},
            code="must_ask",
        )
    return bring_up(space, participant)


def bring_up(space: Space, participant: Participant, *news: events.Event) -> Participant:
    """Make a listener a speaker, microphone off. The Space's row is locked by the caller."""
    require_room(space)
    now = timezone.now()
    SpeakRequest.objects.pending().filter(participant=participant).update(
        state=SpeakRequest.State.ACCEPTED, answered_at=now
    )
    participant.role, participant.on_stage_since = Role.SPEAKER, now
    participant.needs_leave = False
    participant.save(update_fields=["role", "on_stage_since", "needs_leave"])
    publish(space, *news, role_changed(participant), stage_changed=True)
    return participant


@transaction.atomic
def move_to_audience(*, actor: User, space: Space, participant: Participant) -> Participant:
    space = lock(space)
    permissions.require(Capability.MOVE_DOWN, space=space, user=actor)
    return bring_down(space, require_leave(require_speaker(participant)))


@transaction.atomic
def step_down(*, actor: User, space: Space) -> Participant:
    space = lock(space)
    participant = permissions.require(Capability.STEP_DOWN, space=space, user=actor)
    return bring_down(space, participant)


def current(participant: Participant) -> Participant:
    """The row as it is now, read under the Space's lock."""
    return Participant.objects.select_related("user").get(pk=participant.pk)


def require_speaker(participant: Participant) -> Participant:
    participant = current(participant)
    if participant.role != Role.SPEAKER:
        raise Conflict(
            _("%(name)s is not a speaker now.") % {"name": participant.user.display_name}
        )
    return participant


def require_leave(participant: Participant) -> Participant:
    """Stepping down and up again must not undo what the crew did."""
    participant.needs_leave = True
    participant.save(update_fields=["needs_leave"])
    return participant


def bring_down(space: Space, participant: Participant) -> Participant:
    participant.role, participant.on_stage_since = Role.LISTENER, None
    participant.microphone = Participant.Microphone.MUTED
    participant.left_stage_at = timezone.now()
    participant.save(update_fields=["role", "on_stage_since", "microphone", "left_stage_at"])
    publish(space, role_changed(participant), stage_changed=True)
    return participant


def role_changed(participant: Participant) -> events.RoleChanged:
    return events.RoleChanged(
        person=str(participant.public_id), user_id=participant.user_id, role=participant.role
    )
