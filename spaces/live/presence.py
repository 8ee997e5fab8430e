"""Who is in a Space right now: heartbeats in Redis that expire by themselves.

Two sorted sets a Space, scored by the moment each entry expires: everybody (`u<user>` or
`a<anonymous>`), and the signed-in people alone, for faces and the crew's list.
"""

import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import redis

LIFETIME_S = 12
# The crew's list and the faces show so many of them; the count is exact.
LISTED = 200
# How many questions `ask()` puts on a pipeline.
ANSWERS = 4


def key_everyone(space: str | uuid.UUID) -> str:
    return f"rostrum:presence:{space}"


def key_people(space: str | uuid.UUID) -> str:
    return f"rostrum:presence:{space}:people"


def signed_in(user_id: int) -> str:
    return f"u{user_id}"


def anonymous(token: str) -> str:
    return f"a{token}"


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Who listens: those present who are not on stage. user_ids: the signed-in, at most LISTED."""

    count: int = 0
    user_ids: tuple[int, ...] = ()


def add(pipeline: Any, space: str, people: Iterable[str], *, now: float) -> None:
    """Queue heartbeats on a pipeline, sync or async."""
    expires = now + LIFETIME_S
    everyone = dict.fromkeys(people, expires)
    if not everyone:
        return
    pipeline.zadd(key_everyone(space), everyone)
    if users := {person: expires for person in everyone if person.startswith("u")}:
        pipeline.zadd(key_people(space), users)
    for key in (key_everyone(space), key_people(space)):
        pipeline.expire(key, LIFETIME_S * 2)


def remove(pipeline: Any, space: str, people: Iterable[str]) -> None:
    if gone := list(people):
        pipeline.zrem(key_everyone(space), *gone)
        pipeline.zrem(key_people(space), *gone)


def ask_count(pipeline: Any, space: str | uuid.UUID, stage: Sequence[int], *, now: float) -> None:
    """Queue the questions whose two answers `count_listeners()` reads. stage: user ids."""
    pipeline.zcount(key_everyone(space), now, "+inf")
    # ZMSCORE refuses an empty list; nobody has the member "-".
    pipeline.zmscore(key_people(space), [signed_in(user) for user in stage] or ["-"])


def count_listeners(count: int, stage_scores: list[float | None], *, now: float) -> int:
    """The people present who are not on stage."""
    return max(count - sum(score is not None and score > now for score in stage_scores), 0)


def ask(
    pipeline: Any,
    space: str | uuid.UUID,
    stage: Sequence[int],
    *,
    listed: Sequence[int] = (),
    now: float,
) -> None:
    """Queue the questions whose ANSWERS `audience()` reads. stage, listed: user ids."""
    ask_count(pipeline, space, stage, now=now)
    pipeline.zmscore(key_people(space), [signed_in(user) for user in listed] or ["-"])
    pipeline.zrangebyscore(key_people(space), now, "+inf", start=0, num=LISTED)


def audience(
    count: int,
    stage_scores: list[float | None],
    listed_scores: list[float | None],
    people: list[bytes],
    *,
    stage: Sequence[int],
    listed: Sequence[int] = (),
    now: float,
) -> Audience:
    """What `ask()` was answered. stage, listed: the user ids it was asked with.

    Whoever was listed and is still there stays listed. Of a room with more than LISTED the first to
    expire are others at every heartbeat, and faces must not change while nobody comes or goes.
    """
    stays = {
        user
        # Nobody is asked about as well, where nobody was listed.
        for user, score in zip(listed, listed_scores, strict=False)
        if score is not None and score > now
    } - set(stage)
    others = [user for person in people if (user := int(person[1:])) not in stays | set(stage)]
    return Audience(
        count=count_listeners(count, stage_scores, now=now),
        user_ids=tuple(sorted([*stays, *others[: max(LISTED - len(stays), 0)]])),
    )


def read(client: redis.Redis, space: str | uuid.UUID, stage: Sequence[int]) -> Audience:
    now = time.time()
    pipeline = client.pipeline(transaction=False)
    ask(pipeline, space, stage, now=now)
    return audience(*pipeline.execute(), stage=stage, now=now)


def present_users(client: redis.Redis, space: str | uuid.UUID, user_ids: Sequence[int]) -> set[int]:
    """Which of these people have the Space open."""
    if not user_ids:
        return set()
    now = time.time()
    scores = client.zmscore(key_people(space), [signed_in(user) for user in user_ids])
    pairs = zip(user_ids, cast(list[float | None], scores), strict=True)
    return {user for user, score in pairs if score is not None and score > now}


def counts(client: redis.Redis, stages: Mapping[uuid.UUID, Sequence[int]]) -> list[int]:
    """How many listen to each Space. stages: the user ids on each one's stage."""
    now = time.time()
    pipeline = client.pipeline(transaction=False)
    for space, stage in stages.items():
        ask_count(pipeline, space, stage, now=now)
    return read_counts(pipeline.execute(), now=now)


def read_counts(answers: list[Any], *, now: float) -> list[int]:
    """What several `ask_count` were answered, in their order."""
    pairs = zip(answers[::2], answers[1::2], strict=True)
    return [count_listeners(count, scores, now=now) for count, scores in pairs]
