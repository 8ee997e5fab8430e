"""script/bench notify: a host goes live, and a crowd that follows them is told.

Real workers and the real clock on embedded services. What travels between machines is that the
worker needs no more memory for a hundred times the people, and that reminders do not wait for them.
"""

import argparse
import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from config import env

if TYPE_CHECKING:
    from accounts.models import User
    from tests.stack import Program, Stack

GOAL_S = 60
SMALL = 1_000
REMINDER_EVERY_S = 2
REMINDERS = 8
GIVES_UP_AFTER_S = 600
CHUNK = 5_000


@dataclass(kw_only=True)
class Figures:
    followers: int
    took_s: float
    told: int
    peak_mb: float
    delays_s: list[float] = field(default_factory=list)
    messages: int = 0
    named: int = 0


class Badges:
    """What is told to the processes that hold open pages."""

    def __init__(self) -> None:
        from config.news import PEOPLE_CHANNEL, connection

        self.messages = self.named = 0
        self.pubsub = connection().pubsub(ignore_subscribe_messages=True)
        self.pubsub.subscribe(PEOPLE_CHANNEL)
        self.is_open = True
        self.thread = threading.Thread(target=self._count, daemon=True)
        self.thread.start()

    def _count(self) -> None:
        while self.is_open:
            message = self.pubsub.get_message(timeout=0.2)
            if message is not None:
                self.messages += 1
                self.named += len(json.loads(message["data"])["people"])

    def stop(self) -> None:
        self.is_open = False
        self.thread.join()
        self.pubsub.close()


def processes_of(program: "Program") -> Iterator[int]:
    """The program and what it forked."""
    assert program.process is not None
    yield program.process.pid
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == program.process.pid:
                yield int(entry.name)


def peak_mb(program: "Program") -> float:
    """Of the largest of its processes, since it began."""
    peaks = [0]
    for pid in processes_of(program):
        with suppress(OSError):
            status = Path(f"/proc/{pid}/status").read_text()
            peaks += [int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line]
    return max(peaks) / 1024


def seed(followers: int) -> None:
    """A star whom all follow, somebody whom a thousand do, and who is to be reminded."""
    from accounts.models import Follow, User

    hosts = [
        User(handle=handle, name=handle, email=f"{handle}@example.org", follower_count=count)
        for handle, count in (("star", followers), ("small", SMALL))
    ]
    hosts += [
        User(handle=f"h{each}", name="H", email=f"h{each}@example.org") for each in range(REMINDERS)
    ]
    star, small, *_others = User.objects.bulk_create(hosts)
    for start in range(0, followers, CHUNK):
        people = User.objects.bulk_create(
            User(handle=f"c{each}", name="C", email=f"c{each}@example.org")
            for each in range(start, min(start + CHUNK, followers))
        )
        follows = [Follow(follower=person, followed=star) for person in people]
        if start == 0:
            follows += [Follow(follower=person, followed=small) for person in people[:SMALL]]
        Follow.objects.bulk_create(follows)


def clear() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE accounts_notification, spaces_space RESTART IDENTITY CASCADE")
        cursor.execute("ANALYZE")


def plan_reminders() -> dict[int, datetime]:
    """Key of a Space → when somebody is to be reminded of it, one after the other."""
    from django.utils import timezone

    from accounts.models import User
    from tests.factories import make_bulletin, make_reminder, make_scheduled

    now, due = timezone.now(), {}
    somebody = User.objects.get(handle="c0")
    for each in range(REMINDERS):
        host = User.objects.get(handle=f"h{each}")
        space = make_scheduled(host, scheduled_for=now + timedelta(minutes=9))
        make_reminder(space, somebody, wants_early=True)
        due[space.pk] = now + timedelta(seconds=REMINDER_EVERY_S * (each + 1))
        make_bulletin(space, "soon", due_at=due[space.pk])
    return due


