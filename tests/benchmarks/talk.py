"""The second part of `script/bench live`: comments and reactions in a crowd that comes and goes.

One web process holds all the sockets. Reactions are said over them; comments are posted by another
process, as another web process would, so that the figures are those of the news and not of forms;
what a form costs is a line of its own.
"""

import os
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accounts.models import User
    from spaces.models import Space
    from tests.benchmarks.live import Clients
    from tests.stack import Program, Stack

SOCKETS = 2000
COMMENTS_PER_S = 50
REACTIONS_PER_S = 200
VISITS_PER_S = 10
AUTHORS = 200
WORDS = "We lost ours in 2019, and the school closed two years later"
# What is not there so long after the last was sent is lost, not late.
LOST_AFTER_S = 10.0


@dataclass(frozen=True, kw_only=True)
class Load:
    """What there is besides the crowd that stays and the people who look in."""

    name: str
    comments_per_s: int
    reactions_per_s: int


LOADS = (
    Load(name="nothing", comments_per_s=0, reactions_per_s=0),
    Load(name="comments", comments_per_s=COMMENTS_PER_S, reactions_per_s=0),
    Load(name="reactions", comments_per_s=0, reactions_per_s=REACTIONS_PER_S),
    Load(name="both", comments_per_s=COMMENTS_PER_S, reactions_per_s=REACTIONS_PER_S),
)


class Poster(threading.Thread):
    """People who comment, one after another, each a new one."""

    def __init__(self, space: "Space", authors: "list[User]", per_s: float, seconds: float) -> None:
        super().__init__()
        self.space, self.authors = space, authors
        self.per_s, self.seconds = per_s, seconds
        self.posted = 0

    def run(self) -> None:
        from django.db import connection

        from spaces import actions

        began = time.monotonic()
        for number in range(int(self.per_s * self.seconds)):
            time.sleep(max(began + number / self.per_s - time.monotonic(), 0))
            actions.post_comment(
                actor=self.authors[number % len(self.authors)],
                space=self.space,
                body=f"{WORDS} {time.monotonic():.4f}",
                client_id=uuid.uuid4(),
            )
            self.posted += 1
        connection.close()


