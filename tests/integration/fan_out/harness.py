"""How the laws of the fan-out reach an engine: a harness for each, all of one shape."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace

import aioice.ice
from aiortc import RTCPeerConnection

from spaces.media.aiortc_inside import Network
from spaces.media.fanout.base import FanOut, ViewerState
from spaces.media.fanout.fake import FakeFanOut
from spaces.media.fanout.relay import Relay
from spaces.media.opus import FRAME
from tests.media_client import answer, until

CONNECTS_WITHIN_S = 10.0


@dataclass(frozen=True)
class Packet:
    """What a viewer received. arrived_s: on the monotonic clock"""

    sequence: int
    timestamp: int
    payload: bytes
    arrived_s: float


def payload(stream: str, tick: int, size_bytes: int = 80) -> bytes:
    """A packet that says what it is. Its first byte is that of 20 ms of Opus."""
    return f"\x08{stream}:{tick}:".encode().ljust(size_bytes, b".")


def source(packet: Packet) -> tuple[str, int]:
    """(stream, tick) of a packet."""
    stream, tick, _ = packet.payload[1:].decode().split(":")
    return stream, int(tick)


class Listener(ABC):
    """A viewer's end of its connection."""

    packets: list[Packet]

    @property
    @abstractmethod
    def is_connected(self) -> bool:
        """It stands, as far as this end knows."""

    @abstractmethod
    async def close(self) -> None:
        """End the connection as a browser does that leaves a page."""

    @abstractmethod
    def vanish(self) -> None:
        """End it as a browser does that loses its network: without a word."""

    @abstractmethod
    def freeze(self) -> None:
        """Read nothing from now on."""

    @abstractmethod
    def thaw(self) -> None: ...

    def heard(self, since: int) -> list[tuple[str, int]]:
        """(stream, tick) of what came, from tick `since` on."""
        return [origin for packet in self.packets if (origin := source(packet))[1] >= since]


class Harness(ABC):
    """One engine, running; what it said of its viewers; and one count of ticks.

    tick_s: how fast ticks follow each other. settle_s: within that a packet given has arrived.
    notices_s: within that the engine knows of a viewer that vanished.
    """

    tick_s: float
    settle_s: float
    notices_s: float

    engine: FanOut

    def __init__(self) -> None:
        self.events: list[tuple[str, ViewerState]] = []
        self.tick = 0
        self._listeners: list[Listener] = []

    async def start(self) -> None:
        self.engine = await self.make(lambda *event: self.events.append(event))

    async def stop(self) -> None:
        await asyncio.gather(*(listener.close() for listener in self._listeners))
        await self.engine.close()

    @abstractmethod
    async def make(self, on_viewer: Callable[[str, ViewerState], None]) -> FanOut: ...

    @abstractmethod
    async def browser(self, viewer: str, offer: str) -> Listener:
        """A browser that has answered the engine's offer."""

    @abstractmethod
    async def restart(self) -> None:
        """End what carries the sound and start it anew. `engine` may be another afterwards."""

    def limit_viewers(self, count: int) -> None:
        self.engine.capabilities = replace(self.engine.capabilities, max_viewers=count)

    async def connect(self, viewer: str, offer: str) -> Listener:
        """A browser that answered, with its connection up at both ends."""
        before = self.told(viewer).count(ViewerState.CONNECTED)
        listener = await self.browser(viewer, offer)
        self._listeners.append(listener)
        await until(
            lambda: (
                listener.is_connected
                and self.told(viewer).count(ViewerState.CONNECTED) == before + 1
            ),
            CONNECTS_WITHIN_S,
        )
        return listener

    async def listener(self, viewer: str, stream: str) -> Listener:
        """A viewer that hears its stream."""
        listener = await self.connect(viewer, await self.engine.attach(viewer, stream))
        await self.play_until_heard(listener, stream)
        return listener

    async def play_until_heard(self, listener: Listener, stream: str) -> None:
        """The browser's end takes packets a moment after the engine's end sends them."""
        async with asyncio.timeout(CONNECTS_WITHIN_S):
            while not listener.packets:
                await self.play(1, stream)

    async def play(self, ticks: int, *streams: str) -> int:
        """Give so many ticks of each stream. Answers the first one's number."""
        first = self.tick
        for _ in range(ticks):
            for stream in streams:
                self.engine.packet(stream, payload(stream, self.tick), self.tick)
            self.tick += 1
            await asyncio.sleep(self.tick_s)
        return first

    async def settle(self) -> None:
        await asyncio.sleep(self.settle_s)

    def told(self, viewer: str) -> list[ViewerState]:
        """What the engine said of a viewer, in order."""
        return [state for name, state in self.events if name == viewer]


