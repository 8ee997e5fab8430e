"""The default engine: aiortc inside the node. Packets are encoded once and sent as they are."""

import asyncio
from collections import deque
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar

import av
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from ..aiortc_inside import Network, sending_connection
from ..errors import NodeFull, UnknownPeer
from ..opus import FRAME, RATE_HZ
from ..peer import Peer
from .base import Capabilities, FanOut, ViewerHandler, ViewerState

# 0.23-0.26 % of a core per listener: one process is full here.
MAX_VIEWERS = 400
# A viewer that cannot keep up loses the oldest 20 ms, and nobody else notices.
QUEUED_PACKETS = 5

_TIME_BASE = Fraction(1, RATE_HZ)


class PacketTrack(MediaStreamTrack):
    """Finished packets. aiortc sends an `av.Packet` as it is, without an encoder of its own."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._queue: deque[av.Packet[Any]] = deque(maxlen=QUEUED_PACKETS)
        self._filled = asyncio.Event()
        self._is_read = False

    def put(self, packet: "av.Packet[Any]") -> None:
        self._queue.append(packet)
        self._filled.set()

    async def recv(self) -> "av.Packet[Any]":
        if not self._is_read:
            # What gathered while the connection was made is the past.
            self._is_read = True
            self._queue.clear()
        while not self._queue:
            if self.readyState != "live":
                raise MediaStreamError
            self._filled.clear()
            await self._filled.wait()
        return self._queue.popleft()


class _Viewer:
    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.track = PacketTrack()
        self.peer: Peer | None = None


class Relay(FanOut):
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_viewers=MAX_VIEWERS, several_servers=False, ice_restart=False
    )

    def __init__(self, on_viewer: ViewerHandler, network: Network) -> None:
        super().__init__(on_viewer)
        self._network = network
        self._viewers: dict[str, _Viewer] = {}
        self._tracks: dict[str, dict[str, PacketTrack]] = {}

    async def add_stream(self, stream: str) -> None:
        self._tracks.setdefault(
            stream,
            {
                name: viewer.track
                for name, viewer in self._viewers.items()
                if viewer.stream == stream
            },
        )

    async def remove_stream(self, stream: str) -> None:
        self._tracks.pop(stream, None)

    async def attach(self, viewer: str, stream: str) -> str:
        if len(self._viewers) >= self.capabilities.max_viewers:
            raise NodeFull
        await self.detach(viewer)
        entry = _Viewer(stream)
        peer = Peer(
            sending_connection(self._network, entry.track),
            browser_direction="recvonly",
            on_connected=lambda: self._on_viewer(viewer, ViewerState.CONNECTED),
            on_failed=lambda: self._failed(viewer, entry),
        )
        entry.peer = peer
        self._viewers[viewer] = entry
        self._tracks.get(stream, {})[viewer] = entry.track
        try:
            return await peer.offer()
        except BaseException:
            await self.detach(viewer)
            raise

    async def answer(self, viewer: str, sdp: str) -> None:
        await self._peer(viewer).answer(sdp)

    async def candidate(self, viewer: str, candidate: Mapping[str, Any] | None) -> None:
        await self._peer(viewer).candidate(candidate)

    async def switch(self, viewer: str, stream: str) -> None:
        entry = self._viewers.get(viewer)
        if entry is None:
            raise UnknownPeer
        self._tracks.get(entry.stream, {}).pop(viewer, None)
        entry.stream = stream
        self._tracks.get(stream, {})[viewer] = entry.track

    async def detach(self, viewer: str) -> None:
        entry = self._viewers.pop(viewer, None)
        if entry is None:
            return
        self._tracks.get(entry.stream, {}).pop(viewer, None)
        entry.track.stop()
        if entry.peer is not None:
            await entry.peer.close()

    def packet(self, stream: str, payload: bytes, tick: int) -> None:
        tracks = self._tracks.get(stream)
        if not tracks:
            return
        packet = av.Packet(payload)
        packet.pts = tick * FRAME
        packet.time_base = _TIME_BASE
        for track in tracks.values():
            track.put(packet)

    async def close(self) -> None:
        await asyncio.gather(*(self.detach(viewer) for viewer in list(self._viewers)))

    def _peer(self, viewer: str) -> Peer:
        entry = self._viewers.get(viewer)
        if entry is None or entry.peer is None:
            raise UnknownPeer
        return entry.peer

    def _failed(self, viewer: str, entry: _Viewer) -> None:
        if self._viewers.get(viewer) is entry:
            self._on_viewer(viewer, ViewerState.FAILED)
