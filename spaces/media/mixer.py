"""One tick of 20 ms: every open microphone decoded once, mixed, and encoded for who listens."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .dynamics import Limiter
from .microphone import Microphone
from .opus import FRAME, SILENCE, Encoder

# So many silent frames go through the encoder before the prepared packet takes over: the
# listener's decoder then holds nothing of the last voice.
TAIL_FRAMES = 5
LEVELS_EVERY_TICKS = 10

# 20 ms of digital silence: CELT, full band, mono, and its silence flag (RFC 6716 §3.1, §4.3).
SILENCE_PACKET = bytes.fromhex("f8fffe")


@dataclass(frozen=True, slots=True)
class Mix:
    """What left one tick: payloads ready to send, and levels when they are news."""

    audience: bytes
    minus: Mapping[str, bytes]
    levels: Mapping[str, float] | None


class Outlet:
    """One mix on its way out: limiter, encoder, and a prepared packet for silence."""

    def __init__(self) -> None:
        self._limiter = Limiter()
        self._encoder = Encoder()
        self._silent_ticks = TAIL_FRAMES

    def payload(self, total: NDArray[np.int32] | None) -> bytes:
        """total: the sum of the voices, or None when there is no voice in this mix"""
        if total is None:
            if self._silent_ticks >= TAIL_FRAMES:
                return SILENCE_PACKET
            self._silent_ticks += 1
            return self._encoder.encode(SILENCE)
        self._silent_ticks = 0
        return self._encoder.encode(self._limiter.apply(total))


class Mixer:
    """The stage of one Space. Only open microphones are in it; muted ones cost nothing."""

    def __init__(self) -> None:
        self.microphones: dict[str, Microphone] = {}
        self._audience = Outlet()
        self._minus: dict[str, Outlet] = {}
        self._ticks = 0
        self._told: dict[str, float] = {}

    def open(self, person: str) -> Microphone:
        """Starts afresh when the person had one: nothing of an old connection is played."""
        microphone = self.microphones[person] = Microphone()
        self._minus[person] = Outlet()
        return microphone

    def close(self, person: str) -> None:
        self.microphones.pop(person, None)
        self._minus.pop(person, None)

    def tick(self, minus_for: Collection[str]) -> Mix:
        """minus_for: whose own mix somebody listens to; the others' is not made"""
        if not self.microphones:
            return Mix(self._audience.payload(None), {}, self._news())
        frames = {person: mic.frame() for person, mic in self.microphones.items()}
        total = np.zeros(FRAME, np.int32)
        for frame in frames.values():
            total += frame
        is_alone = len(frames) == 1
        minus = {
            person: self._minus[person].payload(None if is_alone else total - frame)
            for person, frame in frames.items()
            if person in minus_for
        }
        return Mix(self._audience.payload(total), minus, self._news())

    def _news(self) -> dict[str, float] | None:
        """Levels of who talks, and a last 0 for who stopped; None when nothing changed."""
        self._ticks += 1
        if self._ticks % LEVELS_EVERY_TICKS:
            return None
        talking = {
            person: round(mic.meter.level, 2)
            for person, mic in self.microphones.items()
            if mic.meter.is_talking
        }
        stopped = {person: 0.0 for person, level in self._told.items() if level}
        levels = stopped | talking
        if levels == self._told or not levels:
            self._told = talking
            return None
        self._told = levels
        return levels
