"""Who is missing on stage, on the way there or as a co-host, and for how long."""

import time
from typing import cast

import redis

from ..models import Space
from . import on_air, presence


def look(client: redis.Redis, space: Space, *, now: float | None = None) -> dict[str, float]:
    """Note who is missing since when. Returns participant public id → for how many seconds.

    Missing is who has neither a page nor a microphone connected: a page that lost its socket keeps
    its sound.

    The first look that misses somebody starts their time: after Redis or every web process was
    away nobody is thrown out before the pages had time to come back.
    """
    now = time.time() if now is None else now
    awaited = list(space.participants.awaited())
    present = presence.present_users(client, space.public_id, [p.user_id for p in awaited])
    heard = on_air.people(client, space.public_id)
    key = f"rostrum:absent:{space.public_id}"
    noted = cast(dict[bytes, bytes], client.hgetall(key))
    since = {field.decode(): float(value) for field, value in noted.items()}
    missing = {
        person: since.get(person, now)
        for person, user in ((str(p.public_id), p.user_id) for p in awaited)
        if user not in present and person not in heard
    }
    # Together, or a second sweep at the same moment would read that nobody was missed before.
    pipeline = client.pipeline(transaction=True)
    pipeline.delete(key)
    if missing:
        pipeline.hset(key, mapping=missing)
        pipeline.expire(key, 24 * 3600)
    pipeline.execute()
    return {person: now - missed_at for person, missed_at in missing.items()}
