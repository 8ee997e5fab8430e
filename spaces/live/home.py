"""The list of live Spaces, as the home page shows it and its sockets are told of it."""

from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.utils import translation

from .. import events
from ..models import Space
from . import presence
from .fragments import Reader

LISTED = 50

# (primary key, version) of each listed Space
Signature = list[tuple[int, int]]


def live_spaces() -> list[Space]:
    """The newest live Spaces, with faces and `listener_count`, in a fixed number of queries."""
    spaces = list(
        Space.objects.visible_to(AnonymousUser()).live().newest_first().with_faces()[:LISTED]
    )
    return count_listeners(spaces)


def count_listeners(spaces: list[Space]) -> list[Space]:
    counts = presence.counts(events.connection(), [space.public_id for space in spaces])
    for space, count in zip(spaces, counts, strict=True):
        space.listener_count = count
    return spaces


def signature() -> Signature:
    """Changes whenever the list does; read once a second by each hub that has home pages open."""
    return list(Space.objects.live().newest_first().values_list("pk", "version")[:LISTED])


def draw_list(readers: Iterable[Reader]) -> tuple[dict[Reader, str], dict[str, int]]:
    spaces = live_spaces()
    html: dict[Reader, str] = {}
    for reader in readers:
        with translation.override(reader.language):
            html[reader] = render_to_string("spaces/_live_list.html", {"spaces": spaces})
    return html, {str(space.public_id): space.listener_count or 0 for space in spaces}
