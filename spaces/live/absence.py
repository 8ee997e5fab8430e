"""Who on stage has been away for longer than their grace."""

import time
from dataclasses import dataclass
from typing import cast

import redis
from django.conf import settings

from ..models import Participant, Space
from . import on_air, presence


@dataclass(frozen=True, kw_only=True)
class Gone:
    """speakers: participant public ids."""

    host: bool
    speakers: frozenset[str]


def look(client: redis.Redis, space: Space, *, now: float | None = None) -> Gone:
    """Note who is missing since when, and name those missing too long.

    Missing is who has neither a page nor a microphone connected: a page that lost its socket keeps
    its sound.

    The first look that misses somebody starts their grace: after Redis or every web process was
    away nobody is thrown out before the pages had time to come back.
    """
    now = time.time() if now is None else now
    stage = list(space.participants.on_stage())
    present = presence.present_users(client, space.public_id, [p.user_id for p in stage])
    heard = on_air.people(client, space.public_id)
    key = f"rostrum:absent:{space.public_id}"
    noted = cast(dict[bytes, bytes], client.hgetall(key))
    since = {field.decode(): float(value) for field, value in noted.items()}
    missing = {
        str(p.public_id): p
        for p in stage
        if p.user_id not in present and str(p.public_id) not in heard
    }
    pipeline = client.pipeline(transaction=False)
    pipeline.delete(key)
    if missing:
        pipeline.hset(key, mapping={person: since.get(person, now) for person in missing})
        pipeline.expire(key, 24 * 3600)
    pipeline.execute()
    host, speakers = False, set()
    for person, participant in missing.items():
        away_s = now - since.get(person, now)
        if participant.role == Participant.Role.HOST:
            host = away_s > settings.HOST_GRACE_S
        elif away_s > settings.SPEAKER_GRACE_S:
            speakers.add(person)
    return Gone(host=host, speakers=frozenset(speakers))
