"""Microphones: open, muted, muted by the crew."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from config.errors import Conflict, NotAllowed

from .. import events, permissions
from ..models import Participant, Space
from ..permissions import Capability, Role
from . import hands, turns
from .changes import lock, publish
from .stage import require_handled, require_leave


class MicrophonesFull(Conflict):
    code = "microphones_full"


@transaction.atomic
def open_microphone(*, actor: User, space: Space) -> Participant:
    """Unmute oneself, which takes the raised hand down. Repeat: harmless.

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
    if participant.is_open:
        return participant
    _require_microphone(space)
    turns.begin(space, participant, timezone.now())
    return _set_microphone(
        space, participant, Participant.Microphone.OPEN, *hands.put_down(participant)
    )


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
    crew = permissions.require(Capability.MUTE_OTHERS, space=space, user=actor)
    participant = require_leave(require_handled(participant, by=crew))
    return _set_microphone(space, participant, Participant.Microphone.MUTED_BY_CREW)


@transaction.atomic
def mute_all(*, actor: User, space: Space) -> Space:
    """Mute every speaker, who may open the microphone again; not the crew. Repeat: harmless."""
    space = lock(space)
    permissions.require(Capability.MUTE_OTHERS, space=space, user=actor)
    speaking = space.participants.with_open_microphone().filter(role=Role.SPEAKER)
    if speaking.update(microphone=Participant.Microphone.MUTED):
        publish(space, events.EveryoneMuted(), stage_changed=True)
    return space


@transaction.atomic
def allow_microphone(*, actor: User, space: Space, participant: Participant) -> Participant:
    """Lift the crew's mute; the person opens the microphone themselves. Repeat: harmless."""
    space = lock(space)
    crew = permissions.require(Capability.MUTE_OTHERS, space=space, user=actor)
    participant = require_handled(participant, by=crew)
    if participant.microphone != Participant.Microphone.MUTED_BY_CREW:
        return participant
    participant.needs_leave = False
    participant.save(update_fields=["needs_leave"])
    return _set_microphone(space, participant, Participant.Microphone.MUTED)


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


def _set_microphone(
    space: Space,
    participant: Participant,
    microphone: Participant.Microphone,
    *news: events.Event,
) -> Participant:
    if participant.microphone == microphone:
        return participant
    participant.microphone = microphone
    participant.save(update_fields=["microphone"])
    publish(
        space,
        events.MicrophoneChanged(person=str(participant.public_id), microphone=microphone),
        *news,
        stage_changed=True,
    )
    return participant
