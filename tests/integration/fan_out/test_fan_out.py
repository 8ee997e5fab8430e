"""Each law on each engine; and engines that break one, to show that the laws can fail."""

import asyncio
import time

import pytest

from spaces.media.fanout.base import ViewerState
from spaces.media.fanout.fake import FakeFanOut
from spaces.media.fanout.relay import Relay

from . import laws
from .harness import FakeHarness, RelayHarness

ENGINES = {"fake": FakeHarness, "relay": RelayHarness}


async def keeps(law, harness):
    await harness.start()
    try:
        await law(harness)
    finally:
        await harness.stop()


@pytest.mark.asyncio
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("law", laws.LAWS, ids=lambda law: law.__name__)
async def test_engine_keeps_the_law(law, engine):
    await keeps(law, ENGINES[engine]())


# --- Engines that do not ---


class LosesAPacketAtASwitch(FakeFanOut):
    async def switch(self, viewer, stream):
        await super().switch(viewer, stream)
        self.heard[viewer].pop()


class HearsBothAtASwitch(FakeFanOut):
    async def switch(self, viewer, stream):
        await super().switch(viewer, stream)
        tick, _ = self.heard[viewer][-1]
        self.packet(stream, f"\x08{stream}:{tick}:".encode(), tick)


class WaitsForTheFrozen(FakeFanOut):
    def packet(self, stream, payload, tick):
        super().packet(stream, payload, tick)
        time.sleep(0.001 * len(self.frozen))


class KeepsWhatTheFrozenMissed(FakeFanOut):
    def __init__(self, on_viewer):
        super().__init__(on_viewer)
        self._missed = []

    def packet(self, stream, payload, tick):
        super().packet(stream, payload, tick)
        if self.frozen:
            self._missed.append(payload)


class PlaysThePast(FakeFanOut):
    async def attach(self, viewer, stream):
        offer = await super().attach(viewer, stream)
        self.connected.add(viewer)
        return offer

    async def answer(self, viewer, sdp):
        self.connected.discard(viewer)
        await super().answer(viewer, sdp)


class TellsOfTheDetached(FakeFanOut):
    async def detach(self, viewer):
        if viewer in self.viewers:
            self._on_viewer(viewer, ViewerState.FAILED)
        await super().detach(viewer)


class GoesOnAfterDetach(FakeFanOut):
    async def detach(self, viewer):
        """Forgets to."""


class MixesStreams(FakeFanOut):
    def packet(self, stream, payload, tick):
        for viewer in self.connected:
            self.heard[viewer].append((tick, payload))


class KeepsALossToItself(FakeFanOut):
    def fail(self, viewer):
        self.connected.discard(viewer)


class TakesAnyone(FakeFanOut):
    async def attach(self, viewer, stream):
        self.viewers[viewer] = stream
        self.heard[viewer] = []
        return ""


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("law", "engine"),
    [
        (laws.switch_leaves_no_gap, LosesAPacketAtASwitch),
        (laws.switch_leaves_no_gap, HearsBothAtASwitch),
        (laws.packet_waits_for_nobody, WaitsForTheFrozen),
        (laws.frozen_viewer_fills_no_memory, KeepsWhatTheFrozenMissed),
        (laws.viewer_begins_with_the_present, PlaysThePast),
        (laws.detach_is_silent_and_final, TellsOfTheDetached),
        (laws.detach_is_silent_and_final, GoesOnAfterDetach),
        (laws.streams_do_not_mix, MixesStreams),
        (laws.viewer_that_vanishes_costs_nobody, KeepsALossToItself),
        (laws.viewer_beyond_the_limit_is_refused, TakesAnyone),
    ],
)
async def test_law_finds_the_engine_that_breaks_it(law, engine):
    with pytest.raises((AssertionError, TimeoutError, pytest.fail.Exception)):
        await keeps(law, FakeHarness(engine))


class PausesAtASwitch(Relay):
    async def switch(self, viewer, stream):
        await super().switch(viewer, "nothing")
        await asyncio.sleep(3 * RelayHarness.tick_s)
        await super().switch(viewer, stream)


@pytest.mark.asyncio
async def test_gap_at_a_switch_is_found_on_a_real_connection():
    with pytest.raises(AssertionError):
        await keeps(laws.switch_leaves_no_gap, RelayHarness(PausesAtASwitch))
