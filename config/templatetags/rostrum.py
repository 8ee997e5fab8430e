"""Template tags for the parts every page uses: icons, pictures of people, the half-round."""

from collections.abc import Hashable
from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from config import half_round as half_rounds
from config.drawing import once

if TYPE_CHECKING:
    from accounts.models import User

register = template.Library()


@register.simple_tag
def drawn_once(template_name: str, **facts: Hashable) -> SafeString:
    """A part that is the same for everybody with the same facts: it is told nothing else."""
    return once(template_name, **facts)


@register.simple_tag
def icon(name: str, *, turn: bool = False) -> SafeString:
    """One drawing of the sprite. turn: mirror it where the text runs from right to left."""
    return _icon(name, turn)


# A page has some sixty of them, and the address of the sprite is looked up for each.
@cache
def _icon(name: str, turn: bool) -> SafeString:
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#i-{}"/></svg>',
        " icon-turn" if turn else "",
        static("img/icons.svg"),
        name,
    )


# As static/css/components/avatar.css draws them.
AVATAR_PX = {"xs": 28, "s": 36, "m": 48, "l": 64, "xl": 112}


@register.filter(expects_localtime=True)
def day(moment: datetime) -> str:
    """Thursday, 26 November: as the language orders it."""
    return date_format(moment, pgettext("date format", "l, j F"), use_l10n=False)


@register.filter(expects_localtime=True)
def day_and_time(moment: datetime) -> str:
    """Where nothing rewrites it for the reader: with the zone it is told in."""
    return date_format(moment, pgettext("date format", "l, j F, H:i e"), use_l10n=False)


@register.filter
def minutes_and_seconds(ms: int) -> str:
    """4:05, of milliseconds."""
    minutes, seconds = divmod(ms // 1000, 60)
    return f"{minutes}:{seconds:02}"


@register.filter
def hours_and_minutes(minutes: int) -> str:
    """1:05, of minutes."""
    return f"{minutes // 60}:{minutes % 60:02}"


@register.simple_tag
def avatar(user: "User", size: str = "m", *, live: bool = False) -> SafeString:
    """size: xs, s, m, l or xl. The name stands beside it, so the picture itself is silent."""
    return _avatar(user.hue, user.initials, user.picture, size, live)


# A list has dozens of them, and the same people are on many pages.
@lru_cache(maxsize=4096)
def _avatar(hue: int, initials: str, picture: str, size: str, live: bool) -> SafeString:
    context = {
        "hue": hue,
        "initials": initials,
        "picture": picture,
        "size": size,
        "size_px": AVATAR_PX[size],
        "live": live,
    }
    return render_to_string("components/_avatar.html", context)


@register.simple_tag
def half_round(
    *,
    variant: half_rounds.Variant,
    seats: int | None = None,
    lit: int | None = 0,
) -> SafeString:
    """Decoration. seats and lit: people, not dots."""
    return _half_round(variant, seats, lit or 0)


@lru_cache(maxsize=1024)
def _half_round(variant: half_rounds.Variant, seats: int | None, lit: int) -> SafeString:
    context = {
        "drawing": half_rounds.draw(variant, seats=seats, lit=lit),
        "is_bowl": isinstance(half_rounds.plan(variant), half_rounds.Bowl),
    }
    return render_to_string("components/_half_round.html", context)
