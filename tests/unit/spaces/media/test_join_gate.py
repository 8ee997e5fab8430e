import asyncio

import pytest

from spaces.media.join_gate import BURST_S, TELL_EVERY_S, JoinGate


class Crowd:
    """People at one gate, on a clock of their own."""

    def __init__(self, per_s: int) -> None:
        self.now_s = 50.0
        self.gate = JoinGate(per_s, now=lambda: self.now_s, sleep=self.sleep)
        self.told: list[int] = []

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds

    def come(self) -> float:
        """How long the newcomer waits. The clock is set back: all come at the same moment."""
        came_s = self.now_s
        asyncio.run(self.gate.enter(self.told.append))
        waited_s = self.now_s - came_s
        self.now_s = came_s
        return waited_s


def test_first_ones_are_let_in_at_once():
    crowd = Crowd(50)

    waits = [crowd.come() for _ in range(int(50 * BURST_S))]

    assert max(waits) == pytest.approx(0)
    assert crowd.told == []


def test_crowd_is_let_in_one_after_another():
    crowd = Crowd(50)

    waits = [crowd.come() for _ in range(60)]

    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(60 / 50 - BURST_S)


def test_person_who_waits_is_told_how_many_are_before_them():
    crowd = Crowd(10)
    for _ in range(42):
        crowd.come()
    crowd.told.clear()

    waited_s = crowd.come()

    assert crowd.told[0] == 41
    assert crowd.told == sorted(crowd.told, reverse=True)
    assert len(crowd.told) == int(waited_s / TELL_EVERY_S) + 1


def test_nobody_waits_where_people_come_slower_than_the_gate():
    crowd = Crowd(10)
    waits = []
    for _ in range(100):
        waits.append(crowd.come())
        crowd.now_s += 0.1

    assert max(waits) < 0.001


def test_lone_person_at_a_slow_gate_does_not_wait():
    assert Crowd(1).come() == pytest.approx(0)
