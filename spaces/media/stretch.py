"""Making sound shorter without being heard: overlap-add at the lag where it is most alike."""

import numpy as np

from .opus import RATE_HZ, Pcm

# Pitch periods of voices: 400 Hz to 67 Hz.
LEAST_LAG = RATE_HZ // 400
MOST_LAG = RATE_HZ * 15 // 1000
OVERLAP = RATE_HZ // 100
# Source: NetEQ's accelerate.cc (WebRTC): below this, leaving a period out is heard.
_ALIKE = 0.9

_FADE_IN = np.linspace(0.0, 1.0, OVERLAP, dtype=np.float32)


def shortened(pcm: Pcm, most: int) -> Pcm:
    """One or more pitch periods left out after the beginning, `most` samples at most.

    pcm: int16 (n,), n at least `most` + OVERLAP. As it is, when no period is alike enough.
    Source: WSOLA, Verhelst & Roelands, ICASSP 1993.
    """
    longest = min(most, MOST_LAG)
    if longest < LEAST_LAG:
        return pcm
    samples = pcm[: longest + OVERLAP].astype(np.float32)
    template, searched = samples[:OVERLAP], samples[LEAST_LAG:]
    alike = np.correlate(searched, template)
    power = np.cumsum(np.concatenate(([0.0], searched.astype(np.float64) ** 2)))
    norm = np.sqrt((power[OVERLAP:] - power[:-OVERLAP]) * np.dot(template, template))
    score = alike / np.maximum(norm, 1.0)
    best = int(np.argmax(score))
    return left_out(pcm, LEAST_LAG + best) if score[best] >= _ALIKE else pcm


def left_out(pcm: Pcm, lag: int) -> Pcm:
    """`lag` samples less, cross-faded over 10 ms. pcm: int16 (n,), n at least lag + OVERLAP"""
    faded = pcm[:OVERLAP] * (1 - _FADE_IN) + pcm[lag : lag + OVERLAP] * _FADE_IN
    return np.concatenate((np.rint(faded).astype(np.int16), pcm[lag + OVERLAP :]))
