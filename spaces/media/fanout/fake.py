"""An engine without a network: it keeps what it was told, for tests to read."""

from collections.abc import Mapping
from typing import Any, ClassVar

from .. import sdp as descriptions
from ..errors import MediaError, NodeFull, UnknownPeer
from .base import Capabilities, FanOut, ViewerHandler, ViewerState


class FakeFanOut(FanOut):
    """Every viewer hears at once what is given; one that is in `frozen` misses it."""

    capabilities: ClassVar[Capabilities] = Capabilities(
        max_viewers=1000, several_servers=True, ice_restart=True
    )

    def __init__(self, on_viewer: ViewerHandler) -> None:
        super().__init__(on_viewer)
        self.calls: list[tuple[str, ...]] = []
        self.streams: set[str] = set()
        self.viewers: dict[str, str] = {}
        self.connected: set[str] = set()
        self.frozen: set[str] = set()
        # (tick, payload) by viewer: what was heard on its latest connection.
        self.heard: dict[str, list[tuple[int, bytes]]] = {}

    async def add_stream(self, stream: str) -> None:
        self.calls.append(("add_stream", stream))
        self.streams.add(stream)

    async def remove_stream(self, stream: str) -> None:
        self.calls.append(("remove_stream", stream))
        self.streams.discard(stream)

    async def attach(self, viewer: str, stream: str) -> str:
        if len(self.viewers) >= self.capabilities.max_viewers:
            raise NodeFull
        self.calls.append(("attach", viewer, stream))
        self.connected.discard(viewer)
        self.viewers[viewer] = stream
        self.heard[viewer] = []
        return f"offer for {viewer}"

    async def answer(self, viewer: str, sdp: str) -> None:
        self._known(viewer)
        if sdp != self.answer_of(viewer):
            raise MediaError("The connection's description does not fit the offer.")
        self.calls.append(("answer", viewer, sdp))
        if viewer not in self.connected:
            self.connected.add(viewer)
            self._on_viewer(viewer, ViewerState.CONNECTED)

    async def candidate(self, viewer: str, candidate: Mapping[str, Any] | None) -> None:
        self._known(viewer)
        descriptions.parsed_candidate(candidate)
        self.calls.append(("candidate", viewer))

    async def switch(self, viewer: str, stream: str) -> None:
        self._known(viewer)
        self.calls.append(("switch", viewer, stream))
        self.viewers[viewer] = stream

    async def detach(self, viewer: str) -> None:
        self.calls.append(("detach", viewer))
        self._forget(viewer)

    def packet(self, stream: str, payload: bytes, tick: int) -> None:
        if stream not in self.streams:
            return
        for viewer in self.connected - self.frozen:
            if self.viewers[viewer] == stream:
                self.heard[viewer].append((tick, payload))

    async def close(self) -> None:
        self.calls.append(("close",))
        for viewer in list(self.viewers):
            self._forget(viewer)

    @staticmethod
    def answer_of(viewer: str) -> str:
        """The one answer that fits the offer."""
        return f"answer of {viewer}"

    def fail(self, viewer: str) -> None:
        """What an engine does when a viewer's connection breaks."""
        self.connected.discard(viewer)
        self._on_viewer(viewer, ViewerState.FAILED)

    def restart(self) -> None:
        """What a server that starts anew does to its engine."""
        self.streams.clear()
        for viewer in list(self.viewers):
            self.fail(viewer)

    def _known(self, viewer: str) -> None:
        if viewer not in self.viewers:
            raise UnknownPeer

    def _forget(self, viewer: str) -> None:
        self.viewers.pop(viewer, None)
        self.connected.discard(viewer)
        self.frozen.discard(viewer)
