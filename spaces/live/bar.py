"""The bar on every page: somebody whom the reader follows is on a live stage.

The page and its socket ask the same question, so that what a page was drawn with is what its socket
would send.
"""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q
from django.http import HttpRequest

from accounts.faces import Face

from ..models import Participant
from ..querysets import FACE, hidden_hosts_of, private_spaces
from .board import Board, shown_among
from .ranking import NOBODY, board_of, hidden_from, private_to

# The Spaces whose bar was put away on this device; static/js/frame/live_bar.js writes it.
PUT_AWAY_COOKIE = "bar_put_away"
# What a bar is drawn from.
DRAWN = ("space__public_id", "space__title", *FACE)
# More than anybody puts away in the day that it is kept.
MOST_PUT_AWAY = 20


class Followed(NamedTuple):
    """One live Space with somebody on stage whom the reader follows. person: the first, a user id.

    people: how many of them there are.
    """

    space: int
    public_id: uuid.UUID
    person: int
    people: int


@dataclass(frozen=True)
class Bar:
    """What the bar says, and all that is needed to draw it. others: how many Spaces more."""

    space: uuid.UUID
    title: str
    person: Face
    others: int


def followed_live(readers: Collection[int], board: Board) -> dict[int, list[Followed]]:
    """Of each reader, the one with most people they follow first, then the newest.

    In as many queries for a thousand readers as for one, and in none where nobody is live. Not by
    listeners: their number changes all the time, and the bar must not.
    """
    followed = board.followed_by(readers)
    if not followed:
        return {}
    hidden = hidden_hosts_of(followed)
    # Who sees which private Space costs more than all the rest: asked of few.
    curious = [reader for reader, people in followed.items() if board.are_in_private(people)]
    private = private_spaces(curious)
    return {
        reader: _ranked(
            board,
            people=people - hidden.get(reader, NOBODY),
            hidden=hidden.get(reader, NOBODY),
            private=private.get(reader, NOBODY),
        )
        for reader, people in followed.items()
    }


def _ranked(
    board: Board, *, people: frozenset[int], hidden: frozenset[int], private: frozenset[int]
) -> list[Followed]:
    """people: those of the board whom the reader follows."""
    lives = {live for person in people for live in board.by_person[person]}
    found = []
    for live in board.newest_first(shown_among(lives, hidden=hidden, private=private)):
        theirs = [person for person in live.stage if person in people]
        found.append(Followed(live.pk, live.public_id, theirs[0], len(theirs)))
    return sorted(found, key=lambda followed: -followed.people)


def followed_of(request: HttpRequest) -> list[Followed]:
    user = request.user
    if not user.is_authenticated:
        return []
    board = board_of(request)
    if hasattr(request, "look"):
        # A page with lists has asked for it already.
        people = request.look.taste.people
    else:
        people = board.followed_by([user.pk]).get(user.pk, NOBODY)
    if not people:
        return []
    hidden = hidden_from(request)
    private = private_to(request) if board.are_in_private(people) else NOBODY
    return _ranked(board, people=people - hidden, hidden=hidden, private=private)


class Choice(NamedTuple):
    """What one page's bar is about. others: how many Spaces more."""

    space: int
    person: int
    others: int


def choose(followed: Iterable[Followed], left_out: Collection[str]) -> Choice | None:
    """left_out: public ids of the Space that the page itself shows, and of those put away."""
    fitting = [one for one in followed if str(one.public_id) not in left_out]
    if not fitting:
        return None
    return Choice(fitting[0].space, fitting[0].person, len(fitting) - 1)


def read(choices: Collection[Choice]) -> dict[Choice, Bar]:
    """One query for any number. One is missing when its person has left the stage meanwhile."""
    if not choices:
        return {}
    wanted = Q(*(Q(space=choice.space, user=choice.person) for choice in choices), _connector=Q.OR)
    on_stage = Participant.objects.on_stage().order_by().filter(wanted)
    people = on_stage.select_related("space", "user").only(*DRAWN)
    by_keys = {(person.space_id, person.user_id): person for person in people}
    bars = {}
    for choice in choices:
        person = by_keys.get((choice.space, choice.person))
        if person is not None:
            space = person.space
            face = Face.of(person.user)
            bars[choice] = Bar(space.public_id, space.title, face, choice.others)
    return bars


def put_away(cookies: dict[str, str]) -> frozenset[str]:
    """Anything may stand in a cookie; what is no Space of today leaves nothing out."""
    return frozenset(cookies.get(PUT_AWAY_COOKIE, "").split(".")[:MOST_PUT_AWAY])


def bar_of(request: HttpRequest, *, shown: str) -> Bar | None:
    """shown: the public id of the Space that the page shows anyway, or nothing."""
    choice = choose(followed_of(request), put_away(request.COOKIES) | {shown})
    return read([choice]).get(choice) if choice else None
