"""Speakers behind a network that loses, delays and reorders (tests/impairment.py).

What the audience would hear is taken from the node as an RTP forward, over a clean loopback.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest

from spaces.media.aiortc_inside import Network
from spaces.media.opus import FRAME, RATE_HZ, Decoder, Encoder, Pcm
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
from tests.integration.media.receiver import Receiver
from tests.sample import sampled
from tests.speech import followed, segmental_snr_db, speech

pytestmark = pytest.mark.asyncio

# Five in a hundred are lost, and each packet comes up to three packets late.
BAD = Impairment(loss=0.05, jitter_ms=60)
# The jitter buffer learns what the network is like.
LEARNS_S = 2.0
TONE_S = sampled(60, part=6)
TONE_HZ, AMPLITUDE = 440, 8000


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


async def heard_of(hosted: Hosted, packets: dict[str, list[bytes]]) -> Pcm:
    """Connect everybody, let all of them speak at once, and give the mix of it."""
    await hosted.node.set_stage(SPACE, dict.fromkeys(packets, True))
    speakers = {person: await hosted.speaker(f"{person}-up", person) for person in packets}
    mix = Receiver()
    hosted.node.forward("mix", SPACE, None, mix.target)
    try:
        reading = asyncio.create_task(mix.keep_reading())
        await asyncio.gather(*(speakers[person].say(said) for person, said in packets.items()))
        reading.cancel()
        return mix.sound()
    finally:
        mix.close()


def share_with_tone(sound: Pcm, hertz: float) -> float:
    """Of the frames of 20 ms, those in which the tone is no weaker than half."""
    frames = sound.reshape(-1, FRAME)
    at = np.arange(FRAME) / RATE_HZ
    levels = 2 * np.abs(frames @ np.exp(-2j * np.pi * hertz * at)) / FRAME
    return float((levels > AMPLITUDE / 2).mean())


@pytest.mark.parametrize("seed", [1, 2])
async def test_tone_is_present_in_99_of_100_frames(seed):
    async with through(BAD, seed=seed) as (hosted, network):
        sound = await heard_of(hosted, {"hana": tone(TONE_HZ, LEARNS_S + TONE_S, AMPLITUDE)})

    assert network.lost > network.passed / 40
    settled = sound[int(LEARNS_S * RATE_HZ) // FRAME * FRAME :]
    assert share_with_tone(settled, TONE_HZ) >= 0.99


async def test_speech_is_as_near_to_the_original_as_without_jitter():
    said = speech("sami")
    encoder = Encoder()
    packets = [encoder.encode(frame) for frame in np.concatenate([said, said]).reshape(-1, FRAME)]
    async with through(BAD, seed=3) as (hosted, _):
        sound = await heard_of(hosted, {"sami": packets})

    decoder = Decoder()
    clean = np.concatenate([decoder.decode(packet) for packet in packets])[said.size :]
    snr_db = segmental_snr_db(clean, followed(clean, sound[said.size - RATE_HZ // 2 :]))
    assert snr_db > 99


async def test_one_speakers_network_is_not_heard_in_anothers_voice():
    pass
