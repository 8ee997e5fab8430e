"""Microphones: open, muted, muted by the crew."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from config.errors import Conflict, NotAllowed

from .. import events, permissions
from ..models import Participant, Space
from ..permissions import Capability
from .changes import lock, publish
from .stage import require_leave, require_speaker


class MicrophonesFull(Conflict):
    code = "microphones_full"


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
    participant = require_leave(require_speaker(participant))
    return _set_microphone(space, participant, Participant.Microphone.MUTED_BY_CREW)


@transaction.atomic
def allow_microphone(*, actor: User, space: Space, participant: Participant) -> Participant:
    """Lift the crew's mute; the person opens the microphone themselves. Repeat: harmless."""
    space = lock(space)
    permissions.require(Capability.MUTE_OTHERS, space=space, user=actor)
    participant = require_speaker(participant)
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
