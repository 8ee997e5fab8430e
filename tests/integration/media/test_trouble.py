"""What one client does wrong is heard by nobody else, and never ends a stream or the node."""

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle

import numpy as np
import pytest

from spaces.cancelling import end
from spaces.media import opus
from spaces.media.opus import FRAME, RATE_HZ
from tests.integration.media.hosting import SPACE, Client, Hosted, now, power_at, tone
from tests.media_client import say
from tests.sample import sampled

pytestmark = pytest.mark.asyncio

FUZZED = sampled(10_000)
TONE_HZ = 440


async def everybody(hosted: Hosted) -> tuple[Client, Client, Client]:
    """Hana and Sami with open microphones, and Sami's ear, which hears Hana and nobody else."""
    await hosted.node.set_stage(SPACE, {"hana": True, "sami": True})
    ear = await hosted.listener("sami-down", "sami")
    hana, sami = await hosted.speaker("hana-up", "hana"), await hosted.speaker("sami-up", "sami")
    return hana, sami, ear


@asynccontextmanager
async def talking(client: Client) -> AsyncIterator[None]:
    """A tone without end, a second of it before and a moment after what happens meanwhile."""
    # Whole periods, so that it may be said again and again.
    saying = asyncio.create_task(say(client.track, cycle(tone(TONE_HZ, 2))))
    await asyncio.sleep(1)
    yield
    await asyncio.sleep(0.2)
    await end([saying])


def missing_share(ear: Client, seconds: float, hertz: float = TONE_HZ) -> float:
    """Of the last seconds heard, the frames of 20 ms in which the tone is 20 dB too weak.

    That others' sound is the same to the bit: tests/unit/spaces/media/test_isolation.py.
    """
    frames = ear.heard(int(seconds * 50)).reshape(-1, FRAME)
    at = np.arange(FRAME) / RATE_HZ
    levels = 2 * np.abs(frames @ np.exp(-2j * np.pi * hertz * at)) / FRAME
    return float((levels < 800).mean())


def fuzzed(chance: random.Random, valid: list[bytes]) -> bytes:
    """Nothing, a byte, too much, noise, or a real packet with some of its bytes changed."""
    match chance.randrange(5):
        case 0:
            return b""
        case 1:
            return chance.randbytes(1)
        case 2:
            return chance.randbytes(1100)
        case 3:
            return chance.randbytes(chance.randrange(2, 200))
    packet = bytearray(chance.choice(valid))
    for _ in range(chance.randrange(1, 4)):
        packet[chance.randrange(len(packet))] = chance.randrange(256)
    return bytes(packet[: chance.randrange(1, len(packet) + 1)])


class RawSpeaker:
    """Sends RTP of its own making through a client's SRTP, past aiortc's sender."""

    def __init__(self, client: Client) -> None:
        sender = client.connection.getTransceivers()[0].sender
        self._transport, self._ssrc = sender.transport, sender._ssrc
        self._payload_type = 96
        self._number = 0

    async def fuzz(self, count: int, *, seed: int) -> None:
        """Headers that are mostly right, with payloads that mostly are not."""
        chance, valid = random.Random(seed), tone(TONE_HZ, 0.5)
        for number in range(count):
            payload = fuzzed(chance, valid)
            match chance.randrange(10):
                case 0:
                    await self._send(payload, payload_type=chance.randrange(128))
                case 1:
                    await self._send(payload, ssrc=chance.randrange(1 << 32))
                case 2:
                    await self._send(payload, timestamp=chance.randrange(1 << 32))
                case 3:
                    self._number += chance.randrange(2_000)
                    await self._send(payload)
                case _:
                    await self._send(payload)
            if number % 10 == 9:
                await asyncio.sleep(0.005)

    async def say(self, packets: list[bytes]) -> None:
        start = now()
        for number, packet in enumerate(packets, 1):
            await self._send(packet)
            await asyncio.sleep(max(start + number * 0.02 - now(), 0))

    async def _send(
        self,
        payload: bytes,
        *,
        payload_type: int | None = None,
        ssrc: int | None = None,
        timestamp: int | None = None,
    ) -> None:
        self._number += 1
        if timestamp is None:
            timestamp = self._number * FRAME
        header = struct.pack(
            "!BBHII",
            0x80,
            self._payload_type if payload_type is None else payload_type,
            self._number & 0xFFFF,
            timestamp & 0xFFFFFFFF,
            self._ssrc if ssrc is None else ssrc,
        )
        await self._transport._send_rtp(header + payload)


async def test_fuzzed_packets_of_one_speaker_are_not_heard_in_anothers_voice(hosted):
    hana, sami, ear = await everybody(hosted)

    async with talking(hana):
        began = now()
        await RawSpeaker(sami).fuzz(FUZZED, seed=5)
        took_s = now() - began

    assert missing_share(ear, took_s) == 0


async def test_speaker_is_heard_after_fuzzed_packets_of_their_own(hosted):
    _, sami, _ = await everybody(hosted)
    lena = await hosted.listener("lena-down")
    speaker = RawSpeaker(sami)
    await speaker.fuzz(FUZZED, seed=6)

    await speaker.say(tone(TONE_HZ, 3))

    assert missing_share(lena, 1) == 0


async def test_noise_on_the_nodes_ports_disturbs_nobody(hosted):
    hana, sami, ear = await everybody(hosted)
    chance = random.Random(7)
    transports = [
        client.connection.getTransceivers()[0].sender.transport for client in (hana, sami)
    ]
    pairs = [transport.transport._connection._nominated[1] for transport in transports]

    async with talking(hana):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for number in range(FUZZED):
                # What looks like STUN, DTLS and RTP, and what looks like nothing.
                first = bytes([chance.choice([0, 1, 20, 22, 63, 128, 129, 200, 255])])
                noise = first + chance.randbytes(chance.choice([0, 1, 30, 300, 1490, 2_000]))
                stranger.sendto(noise, chance.choice(pairs).remote_addr)
                if number % 20 == 19:
                    await asyncio.sleep(0.01)
        await asyncio.sleep(1)

    assert missing_share(ear, 1) == 0
    assert hosted.node.load().microphones == 2


async def test_bursts_and_gaps_of_one_speaker_are_not_heard_in_anothers_voice(hosted):
    hana, sami, ear = await everybody(hosted)
    chance, packets = random.Random(8), iter(tone(1000, 4))

    async with talking(hana):
        for _ in range(12):
            for packet in [next(packets) for _ in range(chance.randrange(1, 16))]:
                sami.track.send(packet)
            await asyncio.sleep(chance.uniform(0, 0.3))

    assert missing_share(ear, 2) == 0
    assert power_at(ear.heard(100), 1000) < 100


async def test_muted_microphone_costs_no_decoding_and_no_encoding(hosted, monkeypatch):
    await hosted.node.set_stage(SPACE, {"hana": False})
    await hosted.listener("lena-down")
    hana = await hosted.speaker("hana-up", "hana")
    await asyncio.sleep(0.3)
    said = tone(TONE_HZ, 0.5)
    work: list[str] = []

    def counting(kind: type, method: str) -> None:
        real = getattr(kind, method)

        def counted(self, *args, **options):
            work.append(method)
            return real(self, *args, **options)

        monkeypatch.setattr(kind, method, counted)

    counting(opus.Decoder, "_decode")
    counting(opus.Encoder, "encode")

    await hana.say(said)
    while_muted = len(work)
    await hosted.node.set_stage(SPACE, {"hana": True})
    await hana.say(said)

    assert while_muted == 0
    assert {"_decode", "encode"} <= set(work)
