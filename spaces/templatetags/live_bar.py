"""The bar under the head of a page. A tag, so that pages without a head ask nothing for it."""

from typing import Any

from django import template
from django.template.context import Context

from spaces.live import bar

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