def measure(stack: "Stack", host: "User", followers: int) -> Figures:
    from django.utils import timezone

    from accounts.models import Notification
    from config.celery import app
    from spaces import actions

    clear()
    worker = stack.run(f"worker-{followers}", "-m", "celery", "-A", "config", "worker", *CELERY)
    beat = stack.run(f"beat-{followers}", "-m", "celery", "-A", "config", "beat")
    while not app.control.ping(timeout=1):
        assert stack.lives(worker.name), worker.log.read_text()[-3000:]
    badges = Badges()
    due, delays_s = plan_reminders(), {}
    began = time.monotonic()
    space = actions.open_space(actor=host, title="Live", topics=[], who_may_speak="invited")
    took_s = 0.0
    while len(delays_s) < len(due) or not took_s:
        found = set(Notification.objects.filter(kind="soon").values_list("space", flat=True))
        for key in found - delays_s.keys():
            delays_s[key] = (timezone.now() - due[key]).total_seconds()
        if not took_s and not space.bulletins.waiting().exists():
            took_s = time.monotonic() - began
        assert time.monotonic() - began < GIVES_UP_AFTER_S, worker.log.read_text()[-3000:]
        time.sleep(0.05)
    # Redis hands the last of the badges' messages on.
    time.sleep(0.5)
    figures = Figures(
        followers=followers,
        took_s=took_s,
        told=space.bulletins.get().told_count,
        peak_mb=peak_mb(worker),
        delays_s=list(delays_s.values()),
        messages=badges.messages,
        named=badges.named,
    )
    assert Notification.objects.filter(space=space).count() == figures.told
    badges.stop()
    beat.stop()
    worker.stop()
    return figures


CELERY = ["--concurrency", "2", "--loglevel", "INFO"]
COLUMNS = (
    "followers",
    "told",
    "all told after s",
    "people/s",
    "largest worker process MB",
    "reminders due meanwhile: median, max delay s",
    "badge messages",
    "people in them",
)
HEAD = f"| {' | '.join(COLUMNS)} |\n|{' --- |' * len(COLUMNS)}"


def row(figures: Figures) -> str:
    return (
        f"| {figures.followers:,} | {figures.told:,} | {figures.took_s:.1f} "
        f"| {figures.told / figures.took_s:,.0f} | {figures.peak_mb:.0f} "
        f"| {statistics.median(figures.delays_s):.1f}, {max(figures.delays_s):.1f} "
        f"| {figures.messages} | {figures.named:,} |"
    )


@contextmanager
def followed(followers: int) -> Iterator["Stack"]:
    """That crowd in a database that is kept: only the first run has to make it."""
    folder = env.var_dir() / "bench" / f"notify-{followers}"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ |= {"DJANGO_SETTINGS_MODULE": "tests.settings", "ROSTRUM_TEST_ROOT": str(folder)}
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from accounts.models import User
    from config import embedded
    from tests.stack import Stack

    with embedded.services(settings.VAR_DIR) as services:
        call_command("migrate", verbosity=0)
        if not User.objects.exists():
            began = time.monotonic()
            seed(followers)
            print(f"Seeded in {time.monotonic() - began:.0f} s.\n", flush=True)
        stack = Stack(services.redis_url)
        try:
            yield stack
        finally:
            stack.stop()
            connection.close_pool()


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench notify", description=__doc__)
    parser.add_argument("--followers", type=int, default=100_000)
    options = parser.parse_args()

    print(
        f"{datetime.now(UTC):%Y-%m-%d}, Python {sys.version.split()[0]}, {os.cpu_count()} cores, "
        f"load before {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    missed = []
    with followed(options.followers) as stack:
        from accounts.models import User

        print(HEAD, flush=True)
        for handle, count in (("small", SMALL), ("star", options.followers)):
            figures = measure(stack, User.objects.get(handle=handle), count)
            print(row(figures), flush=True)
            if figures.took_s >= GOAL_S:
                missed.append(f"{count:,} followers: {figures.took_s:.0f} s, goal {GOAL_S}")
    print(f"\nLoad after {os.getloadavg()[0]:.1f}.", *missed, sep="\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
