"""The lists of live Spaces, all of them or one topic's, as pages and their sockets show them."""

import time
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from accounts.apart import one_of
from config import news

from ..models import Space, Topic
from ..querysets import private_spaces
from . import presence
from .board import Board, Live
from .fragments import Reader
from .ranking import ANYBODYS, NOBODY, Ranking, Taste, look_of, tastes_of

# One large card and five rows of two. A card costs 2 ms to draw; the rest is on `live`'s pages.
LISTED = 11

# How old the number of listeners may be on a card that a page takes as it was drawn for another.
KEEP_S = 1.0
# And the names and pictures on it: nothing tells of those.
CARD_KEPT_S = 10.0
MOST_CARDS = 5000
# Stands in a list's frame where its cards go: a character that nobody can write.
CARDS = "\ue000"


@dataclass(frozen=True, kw_only=True)
class ListReader(Reader):
    """topic: the slug of the one shown. hidden: hosts whom this reader is not shown, user ids.

    private: which live Spaces are open to this reader and not to everyone, their keys.
    listed: the keys of those shown, in their order; total: of how many.
    """

    topic: str = ""
    hidden: frozenset[int] = NOBODY
    private: frozenset[int] = NOBODY
    listed: tuple[int, ...] = ()
    total: int = 0


@dataclass(frozen=True, kw_only=True)
class ListDrawing:
    """counts: listeners of each Space; stages: the user ids on its stage; keys: its primary key."""

    html: dict[Reader, str]
    counts: dict[uuid.UUID, int]
    stages: dict[uuid.UUID, Sequence[int]]
    keys: dict[uuid.UUID, int]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One list as a page shows it. total: how many are live."""

    total: int
    count: SafeString
    cards: SafeString


# -- cards --


class Card(NamedTuple):
    stage: tuple[int, ...]
    listeners: int
    html: str
    counted_at: float
    drawn_at: float


# By language, Space and whether it is the large one: what was drawn for another reader.
_cards: dict[tuple[str, uuid.UUID, bool], Card] = {}


def draw_cards(
    lives: Sequence[tuple[Live, bool]], *, keep_s: float = KEEP_S
) -> dict[tuple[Live, bool], Card]:
    """In the language of now. lives: each with whether it is the large one; keep_s: how old the
    numbers may be.

    Spaces that are drawn are read in three queries, however many; most were drawn for somebody.
    """
    language, now = translation.get_language() or "", time.monotonic()
    cards = {one: _kept(language, *one, now=now) for one in lives}
    uncounted = {
        live for (live, _), card in cards.items() if not card or now - card.counted_at > keep_s
    }
    counts = _count(uncounted)
    undrawn = {
        one
        for one, card in cards.items()
        if not card
        or now - card.drawn_at > CARD_KEPT_S
        or counts.get(one[0], card.listeners) != card.listeners
    }
    read = Space.objects.filter(pk__in={live.pk for live, _ in undrawn}).with_faces()
    spaces = read.in_bulk() if undrawn else {}
    if len(_cards) > MOST_CARDS:
        _cards.clear()
    drawn: dict[tuple[Live, bool], Card] = {}
    for (live, is_lead), card in cards.items():
        if (live, is_lead) in undrawn:
            space = spaces.get(live.pk)
            if space is None:
                continue
            space.listener_count = counts.get(live, card.listeners if card else 0)
            html = render_to_string("spaces/_card.html", {"space": space, "lead": is_lead})
            card = Card(live.stage, space.listener_count, html, now, now)
        elif card and live in counts:
            card = card._replace(counted_at=now)
        assert card is not None
        drawn[live, is_lead] = _cards[language, live.public_id, is_lead] = card
    return drawn


def _kept(language: str, live: Live, is_lead: bool, *, now: float) -> Card | None:
    card = _cards.get((language, live.public_id, is_lead))
    return card if card and card.stage == live.stage else None


def forget_cards() -> None:
    _cards.clear()


def _count(lives: Collection[Live]) -> dict[Live, int]:
    if not lives:
        return {}
    stages = {live.public_id: live.stage for live in lives}
    return dict(zip(lives, presence.counts(news.connection(), stages), strict=True))


def joined(cards: Iterable[Card]) -> SafeString:
    # Each is a template's own output.
    return mark_safe("".join(card.html for card in cards))  # noqa: S308


# -- a page --


def drawn_list(topic: Topic | None, request: HttpRequest) -> Drawn:
    look = look_of(request)
    ranked = Ranking(look.board).of(look.taste, topic.pk if topic else None)
    cards = list(draw_cards(with_lead(ranked[:LISTED])).values())
    context = list_context(topic, cards, total=len(ranked), hidden=look.taste.hidden)
    context["cards"] = joined(cards)
    return Drawn(
        total=context["total"],
        count=render_to_string("spaces/_live_count.html", context),
        cards=render_to_string("spaces/_live_list.html", context),
    )


def with_lead(lives: Iterable[Live]) -> list[tuple[Live, bool]]:
    """The first card is the large one."""
    return [(live, place == 0) for place, live in enumerate(lives)]


def list_context(
    topic: Topic | None, cards: Sequence[Card], *, total: int, hidden: frozenset[int]
) -> dict[str, Any]:
    """What `_live_count.html` and `_live_list.html` take, but for the cards themselves."""
    return {
        "topic": topic,
        "listed": len(cards),
        # Some may have ended since they were counted.
        "total": max(total, len(cards)) if cards else 0,
        "listening": sum(card.listeners for card in cards),
        "next_space": None if cards else _next_space(topic, hidden),
    }


def _next_space(topic: Topic | None, hidden: frozenset[int]) -> Space | None:
    upcoming = Space.objects.public().exclude(one_of("host", hidden)).upcoming()
    return (upcoming.about(topic) if topic else upcoming).first()


# -- sockets --


def look_up(
    pages: Collection[tuple[int | None, ListReader]], board: Board, *, keeps_order: bool
) -> list[ListReader]:
    """Each page's reader, with what it is to show now. pages: whose, and as they are.

    keeps_order: nothing has started or ended; whose private Spaces are the same keeps their list as
    it is. In as many queries for a thousand pages as for one.
    """
    people = {user for user, _reader in pages if user is not None}
    private = private_spaces(people) if board.has_private else {}
    moved = [
        (user, reader)
        for user, reader in pages
        if not keeps_order or reader.private != private.get(user or 0, NOBODY)
    ]
    if not moved:
        return [reader for _user, reader in pages]
    tastes = tastes_of(board, {user for user, _reader in moved if user is not None}, private)
    slugs = {reader.topic for _user, reader in moved}
    topics = Topic.objects.in_bulk(slugs - {""}, field_name="slug")
    ranking = Ranking(board)

    def ranked(user: int | None, reader: ListReader) -> ListReader:
        taste: Taste = tastes.get(user or 0, ANYBODYS)
        topic = topics[reader.topic].pk if reader.topic in topics else None
        lives = ranking.of(taste, topic)
        return replace(
            reader,
            hidden=taste.hidden,
            private=taste.private,
            listed=tuple(live.pk for live in lives[:LISTED]),
            total=len(lives),
        )

    again = {id(reader) for _user, reader in moved}
    return [ranked(*page) if id(page[1]) in again else page[1] for page in pages]


def draw_lists(readers: Collection[ListReader], board: Board) -> ListDrawing:
    """Each reader's list, with what the counts are made of.

    A card is drawn once a language, and the frame of a list once for all with as many: the lists of
    a thousand readers, each in an order of its own, are put together from them.
    """
    slugs = {reader.topic for reader in readers}
    topics = Topic.objects.in_bulk(slugs - {""}, field_name="slug")
    html: dict[Reader, str] = {}
    counts: dict[uuid.UUID, int] = {}
    for language in {reader.language for reader in readers}:
        mine = [reader for reader in readers if reader.language == language]
        with translation.override(language):
            html |= _draw_lists(mine, board, topics, counts)
    lives = [board.by_key[pk] for reader in readers for pk in reader.listed if pk in board.by_key]
    return ListDrawing(
        html=html,
        counts=counts,
        stages={live.public_id: live.stage for live in lives},
        keys={live.public_id: live.pk for live in lives},
    )


def _draw_lists(
    readers: list[ListReader],
    board: Board,
    topics: dict[str, Topic],
    counts: dict[uuid.UUID, int],
) -> dict[Reader, str]:
    """In the language of now. counts: filled in."""
    lists = {
        reader: with_lead(board.by_key[pk] for pk in reader.listed if pk in board.by_key)
        for reader in readers
    }
    # The numbers of now: a page that was told of them must not be told older ones.
    cards = draw_cards(list({one: None for each in lists.values() for one in each}), keep_s=-1.0)
    counts |= {live.public_id: card.listeners for (live, _), card in cards.items()}
    frames: dict[tuple[object, ...], str] = {}
    html: dict[Reader, str] = {}
    for reader, lives in lists.items():
        mine = [cards[one] for one in lives if one in cards]
        listening = sum(card.listeners for card in mine)
        # What stands where nobody is live goes by whom its reader hides.
        key = (reader.topic, len(mine), reader.total, listening, not mine and reader.hidden)
        if key not in frames:
            context = list_context(
                topics.get(reader.topic), mine, total=reader.total, hidden=reader.hidden
            )
            context["cards"] = CARDS
            frames[key] = render_to_string("spaces/_live_count.html", context) + render_to_string(
                "spaces/_live_list.html", context
            )
        html[reader] = frames[key].replace(CARDS, joined(mine))
    return html
