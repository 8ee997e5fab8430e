from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from spaces.media.demo_voice import clip
from spaces.media.opus import FRAME, PEAK, RATE_HZ, Pcm
from spaces.media.talking import Meter
from tests.speech import speech

SECOND = 50  # ticks
SPEECH_DBFS = -24


def at_dbfs(pcm: np.ndarray, dbfs: float) -> Pcm:
    """So loud where it is not silent: int16, clipped if need be."""
    heard = pcm[pcm != 0].astype(float)
    scaled = pcm * (PEAK * 10 ** (dbfs / 20) / np.sqrt((heard**2).mean()))
    return np.clip(np.rint(scaled), -PEAK - 1, PEAK).astype(np.int16)


@cache
def coloured(ticks: int, seed: int, slope: float) -> np.ndarray:
    """slope: of the power over the frequency: 0 is white, 1 pink, 2 brown from 20 Hz on"""
    samples = ticks * FRAME
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=samples))
    hertz = np.maximum(np.fft.rfftfreq(samples, 1 / RATE_HZ), 20)
    return np.fft.irfft(spectrum * hertz ** (-slope / 2), samples)


def white(ticks: int, seed: int) -> np.ndarray:
    return coloured(ticks, seed, 0)


def pink(ticks: int, seed: int) -> np.ndarray:
    return coloured(ticks, seed, 1)


def brown(ticks: int, seed: int) -> np.ndarray:
    return coloured(ticks, seed, 2)


def fan(ticks: int, seed: int) -> np.ndarray:
    at = np.arange(ticks * FRAME) / RATE_HZ
    return pink(ticks, seed) * (1 + 0.1 * np.sin(2 * np.pi * 0.7 * at))


def hum(ticks: int, seed: int) -> np.ndarray:
    at = np.arange(ticks * FRAME) / RATE_HZ
    return sum(np.sin(2 * np.pi * 50 * k * at + seed * k) / k for k in range(1, 6))


@cache
def babble(ticks: int, seed: int) -> np.ndarray:
    """Eight people talk at once, far away."""
    chance = np.random.default_rng(seed)
    samples = ticks * FRAME
    voices = [np.resize(speech(name).astype(float), samples) for name in ("hana", "sami") * 4]
    return sum(np.roll(voice, int(chance.integers(samples))) for voice in voices)


STEADY = [white, pink, brown, fan, hum]


def talks(pcm: Pcm, meter: Meter | None = None) -> np.ndarray:
    """Of every tick: does the meter say that somebody talks?"""
    meter = meter or Meter()
    states = []
    for frame in pcm.reshape(-1, FRAME):
        meter.add(frame)
        states.append(meter.is_talking)
    return np.array(states)


def dialogue() -> np.ndarray:
    """Three seconds of nothing, Hana, two seconds of nothing, Sami, two seconds of nothing."""
    nothing = np.zeros(FRAME * SECOND, np.int16)
    parts = [nothing, nothing, nothing, speech("hana"), nothing, nothing, speech("sami")]
    return np.concatenate([*parts, nothing, nothing])


