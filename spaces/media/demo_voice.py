"""The demo host's voice: a hummed melody, made here, spoken through the node like anybody's."""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, Protocol

import av
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from numpy.typing import NDArray
from redis.exceptions import RedisError

from ..cancelling import end
from .aiortc_inside import Network, confine
from .opus import FRAME, RATE_HZ, Encoder, Pcm
from .protocol import Command

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 0.25
RETRY_S = 0.5
OFFER_TIMEOUT_S = 3.0
CONNECT_TIMEOUT_S = 5.0

LEVEL_DBFS = -18.0
_HARMONICS = 40
# Formant frequencies and widths in Hz, and how strong each is. Source: Peterson & Barney 1952,
# rounded.
_VOWELS: dict[str, tuple[tuple[float, float, float], ...]] = {
    "a": ((730, 110, 1.0), (1090, 120, 0.6), (2440, 170, 0.15)),
    "o": ((570, 90, 1.0), (840, 100, 0.6), (2410, 160, 0.1)),
    "u": ((300, 70, 1.0), (870, 90, 0.35), (2240, 150, 0.06)),
    "e": ((530, 90, 1.0), (1840, 130, 0.4), (2480, 170, 0.2)),
    "m": ((250, 70, 1.0), (1000, 150, 0.08), (2200, 200, 0.03)),
}
# (vowel, pitch in Hz, seconds): three phrases that rise and fall, with room to breathe between.
_PHRASES: tuple[tuple[tuple[str, float, float], ...], ...] = (
    (("m", 196, 0.35), ("a", 220, 0.55), ("o", 247, 0.45), ("u", 220, 0.40), ("m", 196, 0.55)),
    (("m", 220, 0.30), ("e", 262, 0.45), ("a", 294, 0.60), ("o", 262, 0.45), ("u", 247, 0.70)),
    (("o", 247, 0.40), ("a", 220, 0.50), ("e", 196, 0.40), ("u", 175, 0.45), ("m", 165, 0.80)),
)
_PAUSE_S = 1.5


class Layer(Protocol):
    async def new_channel(self, prefix: str = ...) -> str: ...

    async def receive(self, channel: str) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Seat:
    """The host's place on one stage."""

    space: str
    person: str


# --- The clip ---


def _phrase(notes: Sequence[tuple[str, float, float]]) -> NDArray[np.float64]:
    """Harmonics of a gliding pitch, weighted by vowels that melt into each other."""
    ends = np.cumsum([seconds for _, _, seconds in notes])
    middles = ends - [seconds / 2 for _, _, seconds in notes]
    at = np.arange(int(ends[-1] * RATE_HZ)) / RATE_HZ
    pitch = np.interp(at, middles, [hertz for _, hertz, _ in notes])
    pitch = pitch * (1 + 0.006 * np.sin(2 * np.pi * 5.2 * at))  # a little vibrato
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    voice = np.zeros(at.size)
    for harmonic in range(1, _HARMONICS + 1):
        strengths = [
            _strength(vowel, harmonic * hertz) / harmonic**0.6 for vowel, hertz, _ in notes
        ]
        voice += np.interp(at, middles, strengths) * np.sin(harmonic * phase)
    edge = np.minimum(np.minimum(at, at[::-1]) / 0.08, 1.0)
    return voice * np.sin(edge * np.pi / 2) ** 2


def _strength(vowel: str, hertz: float) -> float:
    return sum(
        strength / (1 + ((hertz - centre) / width) ** 2)
        for centre, width, strength in _VOWELS[vowel]
    )


def clip() -> Pcm:
    """int16 (n,), mono, 48 kHz, whole frames, silent at both ends so that it loops."""
    pause = np.zeros(int(_PAUSE_S * RATE_HZ))
    parts: list[NDArray[np.float64]] = []
    for notes in _PHRASES:
        phrase = _phrase(notes)
        loudness = np.sqrt(np.mean(phrase**2))
        parts += [phrase * (10 ** (LEVEL_DBFS / 20) / loudness), pause]
    samples = np.concatenate(parts)
    samples = np.pad(samples, (0, -samples.size % FRAME))
    return np.clip(np.rint(samples * 32767), -32768, 32767).astype(np.int16)


@cache
def prepared_packets() -> tuple[bytes, ...]:
    """The clip, encoded once for every Space and every loop."""
    encoder = Encoder()
    return tuple(encoder.encode(frame) for frame in clip().reshape(-1, FRAME))


