"""What a search finds: people, and the Spaces that are called so, are about it or are theirs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts.models import User
from accounts.querysets import UserQuerySet
from config.keys import OneOf
from config.terms import Query

from .models import Space
from .querysets import SpaceQuerySet

# Of the people whom a query means the best known: in a crowd a first name alone means thousands.
MOST_PEOPLE = 120


@dataclass(frozen=True, kw_only=True)
class Found:
    """is_close: nothing is spelt like it, and this comes close. people: their keys.

    first_keys: those of the first Spaces of each state, as many as `find` was asked for.
    """

    query: Query
    reader: User | AnonymousUser
    is_close: bool
    people: list[int]
    spaces: SpaceQuerySet
    first_keys: Mapping[str, list[int]]

    @property
    def live(self) -> SpaceQuerySet:
        return self.spaces.live().newest_first()

    @property
    def upcoming(self) -> SpaceQuerySet:
        return self.spaces.upcoming().for_rows().reminding(self.reader)

    @property
    def ended(self) -> SpaceQuerySet:
        return self.spaces.ended_lately().for_rows()

    @cached_property
    def first(self) -> dict[str, list[Space]]:
        """State → the Spaces of `first_keys`, as rows show them; cards are drawn from keys."""
        shown = {
            state: keys for state, keys in self.first_keys.items() if state != Space.State.LIVE
        }
        every = [key for keys in shown.values() for key in keys]
        rows = Space.objects.for_rows().reminding(self.reader).in_bulk(every)
        return {state: [rows[key] for key in keys if key in rows] for state, keys in shown.items()}

    @property
    def nearest_people(self) -> UserQuerySet:
        people: UserQuerySet = User.objects.filter(OneOf("pk", self.people))
        return people.for_rows().followed_or_not(self.reader).nearest(self.query)


def find(query: Query, request: HttpRequest, *, first: int = 0) -> Found | None:
    """What is spelt like the query; else what comes close to it; else None.

    first: how many Spaces of each state to look up at once; 0: none, for a list by the page.
    """
    people: UserQuerySet = User.objects.findable_by(request).best_known()
    listed = Space.objects.listed_for(request).findable()
    for is_close in (False, True):
        hosts = _keys(people.close_to(query)) if is_close else _spelt(query, people)
        spaces = (
            listed.close_to(query, hosts=hosts) if is_close else listed.spelt(query, hosts=hosts)
        )
        keys = spaces.first_keys(first) if first else {}
        if hosts or keys or (not first and spaces.exists()):
            return Found(
                query=query,
                reader=request.user,
                is_close=is_close,
                people=hosts,
                spaces=spaces,
                first_keys=keys,
            )
    return None


def _spelt(query: Query, people: UserQuerySet) -> list[int]:
    """Where there are more than enough: first whose handle begins so, however few know them."""
    keys = _keys(people.spelt(query))
    if len(keys) < MOST_PEOPLE or query.is_handle:
        return keys
    return list(dict.fromkeys(_keys(people.with_handle(query)) + keys))[:MOST_PEOPLE]


def _keys(people: UserQuerySet) -> list[int]:
    return list(people.values_list("pk", flat=True)[:MOST_PEOPLE])
