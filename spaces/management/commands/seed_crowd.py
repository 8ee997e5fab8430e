"""Strangers by the hundred thousand and their Spaces, to measure lists with."""

import random
import uuid
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.db.models import Count, IntegerField, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Block, Follow, Mute, User
from spaces.management.commands.seed_demo import FIRST, LAST
from spaces.models import Participant, Space, Topic

CROWD = "crowd_"
# At most so many rows are in memory at once.
BATCH = 5_000
# Of a hundred Spaces.
LIVE, SCHEDULED = 3, 7
YEAR = timedelta(days=365)
ABOUT = ["Ferries", "Night trains", "Sourdough", "Small theatres", "Tide mills", "Wild bees"]
QUESTION = ["who pays", "what comes next", "the beginner’s hour", "an open evening", "one year on"]

Row = TypeVar("Row", bound=Model)


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def store(rows: Iterable[Row]) -> Iterator[Row]:
    """Insert in batches; gives the rows with their keys."""
    for batch in batches(rows):
        yield from type(batch[0])._default_manager.bulk_create(batch)


def store_all(rows: Iterable[Row]) -> int:
    return sum(1 for _ in store(rows))


def counted(rows: QuerySet[Follow], end: str) -> Coalesce:
    """How many of `rows` end at the person of the outer query."""
    of_person = rows.filter(**{end: OuterRef("pk")}).order_by().values(end)
    return Coalesce(Subquery(of_person.values(n=Count("pk")), output_field=IntegerField()), 0)


