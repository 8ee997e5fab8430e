"""Speakers behind a network that loses, delays and reorders (tests/impairment.py).

What is looked at is the sound that the node gives to the audience's encoder.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from numpy.typing import NDArray

from spaces.media.aiortc_inside import Network
from spaces.media.opus import FRAME, RATE_HZ, SILENCE, Decoder, Pcm
from tests.benchmarks.loss import arrivals, decoded, moved_under, up_to, voices
from tests.impairment import (
    NODE_ADDRESS,
    PROXY_ADDRESS,
    BadNetwork,
    Impairment,
    bad_network,
    free_ports,
    without_candidates,
)
from tests.integration.media.hosting import SPACE, Hosted, hosting, tone
from tests.sample import sampled
from tests.speech import lag, segmental_snr_db

pytestmark = pytest.mark.asyncio

# Five in a hundred are lost, and each packet comes up to three packets late.
BAD = Impairment(loss=0.05, jitter_ms=60)
# The jitter buffer learns what the network is like.
LEARNS_S = 1.0
TONE_S = sampled(100)
TONE_HZ, AMPLITUDE = 440, 8000
HELD_UP_S = 0.04
RECOVERS_TICKS = 50


@asynccontextmanager
async def through(impairment: Impairment, *, seed: int) -> AsyncIterator[tuple[Hosted, BadNetwork]]:
    """A node that all its clients reach by a bad network."""
    ports = free_ports(6)
    node = Network(NODE_ADDRESS, (ports[0], ports[-1]), (PROXY_ADDRESS,))
    async with (
        bad_network(impairment, ports, seed=seed) as network,
        # A lost handshake is sent again after a second.
        hosting(network=node, change=without_candidates, connects_within_s=12) as hosted,
    ):
        yield hosted, network


class Heard:
    """What reached the audience's encoder, frame by frame, and when."""

    def __init__(self) -> None:
        self.frames: list[Pcm] = []
        self._taken_s: list[float] = []

    def take(self, frame: Pcm) -> None:
        self.frames.append(frame.copy())
        self._taken_s.append(time.monotonic())

    @property
    def sound(self) -> Pcm:
        return np.concatenate(self.frames)

    @property
    def is_calm(self) -> NDArray[np.bool_]:
        """Whether each frame is one to judge by.

        Speaker, network and node share this process: when the machine holds it up, all packets
        come late and at once, which no network does. What is then heard says nothing.
        """
        calm = np.ones(len(self.frames), bool)
        for tick in np.flatnonzero(np.diff(self._taken_s) > HELD_UP_S):
            calm[max(tick - 5, 0) : tick + RECOVERS_TICKS] = False
        return calm


async def heard(hosted: Hosted, packets: list[bytes]) -> Heard:
    """The mix while Hana says this."""
    await hosted.node.set_stage(SPACE, {"hana": True})
    hana = await hosted.speaker("hana-up", "hana")
    encoder = hosted.node._rooms[SPACE].mixer._audience._encoder
    heard, encode = Heard(), encoder.encode

    def noting(frame: Pcm) -> bytes:
        heard.take(frame)
        return encode(frame)

    encoder.encode = noting
    await hana.say(packets)
    return heard


@pytest.mark.parametrize("seed", [1, 2])
async def test_tone_is_present_in_99_of_100_frames(seed):
    async with through(BAD, seed=seed) as (hosted, network):
        mix = await heard(hosted, tone(TONE_HZ, LEARNS_S + TONE_S, AMPLITUDE))

    assert network.lost > network.passed / 40
    judged = mix.is_calm
    judged[: int(LEARNS_S * 50)] = False
    assert judged.sum() > TONE_S * 50 / 4
    at = np.arange(FRAME) / RATE_HZ
    levels = 2 * np.abs(np.array(mix.frames) @ np.exp(-2j * np.pi * TONE_HZ * at)) / FRAME
    # Present: no more than 20 dB below what was said.
    assert (levels[judged] > AMPLITUDE / 10).mean() >= 0.99


async def test_speech_is_nearer_to_the_original_than_with_twice_the_loss_left_silent():
    packets = voices()
    async with through(BAD, seed=3) as (hosted, _):
        mix = await heard(hosted, packets)

    everything = [(0.0, number) for number in range(len(packets))]
    reference = decoded(packets, everything, Decoder.conceal)
    begins = max(lag(reference[: 4 * RATE_HZ], mix.sound[: 6 * RATE_HZ]) // FRAME - 5, 0)
    calm = np.resize(mix.is_calm[begins:], len(packets))
    seconds = range(0, len(packets) // 50 * 50, 50)
    judged = np.repeat([calm[tick : tick + 60].all() for tick in seconds], RATE_HZ)
    assert judged.mean() > 1 / 4
    arriving = arrivals(len(packets), up_to(0), loss=2 * BAD.loss, seed=3)
    silent = decoded(packets, arriving, lambda _: SILENCE)
    repaired_db, silent_db = (
        segmental_snr_db(reference[: judged.size][judged], sound[: judged.size][judged])
        for sound in (moved_under(reference, mix.sound[begins * FRAME :]), silent)
    )
    # Measured: 30 to 31 against 23; the same loss left silent, without any jitter, has 28.
    assert repaired_db > silent_db + 2
