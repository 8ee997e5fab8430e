"""Template tags for the parts every page uses: icons, pictures of people, the half-round."""

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from django import template
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from config import half_round as half_rounds

if TYPE_CHECKING:
    from accounts.models import User

register = template.Library()


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


@register.inclusion_tag("components/_avatar.html")
def avatar(user: "User", size: str = "m", *, live: bool = False) -> dict[str, object]:
    """size: xs, s, m, l or xl. The name stands beside it, so the picture itself is silent."""
    return {"person": user, "size": size, "size_px": AVATAR_PX[size], "live": live}


@register.inclusion_tag("components/_half_round.html")
def half_round(
    *,
    variant: half_rounds.Variant,
    seats: int | None = None,
    lit: int | None = 0,
    label: str = "",
) -> dict[str, object]:
    """Decoration unless it has a label. seats and lit: people, not dots."""
    return {
        "drawing": half_rounds.draw(variant, seats=seats, lit=lit or 0),
        "is_bowl": isinstance(half_rounds.plan(variant), half_rounds.Bowl),
        "label": label,
    }