# --- The fake ---


class FakeListener(Listener):
    def __init__(self, engine: FakeFanOut, viewer: str) -> None:
        self._engine = engine
        self._viewer = viewer
        self._heard = engine.heard[viewer]

    @property
    def packets(self) -> list[Packet]:
        return [
            Packet(number, tick * FRAME, heard, time.monotonic())
            for number, (tick, heard) in enumerate(self._heard)
        ]

    @property
    def is_connected(self) -> bool:
        is_latest = self._engine.heard[self._viewer] is self._heard
        return is_latest and self._viewer in self._engine.connected

    async def close(self) -> None:
        self.vanish()

    def vanish(self) -> None:
        if self.is_connected:
            self._engine.fail(self._viewer)

    def freeze(self) -> None:
        self._engine.frozen.add(self._viewer)

    def thaw(self) -> None:
        self._engine.frozen.discard(self._viewer)


class FakeHarness(Harness):
    tick_s = settle_s = 0.0
    notices_s = 0.2

    def __init__(self, engine: type[FakeFanOut] = FakeFanOut) -> None:
        super().__init__()
        self._class = engine

    async def make(self, on_viewer: Callable[[str, ViewerState], None]) -> FakeFanOut:
        return self._class(on_viewer)

    async def browser(self, viewer: str, offer: str) -> FakeListener:
        await self.engine.answer(viewer, FakeFanOut.answer_of(viewer))
        return FakeListener(self.engine, viewer)

    async def restart(self) -> None:
        self.engine.restart()


# --- The relay ---


class Browser(Listener):
    """aiortc over loopback, tapped: it keeps packets as they come and decodes nothing."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self._connection: RTCPeerConnection

    async def answer(self, offer: str, network: Network) -> str:
        self._connection, sdp = await answer(offer, on_packet=self._took, network=network)
        return sdp

    @property
    def is_connected(self) -> bool:
        return self._connection.connectionState == "connected"

    async def close(self) -> None:
        await self._connection.close()

    def vanish(self) -> None:
        for transport in self._transports():
            transport.abort()

    def freeze(self) -> None:
        for transport in self._transports():
            transport._loop._remove_reader(transport._sock_fd)

    def thaw(self) -> None:
        for transport in self._transports():
            transport._loop._add_reader(transport._sock_fd, transport._read_ready)

    def _took(self, ssrc: int, sequence: int, timestamp: int, payload: bytes) -> None:
        self.packets.append(Packet(sequence, timestamp, payload, time.monotonic()))

    def _transports(self) -> list[asyncio.DatagramTransport]:
        ice = self._connection.getReceivers()[0].transport.transport._connection
        return [protocol.transport for protocol in ice._protocols]


class RelayHarness(Harness):
    # Twice as fast as sound, to save half the time.
    tick_s = 0.01
    settle_s = 0.1
    notices_s = 15.0

    _NETWORK = Network("127.0.0.1")
    _CONSENT_S = 0.2

    def __init__(self, engine: type[Relay] = Relay) -> None:
        super().__init__()
        self._class = engine

    async def start(self) -> None:
        # Six unanswered checks of half a second each, and not 30 s, until consent has expired.
        self._consent_s, aioice.ice.CONSENT_INTERVAL = aioice.ice.CONSENT_INTERVAL, self._CONSENT_S
        await super().start()

    async def stop(self) -> None:
        try:
            await super().stop()
        finally:
            aioice.ice.CONSENT_INTERVAL = self._consent_s

    async def make(self, on_viewer: Callable[[str, ViewerState], None]) -> Relay:
        return self._class(on_viewer, self._NETWORK)

    async def browser(self, viewer: str, offer: str) -> Browser:
        browser = Browser()
        await self.engine.answer(viewer, await browser.answer(offer, self._NETWORK))
        return browser

    async def restart(self) -> None:
        """It lives in the node, so that the node's end is its own."""
        await self.engine.close()
        await super().start()
