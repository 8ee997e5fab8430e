"""Rows of Spaces that lists show to many."""

from datetime import datetime
from typing import NamedTuple

from django import template
from django.utils.safestring import SafeString

from accounts.faces import Face
from config.drawing import once
from spaces.models import Space

register = template.Library()


class Row(NamedTuple):
    """All that a row shows. moment: of its beginning or its end."""

    public_id: str
    title: str
    visibility: str
    host: Face
    moment: datetime | None


@register.simple_tag
def announced(space: Space) -> SafeString:
    """When it begins, what it is called and whose it is; space: with its host."""
    return once("spaces/_announced.html", space=_row(space, space.scheduled_for))


@register.simple_tag
def past(space: Space, live: object = None) -> SafeString:
    """What was, whose it was and when; space: with its host.

    live: whatever is true while the host is on a stage.
    """
    return once("spaces/_past.html", space=_row(space, space.ended_at), live=bool(live))


def _row(space: Space, moment: datetime | None) -> Row:
    # Plain texts: an enum's member is a class of its own.
    return Row(
        str(space.public_id), space.title, str(space.visibility), Face.of(space.host), moment
    )
