"""Who is lost goes down, somebody acts for a lost host, and a Space that nobody holds ends."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts.models import User

from .. import events
from ..models import Participant, Space, SpeakRequest
from ..permissions import Role
from .acting import hold, release
from .changes import NotLive, SpaceOver, lock, publish
from .queue import request_changed
from .rooms import end
from .stage import bring_down, put_on_stage
from .telling import tell_no_request


@transaction.atomic
def sweep_absent(*, space: Space, missing: Mapping[str, float], now: datetime) -> None:
    """See to a Space whose people do not come back. Repeat: harmless.

    missing: participant public id → for how many seconds, as `absence.look` found.
    """
    was_away = space.host_away_since is not None
    if not missing and not was_away:
        return
    try:
        space = lock(space)
    except (SpaceOver, NotLive):
        return
    stage = list(space.participants.on_stage())
    # A host who came back since the look is in it as missing still.
    if not was_away or space.host_away_since is not None:
        _see_to_host(space, stage, missing, now=now)
    if not space.is_live:
        return
    for participant in stage:
        away_s = missing.get(str(participant.public_id), 0)
        if participant.role != Role.HOST and away_s > settings.SPEAKER_GRACE_S:
            bring_down(space, participant)
    _clear_line(space, missing, now=now)


def _clear_line(space: Space, missing: Mapping[str, float], *, now: datetime) -> None:
    """Who is gone neither asks nor is asked: a yes to them would fill a place with nobody."""
    gone = []
    for request in SpeakRequest.objects.in_space(space).pending().with_people():
        if missing.get(str(request.participant.public_id), 0) > settings.SPEAKER_GRACE_S:
            request.state, request.answered_at = SpeakRequest.State.WITHDRAWN, now
            request.save(update_fields=["state", "answered_at"])
            gone.append(request)
    if gone:
        tell_no_request(space)
        publish(space, *map(request_changed, gone))


def _see_to_host(
    space: Space, stage: Sequence[Participant], missing: Mapping[str, float], *, now: datetime
) -> None:
    away_since = space.host_away_since
    host = next(participant for participant in stage if participant.role == Role.HOST)
    if str(host.public_id) not in missing:
        if away_since is not None:
            publish(space, release(space))
        return
    # Redis may have forgotten since when, and the pages are coming back just now.
    is_lost = missing[str(host.public_id)] > settings.HOST_MISSED_S
    acting = _next_to_act(space, stage, missing)
    if acting is None and (is_lost or away_since is not None):
        acting = _call_up(space, stage, missing)
    if away_since is None:
        if is_lost:
            publish(space, hold(space, acting, now=now))
    elif (acting and acting.pk) != space.acting_host_id:
        publish(space, hold(space, acting, now=now))
    elif (
        acting is None and is_lost and now - away_since >= timedelta(seconds=settings.HOST_GRACE_S)
    ):
        end(space, reason=Space.EndReason.HOST_LOST, now=now)


def _next_to_act(
    space: Space, stage: Sequence[Participant], missing: Mapping[str, float]
) -> Participant | None:
    """Who acts goes on until they are lost themselves; else whoever is there and came up first."""
    co_hosts = [participant for participant in stage if participant.role == Role.CO_HOST]
    for participant in co_hosts:
        away_s = missing.get(str(participant.public_id), 0)
        if participant.pk == space.acting_host_id and away_s <= settings.HOST_MISSED_S:
            return participant
    there = (participant for participant in co_hosts if str(participant.public_id) not in missing)
    return next(there, None)


def _call_up(
    space: Space, stage: Sequence[Participant], missing: Mapping[str, float]
) -> Participant | None:
    """A co-host who waits in the audience for a place comes up, and be it one too many: better
    than a Space that ends in front of somebody who could hold it."""
    for seated in stage:
        away_s = missing.get(str(seated.public_id), 0)
        if seated.role == Role.CO_HOST and away_s <= settings.HOST_MISSED_S:
            # Missed for a moment: the next look finds them.
            return None
    waiting = space.participants.listening().co_hosting()
    there = (participant for participant in waiting if str(participant.public_id) not in missing)
    participant = next(there, None)
    return participant and put_on_stage(space, participant, Role.CO_HOST)


@transaction.atomic
def host_came_back(*, actor: User, space: Space) -> None:
    """A page of the Space opened: if it is the lost host's, everybody sees it. Repeat: harmless."""
    if actor.pk != space.host_id or space.host_away_since is None:
        return
    space = lock(space)
    if space.host_away_since is not None:
        publish(space, release(space))


@transaction.atomic
def limit_length(*, space: Space, now: datetime) -> None:
    """Say that the longest time is nearly over; once it is, end the Space. Repeat: harmless."""
    try:
        space = lock(space)
    except (SpaceOver, NotLive):
        return
    left_s = (space.ends_by - now).total_seconds() if space.ends_by else float("inf")
    if left_s <= 0:
        end(space, reason=Space.EndReason.MAX_LENGTH, now=now)
    elif left_s <= settings.END_WARNING_S and space.end_announced_at is None:
        space.end_announced_at = now
        space.save(update_fields=["end_announced_at"])
        publish(space, events.EndAnnounced())
