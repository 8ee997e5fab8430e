"""The stage: who fits on it, who comes up and who goes down."""

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Follow, User
from config.errors import Conflict, NotAllowed

from .. import events, permissions
from ..models import Invitation, Participant, Space, SpeakRequest
from ..permissions import Capability, Role
from .acting import resign
from .changes import lock, publish
from .invitations import close_door, keep_door
from .rooms import join_space
from .telling import tell_no_request


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


def require_room(space: Space, role: Role = Role.SPEAKER) -> None:
    """A free place for one more in this role. Raises: StageFull"""
    stage = space.participants.on_stage()
    people, speakers = places(space)
    taken = stage.filter(role=Role.SPEAKER).count()
    if stage.count() < people and (role == Role.CO_HOST or taken < speakers):
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
    if is_co_hosting(space, user):
        return True
    if participant is not None and participant.needs_leave:
        return False
    match space.who_may_speak:
        case Space.WhoMaySpeak.EVERYONE:
            return True
        case Space.WhoMaySpeak.FOLLOWED:
            return is_followed_by_host(space, user)
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


def is_followed_by_host(space: Space, user: User) -> bool:
    return Follow.objects.filter(follower=space.host_id, followed=user).exists()


def is_co_hosting(space: Space, user: User) -> bool:
    """Whether this person accepted to co-host, be they here or not."""
    return space.invitations.to_co_host().accepted().filter(user=user).exists()


def bring_up(space: Space, participant: Participant, *news: events.Event) -> Participant:
    """Make a listener a speaker, or the co-host they are, microphone off.

    Locks: the caller, the Space.
    """
    role = Role.CO_HOST if is_co_hosting(space, participant.user) else Role.SPEAKER
    require_room(space, role)
    return put_on_stage(space, participant, role, *news)


def put_on_stage(
    space: Space, participant: Participant, role: Role, *news: events.Event
) -> Participant:
    """Whether there is a place is the caller's question. Locks: the caller, the Space."""
    now = timezone.now()
    mine = SpeakRequest.objects.pending().filter(participant=participant)
    if mine.update(state=SpeakRequest.State.ACCEPTED, answered_at=now):
        tell_no_request(space)
    participant.role, participant.on_stage_since = role, now
    if role == Role.CO_HOST and participant.needs_leave:
        # They come up unasked: being away for a minute must not undo what the crew did.
        participant.microphone = Participant.Microphone.MUTED_BY_CREW
    else:
        participant.needs_leave = False
    # Who was on stage is known, also when they are back in the audience.
    participant.is_unnamed = False
    participant.save(
        update_fields=["role", "on_stage_since", "microphone", "needs_leave", "is_unnamed"]
    )
    publish(space, *news, role_changed(participant), stage_changed=True)
    return participant


@transaction.atomic
def move_to_audience(*, actor: User, space: Space, participant: Participant) -> Participant:
    """A co-host, whom only the host moves, co-hosts no longer."""
    space = lock(space)
    crew = permissions.require(Capability.MOVE_DOWN, space=space, user=actor)
    participant = require_leave(require_handled(participant, by=crew))
    end_co_hosting(space, participant)
    return bring_down(space, participant)


@transaction.atomic
def step_down(*, actor: User, space: Space) -> Participant:
    """A co-host who does co-hosts no longer."""
    space = lock(space)
    participant = permissions.require(Capability.STEP_DOWN, space=space, user=actor)
    end_co_hosting(space, participant)
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


def require_handled(participant: Participant, *, by: Participant) -> Participant:
    """Somebody on stage whom this one of the crew may handle. Raises: NotAllowed, Conflict"""
    participant = current(participant)
    require_below(participant, by=by)
    if not participant.is_on_stage:
        raise Conflict(_("%(name)s is not on stage now.") % {"name": participant.user.display_name})
    return participant


def require_below(participant: Participant, *, by: Participant) -> None:
    """The host is nobody's to handle, a co-host the host's alone. Raises: NotAllowed"""
    if participant.role == Role.HOST:
        raise NotAllowed(_("Nobody can do that with the host of a Space."), code="is_host")
    if participant.role == Role.CO_HOST and by.role != Role.HOST:
        raise NotAllowed(_("Only the host can do that with a co-host."), code="is_co_host")


def require_admitted(participant: Participant) -> Participant:
    """Somebody who was not removed. Raises: Conflict"""
    if participant.removed_at is not None:
        raise Conflict(
            _("%(name)s was removed from this Space. Let them back in first.")
            % {"name": participant.user.display_name}
        )
    return participant


def require_leave(participant: Participant) -> Participant:
    """Stepping down and up again must not undo what the crew did."""
    participant.needs_leave = True
    participant.save(update_fields=["needs_leave"])
    return participant


def end_co_hosting(space: Space, participant: Participant) -> None:
    """Nobody seats this person as a co-host any more. Locks: the caller, the Space."""
    accepted = space.invitations.to_co_host().accepted().filter(user=participant.user_id)
    if accepted.update(state=Invitation.State.WITHDRAWN, answered_at=timezone.now()):
        keep_door(space, participant.user, by=space.host)


def bring_down(space: Space, participant: Participant) -> Participant:
    """Locks: the caller, the Space."""
    news = leave_stage(space, participant)
    publish(space, *news, role_changed(participant), stage_changed=True)
    if not space.is_for_anybody:
        # The stage may have been all that kept the door open to them.
        close_door(space, participant.user)
    return participant


def leave_stage(space: Space, participant: Participant) -> Sequence[events.Event]:
    """All that a listener has none of goes. What else is new, the caller publishes."""
    participant.role, participant.on_stage_since = Role.LISTENER, None
    participant.microphone = Participant.Microphone.MUTED
    participant.hand_raised_at = participant.turn_ends_at = None
    participant.left_stage_at = now = timezone.now()
    participant.save(
        update_fields=[
            *("role", "on_stage_since", "left_stage_at"),
            *("microphone", "hand_raised_at", "turn_ends_at"),
        ]
    )
    return resign(space, participant, now=now)


def role_changed(participant: Participant) -> events.RoleChanged:
    return events.RoleChanged(person=str(participant.public_id), role=participant.role)
