"""Words as the host's filter compares them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.words import fold


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("SPAM", "spam"),
        ("Café", "cafe"),
        ("Cafe\u0301", "cafe"),
        ("Straße", "strasse"),
        ("ｓｐａｍ", "spam"),
        ("s\u200bp\u00adam", "spam"),
        ("  buy \t now ", "buy now"),
        ("ΌΔΟΣ", "οδοσ"),
        ("한국", "한국"),
        ("ばか", "ばか"),
        ("ﾊﾞｶ", "バカ"),
        ("กู่", "กู่"),
    ],
)
def test_case_accents_and_form_make_no_difference(written, folded):
    assert fold(written) == folded


def test_vowels_that_are_marks_stay():
    assert fold("की") != fold("कु")
    assert fold("กู") != fold("กุ")


@given(st.text())
def test_folding_twice_changes_nothing_more(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(), st.text())
def test_lines_are_folded_one_by_one(first, second):
    assert fold(f"{first} {second}") == fold(f"{fold(first)} {fold(second)}")
