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

from accounts.models import User
from config import news

from ..models import Space, Topic
from ..querysets import hidden_hosts, private_spaces
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
    """topic: the slug of the one shown. hidden: hosts whom this reader is not shown, user ids.

    private: which live Spaces are open to this reader and not to everyone, their keys.
    """

    topic: str = ""
    hidden: frozenset[int] = NOBODY
    private: frozenset[int] = NOBODY


@dataclass(frozen=True, kw_only=True)
class ListDrawing:
    """counts: listeners of each Space; stages: the user ids on its stage.

    private: the keys of those that are not for everyone.
    """

    html: dict[Reader, str]
    counts: dict[uuid.UUID, int]
    stages: dict[uuid.UUID, list[int]]
    private: dict[uuid.UUID, int]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One list as a page shows it. total: how many are live; hosts: whoever is named in it."""

    total: int
    count: SafeString
    cards: SafeString
    hosts: frozenset[int]


# What drawn_list keeps, by language and topic.
_kept: dict[tuple[str, str], tuple[float, Signature, Drawn]] = {}


def drawn_list(topic: Topic | None, user: User | AnonymousUser) -> Drawn:
    """The list for a page. It is the same for nearly everybody, and half of what a page costs.

    A start, an end or a change of a stage is never missed; only listeners are KEEP_S old.
    """
    language = translation.get_language() or ""
    hidden = hidden_hosts(user)
    private = private_spaces([user.pk]).get(user.pk, NOBODY) if user.is_authenticated else NOBODY
    if private:
        return _draw(live_list(topic, hidden, private), language)
    key = (language, topic.slug if topic else "")
    now, current = time.monotonic(), signature()
    kept_at, drawn_for, drawn = _kept.get(key, (0.0, [], None))
    if drawn is None or now - kept_at > KEEP_S or drawn_for != current:
        drawn = _draw(live_list(topic), language)
        # What stands where nobody is live names a time, in the zone of who reads.
        if drawn.total:
            _kept[key] = (now, current, drawn)
    if hidden & drawn.hosts:
        return _draw(live_list(topic, hidden), language)
    return drawn


def live_list(
    topic: Topic | None, hidden: frozenset[int] = NOBODY, private: frozenset[int] = NOBODY
) -> dict[str, Any]:
    """What `_live_count.html` and `_live_list.html` take.

    hidden: hosts left out, user ids. private: what is listed besides the public Spaces, their keys.
    """
    listed = Space.objects.exclude(host__in=hidden).listed_among(private)
    if topic is not None:
        listed = listed.about(topic)
    live = listed.live()
    spaces = count_listeners(list(live.newest_first().with_faces()[:LISTED]))
    return {
        "topic": topic,
        "spaces": spaces,
        "total": len(spaces) if len(spaces) < LISTED else live.count(),
        "listening": sum(space.listener_count or 0 for space in spaces),
        "next_space": None if spaces else listed.upcoming().first(),
    }


def count_listeners(spaces: list[Space]) -> list[Space]:
    """Fill in `listener_count`; takes Spaces read `with_faces()`."""
    counts = presence.counts(news.connection(), stages_of(spaces))
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

    Read and drawn once for all who hide nobody in it and to whom nothing is open that is not to
    everyone, which is nearly everybody; else once for all who see the same.
    """
    Seen = tuple[str, frozenset[int], frozenset[int]]
    lists: dict[Seen, dict[str, Any]] = {}
    html: dict[Reader, str] = {}
    drawn: dict[tuple[str, Seen], str] = {}
    slugs = {reader.topic for reader in readers}
    topics = Topic.objects.in_bulk(slugs - {""}, field_name="slug")

    def read(seen: Seen) -> dict[str, Any]:
        if seen not in lists:
            lists[seen] = live_list(topics.get(seen[0]), *seen[1:])
        return lists[seen]

    for reader in readers:
        seen = (reader.topic, NOBODY, reader.private)
        if reader.hidden & _hosts_of(read(seen)):
            seen = (reader.topic, reader.hidden, reader.private)
        key = (reader.language, seen)
        if key not in drawn:
            one = _draw(read(seen), reader.language)
            drawn[key] = one.count + one.cards
        html[reader] = drawn[key]
    spaces = [space for one in lists.values() for space in one["spaces"]]
    return ListDrawing(
        html=html,
        counts={space.public_id: space.listener_count or 0 for space in spaces},
        stages=stages_of(spaces),
        private={
            space.public_id: space.pk
            for space in spaces
            if space.visibility != Space.Visibility.PUBLIC
        },
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
