"""The way to the stage, microphones, and who is brought down from it."""

from datetime import datetime

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
from .changes import NotLive, SpaceOver, lock, publish
from .rooms import end, join_space


class StageFull(Conflict):
    code = "stage_full"


class MicrophonesFull(Conflict):
    code = "microphones_full"


# --- The way to the stage ---


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
def ask_to_speak(*, actor: User, space: Space) -> SpeakRequest:
    """Stand in line. Repeat: harmless, the place in line stays."""
    space = lock(space)
    join_space(actor=actor, space=space)
    participant = permissions.require(Capability.ASK_TO_SPEAK, space=space, user=actor)
    pending = SpeakRequest.objects.pending().filter(participant=participant).first()
    if pending is not None:
        return pending
    request = SpeakRequest.objects.create(participant=participant)
    publish(space, _request_changed(request))
    return request


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
    return _bring_up(space, participant)


@transaction.atomic
def withdraw_request(*, actor: User, space: Space, request: SpeakRequest) -> SpeakRequest:
    """Leave the line, or turn down an invitation; the crew takes an invitation back."""
    space = lock(space)
    if request.participant.user_id != actor.pk:
        if not request.is_invitation:
            raise NotAllowed(_("This is somebody else's request."))
        permissions.require(Capability.INVITE, space=space, user=actor)
    return _answer(space, request, SpeakRequest.State.WITHDRAWN)


@transaction.atomic
def invite_to_stage(*, actor: User, space: Space, participant: Participant) -> SpeakRequest:
    """Call a listener up; they come when they accept. Who has asked already comes at once."""
    space = lock(space)
    permissions.require(Capability.INVITE, space=space, user=actor)
    participant = _current(participant)
    if participant.is_on_stage:
        raise Conflict(_("%(name)s is on stage already.") % {"name": participant.user.display_name})
    pending = SpeakRequest.objects.pending().filter(participant=participant).first()
    if pending is None:
        pending = SpeakRequest.objects.create(participant=participant, invited_by=actor)
        publish(space, _request_changed(pending))
    elif not pending.is_invitation:
        return _answer(space, pending, SpeakRequest.State.ACCEPTED)
    return pending


@transaction.atomic
def accept_request(*, actor: User, space: Space, request: SpeakRequest) -> Participant:
    """The crew says yes to who asked; who was invited says yes themselves."""
    space = lock(space)
    _require_answerer(actor=actor, space=space, request=request)
    _answer(space, request, SpeakRequest.State.ACCEPTED)
    return _current(request.participant)


@transaction.atomic
def decline_request(*, actor: User, space: Space, request: SpeakRequest) -> SpeakRequest:
    space = lock(space)
    _require_answerer(actor=actor, space=space, request=request)
    return _answer(space, request, SpeakRequest.State.DECLINED)


def _require_answerer(*, actor: User, space: Space, request: SpeakRequest) -> None:
    if not request.is_invitation:
        permissions.require(Capability.ANSWER_REQUESTS, space=space, user=actor)
    elif request.participant.user_id != actor.pk:
        raise NotAllowed(_("This invitation is for somebody else."))


def _answer(space: Space, request: SpeakRequest, state: SpeakRequest.State) -> SpeakRequest:
    request = SpeakRequest.objects.select_related("participant__user").get(pk=request.pk)
    if request.state != SpeakRequest.State.PENDING:
        raise Conflict(_("This request has been answered already."))
    if state == SpeakRequest.State.ACCEPTED:
        # First: a full stage must leave the request standing in line.
        _require_room(space)
    request.state, request.answered_at = state, timezone.now()
    request.save(update_fields=["state", "answered_at"])
    if state == SpeakRequest.State.ACCEPTED:
        _bring_up(space, request.participant, _request_changed(request))
    else:
        publish(space, _request_changed(request))
    return request


def _require_room(space: Space) -> None:
    speakers = Participant.objects.filter(space=space, role=Role.SPEAKER).count()
    if speakers >= settings.STAGE_SPEAKERS:
        raise StageFull(
            ngettext(
                "The stage is full, with %(count)s speaker. Somebody has to step down first.",
                "The stage is full, with %(count)s speakers. Somebody has to step down first.",
                settings.STAGE_SPEAKERS,
            )
            % {"count": settings.STAGE_SPEAKERS}
        )


def _bring_up(space: Space, participant: Participant, *news: events.Event) -> Participant:
    """Make a listener a speaker, microphone off. The Space's row is locked by the caller."""
    _require_room(space)
    now = timezone.now()
    SpeakRequest.objects.pending().filter(participant=participant).update(
        state=SpeakRequest.State.ACCEPTED, answered_at=now
    )
    participant.role, participant.on_stage_since = Role.SPEAKER, now
    participant.needs_leave = False
    participant.save(update_fields=["role", "on_stage_since", "needs_leave"])
    publish(space, *news, _role_changed(participant), stage_changed=True)
    return participant


# --- On stage ---


