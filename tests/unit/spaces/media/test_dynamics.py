import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spaces.media.dynamics import Leveller, Limiter
from spaces.media.opus import FRAME, PEAK
from spaces.media.talking import Meter
from tests.speech import speech

from .test_opus import tone
from .test_talking import at_dbfs, pink


def thirteen_tones(frames: int) -> np.ndarray:
    at = np.arange(frames * FRAME) / 48_000
    voices = [PEAK * np.sin(2 * np.pi * (200 + 37 * voice) * at) for voice in range(13)]
    return np.rint(np.sum(voices, axis=0)).astype(np.int32)


def eight_voices() -> np.ndarray:
    """All at once, each at full scale: what a stage does when it laughs."""
    names = ("hana", "sami") * 4
    whole = speech("hana").size
    voices = [
        np.roll(np.resize(speech(name).astype(np.int32), whole), number * whole // 8) * 7 // 5
        for number, name in enumerate(names)
    ]
    return np.sum(voices, axis=0, dtype=np.int32)


def limited(total: np.ndarray) -> np.ndarray:
    limiter = Limiter()
    return np.concatenate([limiter.apply(frame) for frame in total.reshape(-1, FRAME)])


def clipped(total: np.ndarray) -> np.ndarray:
    return np.clip(total, -PEAK - 1, PEAK).astype(np.int16)


def distortion_db(total: np.ndarray, heard: np.ndarray) -> float:
    """Signal to what is no scaled copy of it: the mean over the frames that do not fit."""
    wanted, got = (each.reshape(-1, FRAME).astype(float) for each in (total, heard))
    too_loud = np.abs(wanted).max(axis=1) > PEAK
    wanted, got = wanted[too_loud], got[too_loud]
    scaled = wanted * ((wanted * got).sum(axis=1) / (wanted**2).sum(axis=1))[:, np.newaxis]
    rounding = 1 / 12
    noise = np.maximum(((got - scaled) ** 2).mean(axis=1), rounding)
    return float((10 * np.log10((scaled**2).mean(axis=1) / noise)).mean())


def test_thirteen_full_scale_tones_neither_wrap_nor_clip():
    total = thirteen_tones(100)

    mixed = limited(total)

    # Wrapping flips signs; clipping holds the same extreme for several samples.
    assert (np.sign(mixed) * np.sign(total) >= 0).all()
    at_the_top = np.abs(mixed.astype(int)) >= PEAK
    assert not (at_the_top[1:] & at_the_top[:-1]).any()


def test_thirteen_steady_tones_keep_a_steady_gain():
    limiter = Limiter()
    gains = []
    for frame in thirteen_tones(150).reshape(-1, FRAME):
        limiter.apply(frame)
        gains.append(limiter.gain)

    settled = gains[50:]
    assert 20 * np.log10(max(settled) / min(settled)) < 1


@pytest.mark.parametrize(
    ("total", "at_least_db"),
    [(thirteen_tones(100), 60), (eight_voices(), 45)],
    ids=["tones", "voices"],
)
def test_limiter_distorts_far_less_than_clipping(total, at_least_db):
    limiting_db = distortion_db(total, limited(total))

    assert limiting_db > at_least_db
    assert limiting_db > distortion_db(total, clipped(total)) + 15


def test_gain_goes_down_without_a_step_before_the_peak():
    total = np.full(FRAME, 30_000, np.int32)
    total[600:640] = 90_000

    gain = Limiter().apply(total) / total

    steps = np.diff(gain)
    assert gain[0] > 0.999
    assert gain[600] == pytest.approx(PEAK / 90_000, abs=1e-4)
    assert steps.min() > -0.002
    assert steps.max() < 1e-4


def test_gain_begins_where_the_last_frame_ended_unless_the_first_block_is_too_loud():
    limiter = Limiter()
    unlike = 0
    for frame in eight_voices().reshape(-1, FRAME):
        before = limiter.gain
        mixed = limiter.apply(frame)
        if np.abs(frame[:40]).max() * before < PEAK:
            unlike = max(unlike, abs(int(mixed[0]) - round(int(frame[0]) * before)))

    assert unlike < 50  # of 32767: the first step of a ramp


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), voices=st.integers(1, 50), ticks=st.integers(1, 6))
def test_nothing_wraps_grows_or_changes_its_sign(seed, voices, ticks):
    chance = np.random.default_rng(seed)
    limiter = Limiter()
    for loudness in chance.choice([0.0, 0.001, 0.3, 1.0], ticks):
        most = int(voices * 32768 * loudness)
        total = chance.integers(-most, most, FRAME, np.int32, endpoint=True)
        fits = total.max() <= PEAK and total.min() >= -PEAK - 1
        was_open = limiter.gain == 1.0

        mixed = limiter.apply(total).astype(np.int32)

        assert (mixed * np.sign(total) >= 0).all()
        assert (np.abs(mixed) <= np.abs(total)).all()
        if fits and was_open:
            assert (mixed == total).all()


