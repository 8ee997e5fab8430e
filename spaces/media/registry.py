"""Which media nodes live, and which of them hosts a Space: in Redis, gone by itself when untold."""

import json
import random
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any, cast

from django.conf import settings
from redis.asyncio import Redis

from .node import NodeLoad

PREFIX = "rostrum:media:"
HEARTBEAT_EVERY_S = 0.5
HEARTBEAT_LIFETIME_MS = 1500
# A node renews the placement of what it hosts each second; this outlives a Space nobody is in.
PLACEMENT_LIFETIME_S = 3600

_NODES = f"{PREFIX}nodes"
# One step for a reader who wants a home and for a node that keeps one: a placement on a living
# node stands, anything else becomes the candidate's. Two who ask at once get the same answer.
_PLACE = """
local placed = redis.call('GET', KEYS[1])
if placed and redis.call('EXISTS', ARGV[1] .. placed) == 1 then
    redis.call('EXPIRE', KEYS[1], ARGV[3])
    return placed
end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return ARGV[2]
"""

# Only the node that the Space is placed on may give it up.
_GIVE_UP = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
"""


def _node_key(node: str) -> str:
    return f"{PREFIX}node:{node}"


def _space_key(space: str) -> str:
    return f"{PREFIX}space:{space}"


class Registry:
    """Needs a Redis client with `decode_responses`. Every method raises redis' own errors."""

    def __init__(self, redis: Redis) -> None:
        # Its stubs answer for both kinds of client at once.
        self._redis: Any = redis
        self._place = redis.register_script(_PLACE)
        self._give_up = redis.register_script(_GIVE_UP)

    # --- What nodes tell ---

    async def beat(self, node: str, load: NodeLoad) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.set(_node_key(node), json.dumps(asdict(load)), px=HEARTBEAT_LIFETIME_MS)
            pipe.sadd(_NODES, node)
            await pipe.execute()

    async def withdraw(self, node: str) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.delete(_node_key(node))
            pipe.srem(_NODES, node)
            await pipe.execute()

    async def keep(self, node: str, spaces: Collection[str]) -> set[str]:
        """Renew a node's placements, also after Redis forgot them; answers which it has lost."""
        return {space for space in spaces if await self._settled(space, node) != node}

    async def give_up(self, space: str, node: str) -> None:
        """The node will not host it. Repeat: harmless."""
        await self._give_up(keys=[_space_key(space)], args=[node])

    # --- What everybody asks ---

    async def place(self, space: str) -> str | None:
        """The Space's node; the least loaded one when it has none that lives.

        None: no node has room for it, or none lives
        """
        placed = await self.node_of(space)
        if placed is not None:
            return placed
        loads = {
            node: load for node, load in (await self.living()).items() if not load.is_overloaded
        }
        if not loads:
            return None
        least = min((round(load.busy, 1), load.spaces) for load in loads.values())
        # Reports are half a second old: by lot among equals, or a burst would fill one node.
        chosen = random.choice(  # noqa: S311 - not a secret
            [node for node, load in loads.items() if (round(load.busy, 1), load.spaces) == least]
        )
        return await self._settled(space, chosen)

    async def node_of(self, space: str) -> str | None:
        return (await self.nodes_of([space]))[space]

    async def nodes_of(self, spaces: Collection[str]) -> dict[str, str | None]:
        """Each Space's living node: two round trips for any number of Spaces."""
        if not spaces:
            return {}
        spaces = list(spaces)
        placed = await self._values([_space_key(space) for space in spaces])
        nodes = sorted({node for node in placed if node is not None})
        beats = await self._values([_node_key(node) for node in nodes])
        living = {node for node, beat in zip(nodes, beats, strict=True) if beat is not None}
        return {
            space: node if node in living else None
            for space, node in zip(spaces, placed, strict=True)
        }

    async def is_full(self) -> bool:
        """Whether nodes live, and none of them takes another Space."""
        loads = (await self.living()).values()
        return bool(loads) and all(load.is_overloaded for load in loads)

    async def living(self) -> dict[str, NodeLoad]:
        nodes = sorted(cast("set[str]", await self._redis.smembers(_NODES)))
        beats = await self._values([_node_key(node) for node in nodes])
        dead = [node for node, beat in zip(nodes, beats, strict=True) if beat is None]
        if dead:
            await self._redis.srem(_NODES, *dead)
        return {
            node: NodeLoad(**json.loads(beat))
            for node, beat in zip(nodes, beats, strict=True)
            if beat is not None
        }

    async def forget(self, space: str) -> None:
        await self._redis.delete(_space_key(space))

    async def _values(self, keys: list[str]) -> list[str | None]:
        return cast("list[str | None]", await self._redis.mget(keys)) if keys else []

    async def _settled(self, space: str, candidate: str) -> str:
        return await self._place(
            keys=[_space_key(space)],
            args=[_node_key(""), candidate, PLACEMENT_LIFETIME_S],
        )


@asynccontextmanager
async def opened() -> AsyncIterator[Registry]:
    """A connection for one errand. Whoever asks each second keeps a Registry of their own."""
    redis = Redis.from_url(settings.REDIS_URL, decode_responses=True)
    try:
        yield Registry(redis)
    finally:
        await redis.aclose()
