"""The audience as a drawing: never outside its box, whatever the numbers."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaces.audience_chart import NARROW, WIDE, Point, draw, level_step, minutes_per

plans = pytest.mark.parametrize("plan", [WIDE, NARROW], ids=["wide", "narrow"])
counts = st.integers(0, 2_000_000)
# Minutes that nobody measured are missing.
audiences = st.dictionaries(
    st.integers(0, 30 * 24 * 60), st.tuples(counts, counts), max_size=300
).map(
    lambda found: [
        Point(minute=minute, listeners=listeners, joined=joined)
        for minute, (listeners, joined) in sorted(found.items())
    ]
)


def points(*minutes):
    return [
        Point(minute=number, listeners=listeners, joined=joined)
        for number, (listeners, joined) in enumerate(minutes)
    ]


@plans
@given(audience=audiences)
def test_nothing_is_drawn_outside_its_box(plan, audience):
    chart = draw("any", audience, plan)

    left, right = plan.start, plan.width - plan.end
    for bar in (*chart.listeners, *chart.joined):
        assert left <= bar.x
        assert bar.x + bar.width <= right + 0.001
        assert plan.top - 0.001 <= bar.y
        assert bar.y + bar.height == pytest.approx(plan.height - plan.bottom)
        assert bar.width > 0
    for word in (*chart.levels, *chart.times):
        assert 0 <= float(word.x) <= right
        assert plan.top <= float(word.y) <= plan.height


@plans
@given(audience=audiences)
def test_there_are_no_more_bars_and_words_than_fit(plan, audience):
    chart = draw("any", audience, plan)

    assert max(len(chart.listeners), len(chart.joined)) <= plan.bars
    assert 1 <= len(chart.times) <= plan.times
    assert 2 <= len(chart.levels) <= 5


@given(audience=audiences)
def test_bars_stand_beside_each_other(audience):
    chart = draw("any", audience, WIDE)

    bars = sorted((*chart.listeners, *chart.joined), key=lambda bar: bar.x)
    for one, next_one in pairwise(bars):
        assert one.x + one.width <= next_one.x + 0.001


@plans
def test_no_minute_is_an_empty_drawing(plan):
    chart = draw("any", [], plan)

    assert (chart.listeners_path, chart.joined_path) == ("", "")
    assert [word.text for word in chart.times] == ["0:00"]
    assert [word.text for word in chart.levels] == ["0", "1"]


def test_one_minute_is_a_bar_of_each():
    chart = draw("any", points((4, 2)), WIDE)

    (listeners,), (joined,) = chart.listeners, chart.joined
    assert listeners.height == pytest.approx(2 * joined.height)
    assert listeners.height == pytest.approx(WIDE.height - WIDE.top - WIDE.bottom)


def test_many_minutes_share_bars_by_the_most_and_by_the_sum():
    chart = draw("any", points(*[(1, 1), (5, 1)] * 60), WIDE)

    # Two minutes a bar: the most who listened are 5, and two came.
    assert len(chart.listeners) == 60
    assert chart.listeners[0].height == pytest.approx(2.5 * chart.joined[0].height)
    assert [word.text for word in chart.times][:3] == ["0:00", "0:15", "0:30"]


def test_one_of_very_many_is_still_seen():
    chart = draw("any", points((1, 0), (1_000_000, 0)), WIDE)

    assert chart.listeners[0].height > 1


def test_numbers_of_the_drawing_are_written_with_points():
    chart = draw("any", points((3, 1), (2, 0), (1, 1)), WIDE)

    assert re.fullmatch(r"[MHhvz0-9. -]*", chart.listeners_path + chart.grid_path)
    assert chart.listeners_path.count("M") == 3


@pytest.mark.parametrize(
    ("highest", "step"), [(1, 1), (4, 1), (5, 2), (8, 2), (9, 5), (100, 50), (1_234, 500)]
)
def test_levels_are_round_numbers(highest, step):
    assert level_step(highest) == step


@pytest.mark.parametrize(
    ("span", "most", "minutes"), [(1, 60, 1), (60, 60, 1), (61, 60, 2), (240, 20, 15)]
)
def test_bars_stand_for_round_numbers_of_minutes(span, most, minutes):
    assert minutes_per(span, most) == minutes