def truth(clean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From the energy of the clean voice: which ticks must count as talk, and which must not.

    Pauses of up to 0.4 s belong to the talk; its first 60 ms and the 0.4 s after it are free.
    """
    powers = (clean.reshape(-1, FRAME).astype(float) ** 2).mean(axis=1)
    is_active = powers > powers[powers > 0].mean() / 10**2.5
    active = np.flatnonzero(is_active)
    is_talk, is_free = is_active.copy(), np.zeros(is_active.size, bool)
    for start, end in pairwise(active):
        if end - start <= 20:
            is_talk[start:end] = True
    for tick in np.flatnonzero(is_talk[1:] & ~is_talk[:-1]) + 1:
        is_free[tick : tick + 3] = True
    for tick in np.flatnonzero(is_talk[:-1] & ~is_talk[1:]):
        is_free[tick + 1 : tick + 21] = True
    return is_talk & ~is_free, ~is_talk & ~is_free


def hits_and_false_alarms(clean: Pcm, heard: Pcm) -> tuple[float, float]:
    """After the first three seconds, in which the noise is learnt."""
    must, must_not = (ticks[3 * SECOND :] for ticks in truth(clean))
    states = talks(heard)[3 * SECOND :]
    return states[must].mean(), states[must_not].mean()


@pytest.mark.parametrize(("snr_db", "least_hits"), [(15, 0.95), (10, 0.9)], ids=["15", "10"])
@pytest.mark.parametrize("noise", [*STEADY, babble])
def test_talk_is_told_from_noise(noise, snr_db, least_hits):
    clean = at_dbfs(dialogue(), SPEECH_DBFS)
    ticks = clean.size // FRAME
    heard = clean + at_dbfs(noise(ticks, seed=1), SPEECH_DBFS - snr_db)

    hits, false_alarms = hits_and_false_alarms(clean, heard)

    assert hits >= least_hits
    assert false_alarms < 0.02


@pytest.mark.parametrize("dbfs", [-20, -35, -45])
def test_clean_talk_counts_down_to_a_whisper(dbfs):
    clean = at_dbfs(dialogue(), dbfs)
    room = at_dbfs(white(clean.size // FRAME, seed=1), -72)

    hits, false_alarms = hits_and_false_alarms(clean, clean + room)

    assert hits >= 0.95
    assert false_alarms == 0


@pytest.mark.parametrize("noise", STEADY)
def test_noise_from_the_first_moment_stops_counting(noise):
    states = talks(at_dbfs(noise(SECOND * 4, seed=1), -38))

    assert not states[int(1.4 * SECOND) :].any()


def test_babble_from_the_first_moment_stops_counting():
    shares = [
        talks(at_dbfs(babble(SECOND * 8, seed), -38))[int(2.8 * SECOND) :].mean()
        for seed in range(1, 7)
    ]

    assert np.mean(shares) < 0.05


@pytest.mark.parametrize("noise", STEADY)
def test_noise_that_comes_on_stops_counting(noise):
    quiet, loud = (at_dbfs(noise(SECOND * 4, seed=1), dbfs) for dbfs in (-58, -35))

    states = talks(np.concatenate([quiet, loud]))

    assert not states[int(5.4 * SECOND) :].any()


def test_noise_that_rises_slowly_never_counts():
    rising = np.repeat(10 ** (np.linspace(-65, -35, SECOND * 10) / 20), FRAME)
    noise = pink(SECOND * 10, seed=1)

    states = talks((noise / noise.std() * rising * PEAK).astype(np.int16))

    assert not states.any()


def test_talk_starts_within_60_ms():
    voice = at_dbfs(speech("hana"), SPEECH_DBFS)
    silence = np.zeros(FRAME * SECOND, np.int16)

    states = talks(np.concatenate([silence, voice]))

    assert not states[:SECOND].any()
    assert states[SECOND + 2]


def test_talk_ends_between_300_and_400_ms_after_the_last_sound():
    voice = at_dbfs(speech("hana"), SPEECH_DBFS)[: FRAME * 18]  # ends in the middle of a vowel
    silence = np.zeros(FRAME * SECOND, np.int16)

    states = talks(np.concatenate([silence, voice, silence]))

    after = states[SECOND + 18 :]
    assert after[:15].all()
    assert not after[20:].any()


def test_pauses_between_words_do_not_flicker():
    states = talks(at_dbfs(speech("hana"), SPEECH_DBFS))

    # Only its two longest pauses may show, at the ends of phrases: 0.40 and 0.26 s.
    assert np.count_nonzero(states[1:] & ~states[:-1]) <= 3


def test_keys_struck_in_a_room_do_not_count():
    chance = np.random.default_rng(1)
    typing = at_dbfs(white(SECOND * 10, seed=1), -62).astype(float)
    at = np.arange(FRAME * 10)
    room = 0.1 * 10 ** (-3 * at / (0.2 * RATE_HZ))  # 60 dB in 0.2 s
    for start in range(FRAME * 5, typing.size - at.size, int(FRAME * 7.3)):
        key = np.exp(-at / chance.integers(60, 180))
        typing[start : start + at.size] += chance.normal(0, 8000, at.size) * (key + room)

    states = talks(np.clip(typing, -PEAK, PEAK).astype(np.int16))

    assert not states.any()


def test_hum_of_a_melody_counts_for_most_of_it():
    melody = clip()
    sounds = (melody.reshape(-1, FRAME).astype(float) ** 2).mean(axis=1) > 300**2

    assert talks(melody)[sounds].mean() > 0.8


def test_level_is_between_0_and_1_and_follows_loudness():
    levels = []
    for dbfs in (-50, -40, -30, -20, -10):
        meter = Meter()
        talks(at_dbfs(speech("hana")[: FRAME * 60], dbfs), meter)
        levels.append(meter.level)

    assert levels == sorted(levels)
    assert 0 < levels[0] < levels[-1] <= 1
