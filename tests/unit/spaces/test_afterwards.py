"""How exactly numbers are told, and what a spreadsheet is given."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaces.afterwards import Figure, average_stay, honest
from spaces.models import AudienceMinute
from spaces.views.analytics import cell


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, 0), (7, 7), (999, 999), (1_000, 1_000), (1_004, 1_000), (1_005, 1_010), (12_345, 12_300)],
)
def test_large_numbers_are_told_to_three_figures(number, shown):
    assert honest(number) == Figure(number=shown, is_about=shown != number)


@pytest.mark.parametrize(("number", "shown"), [(7, 7), (99, 99), (143, 140), (1_290, 1_300)])
def test_guess_is_told_to_two_figures_and_is_about(number, shown):
    assert honest(number, is_estimate=True) == Figure(number=shown, is_about=True)


@given(st.integers(0, 10**9), st.booleans())
def test_what_is_told_is_near_what_was_counted(number, is_estimate):
    told = honest(number, is_estimate=is_estimate)

    assert abs(told.number - number) <= number * 0.05


def stay(*listeners, total, longest=timedelta(hours=1)):
    minutes = [AudienceMinute(listeners=count) for count in listeners]
    return average_stay(minutes, total=total, longest=longest)


def test_average_stay_is_what_the_minutes_hold_shared_by_all_who_came():
    assert stay(2, 4, 4, 2, total=4) == timedelta(minutes=3)


def test_nobody_stays_longer_than_the_space_lasted():
    assert stay(3, total=1, longest=timedelta(seconds=40)) == timedelta(seconds=40)


def test_nobody_has_no_average_stay():
    assert stay(0, 0, total=0) is None


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1"])
def test_title_is_never_a_formula(title):
    assert cell(title) == f"'{title}"


@pytest.mark.parametrize("title", ["Who stays?", "2 = 1 + 1", ""])
def test_other_titles_are_left_as_they_are(title):
    assert cell(title) == title