class LoopingTrack(MediaStreamTrack):
    """The prepared packets, one every 20 ms, for ever."""

    kind = "audio"

    def __init__(self, packets: Sequence[bytes]) -> None:
        super().__init__()
        self._packets = packets
        self._started_at: float | None = None
        self._sent = 0

    async def recv(self) -> "av.Packet[Any]":
        if self.readyState != "live":
            raise MediaStreamError
        now = time.monotonic()
        if self._started_at is None:
            self._started_at = now
        await asyncio.sleep(max(self._started_at + self._sent * FRAME / RATE_HZ - now, 0))
        packet = av.Packet(self._packets[self._sent % len(self._packets)])
        packet.pts = self._sent * FRAME
        packet.time_base = Fraction(1, RATE_HZ)
        self._sent += 1
        return packet


# --- Speaking ---


class DemoVoice:
    """Speaks as one participant until cancelled; comes back when its node dies.

    It comes gently: where the person speaks by themselves, the node refuses it until they have
    been gone for a while, and it just asks again.
    """

    def __init__(
        self,
        seat: Seat,
        *,
        layer: Layer,
        place: Callable[[str], Awaitable[str | None]],
        send: Callable[[str, Command], Awaitable[None]],
        network: Network,
    ) -> None:
        self._seat = seat
        self._layer = layer
        self._place = place
        self._send = send
        self._network = network

    async def run(self) -> None:
        while True:
            try:
                await self._speak()
            except (TimeoutError, OSError, RedisError) as error:
                logger.info("the demo voice lost its node (%s)", type(error).__name__)
            await asyncio.sleep(RETRY_S)

    async def _speak(self) -> None:
        """One connection, from asking for it until it ends or is refused."""
        # Half a second of computing, the first time.
        packets = await asyncio.to_thread(prepared_packets)
        node = await self._place(self._seat.space)
        if node is None:
            return
        peer = f"demo-voice-{secrets.token_hex(6)}"
        reply_to = await self._layer.new_channel()
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        try:
            await self._send(
                node,
                Command(
                    command="speak",
                    space=self._seat.space,
                    peer=peer,
                    person=self._seat.person,
                    gentle=True,
                    reply_to=reply_to,
                ),
            )
            offer = await asyncio.wait_for(self._layer.receive(reply_to), OFFER_TIMEOUT_S)
            if offer.get("event") != "offer":
                return
            connection.addTrack(LoopingTrack(packets))
            await connection.setRemoteDescription(RTCSessionDescription(offer["sdp"], "offer"))
            confine(connection, self._network)
            await connection.setLocalDescription(await connection.createAnswer())
            await self._send(
                node,
                Command(command="answer", peer=peer, sdp=connection.localDescription.sdp),
            )
            news = await asyncio.wait_for(self._layer.receive(reply_to), CONNECT_TIMEOUT_S)
            if news.get("event") == "connected":
                await self._until_ended(node, connection, reply_to)
        finally:
            await connection.close()
            await self._send(node, Command(command="leave", peer=peer))

    async def _until_ended(self, node: str, connection: RTCPeerConnection, reply_to: str) -> None:
        """Until the node says so, the connection breaks, or the Space has another home."""
        news = asyncio.create_task(self._layer.receive(reply_to))
        try:
            while connection.connectionState == "connected":
                await asyncio.wait([news], timeout=LOOK_EVERY_S)
                if news.done() or await self._place(self._seat.space) != node:
                    return
        finally:
            await end([news])


class DemoVoices:
    """One voice for every seat that `seats` names; seats come and go."""

    def __init__(
        self,
        seats: Callable[[], Awaitable[set[Seat]]],
        voice: Callable[[Seat], DemoVoice],
    ) -> None:
        self._seats = seats
        self._voice = voice
        self._speaking: dict[Seat, asyncio.Task[None]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        try:
            while not stop.is_set():
                await self._follow(await self._seats())
                try:
                    await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)
                except TimeoutError:
                    continue
        finally:
            await end(self._speaking.values())

    async def _follow(self, seats: set[Seat]) -> None:
        for seat in seats - self._speaking.keys():
            self._speaking[seat] = asyncio.create_task(self._voice(seat).run())
        for seat in self._speaking.keys() - seats:
            await end([self._speaking.pop(seat)])
        for seat in [seat for seat, task in self._speaking.items() if task.done()]:
            task = self._speaking.pop(seat)
            if (error := task.exception()) is not None:
                logger.error("the demo voice failed", exc_info=error)
