"""What every fan-out engine keeps: `spaces.media.fanout.base.FanOut`, law by law.

A law takes a started harness and raises AssertionError or TimeoutError when it is broken. Ticks
before a law's own are left out of account: they were played until the viewers heard.
"""

import asyncio
import contextlib
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from itertools import groupby, pairwise

import pytest

from spaces.media.errors import MediaError, NodeFull, UnknownPeer
from spaces.media.fanout.base import ViewerState
from spaces.media.opus import FRAME
from tests.sample import sampled

from .harness import Harness, Listener, Packet, payload, until

Law = Callable[[Harness], Awaitable[None]]

LAWS: list[Law] = []

MANY_VIEWERS = sampled(100, part=5)
RESTARTS_WITHIN_S = 20.0
CONNECTED, FAILED = ViewerState.CONNECTED, ViewerState.FAILED


def law(function: Law) -> Law:
    LAWS.append(function)
    return function


def ticks(stream: str, first: int, last: int) -> list[tuple[str, int]]:
    """Every tick of a stream, up to and without `last`."""
    return [(stream, tick) for tick in range(first, last)]


def steps(numbers: list[int], bits: int) -> set[int]:
    return {(later - one) % 2**bits for one, later in pairwise(numbers)}


def assert_continuous(packets: list[Packet], *, off_by: int = 0) -> None:
    """off_by: samples"""
    assert steps([packet.sequence for packet in packets], 16) == {1}
    timestamps = steps([packet.timestamp for packet in packets], 32)
    assert max(abs(step - FRAME) for step in timestamps) <= off_by


async def hears_all(harness: Harness, listener: Listener, stream: str) -> None:
    first = await harness.play(20, stream)
    await harness.settle()
    assert listener.heard(first) == ticks(stream, first, harness.tick)


# --- Streams ---


@law
async def capabilities_are_data(harness: Harness) -> None:
    can = harness.engine.capabilities

    assert type(can.max_viewers) is int
    assert can.max_viewers > 0
    assert {type(can.several_servers), type(can.ice_restart), type(can.exact_switch)} == {bool}


@law
async def stream_may_be_added_and_removed_again(harness: Harness) -> None:
    await harness.engine.add_stream("a")
    await harness.engine.add_stream("a")
    listener = await harness.listener("lena", "a")
    await harness.engine.add_stream("a")

    await hears_all(harness, listener, "a")

    await harness.engine.remove_stream("a")
    await harness.engine.remove_stream("a")
    harness.engine.packet("a", payload("a", harness.tick), harness.tick)


@law
async def what_is_given_is_heard(harness: Harness) -> None:
    await harness.engine.add_stream("a")
    listener = await harness.listener("lena", "a")

    first = await harness.play(100, "a")
    await harness.settle()

    packets = listener.packets[-100:]
    assert [packet.payload for packet in packets] == [
        payload("a", tick) for tick in range(first, harness.tick)
    ]
    assert_continuous(packets)


@law
async def streams_do_not_mix(harness: Harness) -> None:
    await harness.engine.add_stream("a")
    await harness.engine.add_stream("b")
    lena, otto = await harness.listener("lena", "a"), await harness.listener("otto", "b")

    first = await harness.play(20, "a", "b")
    await harness.settle()

    assert lena.heard(first) == ticks("a", first, harness.tick)
    assert otto.heard(first) == ticks("b", first, harness.tick)


@law
async def viewer_may_come_before_its_stream(harness: Harness) -> None:
    listener = await harness.connect("lena", await harness.engine.attach("lena", "a"))
    await harness.play(5, "a")
    await harness.settle()
    assert listener.packets == []

    await harness.engine.add_stream("a")

    await hears_all(harness, listener, "a")


@law
async def viewer_begins_with_the_present(harness: Harness) -> None:
    await harness.engine.add_stream("a")
    offer = await harness.engine.attach("lena", "a")
    await harness.play(20, "a")

    listener = await harness.connect("lena", offer)
    present = await harness.play(20, "a")
    await harness.settle()

    assert listener.packets
    assert listener.heard(0) == listener.heard(present)


@law
async def removed_stream_is_silent_until_its_viewers_are_switched(harness: Harness) -> None:
    await harness.engine.add_stream("a")
    await harness.engine.add_stream("b")
    listener = await harness.listener("lena", "a")

    await harness.engine.remove_stream("a")
    silent = await harness.play(5, "a", "b")
    await harness.settle()
    assert listener.heard(silent) == []
    await harness.engine.switch("lena", "b")

    await hears_all(harness, listener, "b")
    assert harness.told("lena") == [CONNECTED]