@transaction.atomic
def open_microphone(*, actor: User, space: Space) -> Participant:
    """Unmute oneself. Repeat: harmless.

    Raises: NotAllowed when the crew has muted the person, MicrophonesFull
    """
    space = lock(space)
    participant = permissions.require(Capability.SPEAK, space=space, user=actor)
    if participant.microphone == Participant.Microphone.MUTED_BY_CREW:
        raise NotAllowed(
            _("Muted by %(host)s. You can open it again when %(host)s allows.")
            % {"host": space.host.display_name},
            code="muted_by_crew",
        )
    if not participant.is_open:
        _require_microphone(space)
    return _set_microphone(space, participant, Participant.Microphone.OPEN)


@transaction.atomic
def mute_microphone(*, actor: User, space: Space) -> Participant:
    """Mute oneself. Repeat: harmless; a mute by the crew stays theirs."""
    space = lock(space)
    participant = permissions.require(Capability.SPEAK, space=space, user=actor)
    if not participant.is_open:
        return participant
    return _set_microphone(space, participant, Participant.Microphone.MUTED)


@transaction.atomic
def mute_participant(*, actor: User, space: Space, participant: Participant) -> Participant:
    """Mute somebody until the crew allows the microphone again. Repeat: harmless."""
    space = lock(space)
    permissions.require(Capability.MUTE_OTHERS, space=space, user=actor)
    participant = _require_leave(_require_speaker(participant))
    return _set_microphone(space, participant, Participant.Microphone.MUTED_BY_CREW)


@transaction.atomic
def allow_microphone(*, actor: User, space: Space, participant: Participant) -> Participant:
    """Lift the crew's mute; the person opens the microphone themselves. Repeat: harmless."""
    space = lock(space)
    permissions.require(Capability.MUTE_OTHERS, space=space, user=actor)
    participant = _require_speaker(participant)
    if participant.microphone != Participant.Microphone.MUTED_BY_CREW:
        return participant
    participant.needs_leave = False
    participant.save(update_fields=["needs_leave"])
    return _set_microphone(space, participant, Participant.Microphone.MUTED)


@transaction.atomic
def move_to_audience(*, actor: User, space: Space, participant: Participant) -> Participant:
    space = lock(space)
    permissions.require(Capability.MOVE_DOWN, space=space, user=actor)
    return _bring_down(space, _require_leave(_require_speaker(participant)))


@transaction.atomic
def step_down(*, actor: User, space: Space) -> Participant:
    space = lock(space)
    participant = permissions.require(Capability.STEP_DOWN, space=space, user=actor)
    return _bring_down(space, participant)


def _require_microphone(space: Space) -> None:
    if space.participants.with_open_microphone().count() < settings.MAX_OPEN_MICS:
        return
    raise MicrophonesFull(
        ngettext(
            "%(count)s microphone is open, and no more can be. Wait until somebody mutes.",
            "%(count)s microphones are open, and no more can be. Wait until somebody mutes.",
            settings.MAX_OPEN_MICS,
        )
        % {"count": settings.MAX_OPEN_MICS}
    )


def _current(participant: Participant) -> Participant:
    """The row as it is now, read under the Space's lock."""
    return Participant.objects.select_related("user").get(pk=participant.pk)


def _require_speaker(participant: Participant) -> Participant:
    participant = _current(participant)
    if participant.role != Role.SPEAKER:
        raise Conflict(
            _("%(name)s is not a speaker now.") % {"name": participant.user.display_name}
        )
    return participant


def _require_leave(participant: Participant) -> Participant:
    """Stepping down and up again must not undo what the crew did."""
    participant.needs_leave = True
    participant.save(update_fields=["needs_leave"])
    return participant


def _set_microphone(
    space: Space, participant: Participant, microphone: Participant.Microphone
) -> Participant:
    if participant.microphone == microphone:
        return participant
    participant.microphone = microphone
    participant.save(update_fields=["microphone"])
    publish(
        space,
        events.MicrophoneChanged(person=str(participant.public_id), microphone=microphone),
        stage_changed=True,
    )
    return participant


def _bring_down(space: Space, participant: Participant) -> Participant:
    participant.role, participant.on_stage_since = Role.LISTENER, None
    participant.microphone = Participant.Microphone.MUTED
    participant.left_stage_at = timezone.now()
    participant.save(update_fields=["role", "on_stage_since", "microphone", "left_stage_at"])
    publish(space, _role_changed(participant), stage_changed=True)
    return participant


# --- People who vanished ---


@transaction.atomic
def sweep_absent(*, space: Space, absent: frozenset[str], host_gone: bool, now: datetime) -> None:
    """Bring down speakers, and end the Space of a host, who did not come back. Repeat: harmless.

    absent: participant public ids that presence has missed for longer than SPEAKER_GRACE_S.
    """
    try:
        space = lock(space)
    except (SpaceOver, NotLive):
        return
    if host_gone:
        end(space, now=now)
        return
    speakers = Participant.objects.filter(space=space, role=Role.SPEAKER, public_id__in=absent)
    for participant in speakers.order_by("pk"):
        _bring_down(space, participant)


def _role_changed(participant: Participant) -> events.RoleChanged:
    return events.RoleChanged(
        person=str(participant.public_id), user_id=participant.user_id, role=participant.role
    )


def _request_changed(request: SpeakRequest) -> events.RequestChanged:
    return events.RequestChanged(
        person=str(request.participant.public_id),
        state=request.state,
        is_invitation=request.is_invitation,
    )
