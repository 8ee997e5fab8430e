"""An engine without a network: it keeps what it was told, for tests to read."""

from collections.abc import Mapping
from typing import Any, ClassVar

from ..errors import UnknownPeer
from .base import Capabilities, FanOut, ViewerHandler, ViewerState


class FakeFanOut(FanOut):
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_viewers=1000, several_servers=True, ice_restart=True
    )

    def __init__(self, on_viewer: ViewerHandler) -> None:
        super().__init__(on_viewer)
        self.calls: list[tuple[str, ...]] = []
        self.streams: set[str] = set()
        self.viewers: dict[str, str] = {}
        # (tick, payload) by viewer: what this viewer would hear.
        self.heard: dict[str, list[tuple[int, bytes]]] = {}

    async def add_stream(self, stream: str) -> None:
        self.calls.append(("add_stream", stream))
        self.streams.add(stream)

    async def remove_stream(self, stream: str) -> None:
        self.calls.append(("remove_stream", stream))
        self.streams.discard(stream)

    async def attach(self, viewer: str, stream: str) -> str:
        self.calls.append(("attach", viewer, stream))
        self.viewers[viewer] = stream
        return f"offer for {viewer}"

    async def answer(self, viewer: str, sdp: str) -> None:
        self._known(viewer)
        self.calls.append(("answer", viewer, sdp))
        self._on_viewer(viewer, ViewerState.CONNECTED)

    async def candidate(self, viewer: str, candidate: Mapping[str, Any] | None) -> None:
        self._known(viewer)
        self.calls.append(("candidate", viewer))

    async def switch(self, viewer: str, stream: str) -> None:
        self._known(viewer)
        self.calls.append(("switch", viewer, stream))
        self.viewers[viewer] = stream

    async def detach(self, viewer: str) -> None:
        self.calls.append(("detach", viewer))
        self.viewers.pop(viewer, None)

    def packet(self, stream: str, payload: bytes, tick: int) -> None:
        if stream not in self.streams:
            return
        for viewer, listens_to in self.viewers.items():
            if listens_to == stream:
                self.heard.setdefault(viewer, []).append((tick, payload))

    async def close(self) -> None:
        self.calls.append(("close",))
        self.viewers.clear()

    def fail(self, viewer: str) -> None:
        """What an engine does when a viewer's connection breaks."""
        self._on_viewer(viewer, ViewerState.FAILED)

    def _known(self, viewer: str) -> None:
        if viewer not in self.viewers:
            raise UnknownPeer
