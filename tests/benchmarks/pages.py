"""script/bench pages: what the lists cost the server, with a crowd in them.

No network and no browser: Django's test client through every middleware, so that a figure is the
server's own. Milliseconds are those of this machine and its load; what travels is how often a
list takes the time of a page that reads nothing, and how much of it the database has.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from config import env

GOAL_MS = 50
# A statement that takes longer is explained with --explain.
SLOW_MS = 5
STAR = "crowd_000000"
BARE = "a page that reads nothing"


@dataclass(frozen=True)
class Listing:
    name: str
    address: str
    handle: str | None = None


@dataclass
class Statements:
    """What was asked of the database, and how long each answer took."""

    asked: list[tuple[float, str, Any]] = field(default_factory=list)

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.asked.append(((time.perf_counter() - began) * 1000, sql, params))


@dataclass(frozen=True, kw_only=True)
class Figures:
    listing: Listing
    times_ms: list[float]
    cpu_ms: float
    sql_ms: float
    queries: int
    size_bytes: int
    slowest: list[tuple[float, str, Any]]

    @property
    def median_ms(self) -> float:
        return statistics.median(self.times_ms)

    @property
    def p95_ms(self) -> float:
        return sorted(self.times_ms)[int(len(self.times_ms) * 0.95)]


def listings(people: int) -> Iterator[Listing]:
    keen = f"crowd_{people - 1:06}"
    # Somebody with a dozen follows and a follower or two, as most people are.
    reader = f"crowd_{people // 3:06}"
    yield Listing(BARE, "/account/login/")
    yield Listing("home, signed out", "/")
    yield Listing("home, signed in", "/", reader)
    yield Listing("home, follows 2,000", "/", keen)
    yield Listing("all that is live", "/live/", reader)
    yield Listing("topic", "/topics/coast/", reader)
    yield Listing("topics", "/topics/", reader)
    # A word of every sixth title; a name of every tenth person, with a slip; nobody and nothing.
    yield Listing("search, a common word", "/search/?q=ferries", reader)
    yield Listing("search, a common word, ended", "/search/?q=ferries&in=ended&page=9", reader)
    yield Listing("search, a misspelt name", "/search/?q=kowlaski", reader)
    yield Listing("search, a name, signed out", "/search/?q=Jonsdottir")
    yield Listing("search, two words", "/search/?q=aoife+moreau", reader)
    yield Listing("search, a handle", f"/search/?q=@{keen}", reader)
    yield Listing("search, one letter", "/search/?q=c", reader)
    yield Listing("search, nothing found", "/search/?q=xylophonists", reader)
    yield Listing("search, follows 2,000", "/search/?q=ferries", keen)
    yield Listing("coming up", "/upcoming/", reader)
    yield Listing("coming up, last page", "/upcoming/?page=9999", reader)
    yield Listing("profile, 50,000 followers", f"/@{STAR}", reader)
    yield Listing("own profile", f"/@{reader}", reader)
    yield Listing("own profile, follows 2,000", f"/@{keen}", keen)
    yield Listing("followers, first page", f"/@{STAR}/followers/", reader)
    # Rows are numbered in the order people followed, ten each.
    yield Listing("followers, far down", f"/@{STAR}/followers/?before={people * 3}", reader)
    yield Listing("following, 2,000", f"/@{keen}/following/", reader)
    yield Listing("past Spaces", f"/@{STAR}/spaces/", reader)
    yield Listing("settings, blocked and muted", "/settings/people/", keen)


def measure(listing: Listing, rounds: int) -> Figures | None:
    from django.db import connection
    from django.test import Client

    from accounts.models import User

    client = Client()
    if listing.handle:
        client.force_login(User.objects.get(handle=listing.handle))
    # The first one compiles templates and queries.
    response = client.get(listing.address)
    if response.status_code != 200:
        return None
    times_ms, cpu_ms, sql_ms, statements = [], [], [], Statements()
    for _ in range(rounds):
        statements = Statements()
        with connection.execute_wrapper(statements):
            began, began_cpu = time.perf_counter(), time.thread_time()
            client.get(listing.address)
            times_ms.append((time.perf_counter() - began) * 1000)
            cpu_ms.append((time.thread_time() - began_cpu) * 1000)
        sql_ms.append(sum(took_ms for took_ms, _, _ in statements.asked))
    return Figures(
        listing=listing,
        times_ms=times_ms,
        cpu_ms=statistics.median(cpu_ms),
        sql_ms=statistics.median(sql_ms),
        queries=len(statements.asked),
        size_bytes=len(response.content),
        slowest=sorted(statements.asked, key=lambda each: -each[0])[:3],
    )


def explain(sql: str, params: Any) -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {sql}", params)
        return "\n".join(line for (line,) in cursor.fetchall())


HEAD = """\
| page | median ms | p95 ms | of it SQL ms | of it Python ms | queries | times the bare page | kB |
| --- | --- | --- | --- | --- | --- | --- | --- |"""


def row(figures: Figures, bare: Figures) -> str:
    return (
        f"| {figures.listing.name} | {figures.median_ms:.0f} | {figures.p95_ms:.0f} "
        f"| {figures.sql_ms:.1f} | {figures.cpu_ms:.0f} | {figures.queries} "
        f"| {figures.cpu_ms / bare.cpu_ms:.1f} "
        f"| {figures.size_bytes / 1000:.0f} |"
    )


@contextmanager
def crowded(people: int, spaces: int) -> Iterator[None]:
    """A crowd of that size, in a database that is kept: only the first run has to make it."""
    folder = env.var_dir() / "bench" / f"pages-{people}-{spaces}"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ |= {"DJANGO_SETTINGS_MODULE": "tests.settings", "ROSTRUM_TEST_ROOT": str(folder)}
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from accounts.models import User
    from config import embedded

    with embedded.services(settings.VAR_DIR):
        call_command("migrate", verbosity=0)
        if not User.objects.exists():
            began = time.monotonic()
            call_command("seed_crowd", people=people, spaces=spaces, yes=True)
            print(f"Seeded in {time.monotonic() - began:.0f} s.\n", flush=True)
        try:
            yield
        finally:
            connection.close_pool()


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench pages", description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--spaces", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=30, help="of each page")
    parser.add_argument("--only", help="pages whose name has this in it")
    parser.add_argument("--explain", action="store_true", help="the plans of slow statements")
    options = parser.parse_args()

    print(
        f"{datetime.now(UTC):%Y-%m-%d}, Python {sys.version.split()[0]}, {os.cpu_count()} cores, "
        f"load before {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    missed: list[str] = []
    with crowded(options.people, options.spaces):
        bare, *others = listings(options.people)
        floor = measure(bare, options.rounds)
        assert floor is not None
        print(f"{HEAD}\n{row(floor, floor)}", flush=True)
        for listing in others:
            if options.only and options.only not in listing.name:
                continue
            figures = measure(listing, options.rounds)
            if figures is None:
                missed.append(f"{listing.name}: {listing.address} is not there")
                continue
            print(row(figures, floor), flush=True)
            if figures.median_ms >= GOAL_MS:
                missed.append(f"{listing.name}: {figures.median_ms:.0f} ms, goal {GOAL_MS}")
            if options.explain:
                for took_ms, sql, params in figures.slowest:
                    if took_ms > SLOW_MS:
                        print(f"\n{took_ms:.1f} ms: {sql}\n\n{explain(sql, params)}\n")
    print(f"\nLoad after {os.getloadavg()[0]:.1f}.", *missed, sep="\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
