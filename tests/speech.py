"""Speech to test with, and how close what arrived is to what was said."""

from functools import cache
from pathlib import Path

import av
import numpy as np

from spaces.media.opus import FRAME, RATE_HZ, Pcm

FOLDER = Path(__file__).parent / "data" / "speech"
# Frames quieter than this say nothing: a ratio of two silences would drown the others.
_SILENT_RMS = 60.0
# Source: Quackenbush, Barnwell & Clements 1988: segments are clamped, then averaged.
_LEAST_DB, _MOST_DB = -10.0, 35.0


@cache
def speech(name: str) -> Pcm:
    """One of the voices of `tests/data/speech`: int16 (n,), mono, 48 kHz, whole frames."""
    resampler = av.AudioResampler("s16", "mono", RATE_HZ)
    with av.open(str(FOLDER / f"{name}.flac")) as file:
        frames = [part for frame in file.decode(audio=0) for part in resampler.resample(frame)]
    samples = np.concatenate([f.to_ndarray()[0] for f in [*frames, *resampler.resample(None)]])
    samples = np.pad(samples, (0, -samples.size % FRAME)).astype(np.int16)
    samples.setflags(write=False)
    return samples


def segmental_snr_db(reference: Pcm, heard: Pcm) -> float:
    """Mean over the 20 ms segments in which the reference speaks, each clamped to −10..35 dB.

    Both int16 (n,), aligned to the sample; n whole frames of 20 ms.
    """
    wanted = reference.reshape(-1, FRAME).astype(np.float64)
    error = wanted - heard.reshape(-1, FRAME)
    power, noise = (wanted**2).mean(axis=1), (error**2).mean(axis=1)
    speaks = power > _SILENT_RMS**2
    ratio = 10 * np.log10(power[speaks] / np.maximum(noise[speaks], 1e-9))
    return float(np.clip(ratio, _LEAST_DB, _MOST_DB).mean())


def lag(reference: Pcm, heard: Pcm) -> int:
    """How many samples `heard` is behind: by the best correlation over all of it."""
    size = 1 << (reference.size + heard.size).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(reference, size))
    behind = int(np.argmax(np.fft.irfft(spectrum)))
    return behind - size if behind > size // 2 else behind
