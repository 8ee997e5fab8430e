"""The small interface behind which finished packets reach their listeners."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar


class ViewerState(Enum):
    CONNECTED = "connected"
    FAILED = "failed"


ViewerHandler = Callable[[str, ViewerState], None]


@dataclass(frozen=True)
class Capabilities:
    """What an engine can do, as data, so that nothing asks which engine it is."""

    max_viewers: int
    several_servers: bool
    ice_restart: bool


class FanOut(ABC):
    """An engine. A stream is a sequence of Opus packets, a viewer one browser that hears one.

    `on_viewer` hears when a viewer connected, and when one failed or left by itself; never
    about a viewer that was detached.
    """

    capabilities: ClassVar[Capabilities]

    def __init__(self, on_viewer: ViewerHandler) -> None:
        self._on_viewer = on_viewer

    @abstractmethod
    async def add_stream(self, stream: str) -> None:
        """Repeat: harmless."""

    @abstractmethod
    async def remove_stream(self, stream: str) -> None:
        """Its viewers stay attached and hear nothing until they are switched. Repeat: harmless."""

    @abstractmethod
    async def attach(self, viewer: str, stream: str) -> str:
        """Start a viewer's connection; answers the SDP offer.

        Raises: MediaError
        """

    @abstractmethod
    async def answer(self, viewer: str, sdp: str) -> None:
        """Raises: MediaError; the viewer may answer again"""

    @abstractmethod
    async def candidate(self, viewer: str, candidate: Mapping[str, Any] | None) -> None:
        """Raises: MediaError; the viewer stays usable"""

    @abstractmethod
    async def switch(self, viewer: str, stream: str) -> None:
        """Let a viewer hear another stream, on the same connection and without a gap."""

    @abstractmethod
    async def detach(self, viewer: str) -> None:
        """Close a viewer's connection. Repeat: harmless."""

    @abstractmethod
    def packet(self, stream: str, payload: bytes, tick: int) -> None:
        """20 ms of a stream. Never waits for a viewer.

        tick: one count for all streams, so that a switch keeps the timestamps continuous
        """

    @abstractmethod
    async def close(self) -> None:
        """Detach everybody. Repeat: harmless."""
