"""One tick of 20 ms: every open microphone decoded once, mixed, and encoded for who listens."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .dynamics import Leveller, Limiter
from .microphone import Microphone
from .opus import FRAME, SILENCE, Encoder

# So many silent frames go through the encoder before the prepared packet takes over: the
# listener's decoder then holds nothing of the last voice.
TAIL_FRAMES = 5
LEVELS_EVERY_TICKS = 10
# Less than this is no news of somebody who goes on talking.
LEVEL_STEP = 0.05
# How many people who closed their microphone keep the gain they had.
LEVELLERS_KEPT = 100

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
        # Silence costs the encoder as much as speech: 0.2 ms.
        if total is None or not total.any():
            if self._silent_ticks >= TAIL_FRAMES:
                return SILENCE_PACKET
            self._silent_ticks += 1
            return self._encoder.encode(SILENCE)
        self._silent_ticks = 0
        return self._encoder.encode(self._limiter.apply(total))


class Mixer:
    """The stage of one Space. Only open microphones are in it; muted ones cost nothing.

    levelling: bring loud and quiet people nearer to each other
    """

    def __init__(self, *, levelling: bool = False) -> None:
        self.microphones: dict[str, Microphone] = {}
        self._audience = Outlet()
        self._minus: dict[str, Outlet] = {}
        self._is_levelling = levelling
        self._levellers: dict[str, Leveller] = {}
        self._ticks_since_news = LEVELS_EVERY_TICKS
        self._told: dict[str, float] = {}
        self._talked: Counter[str] = Counter()

    def open(self, person: str) -> Microphone:
        """Starts afresh when the person had one: nothing of an old connection is played.

        Only the gain is kept, or everybody would jump in level at every unmuting.
        """
        self._note_talk(person)
        microphone = self.microphones[person] = Microphone()
        self._minus[person] = Outlet()
        self._levellers[person] = self._levellers.pop(person, Leveller())
        return microphone

    def close(self, person: str) -> None:
        self._note_talk(person)
        self.microphones.pop(person, None)
        self._minus.pop(person, None)
        closed = [each for each in self._levellers if each not in self.microphones]
        for each in closed[:-LEVELLERS_KEPT]:
            del self._levellers[each]

    def take_talked(self) -> dict[str, int]:
        """How many ticks each person has talked since this was last asked; nobody silent."""
        for person in self.microphones:
            self._note_talk(person)
        talked, self._talked = self._talked, Counter()
        return dict(talked)

    def _note_talk(self, person: str) -> None:
        microphone = self.microphones.get(person)
        if microphone is not None and microphone.meter.talked_ticks:
            self._talked[person] += microphone.meter.talked_ticks
            microphone.meter.talked_ticks = 0

    def tick(self, minus_for: Collection[str]) -> Mix:
        """minus_for: whose own mix somebody listens to; the others' is not made"""
        if not self.microphones:
            return Mix(self._audience.payload(None), {}, self._news())
        voices = {person: self._voice(person) for person in self.microphones}
        total = np.zeros(FRAME, np.int32)
        for voice in voices.values():
            total += voice
        is_alone = len(voices) == 1
        minus = {
            person: self._minus[person].payload(None if is_alone else total - voice)
            for person, voice in voices.items()
            if person in minus_for
        }
        return Mix(self._audience.payload(total), minus, self._news())

    def _voice(self, person: str) -> NDArray[np.int16] | NDArray[np.int32]:
        microphone = self.microphones[person]
        frame = microphone.frame()
        if not self._is_levelling:
            return frame
        return self._levellers[person].apply(frame, is_talking=microphone.meter.is_talking)

    def _news(self) -> dict[str, float] | None:
        """Levels of who talks, and a last 0 for who stopped; None when there is little new.

        At most five a second; after a quiet time the first leaves in the very tick.
        """
        self._ticks_since_news += 1
        if self._ticks_since_news < LEVELS_EVERY_TICKS:
            return None
        talking = {
            person: round(mic.meter.level, 2)
            for person, mic in self.microphones.items()
            if mic.meter.is_talking
        }
        if talking.keys() == self._told.keys() and all(
            abs(level - self._told[person]) < LEVEL_STEP for person, level in talking.items()
        ):
            return None
        stopped = {person: 0.0 for person in self._told if person not in talking}
        self._ticks_since_news = 0
        self._told = talking
        return stopped | talking
