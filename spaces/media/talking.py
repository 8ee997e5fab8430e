"""Who is talking, and how loud."""

import math

import numpy as np

from .opus import PEAK, Pcm

_QUIET_DBFS = -60.0
_STARTS_DBFS = -45.0
_STOPS_DBFS = -52.0
_HANGOVER_TICKS = 15


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
