"""Who is talking, and how loud."""

from collections import deque

import numpy as np

from .dynamics import decibels
from .opus import PEAK, Pcm

# The mean of eight samples, then the difference of two such means: 48 kHz becomes 6 kHz, rumble
# and hum below speech fall away, and so does the noise above 3 kHz. A tone of 1 kHz keeps its
# level, speech loses some 5 dB.
_MEAN = np.full(8, 1 / 8, np.float32)
_QUIET_DBFS = -66.0

# Talk is sound this far above the noise, three frames in a row: a key struck fills two at most,
# and what the room makes of it stays below the peak while that fades.
_OVER_NOISE_DB = 9.0
_BELOW_PEAK_DB = 8.0
_PEAK_FALLS_DB = 2.0
_ONSET_TICKS = 3
# From the last such sound on: longer than what lies between two words.
_HANGOVER_TICKS = 20
# In a room more silent than this a breath would count as a word.
_LEAST_NOISE_DBFS = -64.0

# Noise is what the third quietest tenth of a second had in the last 2.4 s: the very quietest
# would be too low for the murmur of a crowd.
# Source: minimum statistics, Martin 2001, doi:10.1109/89.928915.
_WINDOW_TICKS = 5
_WINDOWS = 24
_QUIETEST = 2
# What stays within 2.5 dB for a second is noise without that wait: running speech never does.
_STEADY_WINDOWS = 10
_STEADY_DB = 2.5


class Meter:
    """Is this voice talking, and how loud: above its noise, and slow to say "not any more"."""

    def __init__(self) -> None:
        self.level = 0.0
        self.is_talking = False
        # From the first word to the last one so far, with the pauses between two.
        self.talked_ticks = 0
        self._loud_ticks = 0
        self._quiet_ticks = _HANGOVER_TICKS
        self._peak_dbfs = self._noise_dbfs = decibels(0.0)
        self._windows = deque([self._noise_dbfs] * _WINDOWS, _WINDOWS)
        self._powers: list[float] = []

    def add(self, pcm: Pcm) -> None:
        """pcm: int16 (960,), the next 20 ms"""
        means = pcm.astype(np.float32).reshape(-1, _MEAN.size).dot(_MEAN)
        steps = means[1:] - means[:-1]
        power = float(steps.dot(steps)) / (steps.size * PEAK**2)
        dbfs = decibels(power)
        target = min(max(1 - dbfs / _QUIET_DBFS, 0.0), 1.0)
        # Up within two ticks, down over ten: as a needle does, so that syllables do not flicker.
        self.level += (target - self.level) * (0.6 if target > self.level else 0.15)
        self._learn(power)
        self._decide(dbfs)

    def _learn(self, power: float) -> None:
        self._powers.append(power)
        if len(self._powers) < _WINDOW_TICKS:
            return
        self._windows.append(decibels(sum(self._powers) / _WINDOW_TICKS))
        self._powers.clear()
        latest = list(self._windows)[-_STEADY_WINDOWS:]
        if max(latest) - min(latest) < _STEADY_DB:
            self._windows = deque(latest, _WINDOWS)
        self._noise_dbfs = sorted(self._windows)[_QUIETEST]

    def _decide(self, dbfs: float) -> None:
        self._peak_dbfs = max(dbfs, self._peak_dbfs - _PEAK_FALLS_DB)
        noise_dbfs = max(self._noise_dbfs, _LEAST_NOISE_DBFS)
        least_dbfs = max(noise_dbfs + _OVER_NOISE_DB, self._peak_dbfs - _BELOW_PEAK_DB)
        self._loud_ticks = self._loud_ticks + 1 if dbfs > least_dbfs else 0
        if self._loud_ticks >= _ONSET_TICKS:
            self.talked_ticks += 1 + (self._quiet_ticks if self.is_talking else 0)
            self._quiet_ticks = 0
        else:
            self._quiet_ticks += 1
        self.is_talking = self._quiet_ticks < _HANGOVER_TICKS
