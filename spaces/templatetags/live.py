"""Who is live, on any page: the bar under its head, the rings of people on it.

Tags, so that pages without them ask nothing, and pages of people need not know of Spaces.
"""

from typing import Any
from uuid import UUID

from django import template
from django.http import HttpRequest
from django.template.context import Context

from accounts.models import User
from spaces.live import bar, rings

register = template.Library()


@register.inclusion_tag("spaces/_live_bar.html", takes_context=True)
def live_bar(context: Context) -> dict[str, Any]:
    """`space` or `live_space` in the context is what the page itself is about."""
    request = context.get("request")
    # An error's page may be drawn without a request, or before anybody is known.
    if request is None or not getattr(getattr(request, "user", None), "is_authenticated", False):
        return {"is_here": False}
    space = context.get("space") or context.get("live_space")
    shown = str(space.public_id) if space else ""
    return {"is_here": True, "bar": bar.bar_of(request, shown=shown), "shown": shown}


@register.simple_tag
def live_in(request: HttpRequest, person: User) -> UUID | None:
    """The Space on whose stage somebody is, where the reader may see it: its public id."""
    return rings.live_space_of(request, person)