def resident_mb(program: "Program") -> float:
    assert program.process is not None
    pages = int(Path(f"/proc/{program.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def database_cpu_s(data_directory: Path) -> float:
    """Of all processes of this run's own Postgres."""
    postmaster = int((data_directory / "postmaster.pid").read_text().split()[0])
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if postmaster in (int(stat.parent.name), int(fields[1])):
            # Its own time and that of sessions that are over, which is the postmaster's children's.
            own = int(fields[11]) + int(fields[12])
            ended = int(fields[13]) + int(fields[14])
            total += (own + ended) / os.sysconf("SC_CLK_TCK")
    return total


def transactions() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = "
            "current_database()"
        )
        return int(cursor.fetchone()[0])


HEAD = """\
| server | besides joins and leaves | comments delivered | p50 ms | p95 ms \
| reactions delivered | p50 ms | p95 ms | web, share of a core | waited for a core s \
| memory MB | Postgres, share of a core | transactions a second |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"""


def measure(
    stack: "Stack",
    program: "Program",
    clients: "Clients",
    space: "Space",
    authors: "list[User]",
    door: dict[str, str],
    load: Load,
    seconds: float,
) -> tuple[str, list[str]]:
    """A row of the table, and what fell short."""
    from django.conf import settings

    from tests.benchmarks.live import cpu_seconds, waited_seconds

    data = settings.VAR_DIR / "postgres"
    before = (cpu_seconds(program), waited_seconds(program), database_cpu_s(data), transactions())
    busy_before_s = clients.ask()["cpu_s"]
    began = time.monotonic()
    clients.ask(
        talk={"seconds": seconds, "reactions": load.reactions_per_s, "visits": VISITS_PER_S, **door}
    )
    poster = Poster(space, authors, load.comments_per_s, seconds)
    poster.start()
    time.sleep(seconds)
    poster.join()
    deadline = time.monotonic() + LOST_AFTER_S
    while True:
        heard: dict[str, Any] = clients.ask(talked=True)
        is_all = heard["comments"] >= poster.posted and heard["reactions"] >= heard["reacted"]
        if is_all or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    after = (cpu_seconds(program), waited_seconds(program), database_cpu_s(data), transactions())
    took_s = time.monotonic() - began
    web_s, waited_s, database_s, asked = (b - a for a, b in zip(before, after, strict=True))

    def delivered(name: str, sent: int) -> str:
        if not sent:
            return "– | – | –"
        p50, p95 = heard[f"{name}_ms"] or (float("nan"), float("nan"))
        return f"{heard[f'{name}s'] / sent:.1%} | {p50:.0f} | {p95:.0f}"

    row = (
        f"| {load.name} | {delivered('comment', poster.posted)} "
        f"| {delivered('reaction', heard['reacted'])} | {web_s / took_s:.0%} | {waited_s:.1f} "
        f"| {resident_mb(program):.0f} | {database_s / took_s:.0%} | {asked / took_s:.0f} |"
    )
    missed = []
    if heard["comments"] < poster.posted:
        missed.append(f"{load.name}: {heard['comments'] / poster.posted:.2%} of the comments came")
    if heard["lost"] or heard["turned_away"]:
        missed.append(f"{load.name}: {heard['lost']} closed, {heard['turned_away']} turned away")
    if (heard["cpu_s"] - busy_before_s) / took_s > 0.8:
        missed.append(f"{load.name}: the clients were busy, this row does not count")
    return row, missed


def bench(stack: "Stack", server: list[str], seconds: float) -> Iterator[tuple[str, list[str]]]:
    """Rows of the table, each with what fell short of the goals."""
    from tests.benchmarks.live import SETTLE_S, Clients
    from tests.factories import make_participant, make_space, make_user

    space = make_space(make_user(follower_count=600))
    authors = [make_user() for _ in range(AUTHORS)]
    for author in authors:
        make_participant(space, user=author)
    program = stack.run("web", *server)
    clients = Clients()
    try:
        stack.wait_for_web()
        address = f"ws://localhost:{stack.port}/ws/spaces/{space.public_id}/?version=1"
        door = {"address": address, "greeting": "welcome"}
        clients.ask(open=SOCKETS, **door)
        time.sleep(SETTLE_S)
        for load in LOADS:
            yield measure(stack, program, clients, space, authors, door, load, seconds)
            time.sleep(SETTLE_S)
    finally:
        clients.stop()
        program.stop()


def form_cost_ms(stack: "Stack", server: list[str]) -> float:
    """What one comment costs the web process that takes its form: ms of CPU."""
    from django.conf import settings
    from django.test import Client
    from django.urls import reverse

    from tests.benchmarks.live import cpu_seconds
    from tests.factories import make_space, make_user

    space = make_space(make_user(follower_count=600))
    keys = []
    for _ in range(AUTHORS):
        client = Client()
        client.force_login(make_user())
        keys.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
    program = stack.run("web", *server)
    try:
        stack.wait_for_web()
        path = reverse("spaces:comment-post", args=[space.public_id])
        with Forms(stack.port) as forms:
            # Each comes in with their first; nobody may post more than some a minute.
            for key in keys:
                forms.post(path, key)
            before = cpu_seconds(program)
            for key in keys:
                forms.post(path, key)
            return (cpu_seconds(program) - before) / len(keys) * 1000
    finally:
        program.stop()


class Forms:
    """Browsers that only post comments, over one connection."""

    def __init__(self, port: int) -> None:
        import http.client

        self.connection = http.client.HTTPConnection("localhost", port, timeout=10)
        self.token = "b" * 32
        self.headers = {
            "X-CSRFToken": self.token,
            "HX-Request": "true",
            "Content-Type": "application/x-www-form-urlencoded",
        }

    def __enter__(self) -> "Forms":
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def post(self, path: str, session: str) -> None:
        from urllib.parse import urlencode

        body = urlencode({"body": WORDS, "client_id": str(uuid.uuid4())})
        cookie = {"Cookie": f"sessionid={session}; csrftoken={self.token}"}
        self.connection.request("POST", path, body, self.headers | cookie)
        answer = self.connection.getresponse()
        answer.read()
        assert answer.status < 300, answer.status
