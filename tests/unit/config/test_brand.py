"""Colours of an operator: whatever the accent, words can be read on and beside it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import brand, checks

OURS = brand.TOKENS_CSS.read_text()
colours = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#ffffff", "#ffffff", 1.0), ("#777777", "#ffffff", 4.48)],
)
def test_contrast_is_the_one_of_wcag(one, other, ratio):
    assert brand.contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert brand.contrast(other, one) == brand.contrast(one, other)


def test_tokens_are_read_by_day_and_by_night():
    assert brand.house()["brand"] == brand.Shades("#0a5463", "#8fd6df")
    assert brand.house()["lamp"] == brand.Shades("#ffc94d", "#ffc94d")


def test_our_own_tokens_keep_every_ratio():
    assert brand.faults(brand.house()) == []
    assert checks.colours_can_be_read() == []


BREAKING = {
    "brand": "light-dark(#ffffff, #0d2329)",
    "on-brand": "light-dark(#0a5463, #8fd6df)",
    "brand-tint": "light-dark(#45595e, #a5bcc0)",
    "stage": "#a5bcc0",
    "stage-glow": "#ffc94d",
    "lamp": "#2a1b00",
    "on-lamp": "#ffc94d",
    "lamp-edge": "light-dark(#eef2f1, #061519)",
}


@pytest.mark.parametrize("name", BREAKING)
def test_token_that_cannot_be_read_is_named(name):
    broken = brand.read_tokens(f":root {{ --{name}: {BREAKING[name]}; }}")

    found = brand.faults(brand.house() | broken)

    assert found
    assert all(f"--{name}" in fault for fault in found)


@pytest.mark.parametrize("rule", brand.RULES, ids=lambda rule: f"{rule.front} on {rule.ground}")
def test_each_rule_is_held(rule):
    same = brand.house() | {rule.front: brand.house()[rule.ground]}

    assert any(f"--{rule.front} on --{rule.ground} has 1.00:1" in at for at in brand.faults(same))


def test_missing_token_is_named():
    less = {name: shades for name, shades in brand.house().items() if name != "lamp-edge"}

    assert brand.faults(less) == ["There is no colour --lamp-edge."]


def test_check_speaks_of_a_tokens_css_that_breaks_a_ratio(monkeypatch):
    broken = brand.read_tokens(OURS.replace("--on-lamp: #2a1b00", "--on-lamp: #ffffff"))
    monkeypatch.setattr(brand, "house", lambda: broken)

    found = checks.colours_can_be_read()

    assert [message.id for message in found] == ["rostrum.E008"] * 2
    assert "--on-lamp on --lamp has 1.53:1 by day" in found[0].msg


@given(accent=colours)
def test_every_accent_can_be_read(accent):
    assert brand.faults(brand.house() | brand.derive(accent)) == []


def test_accent_that_can_be_read_is_taken_as_it_is():
    assert brand.derive("#5b21b6")["brand"].day == "#5b21b6"


def test_house_without_room_for_a_shade_is_said():
    grey = brand.house() | {"surface": brand.Shades("#777777", "#777777")}

    with pytest.raises(brand.NoReadableShade):
        brand.derive("#5b21b6", grey)


def test_stylesheet_sets_the_three_tokens_and_nothing_else():
    tokens = brand.read_tokens(brand.stylesheet("#5b21b6"))

    assert tokens == brand.derive("#5b21b6")
    assert tokens.keys() == {"brand", "on-brand", "brand-tint"}