# --- Viewers ---


@law
async def connected_is_told_once(harness: Harness) -> None:
    await harness.engine.add_stream("a")
    offer = await harness.engine.attach("lena", "a")
    assert harness.events == []

    await harness.connect("lena", offer)
    await harness.play(20, "a")

    assert harness.events == [("lena", CONNECTED)]


@law
async def switch_leaves_no_gap(harness: Harness) -> None:
    await harness.engine.add_stream("a")
    await harness.engine.add_stream("b")
    listener = await harness.listener("lena", "a")

    first = await harness.play(15, "a", "b")
    for stream in "babab":
        await asyncio.gather(harness.play(15, "a", "b"), harness.engine.switch("lena", stream))
    await harness.settle()

    heard = listener.heard(first)
    assert [tick for _, tick in heard] == list(range(first, harness.tick))
    assert [stream for stream, _ in groupby(heard, key=lambda one: one[0])] == list("ababab")
    is_exact = harness.engine.capabilities.exact_switch
    assert_continuous(listener.packets[-90:], off_by=0 if is_exact else FRAME // 2)
    assert harness.told("lena") == [CONNECTED]


@law
async def unknown_viewer_is_refused(harness: Harness) -> None:
    await harness.engine.add_stream("a")

    for call in (
        harness.engine.answer("nobody", "v=0"),
        harness.engine.candidate("nobody", None),
        harness.engine.switch("nobody", "a"),
    ):
        with pytest.raises(UnknownPeer):
            await call
    await harness.engine.detach("nobody")


@law
async def malformed_signalling_is_refused_and_the_viewer_stays_usable(harness: Harness) -> None:
    await harness.engine.add_stream("a")
    offer = await harness.engine.attach("lena", "a")

    for bad in ("", "v=0", "x" * 40_000, offer):
        with pytest.raises(MediaError):
            await harness.engine.answer("lena", bad)
    for bad in ({"candidate": "garbage"}, {"candidate": 5}):
        with pytest.raises(MediaError):
            await harness.engine.candidate("lena", bad)
    listener = await harness.connect("lena", offer)
    await harness.engine.candidate("lena", None)

    await harness.play_until_heard(listener, "a")


@law
async def late_answer_disturbs_no_call(harness: Harness) -> None:
    await harness.engine.add_stream("a")
    offer = await harness.engine.attach("lena", "a")
    listener = await harness.connect("lena", offer)
    await harness.play_until_heard(listener, "a")

    for late in (offer, "v=0"):
        with contextlib.suppress(MediaError):
            await harness.engine.answer("lena", late)

    await hears_all(harness, listener, "a")
    assert harness.told("lena") == [CONNECTED]


@law
async def attaching_again_starts_anew(harness: Harness) -> None:
    await harness.engine.add_stream("a")
    former = await harness.listener("lena", "a")

    latter = await harness.listener("lena", "a")
    first = await harness.play(20, "a")
    await harness.settle()

    assert former.heard(first) == []
    assert latter.heard(first) == ticks("a", first, harness.tick)
    assert harness.told("lena") == [CONNECTED, CONNECTED]


@law
async def detach_is_silent_and_final(harness: Harness) -> None:
    await harness.engine.add_stream("a")
    lena, otto = await harness.listener("lena", "a"), await harness.listener("otto", "a")

    await harness.engine.detach("lena")
    first = await harness.play(20, "a")
    await harness.engine.detach("lena")
    await harness.settle()

    assert lena.heard(first) == []
    assert otto.heard(first) == ticks("a", first, harness.tick)
    await until(lambda: not lena.is_connected)
    assert harness.told("lena") == [CONNECTED]
    with pytest.raises(UnknownPeer):
        await harness.engine.switch("lena", "a")


@law
async def viewer_that_leaves_is_told_to_have_failed(harness: Harness) -> None:
    await harness.engine.add_stream("a")
    lena, otto = await harness.listener("lena", "a"), await harness.listener("otto", "a")

    await lena.close()
    await until(lambda: FAILED in harness.told("lena"), harness.notices_s)

    await hears_all(harness, otto, "a")
    await harness.engine.detach("lena")
    assert harness.told("lena") == [CONNECTED, FAILED]
    assert harness.told("otto") == [CONNECTED]


# --- Trouble ---


@law
async def viewer_that_vanishes_costs_nobody(harness: Harness) -> None:
    await harness.engine.add_stream("a")
    lena, otto = await harness.listener("lena", "a"), await harness.listener("otto", "a")

    lena.vanish()
    await hears_all(harness, otto, "a")
    await until(lambda: FAILED in harness.told("lena"), harness.notices_s)
    await hears_all(harness, otto, "a")

    async with asyncio.timeout(5):
        await harness.engine.detach("lena")
    assert harness.told("lena") == [CONNECTED, FAILED]
    assert harness.told("otto") == [CONNECTED]


@law
async def frozen_viewer_costs_nobody(harness: Harness) -> None:
    await harness.engine.add_stream("a")
    lena, otto = await harness.listener("lena", "a"), await harness.listener("otto", "a")

    lena.freeze()
    first = await harness.play(50, "a")
    await harness.settle()
    assert otto.heard(first) == ticks("a", first, harness.tick)
    assert lena.heard(first) == []
    lena.thaw()

    await harness.settle()
    await hears_all(harness, lena, "a")


@law
async def packet_waits_for_nobody(harness: Harness) -> None:
    await harness.engine.add_stream("a")
    lena = await harness.listener("lena", "a")
    await harness.listener("otto", "a")

    async def fastest_s() -> float:
        rounds = []
        for _ in range(5):
            began = time.perf_counter()
            for tick in range(harness.tick, harness.tick + 50):
                harness.engine.packet("a", payload("a", tick), tick)
            rounds.append(time.perf_counter() - began)
            harness.tick += 50
            await harness.settle()
        return min(rounds)

    before = await fastest_s()
    lena.freeze()

    assert await fastest_s() < 3 * before


@law
async def frozen_viewer_fills_no_memory(harness: Harness) -> None:
    count, size_bytes = 4000, 1000
    await harness.engine.add_stream("a")
    lena = await harness.listener("lena", "a")
    lena.freeze()

    tracemalloc.start()
    try:
        for tick in range(harness.tick, harness.tick + count):
            harness.engine.packet("a", payload("a", tick, size_bytes), tick)
            await asyncio.sleep(0)
        await harness.settle()
        held_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert held_bytes < count * size_bytes / 8


@law
async def many_viewers_hear_all(harness: Harness) -> None:
    await harness.engine.add_stream("a")
    listeners = [await harness.listener(f"lena-{n}", "a") for n in range(MANY_VIEWERS)]

    first = await harness.play(50, "a")
    await harness.settle()

    wanted = ticks("a", first, harness.tick)
    assert [n for n, one in enumerate(listeners) if one.heard(first) != wanted] == []


@law
async def viewer_beyond_the_limit_is_refused(harness: Harness) -> None:
    harness.limit_viewers(2)
    await harness.engine.add_stream("a")
    lena = await harness.listener("lena", "a")
    await harness.listener("otto", "a")

    with pytest.raises(NodeFull) as refusal:
        await harness.engine.attach("sami", "a")

    assert refusal.value.retryable
    await hears_all(harness, lena, "a")
    await harness.engine.detach("otto")
    await hears_all(harness, await harness.listener("sami", "a"), "a")


@law
async def restart_tells_who_was_lost_and_serves_on(harness: Harness) -> None:
    await harness.engine.add_stream("a")
    lena, before = await harness.listener("lena", "a"), harness.engine

    await harness.restart()
    if harness.engine is before:
        await until(lambda: FAILED in harness.told("lena"), RESTARTS_WITHIN_S)
        await harness.engine.detach("lena")
    await until(lambda: not lena.is_connected, RESTARTS_WITHIN_S)

    async with asyncio.timeout(RESTARTS_WITHIN_S):
        await harness.engine.add_stream("a")
        otto = await harness.listener("otto", "a")
    await hears_all(harness, otto, "a")


@law
async def close_detaches_everybody(harness: Harness) -> None:
    await harness.engine.add_stream("a")
    listeners = [await harness.listener(name, "a") for name in ("lena", "otto")]

    await harness.engine.close()
    first = await harness.play(5, "a")
    await harness.engine.close()
    await until(lambda: not any(listener.is_connected for listener in listeners))
    await harness.settle()

    assert [listener.heard(first) for listener in listeners] == [[], []]
    assert harness.events == [("lena", CONNECTED), ("otto", CONNECTED)]
    with pytest.raises(UnknownPeer):
        await harness.engine.candidate("lena", None)
