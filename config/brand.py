"""An operator's colours: one accent becomes three tokens by day and by night, all readable.

Ratios are WCAG's. The rules and the tokens they hold for: `static/css/tokens.css`, part 1.
"""

import colorsys
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from . import env

TOKENS_CSS = env.BASE_DIR / "static" / "css" / "tokens.css"
COLOUR = "#[0-9a-fA-F]{6}"

_TOKEN = re.compile(rf"--([a-z0-9-]+): (?:light-dark\(({COLOUR}), ({COLOUR})\)|({COLOUR}));")
_STEPS = 200


class Shades(NamedTuple):
    """One token by day and by night."""

    day: str
    night: str


class Rule(NamedTuple):
    """What stands on what, and how well it must be told apart; `lit`: on the stage, always dark."""

    front: str
    ground: str
    least: float
    is_lit: bool = False


RULES = (
    Rule("on-brand", "brand", 4.5),
    Rule("brand", "surface", 4.5),
    Rule("brand", "bg", 4.5),
    Rule("brand", "brand-tint", 4.5),
    Rule("ink-2", "brand-tint", 4.5),
    Rule("brand", "stage-glow", 4.5, is_lit=True),
    Rule("ink-2", "stage", 4.5, is_lit=True),
    Rule("ink-2", "stage-glow", 4.5, is_lit=True),
    Rule("lamp", "stage", 4.5, is_lit=True),
    Rule("lamp", "stage-glow", 4.5, is_lit=True),
    Rule("on-lamp", "lamp", 4.5),
    Rule("lamp-edge", "bg", 3.0),
)

Tokens = Mapping[str, Shades]


class NoReadableShade(ValueError):
    """No lightness of the hue can be read on the surfaces of the house."""


def read_tokens(css: str) -> dict[str, Shades]:
    """Every token whose value is a colour."""
    return {
        name: Shades(day or both, night or both) for name, day, night, both in _TOKEN.findall(css)
    }


@cache
def house() -> dict[str, Shades]:
    """The tokens as they are without an accent."""
    return read_tokens(TOKENS_CSS.read_text(encoding="utf-8"))


def contrast(one: str, other: str) -> float:
    """1 to 21. Source: WCAG 2.2, relative luminance and contrast ratio."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def faults(tokens: Tokens) -> list[str]:
    """The rules that these tokens break, a sentence each."""
    found = []
    for rule in RULES:
        if missing := {rule.front, rule.ground} - tokens.keys():
            found.append(f"There is no colour --{min(missing)}.")
            continue
        front, ground = tokens[rule.front], tokens[rule.ground]
        for theme in ("night",) if rule.is_lit else ("day", "night"):
            ratio = contrast(getattr(front, theme), getattr(ground, theme))
            if ratio < rule.least:
                found.append(
                    f"--{rule.front} on --{rule.ground} has {ratio:.2f}:1 by {theme}; "
                    f"it needs {rule.least:g}:1."
                )
    return found


def derive(accent: str, tokens: Tokens | None = None) -> dict[str, Shades]:
    """The accent's hue in the three tokens that carry it, each as near to it as can be read.

    Raises: NoReadableShade, which takes a house of other colours than ours.
    """
    tokens = house() if tokens is None else tokens
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(accent))

    def shade(near: float, full: float, fits: Callable[[str], bool]) -> str:
        """Of this hue, the fitting colour nearest to a lightness; full: share of saturation."""
        steps = sorted(range(_STEPS + 1), key=lambda step: abs(step / _STEPS - near))
        candidates = [near, *(step / _STEPS for step in steps)]
        colours = (_hex(colorsys.hls_to_rgb(hue, one, saturation * full)) for one in candidates)
        if (found := next(filter(fits, colours), None)) is None:
            raise NoReadableShade(accent)
        return found

    def tint(near: float, theme: str) -> str:
        words = getattr(tokens["ink-2"], theme)
        return shade(near, 0.5, lambda colour: contrast(words, colour) >= 4.6)

    tints = Shades(tint(0.9, "day"), tint(0.14, "night"))
    by_day = shade(lightness, 1, _stands_on("#ffffff", tints.day, *_grounds(tokens, "day")))
    by_night = shade(
        max(lightness, 0.7),
        0.85,
        _stands_on(tints.night, tokens["stage-glow"].night, *_grounds(tokens, "night")),
    )
    return {
        "brand": Shades(by_day, by_night),
        "on-brand": Shades("#ffffff", shade(0.08, 1, _stands_on(by_night))),
        "brand-tint": tints,
    }


# Anybody may ask for any colour: only the last few are kept.
@lru_cache(maxsize=16)
def stylesheet(accent: str) -> str:
    """What a page loads after the tokens."""
    lines = [
        f"  --{name}: light-dark({shades.day}, {shades.night});"
        for name, shades in derive(accent).items()
    ]
    return "\n".join([":root {", *lines, "}", ""])


def version(accent: str) -> str:
    """Changes with what is derived, so that browsers may keep the stylesheet for good."""
    return hashlib.sha256(stylesheet(accent).encode()).hexdigest()[:12]


def _grounds(tokens: Tokens, theme: str) -> Iterable[str]:
    return (getattr(tokens[name], theme) for name in ("surface", "bg", "raised"))


def _stands_on(*grounds: str) -> Callable[[str], bool]:
    return lambda colour: all(contrast(colour, ground) >= 4.5 for ground in grounds)


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _hex(channels: Iterable[float]) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)


def _luminance(colour: str) -> float:
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in _channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
