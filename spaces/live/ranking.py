"""In which order lists show what is live: by whom one follows, topics, listeners, and how new."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple, cast
from uuid import UUID

from django.http import HttpRequest

from config import news

from ..models import Space, Topic, TopicFollow
from ..querysets import hidden_hosts_of, private_spaces
from ..sight import sight_of
from . import presence
from .board import Board, Live, read_board, shown_among

NOBODY: frozenset[int] = frozenset()

# Lists go by numbers of listeners that are at most so old, the same for all processes: the second
# page must go on where the first one ended, and a card must not move at every look.
STEADY_FOR_S = 60
STEADY_KEY = "rostrum:live:steady_counts"


class Taste(NamedTuple):
    """What one reader's lists go by.

    hidden: hosts left out; private: keys of live Spaces that are open to them and not to everyone;
    people: those on a stage whom they follow; topics: keys.
    """

    hidden: frozenset[int] = NOBODY
    private: frozenset[int] = NOBODY
    people: frozenset[int] = NOBODY
    topics: frozenset[int] = NOBODY


ANYBODYS = Taste()


def tastes_of(
    board: Board,
    user_ids: Collection[int],
    private: dict[int, frozenset[int]] | None = None,
    hidden: dict[int, frozenset[int]] | None = None,
) -> dict[int, Taste]:
    """In as many queries for a thousand readers as for one. private, hidden: where known."""
    if private is None:
        private = private_spaces(user_ids) if board.has_private else {}
    if not user_ids:
        return {}
    if hidden is None:
        hidden = hidden_hosts_of(user_ids)
    people = board.followed_by(user_ids)
    has_topics = any(live.topics for live in board.lives)
    topics = TopicFollow.objects.topics_of(user_ids) if has_topics else {}
    return {
        user: Taste(
            hidden=hidden.get(user, NOBODY),
            private=private.get(user, NOBODY),
            people=people.get(user, NOBODY) - hidden.get(user, NOBODY),
            topics=topics.get(user, NOBODY),
        )
        for user in user_ids
    }


@dataclass(frozen=True)
class Look:
    """What one request's lists are made from; the bar of the page as well."""

    board: Board
    taste: Taste


def board_of(request: HttpRequest) -> Board:
    """Read once a request."""
    kept: Board | None = getattr(request, "board", None)
    if kept is None:
        kept = request.board = read_board()  # type: ignore[attr-defined]
    return kept


def hidden_from(request: HttpRequest) -> frozenset[int]:
    """Hosts whom the lists of a page leave out."""
    sight = sight_of(request)
    return sight.hides(board_of(request)) if sight else NOBODY


def private_to(request: HttpRequest) -> frozenset[int]:
    """Live Spaces that are open to a page's reader and not to everyone; asked once a request."""
    if not request.user.is_authenticated or not board_of(request).has_private:
        return NOBODY
    kept: frozenset[int] | None = getattr(request, "private_live", None)
    if kept is None:
        private = Space.objects.live().not_public().visible_to(request)
        kept = frozenset(private.values_list("pk", flat=True))
        request.private_live = kept  # type: ignore[attr-defined]
    return kept


def look_of(request: HttpRequest) -> Look:
    """Asked for once a request."""
    kept: Look | None = getattr(request, "look", None)
    if kept is None:
        board, user = board_of(request), request.user
        taste = ANYBODYS
        if user.is_authenticated:
            hidden, private = {user.pk: hidden_from(request)}, {user.pk: private_to(request)}
            taste = tastes_of(board, [user.pk], private, hidden)[user.pk]
        kept = Look(board, taste)
        request.look = kept  # type: ignore[attr-defined]
    return kept


def live_topics(request: HttpRequest) -> list[Topic]:
    """What somebody talks about right now, where the reader may hear it; those that they follow
    first."""
    look = look_of(request)
    taste = look.taste
    shown = shown_among(look.board.lives, hidden=taste.hidden, private=taste.private)
    keys = {topic for live in shown for topic in live.topics}
    # By name, and sorting keeps that.
    return sorted(Topic.objects.filter(pk__in=keys), key=lambda topic: topic.pk not in taste.topics)


def steady_counts(board: Board) -> dict[UUID, int]:
    """How many listen to each Space, as lists go by it."""
    if not board.lives:
        return {}
    client = news.connection()
    kept: dict[str, int] = json.loads(cast("bytes | None", client.get(STEADY_KEY)) or b"{}")
    fresh = [live for live in board.lives if str(live.public_id) not in kept]
    if fresh:
        counts = presence.counts(client, {live.public_id: live.stage for live in fresh})
        pairs = zip(fresh, counts, strict=True)
        known = kept | {str(live.public_id): count for live, count in pairs}
        text = json.dumps({str(live.public_id): known[str(live.public_id)] for live in board.lives})
        if kept:
            # Not later than those it joins; never made anew, or it would stay for good.
            client.set(STEADY_KEY, text, xx=True, keepttl=True)
        else:
            client.set(STEADY_KEY, text, ex=STEADY_FOR_S)
        kept = known
    return {live.public_id: kept[str(live.public_id)] for live in board.lives}


class Ranking:
    """Ranks the live Spaces of one moment, for any number of readers."""

    def __init__(self, board: Board) -> None:
        self.board = board
        counts = steady_counts(board)
        # Sorting keeps the newest first among equals.
        self.for_anybody = sorted(board.lives, key=lambda live: -counts[live.public_id])
        self._ranked: dict[tuple[Taste, int | None], list[Live]] = {}

    def of(self, taste: Taste, topic: int | None = None) -> list[Live]:
        """topic: its key, where the list is of one."""
        key = (taste, topic)
        if key not in self._ranked:
            self._ranked[key] = self._rank(taste, topic)
        return self._ranked[key]

    def _rank(self, taste: Taste, topic: int | None) -> list[Live]:
        lives: Iterable[Live] = self.for_anybody
        if topic is not None:
            lives = [live for live in lives if topic in live.topics]
        shown = shown_among(lives, hidden=taste.hidden, private=taste.private)
        if not taste.people and not taste.topics:
            return shown
        return sorted(
            shown,
            key=lambda live: (
                -len(taste.people.intersection(live.stage)),
                -len(taste.topics & live.topics),
            ),
        )
