import numpy as np

from spaces.media.opus import FRAME
from spaces.media.talking import Meter

from .test_opus import tone


def test_short_pause_between_words_does_not_flicker():
    meter = Meter()
    word, pause = tone(440, 1), np.zeros(FRAME, np.int16)
    meter.add(word)

    states = []
    for _ in range(10):
        meter.add(pause)
        states.append(meter.is_talking)

    assert all(states)


def test_hum_below_the_threshold_is_not_talking():
    meter = Meter()

    for _ in range(50):
        meter.add(tone(100, 1, 40))

    assert not meter.is_talking
