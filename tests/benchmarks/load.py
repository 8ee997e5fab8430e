"""What one media node carries: listeners, open microphones, Spaces and joins, in real packets.

The node has one core to itself and its clients another. Clients that needed more than 70 % of
theirs measured themselves: such a run is marked INVALID and counts for nothing.
"""

import argparse
import asyncio
import os
import pstats
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from spaces.media.clock import BUSY_FULL, TICK_S
from spaces.media.registry import opened
from tests.benchmarks import audience, speakers
from tests.benchmarks.clients import Clients
from tests.benchmarks.live import cpu_seconds

if TYPE_CHECKING:
    from spaces.media.node import NodeLoad
    from tests.stack import Program, Stack

Seat = tuple[str, str | None]
Found = TypeVar("Found")

CLIENTS_SHARE = 0.7
CLIENTS_WERE_BUSY = "the clients were too busy, it does not count"
SETTLE_S = 2.0
NODE_WITHIN_S = 20.0
# A heartbeat is half a second old at most.
BEAT_S = 0.5
OPEN_MICROPHONES = (1, 2, 3, 10)
# On stage at once in the largest measurement.
CROWDED_STAGES = (25, 50)
ROOMS_A_STEP, SPEAKERS_A_ROOM = 3, 2
LATE_SHARE_FULL = 0.01
PACED, PACED_PER_S = 50, 5
STORM_S = 5.0
GOAL_LISTENERS, GOAL_MICROPHONES = 350, 2
GOAL_JOIN_P95_MS = 1500
# Nobody is content with a second of silence, however it is counted.
SILENT_MS = 1000
PROFILED_LISTENERS, PROFILED_S, COSTS_SHOWN = 100, 15.0, 12

_hosts = count(1)


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Processes started inside stay on this core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def two_cores() -> tuple[int, int]:
    """One for the node, one for its clients."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise SystemExit("Load is measured on two cores: one for the node, one for its clients.")
    # The first one serves the interrupts.
    return cores[-1], cores[0]


def make_stage(people: int) -> tuple[str, list[str]]:
    """A live Space and who is on its stage, every microphone open: public ids, the host first."""
    from spaces.models import Participant
    from tests.factories import make_host, make_participant, make_space

    space = make_space(make_host(f"load{next(_hosts)}"))
    for _ in range(people - 1):
        make_participant(space, role=Participant.Role.SPEAKER)
    space.participants.update(microphone=Participant.Microphone.OPEN)
    on_stage = space.participants.on_stage()
    return str(space.public_id), [str(person.public_id) for person in on_stage]


def node_load() -> "NodeLoad | None":
    async def ask() -> "dict[str, NodeLoad]":
        async with opened() as registry:
            return await registry.living()

    return next(iter(asyncio.run(ask()).values()), None)


def wait_for(look: Callable[[], Found | None]) -> Found:
    """The first thing found that is so."""
    deadline = time.monotonic() + NODE_WITHIN_S
    while not (found := look()):
        if time.monotonic() > deadline:
            raise RuntimeError("the media node does not do as it should; its log says more")
        time.sleep(0.1)
    return found


def wait_for_node() -> "NodeLoad":
    """The only node's last heartbeat."""
    return wait_for(node_load)


