import asyncio
import random
from collections.abc import Callable

import pytest

from spaces.media.clock import (
    LOAD_WINDOW_S,
    SKIP_LATE_S,
    TICK_S,
    WINDOWS_TO_FREE,
    WINDOWS_TO_FULL,
    Clock,
    LoadGauge,
)

HALF_AN_HOUR_S = 30 * 60


class Time:
    """A clock that only moves when somebody sleeps or works."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.cpu_s = 0.0
        self.oversleep: Callable[[], float] = lambda: 0.0

    def now(self) -> float:
        return self.now_s

    def cpu(self) -> float:
        return self.cpu_s

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds + self.oversleep()

    def gauge(self) -> LoadGauge:
        return LoadGauge(now=self.now, cpu=self.cpu)


def run_for(time: Time, seconds: float, work: Callable[[int], None] | None = None):
    """Tick until the time is over: (number, when) of every tick, and the gauge."""
    ticks: list[tuple[int, float]] = []
    is_needed = asyncio.Event()
    is_needed.set()
    gauge = time.gauge()
    end_s = time.now_s + seconds

    def on_tick(number: int) -> None:
        ticks.append((number, time.now_s))
        if work is not None:
            work(number)
        if time.now_s >= end_s:
            is_needed.clear()

    clock = Clock(on_tick, gauge, now=time.now, sleep=time.sleep)
    asyncio.run(clock._run_while(is_needed))
    return ticks, gauge


def drift_s(ticks: list[tuple[int, float]], began_s: float) -> list[float]:
    """How far each tick is from the moment its number stands for."""
    return [at - began_s - number * TICK_S for number, at in ticks]


def test_half_an_hour_of_ticks_stays_within_20_ms_of_the_clock():
    time, chance = Time(), random.Random(3)
    began_s = time.now_s
    # Sleeps that are up to 4 ms too long, and 3 ms of work in each tick.
    time.oversleep = lambda: chance.random() * 0.004

    def work(_: int) -> None:
        time.now_s += 0.003

    ticks, gauge = run_for(time, HALF_AN_HOUR_S, work)

    assert [number for number, _ in ticks] == list(range(1, HALF_AN_HOUR_S * 50 + 1))
    assert max(map(abs, drift_s(ticks, began_s))) < 0.02
    assert gauge.late_ticks == 0


def test_clock_returns_to_its_beat_after_every_stall_of_half_an_hour():
    time, chance = Time(), random.Random(4)
    began_s = time.now_s

    def stall() -> float:
        return chance.uniform(0.03, 1.0) if chance.random() < 1 / 1000 else 0.0

    time.oversleep = stall

    ticks, gauge = run_for(time, HALF_AN_HOUR_S)

    late = [drift for drift in drift_s(ticks, began_s) if drift > TICK_S]
    assert 0 < len(late) <= gauge.late_ticks
    assert abs(drift_s(ticks, began_s)[-1]) < 0.02
    assert max(late) <= SKIP_LATE_S


def test_short_delay_is_made_up_for_tick_by_tick():
    time = Time()
    stalls = iter([0.0, 0.11])
    time.oversleep = lambda: next(stalls, 0.0)

    ticks, gauge = run_for(time, 1.0)

    assert [number for number, _ in ticks] == list(range(1, len(ticks) + 1))
    assert gauge.late_ticks == 5


def test_what_a_long_stall_missed_is_left_out_and_counted():
    time = Time()
    stalls = iter([0.0, 1.0])
    time.oversleep = lambda: next(stalls, 0.0)

    ticks, gauge = run_for(time, 2.0)

    numbers = [number for number, _ in ticks]
    assert numbers[:3] == [1, 52, 53]
    assert gauge.late_ticks == 50


# --- Load ---


def pass_seconds(
    time: Time, gauge: LoadGauge, count: int, *, busy: float = 0.0, late: int = 0
) -> None:
    """Seconds of 50 ticks in which `busy` of a core is used and so many ticks are late."""
    for _ in range(count):
        time.now_s += LOAD_WINDOW_S
        time.cpu_s += busy * LOAD_WINDOW_S
        for _ in range(49 - late):
            gauge._ticks += 1
        gauge.ticked(late)


def test_share_of_a_core_is_reported():
    time = Time()
    gauge = time.gauge()

    pass_seconds(time, gauge, 1, busy=0.4)

    assert gauge.busy == pytest.approx(0.4)


@pytest.mark.parametrize("harm", [{"busy": 0.85}, {"late": 15}])
def test_node_is_overloaded_after_some_bad_seconds_and_not_after_one(harm):
    time = Time()
    gauge = time.gauge()

    pass_seconds(time, gauge, 1, **harm)
    after_one = gauge.is_overloaded
    pass_seconds(time, gauge, WINDOWS_TO_FULL - 1, **harm)

    assert not after_one
    assert gauge.is_overloaded


def test_bad_seconds_far_apart_are_no_overload():
    time = Time()
    gauge = time.gauge()

    for _ in range(10):
        pass_seconds(time, gauge, WINDOWS_TO_FULL - 1, busy=0.9)
        pass_seconds(time, gauge, 1, busy=0.5)

    assert not gauge.is_overloaded


def test_overload_ends_after_some_calm_seconds_only():
    time = Time()
    gauge = time.gauge()
    pass_seconds(time, gauge, WINDOWS_TO_FULL, busy=0.9)

    pass_seconds(time, gauge, WINDOWS_TO_FREE, busy=0.7)
    while_still_busy = gauge.is_overloaded
    pass_seconds(time, gauge, WINDOWS_TO_FREE, busy=0.5)

    assert while_still_busy
    assert not gauge.is_overloaded


@pytest.mark.asyncio
async def test_clock_stands_still_while_nothing_needs_it():
    ticks: list[int] = []
    gauge = LoadGauge()
    is_needed = asyncio.Event()
    is_needed.set()
    running = asyncio.create_task(Clock(ticks.append, gauge).run(is_needed))
    await asyncio.sleep(0.1)

    is_needed.clear()
    await asyncio.sleep(0.05)
    stood_at = len(ticks)
    await asyncio.sleep(0.2)

    assert 0 < len(ticks) == stood_at
    assert gauge.busy == 0
    running.cancel()
