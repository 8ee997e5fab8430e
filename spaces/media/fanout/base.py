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
    """What an engine can do, as data, so that nothing asks which engine it is.

    max_viewers: how many may be attached. several_servers: they may be spread over machines.
    ice_restart: a viewer's connection survives a change of its network. exact_switch: timestamps
    go on to the sample where a viewer is switched; else they may be off by half a tick there
    """

    max_viewers: int
    several_servers: bool
    ice_restart: bool
    exact_switch: bool = True


class FanOut(ABC):
    """An engine. A stream is 50 Opus packets a second, a viewer one browser that hears one stream.

    What every engine keeps, and tests/integration/fan_out/laws.py asks of it:

    - A viewer hears its stream's packets as they were given: unchanged, in order, each once. It
      begins with the present: what was given before it connected it never hears.
    - RTP sequence numbers grow by 1 a packet and timestamps by 960 a tick, across a switch too
      (but see `exact_switch`).
    - A viewer that is slow, frozen or gone misses packets of its own. It takes none of another
      viewer's, no time of `packet`, and no memory that grows.
    - `on_viewer` hears CONNECTED once after `attach`, when sound flows, and FAILED once when the
      connection broke, never came about, or was ended by the browser. A viewer that failed hears
      nothing more and keeps its place until it is detached.
    - When what carries the sound starts anew, the viewers it lost fail, and the engine serves on:
      streams are added again by whoever wants them, viewers attached again.

    `on_viewer` is called on the event loop, perhaps from within `packet`, and must not block.
    """

    capabilities: ClassVar[Capabilities]

    def __init__(self, on_viewer: ViewerHandler) -> None:
        self._on_viewer = on_viewer

    @abstractmethod
    async def add_stream(self, stream: str) -> None:
        """Viewers that were attached or switched to it before hear it from now on.

        Repeat: harmless.
        """

    @abstractmethod
    async def remove_stream(self, stream: str) -> None:
        """Its viewers stay attached and hear nothing until they are switched. Repeat: harmless."""

    @abstractmethod
    async def attach(self, viewer: str, stream: str) -> str:
        """Start a viewer's connection; answers the SDP offer. The stream may be added later.

        Repeat: starts anew; the viewer's former connection ends, and nothing is told about it.

        Raises: MediaError; NodeFull, retryable, when `max_viewers` are attached
        """

    @abstractmethod
    async def answer(self, viewer: str, sdp: str) -> None:
        """The browser's answer. Once one was taken, another disturbs nothing.

        Raises: MediaError; the viewer may answer again. UnknownPeer
        """

    @abstractmethod
    async def candidate(self, viewer: str, candidate: Mapping[str, Any] | None) -> None:
        """A trickled candidate (RTCIceCandidateInit), or None after the last.

        Raises: MediaError; the viewer stays usable. UnknownPeer
        """

    @abstractmethod
    async def switch(self, viewer: str, stream: str) -> None:
        """Let a viewer hear another stream: on the same connection, every tick exactly once.

        Raises: UnknownPeer
        """

    @abstractmethod
    async def detach(self, viewer: str) -> None:
        """Close a viewer's connection: it hears nothing given from now on, nobody hears of it.

        Repeat: harmless.
        """

    @abstractmethod
    def packet(self, stream: str, payload: bytes, tick: int) -> None:
        """20 ms of a stream. Never waits for a viewer, never raises; nothing without a stream.

        tick: one count for all streams, so that a switch keeps the timestamps continuous
        """

    @abstractmethod
    async def close(self) -> None:
        """Detach everybody. Repeat: harmless."""
