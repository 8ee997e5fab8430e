"""The lists of live Spaces, all of them or one topic's, as pages and their sockets show them."""

import time
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString

from .. import events
from ..models import Space, Topic
from . import presence
from .fragments import Reader

# One large card and five rows of two. A card costs 2 ms to draw; the rest is on `live`'s pages.
LISTED = 11

NOBODY: frozenset[int] = frozenset()

# How old the numbers of listeners may be in a list that a page takes as it was drawn for another.
KEEP_S = 1.0

# (primary key, version) of each live Space
Signature = list[tuple[int, int]]


@dataclass(frozen=True, kw_only=True)
class ListReader(Reader):
    """topic: the slug of the one shown. hidden: hosts whom this reader is not shown, user ids."""

    topic: str = ""
    hidden: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class ListDrawing:
    """counts: listeners of each Space; stages: the user ids on its stage."""

    html: dict[Reader, str]
    counts: dict[uuid.UUID, int]
    stages: dict[uuid.UUID, list[int]]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One list as a page shows it. total: how many are live; hosts: whoever is named in it."""

    total: int
    count: SafeString
    cards: SafeString
    hosts: frozenset[int]


# What drawn_list keeps, by language and topic.
_kept: dict[tuple[str, str], tuple[float, Signature, Drawn]] = {}


def drawn_list(topic: Topic | None, hidden: frozenset[int]) -> Drawn:
    """The list for a page. It is the same for nearly everybody, and half of what a page costs.

    A start, an end or a change of a stage is never missed; only listeners are KEEP_S old.
    """
    language = translation.get_language() or ""
    key = (language, topic.slug if topic else "")
    now, current = time.monotonic(), signature()
    kept_at, drawn_for, drawn = _kept.get(key, (0.0, [], None))
    if drawn is None or now - kept_at > KEEP_S or drawn_for != current:
        drawn = _draw(live_list(topic, NOBODY), language)
        # What stands where nobody is live names a time, in the zone of who reads.
        if drawn.total:
            _kept[key] = (now, current, drawn)
    if hidden & drawn.hosts:
        return _draw(live_list(topic, hidden), language)
    return drawn


def live_list(topic: Topic | None, hidden: frozenset[int]) -> dict[str, Any]:
    """What `_live_count.html` and `_live_list.html` take. hidden: hosts left out, user ids."""
    public = Space.objects.visible_to(AnonymousUser()).exclude(host__in=hidden)
    if topic is not None:
        public = public.about(topic)
    live = public.live()
    spaces = count_listeners(list(live.newest_first().with_faces()[:LISTED]))
    return {
        "topic": topic,
        "spaces": spaces,
        "total": len(spaces) if len(spaces) < LISTED else live.count(),
        "listening": sum(space.listener_count or 0 for space in spaces),
        "next_space": None if spaces else public.upcoming().first(),
    }


def count_listeners(spaces: list[Space]) -> list[Space]:
    """Fill in `listener_count`; takes Spaces read `with_faces()`."""
    counts = presence.counts(events.connection(), stages_of(spaces))
    for space, count in zip(spaces, counts, strict=True):
        space.listener_count = count
    return spaces


def signature() -> Signature:
    """Changes whenever a list does; read once a second by each hub that has such pages open."""
    return list(Space.objects.live().newest_first().values_list("pk", "version"))


def stages_of(spaces: Iterable[Space]) -> dict[uuid.UUID, list[int]]:
    """The user ids on each stage, by the Space's public id."""
    return {space.public_id: [person.user_id for person in space.stage] for space in spaces}


def draw_lists(readers: Collection[ListReader]) -> ListDrawing:
    """Each reader's list, with what the counts are made of.

    Read and drawn once for all who hide nobody in it, which is nearly everybody.
    """
    lists: dict[tuple[str, frozenset[int]], dict[str, Any]] = {}
    html: dict[Reader, str] = {}
    drawn: dict[tuple[str, str, frozenset[int]], str] = {}
    slugs = {reader.topic for reader in readers}
    topics = Topic.objects.in_bulk(slugs - {""}, field_name="slug")
    for slug in slugs:
        lists[slug, NOBODY] = live_list(topics.get(slug), NOBODY)
    for reader in readers:
        hidden = reader.hidden
        common = lists[reader.topic, NOBODY]
        if not hidden & _hosts_of(common):
            hidden = NOBODY
        elif (reader.topic, hidden) not in lists:
            lists[reader.topic, hidden] = live_list(common["topic"], hidden)
        key = (reader.language, reader.topic, hidden)
        if key not in drawn:
            one = _draw(lists[reader.topic, hidden], reader.language)
            drawn[key] = one.count + one.cards
        html[reader] = drawn[key]
    spaces = [space for one in lists.values() for space in one["spaces"]]
    return ListDrawing(
        html=html,
        counts={space.public_id: space.listener_count or 0 for space in spaces},
        stages=stages_of(spaces),
    )


def _hosts_of(context: dict[str, Any]) -> frozenset[int]:
    named = [*context["spaces"], context["next_space"]]
    return frozenset(space.host_id for space in named if space is not None)


def _draw(context: dict[str, Any], language: str) -> Drawn:
    with translation.override(language):
        return Drawn(
            total=context["total"],
            count=render_to_string("spaces/_live_count.html", context),
            cards=render_to_string("spaces/_live_list.html", context),
            hosts=_hosts_of(context),
        )
