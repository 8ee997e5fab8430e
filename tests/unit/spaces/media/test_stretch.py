import numpy as np
import pytest

from spaces.media.opus import FRAME
from spaces.media.stretch import LEAST_LAG, MOST_LAG, OVERLAP, left_out, shortened
from tests.speech import speech

from .test_opus import tone

TWO_FRAMES = 2 * FRAME


@pytest.mark.parametrize("hertz", [90, 150, 220, 380])
def test_whole_periods_of_a_tone_are_left_out(hertz):
    pcm = tone(hertz, 2)

    shorter = shortened(pcm, FRAME)

    periods = (pcm.size - shorter.size) * hertz / 48_000
    assert round(periods) >= 1
    assert periods == pytest.approx(round(periods), abs=0.03)


def test_shortened_tone_is_the_same_tone():
    pcm = tone(220, 2)

    shorter = shortened(pcm, FRAME)

    error = shorter.astype(int) - pcm[: shorter.size]
    assert np.abs(error).max() < 8000 / 50


def test_noise_has_no_period_to_leave_out():
    noise = np.random.default_rng(1).normal(0, 3000, TWO_FRAMES).astype(np.int16)

    assert shortened(noise, FRAME) is noise


@pytest.mark.parametrize("most", [0, 1, LEAST_LAG - 1, LEAST_LAG, 300, FRAME, 5 * FRAME])
def test_no_more_is_left_out_than_asked(most):
    pcm = tone(300, 10)

    assert 0 <= pcm.size - shortened(pcm, most).size <= min(most, MOST_LAG)


def test_silence_is_shortened_to_silence():
    assert not shortened(np.zeros(TWO_FRAMES, np.int16), FRAME).any()


def test_speech_is_shortened_without_a_jump():
    said = speech("hana")
    steepest = np.abs(np.diff(said.astype(int))).max()
    shorter = [
        shortened(said[at : at + TWO_FRAMES], FRAME)
        for at in range(0, said.size - TWO_FRAMES, 5 * FRAME)
    ]

    assert sum(part.size < TWO_FRAMES for part in shorter) > len(shorter) / 4
    assert max(np.abs(np.diff(part.astype(int))).max() for part in shorter) <= steepest


def test_rest_follows_the_fade_unchanged():
    pcm = np.random.default_rng(1).normal(0, 3000, TWO_FRAMES).astype(np.int16)

    shorter = left_out(pcm, 700)

    assert shorter[0] == pcm[0]
    np.testing.assert_array_equal(shorter[OVERLAP:], pcm[700 + OVERLAP :])
