"""What templates write of people."""

from django import template
from django.utils.safestring import SafeString

from accounts import bio
from accounts.faces import Face
from accounts.models import User
from config.drawing import once, once_with_token

register = template.Library()


@register.filter
def linked(text: str) -> SafeString:
    return bio.linked(text)


@register.simple_tag
def person_link(person: User, note: str = "", live: object = None) -> SafeString:
    """Somebody in a list, leading to their page; a note instead of the handle.

    live: whatever is true while they are on a stage.
    """
    return once("components/_person.html", person=Face.of(person), note=note, live=bool(live))


@register.simple_tag(takes_context=True)
def follow_button(context: template.Context, person: User) -> SafeString:
    """person: as seen_by a signed-in reader."""
    return once_with_token(
        "accounts/_follow_button.html",
        str(context.get("csrf_token", "")),
        person=Face.of(person),
    )
