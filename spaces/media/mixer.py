"""One tick of 20 ms: every open microphone decoded once, mixed, and encoded for who listens."""

import logging
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .jitter import JitterBuffer
from .opus import FRAME, Decoder, Encoder, OpusError, Pcm

logger = logging.getLogger(__name__)

PEAK = 32767
# A lost packet is guessed for 60 ms; the next 20 ms fade to silence.
CONCEALED_FRAMES = 3
# So many silent frames go through the encoder before the prepared packet takes over: the
# listener's decoder then holds nothing of the last voice.
TAIL_FRAMES = 5
LEVELS_EVERY_TICKS = 10

# 20 ms of digital silence: CELT, full band, mono, and its silence flag (RFC 6716 §3.1, §4.3).
SILENCE_PACKET = bytes.fromhex("f8fffe")
_SILENCE: Pcm = np.zeros(FRAME, np.int16)
_FADE = np.linspace(1.0, 0.0, FRAME, dtype=np.float32)
_ATTACK_SAMPLES = 120
# Once the sum fits again, this share of the missing gain comes back each tick: half in 0.3 s.
_RELEASE = 0.045

_QUIET_DBFS = -60.0
_STARTS_DBFS = -45.0
_STOPS_DBFS = -52.0
_HANGOVER_TICKS = 15


@dataclass(frozen=True, slots=True)
class Mix:
    """What left one tick: payloads ready to send, and levels when they are news."""

    audience: bytes
    minus: Mapping[str, bytes]
    levels: Mapping[str, float] | None


class Meter:
    """Is this voice talking, and how loud: smoothed, and slow to say "not any more"."""

    def __init__(self) -> None:
        self.level = 0.0
        self.is_talking = False
        self._quiet_ticks = 0

    def add(self, pcm: Pcm) -> None:
        samples = pcm.astype(np.float32)
        power = float(np.dot(samples, samples)) / samples.size
        dbfs = 10 * math.log10(power / PEAK**2) if power else -math.inf
        target = min(max(1 - dbfs / _QUIET_DBFS, 0.0), 1.0)
        # Up within two ticks, down over ten: as a needle does, so that syllables do not flicker.
        self.level += (target - self.level) * (0.6 if target > self.level else 0.15)
        if dbfs >= _STARTS_DBFS:
            self.is_talking = True
        if dbfs >= _STOPS_DBFS:
            self._quiet_ticks = 0
        elif self.is_talking:
            self._quiet_ticks += 1
            self.is_talking = self._quiet_ticks < _HANGOVER_TICKS


class Microphone:
    """One open microphone: its jitter buffer, its decoder, and the samples left over."""

    def __init__(self, prefetch: int) -> None:
        self.jitter = JitterBuffer(prefetch)
        self.meter = Meter()
        self._decoder = Decoder()
        self._left: Pcm = np.empty(0, np.int16)
        self._duration = FRAME
        self._missing = CONCEALED_FRAMES + 1  # nothing heard yet: nothing to conceal from

    def frame(self) -> Pcm:
        """The next 20 ms, whatever the packets' own duration: int16 (960,)"""
        # The usual case first: one packet is one tick.
        pcm = self._next() if not self._left.size else self._left
        while pcm.size < FRAME:
            pcm = np.concatenate((pcm, self._next()))
        self._left = pcm[FRAME:]
        frame = pcm[:FRAME]
        self.meter.add(frame)
        return frame

    def _next(self) -> Pcm:
        payload, following = self.jitter.pull()
        if payload is not None:
            try:
                pcm = self._decoder.decode(payload)
            except OpusError:
                # What does not decode counts as lost: one bad packet must not end a voice.
                logger.debug("undecodable packet of %d bytes", len(payload))
            else:
                self._missing, self._duration = 0, pcm.size
                return pcm
        if following is not None:
            try:
                pcm = self._decoder.decode_fec(following, self._duration)
            except OpusError:
                logger.debug("no repair in a packet of %d bytes", len(following))
            else:
                self._missing = 0
                return pcm
        self._missing += 1
        if self._missing > CONCEALED_FRAMES + 1:
            return _SILENCE
        guess = self._decoder.conceal(FRAME)
        if self._missing > CONCEALED_FRAMES:
            return (guess * _FADE).astype(np.int16)
        return guess


class Limiter:
    """Keeps a sum of voices inside 16 bits; touches nothing that already fits."""

    def __init__(self) -> None:
        self._gain = 1.0

    def apply(self, total: NDArray[np.int32]) -> Pcm:
        peak = max(int(total.max()), -int(total.min()) - 1, 1)
        fitting = min(1.0, PEAK / peak)
        before = self._gain
        if fitting >= 1.0 and before == 1.0:
            return total.astype(np.int16)
        after = before + (1.0 - before) * _RELEASE
        self._gain = min(fitting, after if after < 0.999 else 1.0)
        gain = np.full(total.size, self._gain, np.float32)
        # The ramp avoids a click; what still sticks out of it is clipped, never wrapped.
        gain[:_ATTACK_SAMPLES] = np.linspace(before, self._gain, _ATTACK_SAMPLES)
        return np.clip(np.rint(total * gain), -PEAK - 1, PEAK).astype(np.int16)


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
            return self._encoder.encode(_SILENCE)
        self._silent_ticks = 0
        return self._encoder.encode(self._limiter.apply(total))


class Mixer:
    """The stage of one Space. Only open microphones are in it; muted ones cost nothing."""

    def __init__(self, prefetch: int = 1) -> None:
        self.microphones: dict[str, Microphone] = {}
        self._prefetch = prefetch
        self._audience = Outlet()
        self._minus: dict[str, Outlet] = {}
        self._ticks = 0
        self._told: dict[str, float] = {}

    def open(self, person: str) -> Microphone:
        """Starts afresh when the person had one: nothing of an old connection is played."""
        microphone = self.microphones[person] = Microphone(self._prefetch)
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
