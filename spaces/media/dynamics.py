"""Loudness: what keeps a sum of voices inside 16 bits."""

import numpy as np
from numpy.typing import NDArray

from .opus import PEAK, Pcm

_ATTACK_SAMPLES = 120
# Once the sum fits again, this share of the missing gain comes back each tick: half in 0.3 s.
_RELEASE = 0.045


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
