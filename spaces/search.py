"""What a search finds: people, and the Spaces that are called so, are about it or are theirs."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from accounts.querysets import UserQuerySet
from config.terms import Query

from .models import Space
from .querysets import SpaceQuerySet

# Of the people whom a query means the best known: in a crowd a first name alone means thousands.
MOST_PEOPLE = 120


@dataclass(frozen=True, kw_only=True)
class Found:
    """is_close: nothing is spelt like it, and this comes close. people: their keys."""

    query: Query
    reader: User | AnonymousUser
    is_close: bool
    people: list[int]
    spaces: SpaceQuerySet

    @property
    def live(self) -> SpaceQuerySet:
        return self.spaces.live().newest_first().with_faces()

    @property
    def upcoming(self) -> SpaceQuerySet:
        return self.spaces.upcoming().with_host().reminding(self.reader)

    @property
    def ended(self) -> SpaceQuerySet:
        return self.spaces.ended_lately().with_host()

    @property
    def nearest_people(self) -> UserQuerySet:
        people: UserQuerySet = User.objects.filter(pk__in=self.people)
        return people.seen_by(self.reader).nearest(self.query)


def find(query: Query, reader: User | AnonymousUser) -> Found | None:
    """What is spelt like the query; else what comes close to it; else None."""
    people: UserQuerySet = User.objects.findable_by(reader).best_known(query)
    listed = Space.objects.listed_for(reader).findable()
    hosts = _keys(people.spelt(query))
    spaces = listed.spelt(query, hosts=hosts)
    if hosts or spaces.exists():
        return Found(query=query, reader=reader, is_close=False, people=hosts, spaces=spaces)
    hosts = _keys(people.close_to(query))
    spaces = listed.close_to(query, hosts=hosts)
    if hosts or spaces.exists():
        return Found(query=query, reader=reader, is_close=True, people=hosts, spaces=spaces)
    return None


def _keys(people: UserQuerySet) -> list[int]:
    return list(people.values_list("pk", flat=True)[:MOST_PEOPLE])
