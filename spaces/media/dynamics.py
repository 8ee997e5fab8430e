"""Loudness: what keeps a sum of voices inside 16 bits, and what evens out loud and quiet people."""

import math
from collections import deque

import numpy as np
from numpy.typing import NDArray

from .opus import FRAME, PEAK, Pcm

# What the limiter's gain is planned in: 0.8 ms.
_BLOCK = 40
_AT_BLOCKS = np.arange(FRAME) / _BLOCK
# From just after the last sample of one frame to the last of the next.
_RAMP = np.arange(1, FRAME + 1, dtype=np.float32) / FRAME
# Longer than two periods of the deepest voice and than most beats: between two peaks of one
# sound the gain stands still. Then it comes back by 12 dB a second.
_HOLD_TICKS = 3
_RELEASE = 10 ** (12 / 50 / 20)

TARGET_DBFS = -20.0
MOST_GAIN_DB = 15.0
MOST_CUT_DB = 12.0
# Slow enough not to be heard as a change; noise in the pauses must stay in the background.
_SLEW_DB = 6 / 50
_MOST_NOISE_DBFS = -50.0
# A level is known after 1.5 s of talk, longer than it takes the meter to know noise for noise.
_LEARNING_TICKS = 75
_LOUDNESS_TICKS = 150
_NOISE_TICKS = 50
# The last moments before somebody is seen to talk are talk already, not noise.
_ONSET_TICKS = 10


class Limiter:
    """Keeps a sum of voices inside 16 bits: no delay, nothing clipped, bit-exact where it fits.

    The frame is known to its end, so the gain is down when a peak comes; it jumps only when a
    frame begins too loud.
    """

    def __init__(self) -> None:
        self.gain = 1.0
        self._held_ticks = 0

    def apply(self, total: NDArray[np.int32]) -> Pcm:
        """total: int32 (960,); returns int16 (960,)"""
        # Negative samples by their complement: −32768 fits as 32767 does.
        magnitude = total ^ (total >> 31)
        fitting = PEAK / max(int(magnitude.max()), PEAK)
        before = self.gain
        if fitting == before == 1.0:
            return total.astype(np.int16)
        gain: float | NDArray[np.float64] = before
        if fitting <= before:
            self._held_ticks = 0
            self.gain = fitting
            if fitting < before:
                gain = _descent(before, magnitude)
        elif self._held_ticks < _HOLD_TICKS:
            self._held_ticks += 1
        else:
            self.gain = min(before * _RELEASE, fitting)
            gain = before + (self.gain - before) * _RAMP
        return np.rint(total * gain).astype(np.int16)


def _descent(before: float, magnitude: NDArray[np.int32]) -> NDArray[np.float64]:
    """The straightest way down that is low enough in every block: their lower convex hull."""
    allowed = PEAK / np.maximum(magnitude.reshape(-1, _BLOCK).max(axis=1), PEAK)
    lowest = float(allowed.min())
    blocks, gains = [0], [min(before, float(allowed[0]))]
    while gains[-1] > lowest:
        ahead = allowed[blocks[-1] + 1 :]
        steepest = int(np.argmax((gains[-1] - ahead) / np.arange(1, ahead.size + 1)))
        blocks.append(blocks[-1] + 1 + steepest)
        gains.append(float(ahead[steepest]))
    return np.interp(_AT_BLOCKS, blocks, gains)


class Leveller:
    """A slow automatic gain for one voice, which moves up only while that person talks."""

    def __init__(self) -> None:
        self.gain_db = 0.0
        self._loudness = 0.0
        self._talk_ticks = 0
        self._noise = 0.0
        self._pause: deque[float] = deque(maxlen=_ONSET_TICKS)

    def apply(self, frame: Pcm, *, is_talking: bool) -> NDArray[np.int32]:
        """frame: int16 (960,); returns int32 (960,), which may be louder than 16 bits hold"""
        before = self.gain_db
        self._learn(frame, is_talking=is_talking)
        if before == self.gain_db == 0.0:
            return frame.astype(np.int32)
        start, end = 10 ** (before / 20), 10 ** (self.gain_db / 20)
        return np.rint(frame * (start + (end - start) * _RAMP)).astype(np.int32)

    def _learn(self, frame: Pcm, *, is_talking: bool) -> None:
        samples = frame.astype(np.float32)
        power = float(np.dot(samples, samples)) / samples.size / PEAK**2
        wanted_db = self.gain_db
        if is_talking:
            self._pause.clear()
            self._talk_ticks += 1
            self._loudness += (power - self._loudness) / min(self._talk_ticks, _LOUDNESS_TICKS)
            if self._talk_ticks > _LEARNING_TICKS:
                missing_db = TARGET_DBFS - decibels(self._loudness)
                wanted_db = min(max(missing_db, -MOST_CUT_DB), MOST_GAIN_DB)
        else:
            if len(self._pause) == _ONSET_TICKS:
                self._noise += (self._pause[0] - self._noise) / _NOISE_TICKS
            self._pause.append(power)
        # Between words the room must not come up with the voice.
        wanted_db = min(wanted_db, max(_MOST_NOISE_DBFS - decibels(self._noise), 0.0))
        self.gain_db += min(max(wanted_db - self.gain_db, -_SLEW_DB), _SLEW_DB)


def decibels(power: float) -> float:
    """power: 1 is full scale; nothing is quieter than −100"""
    return 10 * math.log10(max(power, 1e-10))
