"""The half-round: seats on the picture, and as many lit as the data says."""

from typing import get_args

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from config import half_round

VARIANTS = get_args(half_round.Variant)
BOWLS = [name for name in VARIANTS if isinstance(half_round.plan(name), half_round.Bowl)]
FANS = [name for name in VARIANTS if name not in BOWLS]


def dots(path: str) -> int:
    return path.count("h0")


@pytest.mark.parametrize("variant", VARIANTS)
def test_seats_stay_inside_the_picture_at_the_sides(variant):
    left, _, width, _ = (float(part) for part in half_round.plan(variant).view_box.split())

    xs = [x for x, _ in half_round.seats_of(variant)]

    assert left <= min(xs)
    assert max(xs) <= left + width


@pytest.mark.parametrize("variant", FANS)
def test_fan_is_symmetric(variant):
    left, _, width, _ = (float(part) for part in half_round.plan(variant).view_box.split())
    middle = left + width / 2

    seats = {(round(x - middle, 3), round(y, 3)) for x, y in half_round.seats_of(variant)}

    assert seats == {(-x, y) for x, y in seats}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_seat_is_drawn_once(variant):
    drawing = half_round.draw(variant, seats=10, lit=4)

    assert dots(drawing.free) + dots(drawing.taken) == len(half_round.seats_of(variant))


@pytest.mark.parametrize("variant", BOWLS)
def test_audience_takes_one_seat_each_until_the_house_is_full(variant):
    drawn = len(half_round.seats_of(variant))

    taken = [dots(half_round.draw(variant, lit=lit).taken) for lit in (0, 1, 12, drawn, 5_000)]

    assert taken == [0, 1, 12, drawn, drawn]


@pytest.mark.parametrize("variant", BOWLS)
def test_one_more_listener_moves_nobody(variant):
    before = set(half_round.draw(variant, lit=12).taken.split("M"))
    after = set(half_round.draw(variant, lit=13).taken.split("M"))

    assert before < after


@pytest.mark.parametrize("variant", FANS)
def test_followers_fill_the_front_rows_first(variant):
    assert half_round.filling_order(variant) == tuple(range(len(half_round.seats_of(variant))))


@pytest.mark.parametrize(
    ("lit", "taken"),
    [(-1, 0), (0, 0), (1, 1), (300, 30), (587, 58), (599, 59), (600, 60), (900, 60)],
)
def test_progress_is_full_only_at_the_bar(lit, taken):
    assert half_round.seats_taken(drawn=60, seats=600, lit=lit) == taken


def test_no_bar_is_full_with_anybody():
    assert half_round.seats_taken(drawn=60, seats=0, lit=1) == 60


def test_drawing_is_the_same_in_a_language_that_writes_decimals_with_a_comma():
    drawing = {"drawing": half_round.draw("card", lit=3), "is_bowl": True}

    with translation.override("de"):
        german = render_to_string("components/_half_round.html", drawing)

    assert german == render_to_string("components/_half_round.html", drawing)
