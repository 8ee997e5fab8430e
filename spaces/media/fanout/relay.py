"""The default engine: aiortc inside the node. Packets are encoded once and sent as they are."""

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar

from ..aiortc_inside import Network, PacketSender, sending_connection
from ..errors import NodeFull, UnknownPeer
from ..opus import FRAME
from ..peer import Peer
from .base import Capabilities, FanOut, ViewerHandler, ViewerState

# 50 packets a second of 20-25 us to each are half a core; the rest is for mixing, joins and ICE.
MAX_VIEWERS = 400


class _Viewer:
    def __init__(self, stream: str, sender: PacketSender) -> None:
        self.stream = stream
        self.sender = sender
        self.peer: Peer


class Relay(FanOut):
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_viewers=MAX_VIEWERS, several_servers=False, ice_restart=False
    )

    def __init__(self, on_viewer: ViewerHandler, network: Network) -> None:
        super().__init__(on_viewer)
        self._network = network
        self._viewers: dict[str, _Viewer] = {}
        self._streams: dict[str, dict[str, _Viewer]] = {}

    async def add_stream(self, stream: str) -> None:
        self._streams.setdefault(
            stream,
            {name: viewer for name, viewer in self._viewers.items() if viewer.stream == stream},
        )

    async def remove_stream(self, stream: str) -> None:
        self._streams.pop(stream, None)

    async def attach(self, viewer: str, stream: str) -> str:
        await self.detach(viewer)
        if len(self._viewers) >= self.capabilities.max_viewers:
            raise NodeFull
        connection, sender = sending_connection(self._network)
        entry = _Viewer(stream, sender)
        entry.peer = Peer(
            connection,
            browser_direction="recvonly",
            on_connected=lambda: self._on_viewer(viewer, ViewerState.CONNECTED),
            on_failed=lambda: self._failed(viewer, entry),
        )
        self._viewers[viewer] = entry
        self._streams.get(stream, {})[viewer] = entry
        try:
            return await entry.peer.offer()
        except BaseException:
            await self.detach(viewer)
            raise

    async def answer(self, viewer: str, sdp: str) -> None:
        await self._known(viewer).peer.answer(sdp)

    async def candidate(self, viewer: str, candidate: Mapping[str, Any] | None) -> None:
        await self._known(viewer).peer.candidate(candidate)

    async def switch(self, viewer: str, stream: str) -> None:
        entry = self._known(viewer)
        self._streams.get(entry.stream, {}).pop(viewer, None)
        entry.stream = stream
        self._streams.get(stream, {})[viewer] = entry

    async def detach(self, viewer: str) -> None:
        entry = self._viewers.pop(viewer, None)
        if entry is None:
            return
        self._streams.get(entry.stream, {}).pop(viewer, None)
        await entry.peer.close()

    def packet(self, stream: str, payload: bytes, tick: int) -> None:
        timestamp = tick * FRAME
        # A copy: who hears that a viewer failed may detach it at once.
        for viewer in tuple(self._streams.get(stream, {}).values()):
            try:
                viewer.sender.packet(payload, timestamp)
            except ConnectionError:
                viewer.peer.fail()

    async def close(self) -> None:
        await asyncio.gather(*(self.detach(viewer) for viewer in list(self._viewers)))

    def _known(self, viewer: str) -> _Viewer:
        entry = self._viewers.get(viewer)
        if entry is None:
            raise UnknownPeer
        return entry

    def _failed(self, viewer: str, entry: _Viewer) -> None:
        if self._viewers.get(viewer) is entry:
            self._on_viewer(viewer, ViewerState.FAILED)