def test_limiter_leaves_alone_what_fits():
    limiter = Limiter()
    total = np.array([32767, -32768, 5] * 320, np.int32)

    assert (limiter.apply(total) == total).all()


def test_gain_stands_still_for_60_ms_after_a_peak():
    limiter = Limiter()
    limiter.apply(np.full(FRAME, 90_000, np.int32))
    held = limiter.gain

    gains = []
    for _ in range(4):
        limiter.apply(np.full(FRAME, 1000, np.int32))
        gains.append(limiter.gain)

    assert gains[:3] == [held] * 3
    assert held < gains[3] < held * 1.05


def test_limiter_lets_go_after_a_loud_moment():
    limiter = Limiter()
    limiter.apply(np.full(FRAME, 90_000, np.int32))
    quiet = np.full(FRAME, 1000, np.int32)

    for _ in range(400):
        mixed = limiter.apply(quiet)

    assert (mixed == 1000).all()


def levelled(pcm: np.ndarray) -> tuple[np.ndarray, list[float]]:
    """What the mix gets of this voice, and the gain of every tick in dB."""
    meter, leveller = Meter(), Leveller()
    heard, gains = [], []
    for frame in pcm.reshape(-1, FRAME):
        meter.add(frame)
        heard.append(leveller.apply(frame, is_talking=meter.is_talking))
        gains.append(leveller.gain_db)
    return np.concatenate(heard), gains


def talk_dbfs(pcm: np.ndarray) -> float:
    powers = (pcm.reshape(-1, FRAME).astype(float) ** 2).mean(axis=1) / PEAK**2
    return float(10 * np.log10(powers[powers > powers.max() / 1000].mean()))


def test_people_34_db_apart_come_out_within_8_db_after_five_seconds():
    voices = [at_dbfs(speech("hana"), dbfs) for dbfs in (-40, -20, -6)]

    levels = [talk_dbfs(levelled(voice)[0][48_000 * 5 :]) for voice in voices]

    assert max(levels) - min(levels) < 8
    assert all(-27 < level < -16 for level in levels)


def test_noise_is_not_pumped_up():
    noise = at_dbfs(pink(500, seed=1), -45)

    _, gains = levelled(noise)

    assert max(gains) < 0.5


def test_noise_under_a_quiet_voice_stays_below_50_dbfs():
    voice = at_dbfs(speech("hana"), -38)
    pause = np.zeros(FRAME * 100, np.int16)
    said = np.concatenate([pause, voice, pause])
    noise = at_dbfs(pink(said.size // FRAME, seed=1), -58)

    heard, _ = levelled(said + noise)

    assert talk_dbfs(heard[-FRAME * 50 :]) < -49
    assert talk_dbfs(heard[FRAME * 250 : -FRAME * 100]) > talk_dbfs(voice) + 5


def test_gain_moves_slowly_and_without_steps():
    leveller = Leveller()
    voice = np.full(FRAME, 8000, np.int16)

    gains, heard = [], []
    for _ in range(200):
        heard.append(leveller.apply(voice, is_talking=True))
        gains.append(leveller.gain_db)

    assert np.abs(np.diff(gains)).max() <= 6 / 50 + 1e-9
    assert gains[-1] < -7
    assert np.abs(np.diff(np.concatenate(heard))).max() <= 1


def test_gain_waits_while_nobody_talks():
    leveller = Leveller()
    for frame in tone(440, 200, 800).reshape(-1, FRAME):
        leveller.apply(frame, is_talking=True)
    raised = leveller.gain_db

    for _ in range(100):
        leveller.apply(np.zeros(FRAME, np.int16), is_talking=False)

    assert raised > 10
    assert leveller.gain_db == raised
