import numpy as np

from spaces.media.dynamics import Limiter
from spaces.media.opus import FRAME


def test_thirteen_full_scale_tones_never_wrap():
    limiter = Limiter()
    previous = 0
    for number in range(50):
        at = np.arange(FRAME) + number * FRAME
        voices = [
            np.rint(32767 * np.sin(2 * np.pi * (200 + 37 * voice) * at / 48_000))
            for voice in range(13)
        ]
        total = np.sum(voices, axis=0).astype(np.int32)

        mixed = limiter.apply(total)

        # Wrapping would flip signs; limiting and clipping never do.
        loud = np.abs(total) > 3000
        assert (np.sign(mixed[loud]) == np.sign(total[loud])).all()
        assert abs(int(mixed[0]) - previous) < 30_000
        previous = int(mixed[-1])


def test_limiter_leaves_alone_what_fits():
    limiter = Limiter()
    total = np.array([32767, -32768, 5] * 320, np.int32)

    assert (limiter.apply(total) == total).all()


def test_limiter_lets_go_after_a_loud_moment():
    limiter = Limiter()
    limiter.apply(np.full(FRAME, 90_000, np.int32))
    quiet = np.full(FRAME, 1000, np.int32)

    for _ in range(400):
        mixed = limiter.apply(quiet)

    assert (mixed == 1000).all()
