"""Who ever came to listen to a live Space, and from where: in Redis until it is counted.

A sorted set a Space, scored by when each person was first there, which never changes; and a hash of
what led them there. The rows that they are counted into name nobody (actions/attendance.py).
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import redis

from . import presence

# After the last time that a page told of somebody, which it does every few seconds.
LIFETIME_S = 3600
# After a Redis that lost everything, so soon all pages have told of their people again.
SETTLED_AFTER_S = 10.0


def key_people(space: str | uuid.UUID) -> str:
    return f"rostrum:attendance:{space}"


def key_sources(space: str | uuid.UUID) -> str:
    return f"rostrum:attendance:{space}:from"


def add(pipeline: Any, space: str, listeners: Iterable[str], *, now: float) -> None:
    """Queue on a pipeline who is there. Repeat: harmless, the first time counts."""
    came = dict.fromkeys(listeners, now)
    if came:
        pipeline.zadd(key_people(space), came, nx=True)
        pipeline.expire(key_people(space), LIFETIME_S)


def add_sources(pipeline: Any, space: str, sources: Mapping[str, str]) -> None:
    """Person → what led them there, for their first time."""
    for person, kind in sources.items():
        pipeline.hsetnx(key_sources(space), person, kind)
    if sources:
        pipeline.expire(key_sources(space), LIFETIME_S)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """listeners: there now; total: ever, since `since`, none when nobody is known.

    came_at: of those who came lately. sources: kind → how many.
    """

    listeners: int
    total: int = 0
    since: datetime | None = None
    came_at: tuple[datetime, ...] = ()
    sources: Mapping[str, int]


def look(
    client: redis.Redis,
    space: uuid.UUID,
    stage: Sequence[int],
    *,
    lately: datetime,
    now: datetime,
) -> Seen:
    """stage: the user ids on it. lately: from when on who came is to be told one by one."""
    pipeline = client.pipeline(transaction=False)
    presence.ask_count(pipeline, space, stage, now=now.timestamp())
    pipeline.zcard(key_people(space))
    pipeline.zrange(key_people(space), 0, 0, withscores=True)
    pipeline.zrangebyscore(key_people(space), lately.timestamp(), "+inf", withscores=True)
    pipeline.hvals(key_sources(space))
    count, scores, total, first, came, kinds = pipeline.execute()
    return Seen(
        # Of those who waited for the start, some have not loaded the room yet.
        listeners=min(presence.count_listeners(count, scores, now=now.timestamp()), total),
        total=total,
        since=_moment(first[0][1]) if first else None,
        came_at=tuple(_moment(score) for _person, score in came),
        sources=Counter(kind.decode() for kind in kinds),
    )


def _moment(score: float) -> datetime:
    return datetime.fromtimestamp(score, tz=UTC)
