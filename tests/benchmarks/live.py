"""script/bench live: what news costs, beside the bare floor of the same server in the same run, and
what comments and reactions cost in a crowd (talk.py).

One web process, all sockets in one Space, all clients in another process. The figures that travel
between machines are the ratios; milliseconds are those of this machine and its load.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks import talk
from tests.benchmarks.sockets import VISIT_S

if TYPE_CHECKING:
    from spaces.models import Space
    from tests.stack import Program, Stack

SIZES = (1000, 2000)
EVENTS_PER_S = 5
EVENT_BYTES = 300
# Joins settle, and the audience's count is told, before the measurement.
SETTLE_S = 2.0
# News that is not there so long after the last one was sent is lost, not late.
LOST_AFTER_S = 10.0

SERVERS = {
    "daphne": ["-m", "daphne", "-b", "127.0.0.1", "-p", "{port}", "{application}"],
    "uvicorn": [
        *("-m", "uvicorn", "--host", "127.0.0.1", "--port", "{port}", "--log-level", "warning"),
        *("--lifespan", "off", "--ws", "websockets-sansio", "--ws-per-message-deflate", "false"),
        "{application}",
    ],
}
APPLICATIONS = {"bare": "tests.benchmarks.bare_hub:application", "hub": "config.asgi:application"}
GOALS_P95_MS = {1000: 250, 2000: 400}
GOAL_PER_CORE_SECOND = 25_000


@dataclass(frozen=True, kw_only=True)
class Figures:
    server: str
    application: str
    sockets: int
    delivered: float
    p50_ms: float
    p95_ms: float
    cpu_s: float
    waited_s: float
    per_core_second: float
    clients_share: float


class Clients:
    """The process that holds the other end of every socket."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.sockets"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **command: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps(command), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def cpu_seconds(program: "Program") -> float:
    assert program.process is not None
    fields = Path(f"/proc/{program.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def waited_seconds(program: "Program") -> float:
    """How long the process was ready and had no core, because others had it."""
    assert program.process is not None
    threads = Path(f"/proc/{program.process.pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[1]) for thread in threads) / 1e9


def publish(channel: str, seconds: float) -> tuple[int, int]:
    """Send events at a steady pace. Gives how many, and how many of them Redis had a hub for."""
    from config.news import connection

    count, taken = int(seconds * EVENTS_PER_S), 0
    began = time.monotonic()
    for number in range(count):
        time.sleep(max(began + number / EVENTS_PER_S - time.monotonic(), 0))
        frame = {"event": "talking", "at": time.monotonic(), "rest": ""}
        frame["rest"] = "x" * (EVENT_BYTES - len(json.dumps(frame)))
        taken += connection().publish(channel, json.dumps(frame))
    return count, taken


def measure(
    clients: Clients, program: "Program", channel: str, sockets: int, seconds: float
) -> tuple[dict[str, Any], dict[str, float]]:
    cpu_before_s, waited_before_s = cpu_seconds(program), waited_seconds(program)
    clients_before_s = clients.ask()["cpu_s"]
    began = time.monotonic()
    published, taken = publish(channel, seconds)
    expected = published * sockets
    deadline = time.monotonic() + LOST_AFTER_S
    while clients.ask(peek=True)["received"] < expected and time.monotonic() < deadline:
        time.sleep(0.1)
    # To the last delivery: what a busy server still owes is part of the cost.
    server_cpu_s = cpu_seconds(program) - cpu_before_s
    waited_s = waited_seconds(program) - waited_before_s
    took_s = time.monotonic() - began
    heard = clients.ask()
    if heard["received"] < expected:
        # Where it was lost: before the hub, in the hub for everybody, or for some sockets.
        print(f"published {published}, taken by the hub {taken}, heard by anyone {heard['events']}")
        print(program.log.read_text(errors="replace")[-2000:], file=sys.stderr)
    return heard, {
        "delivered": heard["received"] / expected,
        "cpu_s": server_cpu_s,
        "waited_s": waited_s,
        "per_core_second": heard["received"] / server_cpu_s,
        "clients_share": (heard["cpu_s"] - clients_before_s) / took_s,
    }


def bench(stack: "Stack", space: "Space", server: str, seconds: float) -> Iterator[Figures]:
    from spaces.events import space_channel

    for name, application in APPLICATIONS.items():
        arguments = [
            part.format(port=stack.port, application=application) for part in SERVERS[server]
        ]
        program = stack.run("web", *arguments)
        clients = Clients()
        try:
            stack.wait_for_web()
            query = f"/ws/spaces/{space.public_id}/?version={space.version}"
            channel = "bare" if name == "bare" else space_channel(space.public_id)
            opened = 0
            for sockets in SIZES:
                address = f"ws://localhost:{stack.port}{query}"
                greeting = "" if name == "bare" else "welcome"
                clients.ask(open=sockets - opened, address=address, greeting=greeting)
                opened = sockets
                time.sleep(SETTLE_S)
                heard, counted = measure(clients, program, channel, sockets, seconds)
                if heard["lost"]:
                    raise SystemExit(f"{heard['lost']} sockets of {server}-{name} were closed")
                yield Figures(
                    server=server,
                    application=name,
                    sockets=sockets,
                    p50_ms=heard["p50_ms"],
                    p95_ms=heard["p95_ms"],
                    **counted,
                )
        finally:
            clients.stop()
            program.stop()


HEAD = """\
| server | | sockets | delivered | p50 ms | p95 ms | CPU s | waited for a core s \
| deliveries per core-second | of bare |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"""


def row(figures: Figures, bare: Figures) -> str:
    what = {"bare": "bare", "hub": "Rostrum"}[figures.application]
    return (
        f"| {figures.server} | {what} | {figures.sockets:,} | {figures.delivered:.1%} "
        f"| {figures.p50_ms:.0f} | {figures.p95_ms:.0f} | {figures.cpu_s:.2f} "
        f"| {figures.waited_s:.2f} "
        f"| {figures.per_core_second:,.0f} | {figures.per_core_second / bare.per_core_second:.0%} |"
    )


def shortfalls(figures: Figures) -> Iterator[str]:
    if figures.application == "bare":
        return
    where = f"{figures.server}, {figures.sockets:,} sockets"
    if figures.delivered < 1:
        yield f"{where}: {figures.delivered:.2%} delivered, not all"
    if figures.p95_ms >= GOALS_P95_MS[figures.sockets]:
        yield f"{where}: p95 {figures.p95_ms:.0f} ms, goal {GOALS_P95_MS[figures.sockets]}"
    if figures.server == "daphne" and figures.per_core_second < GOAL_PER_CORE_SECOND:
        reached = f"{figures.per_core_second:,.0f} deliveries per core-second"
        yield f"{where}: {reached}, goal {GOAL_PER_CORE_SECOND:,}"


@contextmanager
def running_services() -> Iterator["Stack"]:
    """PostgreSQL and Redis of this run, and nothing left of them afterwards."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from config import embedded
    from tests.stack import Stack

    try:
        with embedded.services(settings.VAR_DIR) as services:
            call_command("migrate", verbosity=0)
            stack = Stack(services.redis_url)
            stack.run("static", "manage.py", "collectstatic", "--no-input").process.wait()
            try:
                yield stack
            finally:
                stack.stop()
                connection.close_pool()
    finally:
        shutil.rmtree(os.environ["ROSTRUM_TEST_ROOT"], ignore_errors=True)


def bench_news(stack: "Stack", servers: list[str], seconds: float) -> list[str]:
    from tests.factories import make_host, make_space

    space = make_space(make_host("crowded"))
    missed = []
    print(f"{EVENTS_PER_S} events a second of {EVENT_BYTES} bytes for {seconds:.0f} s\n\n{HEAD}")
    for server in servers:
        bare: dict[int, Figures] = {}
        for figures in bench(stack, space, server, seconds):
            bare.setdefault(figures.sockets, figures)
            print(row(figures, bare[figures.sockets]), flush=True)
            missed += shortfalls(figures)
            if figures.clients_share > 0.7:
                missed.append(f"{server}: the clients were busy, this run does not count")
    return missed


def bench_talk(stack: "Stack", servers: list[str], seconds: float) -> list[str]:
    missed = []
    print(
        f"\n{talk.SOCKETS:,} sockets stay, {talk.VISITS_PER_S} more a second look in for "
        f"{VISIT_S:.0f} s; {talk.COMMENTS_PER_S} comments and {talk.REACTIONS_PER_S} reactions a "
        f"second for {seconds:.0f} s\n\n{talk.HEAD}"
    )
    for name in servers:
        arguments = [
            part.format(port=stack.port, application=APPLICATIONS["hub"]) for part in SERVERS[name]
        ]
        for line, short in talk.bench(stack, arguments, seconds):
            print(f"| {name} {line}", flush=True)
            missed += [f"{name}, {each}" for each in short]
    # The last of them.
    print(f"\nThe form of one comment: {talk.form_cost_ms(stack, arguments):.1f} ms of CPU")
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench live", description=__doc__)
    parser.add_argument("--seconds", type=float, default=8, help="of each measurement")
    parser.add_argument("--server", choices=SERVERS, action="append", help="only these")
    parser.add_argument("--part", choices=("news", "talk"), action="append", help="only this")
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    began = time.monotonic()
    missed: list[str] = []
    parts = options.part or ("news", "talk")
    servers = options.server or list(SERVERS)
    with running_services() as stack:
        print(
            f"{datetime.now(UTC):%Y-%m-%d}, Python {sys.version.split()[0]}, "
            f"{os.cpu_count()} cores, load before {os.getloadavg()[0]:.1f}"
        )
        if "news" in parts:
            missed += bench_news(stack, servers, options.seconds)
        if "talk" in parts:
            missed += bench_talk(stack, servers, options.seconds)
    print(f"\nTook {time.monotonic() - began:.0f} s.", *missed, sep="\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