class NotAllJoined(Exception):
    """The node, or its clients, took no more."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """What was measured in one stretch of time. Shares are of one core."""

    node_share: float
    clients_share: float
    late_ticks: int
    ticks: int
    listeners: int
    heard: dict[str, Any]

    @property
    def is_valid(self) -> bool:
        return self.clients_share <= CLIENTS_SHARE

    @property
    def missing(self) -> int:
        return self.heard["lost"] + self.heard["left_out"]

    @property
    def is_full(self) -> bool:
        return self.node_share > BUSY_FULL or self.late_ticks > LATE_SHARE_FULL * self.ticks

    def cells(self) -> str:
        clients = f"{self.clients_share:.0%}" + ("" if self.is_valid else " INVALID")
        heard = "– | –"
        if self.heard["sampled"]:
            missing = f"{self.heard['lost']} + {self.heard['left_out']}"
            heard = f"{missing} of {self.heard['received']:,} | {self.heard['largest_gap_ms']:.0f}"
        late = f"{self.late_ticks} of {self.ticks}"
        return f"{self.node_share:.1%} | {heard} | {late} | {clients} |"


CELLS_HEAD = (
    "node, share of a core | missing: lost + left out, of the sampled | largest gap ms "
    "| late ticks | clients, share of theirs |"
)
RULE = "| --- | --- | --- | --- | --- |"


class LoadedNode:
    """A fresh node and the two processes of its clients."""

    def __init__(self, node: "Program", people: Clients, listeners: Clients) -> None:
        self.node = node
        self.speakers = people
        self.audience = listeners

    def seat(self, seats: list[Seat], **pace: Any) -> dict[str, Any]:
        """Raises: NotAllJoined"""
        joins = self.audience.ask("join", seats=seats, **pace)
        if joins["seated"] < len(seats):
            raise NotAllJoined(f"{joins['seated']} of {len(seats)} joined: {joins['refused'][0]}")
        return joins

    def speak(self, seats: list[Seat]) -> None:
        """Raises: NotAllJoined"""
        if refused := self.speakers.ask("speak", seats=seats):
            raise NotAllJoined(f"somebody could not speak: {refused[0]}")

    def cpu(self) -> tuple[float, float, float]:
        """Seconds of the node, of its clients, and of the clock."""
        clients_s = cpu_seconds(self.speakers) + cpu_seconds(self.audience)
        return cpu_seconds(self.node), clients_s, time.monotonic()

    def measure(self, seconds: float) -> Window:
        time.sleep(SETTLE_S)
        late_before = wait_for_node().late_ticks
        node_s, clients_s, began = self.cpu()
        heard = self.audience.ask("hear", seconds=seconds)
        node_then_s, clients_then_s, ended = self.cpu()
        time.sleep(BEAT_S)
        load = wait_for_node()
        return Window(
            node_share=(node_then_s - node_s) / (ended - began),
            clients_share=(clients_then_s - clients_s) / (ended - began),
            late_ticks=load.late_ticks - late_before,
            ticks=round((ended - began) / TICK_S),
            listeners=load.listeners,
            heard=heard,
        )


@contextmanager
def loaded_node(stack: "Stack", *command: str) -> Iterator[LoadedNode]:
    """command: what the node is started by, if not by the usual one"""
    node_core, clients_core = two_cores()
    # A node that had to be killed takes a moment to be missed.
    wait_for(lambda: node_load() is None)
    with on_core(node_core):
        node = stack.run(
            "media",
            *(command or ("manage.py", "runmedia")),
            MAX_OPEN_MICS=str(max(CROWDED_STAGES)),
        )
    with on_core(clients_core):
        clients = [Clients(part.MODULE, stack.environment) for part in (speakers, audience)]
    try:
        wait_for_node()
        loaded = LoadedNode(node, *clients)
        # Once they answer, their imports are over.
        loaded.speak([])
        loaded.seat([])
        yield loaded
    finally:
        # The node first: people who vanish would keep it busy with goodbyes.
        node.stop()
        for process in clients:
            process.stop()


def grown(loaded: LoadedNode, space: str, sizes: list[int]) -> Iterator[int]:
    seated = 0
    for size in sorted(sizes):
        loaded.seat([(space, None)] * (size - seated))
        seated = size
        yield size


def listeners(stack: "Stack", options: argparse.Namespace) -> Iterator[str]:
    """Every listener size with every number of open microphones; people on stage hear too."""
    space, stage = make_stage(max(OPEN_MICROPHONES))
    measured: dict[int, dict[int, float]] = {microphones: {} for microphones in OPEN_MICROPHONES}
    print(f"| listeners | open microphones | {CELLS_HEAD}\n| --- | --- {RULE}", flush=True)
    with loaded_node(stack) as loaded:
        try:
            loaded.seat([(space, person) for person in stage])
            for size in grown(loaded, space, options.listeners):
                for microphones in OPEN_MICROPHONES:
                    loaded.speak([(space, person) for person in stage[:microphones]])
                    window = loaded.measure(options.seconds)
                    print(f"| {size} | {microphones} | {window.cells()}", flush=True)
                    if window.is_valid:
                        measured[microphones][size] = window.node_share
                    yield from gone_wrong(window, size, len(stage), microphones)
        except NotAllJoined as error:
            yield f"load: {error}"
    print()
    for microphones, shares in measured.items():
        print(slope(microphones, shares))


def gone_wrong(window: Window, size: int, stage: int, microphones: int) -> Iterator[str]:
    where = f"{size} listeners, {microphones} open microphones"
    if not window.is_valid:
        yield f"{where}: {CLIENTS_WERE_BUSY}"
        return
    if window.listeners < size + stage:
        yield f"{where}: {size + stage - window.listeners} were lost"
    if size <= GOAL_LISTENERS and microphones <= GOAL_MICROPHONES and window.missing:
        yield f"{where}: {window.missing} packets are missing, goal none"
    if window.heard["largest_gap_ms"] > SILENT_MS:
        yield f"{where}: {window.heard['largest_gap_ms']:.0f} ms without sound"


def slope(microphones: int, shares: dict[int, float]) -> str:
    """CPU per listener by regression over the sizes, and how many fill a core by that."""
    sizes = list(shares)
    if len(sizes) < 3:
        return f"- {microphones} open: too few sizes for a slope"
    each, alone = np.polyfit(sizes, list(shares.values()), 1)
    if each <= 0:
        return f"- {microphones} open: the sizes are too small for a slope"
    full = (1 - alone) / each
    kind = "extrapolated" if full > max(sizes) else "within what was measured"
    return (
        f"- {microphones} open: {each:.3%} of a core a listener, {alone:.1%} for nobody; "
        f"a whole core is {full:.0f} listeners ({kind})"
    )


def microphones(stack: "Stack", options: argparse.Namespace) -> Iterator[str]:
    """Many open microphones on one stage, nobody listens."""
    space, stage = make_stage(max(CROWDED_STAGES))
    print(f"| open microphones, no listeners | {CELLS_HEAD}\n| --- {RULE}", flush=True)
    with loaded_node(stack) as loaded:
        try:
            for size in CROWDED_STAGES:
                loaded.speak([(space, person) for person in stage[:size]])
                window = loaded.measure(options.seconds)
                print(f"| {size} | {window.cells()}", flush=True)
                if not window.is_valid:
                    yield f"{size} microphones: {CLIENTS_WERE_BUSY}"
        except NotAllJoined as error:
            yield f"microphones: {error}"


def rooms(stack: "Stack", options: argparse.Namespace) -> Iterator[str]:
    """Spaces with two who speak and hear each other, and a listener, until the node is full."""
    print(f"| Spaces | {CELLS_HEAD}\n| --- {RULE}", flush=True)
    shares: dict[int, float] = {}
    speaking: list[Seat] = []
    with loaded_node(stack) as loaded:
        try:
            while len(shares) * ROOMS_A_STEP < options.rooms:
                coming: list[Seat] = []
                for _ in range(ROOMS_A_STEP):
                    space, stage = make_stage(SPEAKERS_A_ROOM)
                    people = [(space, person) for person in stage]
                    speaking += people
                    coming += [*people, (space, None)]
                loaded.seat(coming)
                loaded.speak(speaking)
                window = loaded.measure(options.seconds)
                size = len(speaking) // SPEAKERS_A_ROOM
                print(f"| {size} | {window.cells()}", flush=True)
                if not window.is_valid:
                    yield f"{size} Spaces: {CLIENTS_WERE_BUSY}"
                    break
                shares[size] = window.node_share
                if window.is_full:
                    break
        except NotAllJoined as error:
            print(f"\nThe node takes no more: {error}")
    if len(shares) > 2:
        each, _ = np.polyfit(list(shares), list(shares.values()), 1)
        print(
            f"\n{each:.2%} of a core a Space; {BUSY_FULL:.0%} of one, from where on a node takes "
            f"no new Space, is {BUSY_FULL / each:.0f} of them"
            + (" (extrapolated)" if BUSY_FULL / each > max(shares) else "")
        )


def joins(stack: "Stack", options: argparse.Namespace) -> Iterator[str]:
    """From the listen command to connected, and to the first packet of sound."""
    print(
        "| arrival | told to wait | connected p50 ms | p95 | first sound p50 ms | p95 "
        "| node, share of a core | clients, share of theirs |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |"
    )
    for size, over_s in ((PACED, PACED / PACED_PER_S), (options.storm, STORM_S)):
        arrival = f"{size} in {over_s:.0f} s"
        space, stage = make_stage(1)
        with loaded_node(stack) as loaded:
            loaded.speak([(space, stage[0])])
            time.sleep(SETTLE_S)
            node_s, clients_s, began = loaded.cpu()
            try:
                took = loaded.seat([(space, None)] * size, over_s=over_s, together=size)
            except NotAllJoined as error:
                yield f"joins: {error}"
                continue
            node_then_s, clients_then_s, ended = loaded.cpu()
        node_share = (node_then_s - node_s) / (ended - began)
        clients_share = (clients_then_s - clients_s) / (ended - began)
        is_valid = clients_share <= CLIENTS_SHARE
        heard_p95_ms = percentile(took["heard_ms"])
        print(
            f"| {arrival} | {took['told_to_wait']} "
            f"| {statistics.median(took['connected_ms']):.0f} "
            f"| {percentile(took['connected_ms']):.0f} "
            f"| {statistics.median(took['heard_ms']):.0f} | {heard_p95_ms:.0f} "
            f"| {node_share:.0%} | {clients_share:.0%}{'' if is_valid else ' INVALID'} |",
            flush=True,
        )
        if not is_valid:
            yield f"{arrival}: {CLIENTS_WERE_BUSY}"
        elif heard_p95_ms >= GOAL_JOIN_P95_MS:
            yield f"{arrival}: p95 {heard_p95_ms:.0f} ms to first sound, goal {GOAL_JOIN_P95_MS}"


def percentile(values: list[float]) -> float:
    return float(np.percentile(values, 95))


def costs(stack: "Stack", options: argparse.Namespace) -> Iterator[str]:
    """Where the node's time goes once everybody is in. Profiling makes calls dearer."""
    file = Path(stack.environment["ROSTRUM_VAR"]) / "media.profile"
    space, stage = make_stage(GOAL_MICROPHONES)
    size = min(PROFILED_LISTENERS, max(options.listeners))
    with loaded_node(stack, "-m", "tests.benchmarks.profiled_node", str(file)) as loaded:
        try:
            loaded.speak([(space, person) for person in stage])
            loaded.seat([(space, None)] * size)
        except NotAllJoined as error:
            yield f"costs: {error}"
            return
        loaded.node.process.send_signal(signal.SIGUSR1)
        time.sleep(PROFILED_S)
        loaded.node.process.send_signal(signal.SIGUSR2)
        wait_for(file.exists)
    stats = pstats.Stats(str(file)).stats
    own = {call: figures[2] for call, figures in stats.items()}
    total_s = sum(own.values())
    print(
        f"{size} listeners, {GOAL_MICROPHONES} open microphones, {total_s:.1f} s of CPU in "
        f"{PROFILED_S:.0f} s\n\n| own s | share | calls | |\n| --- | --- | --- | --- |"
    )
    for call in sorted(own, key=own.__getitem__, reverse=True)[:COSTS_SHOWN]:
        path, line, name = call
        where = f" ({'/'.join(Path(path).parts[-2:])}:{line})" if line else ""
        calls = stats[call][1]
        print(f"| {own[call]:.2f} | {own[call] / total_s:.1%} | {calls:,} | `{name}`{where} |")


PARTS: dict[str, Callable[["Stack", argparse.Namespace], Iterator[str]]] = {
    "load": listeners,
    "microphones": microphones,
    "rooms": rooms,
    "joins": joins,
    "costs": costs,
}
