import asyncio

import pytest

from spaces.media.registry import HEARTBEAT_LIFETIME_MS, PREFIX, Registry
from tests.integration.media.hosting import (
    load,
)


@pytest.mark.asyncio
async def test_space_is_placed_on_the_least_loaded_node(redis):
    registry = Registry(redis)
    await registry.beat("busy", load(busy=0.8))
    await registry.beat("idle", load(busy=0.1))

    assert await registry.place("s") == "idle"
    await registry.beat("idle", load(busy=0.9))
    assert await registry.place("s") == "idle"
    assert await registry.nodes_of(["s", "other"]) == {"s": "idle", "other": None}


@pytest.mark.asyncio
async def test_overloaded_node_gets_no_new_space_and_keeps_its_own(redis):
    registry = Registry(redis)
    await registry.beat("one", load())
    await registry.place("old")

    await registry.beat("one", load(is_overloaded=True))

    assert await registry.place("old") == "one"
    assert await registry.place("new") is None
    assert await registry.is_full()
    await registry.beat("two", load(busy=0.9))
    assert await registry.place("new") == "two"
    assert not await registry.is_full()


@pytest.mark.asyncio
async def test_no_node_at_all_is_not_full(redis):
    assert not await Registry(redis).is_full()


@pytest.mark.asyncio
async def test_only_its_own_node_gives_a_space_up(redis):
    registry = Registry(redis)
    await registry.beat("one", load())
    await registry.place("s")

    await registry.give_up("s", "two")
    kept = await registry.node_of("s")
    await registry.give_up("s", "one")

    assert kept == "one"
    assert await registry.node_of("s") is None


@pytest.mark.asyncio
async def test_everybody_who_asks_at_once_gets_the_same_node(redis):
    registry = Registry(redis)
    for node in ("one", "two", "three"):
        await registry.beat(node, load())

    answers = await asyncio.gather(*(registry.place("s") for _ in range(30)))

    assert len(set(answers)) == 1


@pytest.mark.asyncio
async def test_space_moves_when_its_node_is_dead(redis):
    registry = Registry(redis)
    await registry.beat("one", load())
    await registry.place("s")
    await registry.beat("two", load(busy=0.9))

    await redis.delete(f"{PREFIX}node:one")

    assert await registry.node_of("s") is None
    assert await registry.place("s") == "two"
    assert await registry.keep("one", ["s"]) == {"s"}


@pytest.mark.asyncio
async def test_no_node_is_no_place(redis):
    registry = Registry(redis)
    await registry.beat("one", load())
    assert await redis.pttl(f"{PREFIX}node:one") <= HEARTBEAT_LIFETIME_MS

    await registry.withdraw("one")

    assert await registry.place("s") is None


@pytest.mark.asyncio
async def test_node_claims_its_spaces_again_when_redis_forgot_them(redis):
    registry = Registry(redis)
    await registry.beat("one", load())
    await registry.place("s")
    await redis.flushdb()

    await registry.beat("one", load())
    lost = await registry.keep("one", ["s"])

    assert lost == set()
    assert await registry.node_of("s") == "one"
