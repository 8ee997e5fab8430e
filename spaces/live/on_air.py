"""Whose microphone is connected, as the media nodes say: who can be heard is not away."""

import time
import uuid
from collections.abc import Collection
from typing import Any, cast

import redis

# A node tells it each second; a missed one or two do not matter.
LIFETIME_S = 5


def _key(space: str | uuid.UUID) -> str:
    return f"rostrum:on-air:{space}"


def note(pipeline: Any, space: str, people: Collection[str], *, now: float) -> None:
    """Queue a node's report on a pipeline. people: participant public ids."""
    if people:
        pipeline.zadd(_key(space), dict.fromkeys(people, now + LIFETIME_S))
        pipeline.expire(_key(space), LIFETIME_S * 2)


def people(client: redis.Redis, space: str | uuid.UUID) -> set[str]:
    """Participant public ids."""
    found = cast(list[bytes], client.zrangebyscore(_key(space), time.time(), "+inf"))
    return {person.decode() for person in found}
