"""Hands raised on stage: somebody there would like to speak next."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from config.errors import Conflict

from .. import events, permissions
from ..models import Participant, Space
from ..permissions import Capability
from .changes import lock, publish
from .stage import require_handled


@transaction.atomic
def raise_hand(*, actor: User, space: Space) -> Participant:
    """Stays until the microphone opens. Repeat: harmless."""
    space = lock(space)
    participant = permissions.require(Capability.RAISE_HAND, space=space, user=actor)
    if participant.is_open:
        raise Conflict(_("Your microphone is open: everybody hears you already."))
    if participant.hand_raised_at is None:
        participant.hand_raised_at = timezone.now()
        participant.save(update_fields=["hand_raised_at"])
        publish(space, _hand_changed(participant))
    return participant


@transaction.atomic
def lower_hand(*, actor: User, space: Space, participant: Participant | None = None) -> Participant:
    """Take one's own hand down; the crew another's. Repeat: harmless."""
    space = lock(space)
    if participant is None:
        participant = permissions.require(Capability.RAISE_HAND, space=space, user=actor)
    else:
        crew = permissions.require(Capability.MUTE_OTHERS, space=space, user=actor)
        participant = require_handled(participant, by=crew)
    if news := put_down(participant):
        publish(space, *news)
    return participant


def put_down(participant: Participant) -> list[events.Event]:
    """Take the hand down if it is up; the caller publishes. Locks: the caller, the Space."""
    if participant.hand_raised_at is None:
        return []
    participant.hand_raised_at = None
    participant.save(update_fields=["hand_raised_at"])
    return [_hand_changed(participant)]


def _hand_changed(participant: Participant) -> events.HandChanged:
    return events.HandChanged(
        person=str(participant.public_id), is_raised=participant.hand_raised_at is not None
    )
