"""Who holds a Space while its host's connection is lost."""

from datetime import datetime

from .. import events
from ..models import Participant, Space


def hold(space: Space, acting: Participant | None, *, now: datetime) -> events.HostChanged:
    """The host is away from now on, or somebody else acts for them; acting: None while nobody does.

    Locks: the caller, the Space; who also publishes.
    """
    return _changed(space, away_since=now, acting=acting)


def release(space: Space) -> events.HostChanged:
    """The host is back. Locks: the caller, the Space; who also publishes."""
    return _changed(space, away_since=None, acting=None)


def resign(space: Space, participant: Participant, *, now: datetime) -> list[events.HostChanged]:
    """What to publish when somebody co-hosts no longer; the next sweep says who comes next."""
    if participant.pk != space.acting_host_id:
        return []
    return [hold(space, None, now=now)]


def _changed(
    space: Space, *, away_since: datetime | None, acting: Participant | None
) -> events.HostChanged:
    space.host_away_since, space.acting_host = away_since, acting
    space.save(update_fields=["host_away_since", "acting_host"])
    return events.HostChanged(
        is_away=away_since is not None, acting=str(acting.public_id) if acting else ""
    )
