"""Turns: how long each speaker may speak, in a Space that says so. Nobody is cut off."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from config.errors import Conflict

from .. import events, permissions
from ..models import Participant, Space
from ..permissions import Capability, Role
from .changes import lock, publish
from .stage import require_speaker

# A second press on the button within this time is the same press.
JUST_BEGUN = timedelta(seconds=3)


class NoTurns(Conflict):
    code = "no_turns"


def begin(space: Space, participant: Participant, now: datetime) -> None:
    """Their microphone opens: the turn begins, unless it has. Muting does not stop it.

    Locks: the caller, the Space; it publishes, too. Repeat: harmless.
    """
    if participant.role == Role.SPEAKER and participant.turn_ends_at is None and space.turn_s:
        participant.turn_ends_at = _ends_at(space, now)
        participant.save(update_fields=["turn_ends_at"])


@transaction.atomic
def give_turn(*, actor: User, space: Space, participant: Participant) -> Participant:
    """Start a speaker's turn anew: now, or when their microphone opens. Repeat: harmless.

    Raises: NoTurns, Conflict when the person is not a speaker now
    """
    space = lock(space)
    permissions.require(Capability.ARRANGE_QUEUE, space=space, user=actor)
    if not space.turn_s:
        raise NoTurns(_("Everybody here speaks for as long as they like: the timer is off."))
    participant = require_speaker(participant)
    now = timezone.now()
    ends_at = _ends_at(space, now) if participant.is_open else None
    former = participant.turn_ends_at
    if former == ends_at or (former and ends_at and ends_at - former < JUST_BEGUN):
        return participant
    participant.turn_ends_at = ends_at
    participant.save(update_fields=["turn_ends_at"])
    publish(space, events.TurnChanged(person=str(participant.public_id)))
    return participant


def reset_turns(space: Space, now: datetime) -> None:
    """Turns are of another length now, or off: who speaks starts anew, the others when they do.

    Locks: the caller, the Space; it publishes, too.
    """
    speakers = space.participants.filter(role=Role.SPEAKER)
    speakers.update(turn_ends_at=None)
    if space.turn_s:
        speakers.with_open_microphone().update(turn_ends_at=_ends_at(space, now))


def _ends_at(space: Space, now: datetime) -> datetime:
    return now + timedelta(seconds=space.turn_s)
