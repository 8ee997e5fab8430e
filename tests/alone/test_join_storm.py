"""A crowd that comes all at once: a real node, and its listeners in a process of their own."""

import numpy as np
import pytest

from spaces.media.opus import FRAME
from tests.benchmarks import audience
from tests.benchmarks.audience import Heard
from tests.benchmarks.clients import Clients
from tests.benchmarks.live import waited_seconds
from tests.benchmarks.load import wait_for_node
from tests.sample import sampled
from tests.stack import Stack

JOINS_PER_S = 40
JOIN_P95_MS = 1500


@pytest.fixture
def crowd_at(services, redis_server, transactional_db, space):
    """Start a node with these settings; gives `join(size, **pace)` and `hear(seconds)`."""
    stack, started = Stack(services.redis_url), []

    def start(**environment):
        node = stack.run_media(**environment)
        wait_for_node()
        started.append(Clients(audience.MODULE, stack.environment))
        crowd = Crowd(node, started[-1], str(space.public_id))
        # Once it answers, its imports are over.
        crowd.hear(0.0)
        return crowd

    yield start
    stack.stop()
    for clients in started:
        clients.stop()


class Crowd:
    def __init__(self, node, clients, space):
        self.node = node
        self.clients = clients
        self.space = space

    def join(self, size, **pace):
        return self.clients.ask("join", seats=[(self.space, None)] * size, together=size, **pace)

    def hear(self, seconds):
        return self.clients.ask("hear", seconds=seconds)

    def waited_ms(self):
        """How long its two processes were ready and had no core, because others had it."""
        return 1000 * (waited_seconds(self.node) + waited_seconds(self.clients))


def test_storm_of_listeners_all_hear_soon(crowd_at):
    size = sampled(200, part=5)
    crowd = crowd_at()
    waited_ms = crowd.waited_ms()

    joins = crowd.join(size, over_s=size / JOINS_PER_S)

    assert joins["refused"] == []
    assert joins["seated"] == size
    # The promise is for a machine of one's own; what other programs took of it is not ours.
    waited_ms = crowd.waited_ms() - waited_ms
    assert np.percentile(joins["heard_ms"], 95) < JOIN_P95_MS + waited_ms


def test_after_a_storm_no_packet_is_lost(crowd_at):
    size = sampled(200, part=5)
    crowd = crowd_at()
    crowd.join(size, over_s=size / JOINS_PER_S)

    heard = crowd.hear(2.0)

    assert heard["lost"] == 0
    assert heard["received"] > 0.9 * heard["sampled"] * 2.0 / 0.02


def test_beyond_the_cap_people_are_told_to_wait_and_then_hear(crowd_at):
    crowd = crowd_at(MEDIA_JOINS_PER_S="10")

    joins = crowd.join(20)

    assert joins["told_to_wait"] > 10
    assert joins["seated"] == 20


# --- How the audience counts ---


def packets(numbers, ticks=None):
    """One every 20 ms, from just before both counters begin anew."""
    ticks = numbers if ticks is None else ticks
    return [
        ((65_530 + number) % (1 << 16), ((1 << 32) - 5 * FRAME + tick * FRAME) % (1 << 32), at)
        for number, tick, at in zip(numbers, ticks, np.arange(len(numbers)) * 0.02, strict=True)
    ]


def test_steady_stream_misses_nothing():
    heard = Heard.of(packets(range(50)), 0.0, 1.0)

    assert (heard.received, heard.lost, heard.left_out) == (50, 0, 0)
    assert heard.largest_gap_s == pytest.approx(0.02)


def test_packet_that_did_not_arrive_is_lost_and_one_never_sent_is_left_out():
    arrived = [number for number in range(50) if number != 20]
    ticks = [number + 3 * (number >= 30) for number in arrived]

    heard = Heard.of(packets(arrived, ticks), 0.0, 1.0)

    assert (heard.received, heard.lost, heard.left_out) == (49, 1, 3)


def test_overtaken_and_doubled_packets_are_not_missing():
    heard = Heard.of(packets([0, 2, 1, 3, 3, 4]), 0.0, 0.12)

    assert (heard.received, heard.lost, heard.left_out) == (5, 0, 0)


@pytest.mark.parametrize(("arrived", "gap_s"), [([], 1.0), (range(10), 0.82)])
def test_sound_that_stopped_is_a_gap(arrived, gap_s):
    assert Heard.of(packets(arrived), 0.0, 1.0).largest_gap_s == pytest.approx(gap_s)
