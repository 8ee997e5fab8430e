"""The list of live Spaces, as the home page shows it and its sockets are told of it."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

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


@dataclass(frozen=True, kw_only=True)
class ListDrawing:
    """counts: listeners of each Space; stages: the user ids on its stage."""

    html: dict[Reader, str]
    counts: dict[uuid.UUID, int]
    stages: dict[uuid.UUID, list[int]]


def live_spaces() -> list[Space]:
    """The newest live Spaces, with faces and `listener_count`, in a fixed number of queries."""
    spaces = list(
        Space.objects.visible_to(AnonymousUser()).live().newest_first().with_faces()[:LISTED]
    )
    return count_listeners(spaces)


def count_listeners(spaces: list[Space]) -> list[Space]:
    """Fill in `listener_count`; takes Spaces read `with_faces()`."""
    counts = presence.counts(events.connection(), stages_of(spaces))
    for space, count in zip(spaces, counts, strict=True):
        space.listener_count = count
    return spaces


def signature() -> Signature:
    """Changes whenever the list does; read once a second by each hub that has home pages open."""
    return list(Space.objects.live().newest_first().values_list("pk", "version")[:LISTED])


def stages_of(spaces: Iterable[Space]) -> dict[uuid.UUID, list[int]]:
    """The user ids on each stage, by the Space's public id."""
    return {space.public_id: [person.user_id for person in space.stage] for space in spaces}


def draw_list(readers: Iterable[Reader]) -> ListDrawing:
    """The list once for each reader, with what its counts are made of."""
    spaces = live_spaces()
    html: dict[Reader, str] = {}
    for reader in readers:
        with translation.override(reader.language):
            html[reader] = render_to_string("spaces/_live_list.html", {"spaces": spaces})
    return ListDrawing(
        html=html,
        counts={space.public_id: space.listener_count or 0 for space in spaces},
        stages=stages_of(spaces),
    )
