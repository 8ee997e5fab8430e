"""Rows of Spaces and topics that lists show to many."""

from datetime import datetime
from typing import NamedTuple

from django import template
from django.utils.safestring import SafeString

from accounts.faces import Face
from config.drawing import once, once_with_token
from spaces.models import Space, Topic

register = template.Library()


class Row(NamedTuple):
    """All that a row shows. moment: of its beginning or its end."""

    public_id: str
    title: str
    visibility: str
    host: Face
    moment: datetime | None


class Bell(NamedTuple):
    """All that the button of an announced Space shows."""

    public_id: str
    title: str
    is_reminded: bool


class TopicButton(NamedTuple):
    slug: str
    name: str
    is_followed: bool
    follower_count: int


@register.simple_tag
def announced(space: Space) -> SafeString:
    """When it begins, what it is called and whose it is; space: with its host."""
    return once("spaces/_announced.html", space=_row(space, space.scheduled_for))


@register.simple_tag(takes_context=True)
def reminder_bell(context: template.Context, space: Space) -> SafeString:
    """space: as reminding() its signed-in reader."""
    bell = Bell(str(space.public_id), space.title, space.is_reminded)
    return once_with_token("spaces/_reminder_row.html", _token(context), space=bell)


@register.simple_tag(takes_context=True)
def topic_follow(context: template.Context, topic: Topic) -> SafeString:
    """topic: as seen_by a signed-in reader."""
    button = TopicButton(topic.slug, topic.name, topic.is_followed, topic.follower_count)
    return once_with_token("spaces/_topic_follow.html", _token(context), topic=button)


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


def _token(context: template.Context) -> str:
    return str(context.get("csrf_token", ""))
