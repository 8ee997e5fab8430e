"""Listeners who are counted, and named to nobody."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from config.errors import Conflict, NotAllowed

from .. import events
from ..models import Participant, Space
from .changes import lock, publish
from .rooms import join_space
from .stage import current


@transaction.atomic
def listen_unnamed(*, actor: User, space: Space) -> Participant:
    """Be counted without a name from now on. Repeat: harmless. Raises: NotAllowed, Conflict"""
    space = lock(space)
    participant = current(join_space(actor=actor, space=space))
    if participant.is_on_stage:
        raise NotAllowed(_("Whoever is on stage is named."), code="not_allowed_unnamed")
    if not space.allows_unnamed:
        raise Conflict(_("Listeners are named in this Space. Its host has set it so."))
    return _set_unnamed(space, participant, is_unnamed=True)


@transaction.atomic
def listen_named(*, actor: User, space: Space) -> Participant:
    """Repeat: harmless."""
    space = lock(space)
    participant = current(join_space(actor=actor, space=space))
    return _set_unnamed(space, participant, is_unnamed=False)


def _set_unnamed(space: Space, participant: Participant, *, is_unnamed: bool) -> Participant:
    if participant.is_unnamed != is_unnamed:
        participant.is_unnamed = is_unnamed
        participant.save(update_fields=["is_unnamed"])
        publish(space, events.NamingChanged())
    return participant
