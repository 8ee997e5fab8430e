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

from accounts.models import User

from ..models import Participant

# The Spaces whose bar was put away on this device; static/js/frame/live_bar.js writes it.
PUT_AWAY_COOKIE = "bar_put_away"
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
    person: User
    others: int


def followed_live(readers: Collection[int]) -> dict[int, list[Followed]]:
    """Of each reader, the one with most people they follow first, then the newest; in one query.

    Not by listeners: their number changes all the time, and the bar must not.
    """
    rows = Participant.objects.followed_live(readers)
    found: dict[int, dict[int, Followed]] = {}
    fields = ("reader", "space", "space__public_id", "user")
    for reader, space, public_id, person in rows.values_list(*fields):
        spaces = found.setdefault(reader, {})
        # The crew comes first in a Space's rows.
        former = spaces.get(space, Followed(space, public_id, person, 0))
        spaces[space] = former._replace(people=former.people + 1)
    return {
        reader: sorted(spaces.values(), key=lambda followed: -followed.people)
        for reader, spaces in found.items()
    }


def followed_of(request: HttpRequest) -> list[Followed]:
    """The reader's, asked for once a request: the bar and the order of lists go by it."""
    user = request.user
    if not user.is_authenticated:
        return []
    kept: list[Followed] | None = getattr(request, "followed_live", None)
    if kept is None:
        kept = followed_live([user.pk]).get(user.pk, [])
        request.followed_live = kept  # type: ignore[attr-defined]
    return kept


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
    people = Participant.objects.on_stage().filter(wanted).select_related("space", "user")
    by_keys = {(person.space_id, person.user_id): person for person in people}
    bars = {}
    for choice in choices:
        person = by_keys.get((choice.space, choice.person))
        if person is not None:
            space = person.space
            bars[choice] = Bar(space.public_id, space.title, person.user, choice.others)
    return bars


def put_away(cookies: dict[str, str]) -> frozenset[str]:
    """Anything may stand in a cookie; what is no Space of today leaves nothing out."""
    return frozenset(cookies.get(PUT_AWAY_COOKIE, "").split(".")[:MOST_PUT_AWAY])


def bar_of(request: HttpRequest, *, shown: str) -> Bar | None:
    """shown: the public id of the Space that the page shows anyway, or nothing."""
    choice = choose(followed_of(request), put_away(request.COOKIES) | {shown})
    return read([choice]).get(choice) if choice else None