class Command(BaseCommand):
    help = (
        "Loads a crowd: the first person is followed by half of it, the last one follows, blocks "
        "and mutes many; the same --seed makes the same crowd. Repeat: refused."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--people", type=int, default=100_000)
        parser.add_argument("--spaces", type=int, default=10_000)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--yes", action="store_true", help="also outside demo mode")

    def handle(self, *, people: int, spaces: int, seed: int, yes: bool, **options: Any) -> None:
        if not (settings.DEMO or yes):
            raise CommandError("A crowd belongs in demo mode; --yes puts it here all the same.")
        if people < 20:
            raise CommandError("A crowd has at least 20 people.")
        if User.objects.filter(handle=handle_of(0)).exists():
            raise CommandError("There is a crowd already.")
        chance = random.Random(seed)  # noqa: S311  (repeatable, not secret)
        with transaction.atomic():
            crowd = [person.pk for person in store(strangers(chance, people))]
            follows = store_follows(follows_among(chance, crowd), timezone.now())
            User.objects.filter(handle__startswith=CROWD).update(
                follower_count=counted(Follow.objects.all(), "followed"),
                following_count=counted(Follow.objects.all(), "follower"),
            )
            keen, others = crowd[-1], crowd[people // 2 :][: min(people // 10, 200)]
            store_all(Block(blocker_id=keen, blocked_id=other) for other in others)
            store_all(Mute(muter_id=keen, muted_id=other) for other in others)
            self.add_spaces(chance, crowd, spaces)
        # The planner would know nothing of so many new rows for a minute.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        self.stdout.write(f"{people:,} people, {follows:,} follows, {spaces:,} Spaces.")

    def add_spaces(self, chance: random.Random, crowd: list[int], size: int) -> None:
        topics = list(Topic.objects.order_by("pk"))
        of_topics = Space.topics.through
        for batch in batches(spaces_of(chance, crowd, size, timezone.now())):
            chosen = [topics_of(chance, topics, number) for number in range(len(batch))]
            for space, about in zip(batch, chosen, strict=True):
                space.write_search(about)
            store_all(batch)
            store_all(
                of_topics(space=space, topic=topic)
                for space, about in zip(batch, chosen, strict=True)
                for topic in about
            )
            store_all(
                participant for space in batch for participant in stage_of(chance, crowd, space)
            )


def handle_of(number: int) -> str:
    return f"{CROWD}{number:06}"


def strangers(chance: random.Random, size: int) -> Iterator[User]:
    """People with names who cannot sign in: an unusable password, no address."""
    password = make_password(None)
    for number in range(size):
        name = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
        public_id = uuid.UUID(int=chance.getrandbits(128), version=4)
        person = User(handle=handle_of(number), name=name, public_id=public_id, password=password)
        person.write_search()
        yield person


def popular(chance: random.Random, crowd: list[int]) -> int:
    """Somebody of the first half, the first ones far more often: a heavy tail."""
    return crowd[int(len(crowd) // 2 * chance.random() ** 3)]


def follows_among(chance: random.Random, crowd: list[int]) -> Iterator[tuple[int, int]]:
    """Pairs of keys: who follows whom."""
    star, keen = crowd[0], crowd[-1]
    for number, follower in enumerate(crowd):
        if follower == keen:
            chosen = set(crowd[: min(len(crowd) // 10, 2_000)])
        else:
            chosen = {popular(chance, crowd) for _ in range(chance.randint(2, 18))} - {star}
            if number < len(crowd) // 2:
                chosen.add(star)
        for followed in sorted(chosen - {follower}):
            yield follower, followed


def store_follows(pairs: Iterable[tuple[int, int]], now: datetime) -> int:
    """By COPY: a million rows took two minutes as objects. The first pair is the oldest."""
    number = 0
    columns = f"{Follow._meta.db_table} (follower_id, followed_id, created_at)"
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {columns} FROM STDIN") as copy,
    ):
        for number, (follower, followed) in enumerate(pairs, start=1):
            copy.write_row((follower, followed, now + timedelta(milliseconds=number) - YEAR))
    return number


def spaces_of(chance: random.Random, crowd: list[int], size: int, now: datetime) -> Iterator[Space]:
    """Live ones first, each by a host of its own; the rest by whoever is followed most."""
    live = max(1, size * LIVE // 100)
    scheduled = live + max(1, size * SCHEDULED // 100)
    for number in range(size):
        space = Space(
            public_id=uuid.UUID(int=chance.getrandbits(128), version=4),
            title=f"{chance.choice(ABOUT)}: {chance.choice(QUESTION)}",
        )
        if number < live:
            space.host_id = crowd[number]
            space.started_at = now - timedelta(minutes=chance.randint(1, 180))
        elif number < scheduled:
            space.host_id = popular(chance, crowd)
            space.state = Space.State.SCHEDULED
            minutes = chance.randint(30, 30 * 24 * 60)
            # Nobody is announced twice for one moment.
            space.scheduled_for = now + timedelta(minutes=minutes, microseconds=number)
        else:
            space.host_id = popular(chance, crowd)
            space.state = Space.State.ENDED
            space.started_at = now - timedelta(minutes=chance.randint(300, 700 * 24 * 60))
            space.ended_at = space.started_at + timedelta(minutes=chance.randint(5, 180))
        yield space


def topics_of(chance: random.Random, topics: list[Topic], number: int) -> list[Topic]:
    """One after the other, so that none is left out, and up to two by chance."""
    if not topics:
        return []
    others = chance.choices(topics, k=chance.randint(0, 2))
    return list(dict.fromkeys([topics[number % len(topics)], *others]))


def stage_of(chance: random.Random, crowd: list[int], space: Space) -> Iterator[Participant]:
    """The host, up to nine speakers, up to forty who listen; nobody where nothing has begun."""
    if space.started_at is None:
        return
    Role = Participant.Role
    others = chance.sample(crowd, min(len(crowd), chance.randint(1, 50)))
    people = [space.host_id, *(other for other in others if other != space.host_id)]
    for place, person in enumerate(people):
        role = Role.HOST if place == 0 else Role.SPEAKER if place < 10 else Role.LISTENER
        yield Participant(
            space=space,
            user_id=person,
            role=role,
            public_id=uuid.UUID(int=chance.getrandbits(128), version=4),
            on_stage_since=None if role == Role.LISTENER else space.started_at,
        )
