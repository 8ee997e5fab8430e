"""Listeners that cost their machine little, in a process of their own.

ICE and DTLS are aiortc's. Once somebody has heard a first packet, the kernel drops the rest before
it reaches Python, so that the figures are the node's and not those of hundreds of decoders. Only
some, chosen evenly, go on hearing: they decrypt, count and measure gaps.
"""

import asyncio
import ctypes
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spaces.media.opus import FRAME
from tests.benchmarks.clients import Door, Joined, NotAdmitted, serve

MODULE = "tests.benchmarks.audience"
SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27
SAMPLED = 20
FIRST_SOUND_WITHIN_S = 10.0
# Sequence number, RTP timestamp, arrival on the monotonic clock.
Packet = tuple[int, int, float]


def drop_sound(receiving: socket.socket) -> None:
    """Keep STUN and DTLS, drop RTP: classic BPF on the first byte after the UDP header."""
    program = [
        (0x30, 0, 0, 8),  # load it
        (0x35, 0, 2, 128),  # below 128: keep
        (0x25, 1, 0, 191),  # above 191: keep
        (0x06, 0, 0, 0),  # drop
        (0x06, 0, 0, 0xFFFF_FFFF),  # keep
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
    head = struct.pack("HL", len(program), ctypes.addressof(code))
    receiving.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, head)


@dataclass(frozen=True)
class Heard:
    """lost: packets that were sent and did not arrive. left_out: those that the node never sent.

    largest_gap_s: without a packet, also at either end.
    """

    received: int
    lost: int
    left_out: int
    largest_gap_s: float

    @classmethod
    def of(cls, packets: list[Packet], began: float, ended: float) -> "Heard":
        """packets: those of one stream, as they came"""
        moments = [began, *(arrived for _, _, arrived in packets), ended]
        largest_gap_s = float(np.diff(moments).max())
        if not packets:
            return cls(0, 0, 0, largest_gap_s)
        numbers = np.unwrap([number for number, _, _ in packets], period=1 << 16)
        stamps = np.unwrap([stamp for _, stamp, _ in packets], period=1 << 32)
        received = np.unique(numbers).size
        sent = int(np.ptp(numbers)) + 1
        due = int(np.ptp(stamps)) // FRAME + 1
        return cls(received, sent - received, due - sent, largest_gap_s)


@dataclass(eq=False)
class Listener:
    """One connection, and what was heard on it."""

    first_packet_at: "asyncio.Future[float]" = field(default_factory=asyncio.Future)
    packets: list[Packet] = field(default_factory=list)
    joined: Joined | None = None

    def take(self, source: int, sequence: int, timestamp: int, payload: bytes) -> None:
        now = time.monotonic()
        self.packets.append((sequence, timestamp, now))
        if not self.first_packet_at.done():
            self.first_packet_at.set_result(now)

    def _sockets(self) -> Iterator[socket.socket]:
        assert self.joined is not None
        dtls = self.joined.connection.getTransceivers()[0].receiver.transport
        for protocol in dtls.transport._connection._protocols:
            yield protocol.transport.get_extra_info("socket")

    def stop_hearing(self) -> None:
        for receiving in self._sockets():
            drop_sound(receiving)

    def go_on_hearing(self) -> None:
        for receiving in self._sockets():
            receiving.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)


class Audience:
    """Everybody of this process."""

    def __init__(self) -> None:
        self.door = Door()
        self.seated: list[Listener] = []
        self.hearing: list[Listener] = []

    async def join(
        self, seats: list[tuple[str, str | None]], *, over_s: float = 0.0, together: int = 5
    ) -> dict[str, Any]:
        """seats: (Space, person or None). They come evenly over so long, so many at a time.

        Gives what each took, in ms, and what those who did not get in were told.
        """
        gate = asyncio.Semaphore(together)
        refused: list[str] = []
        arrived: list[Listener] = []

        async def one(number: int, space: str, person: str | None) -> None:
            await asyncio.sleep(over_s * number / len(seats))
            async with gate:
                # Those on their way are let finish; nobody else sets out for a full house.
                if refused:
                    return
                try:
                    arrived.append(await self._seat(space, person))
                except NotAdmitted as error:
                    refused.append(str(error))

        await asyncio.gather(*(one(number, *seat) for number, seat in enumerate(seats)))
        self.seated += arrived
        joins = [listener.joined for listener in arrived]
        return {
            "seated": len(arrived),
            "refused": refused,
            "told_to_wait": sum(joined.was_told_to_wait for joined in joins),
            "connected_ms": [(j.connected_at - j.asked_at) * 1000 for j in joins],
            "heard_ms": [
                (listener.first_packet_at.result() - listener.joined.asked_at) * 1000
                for listener in arrived
            ],
        }

    async def _seat(self, space: str, person: str | None) -> Listener:
        listener = Listener()
        listener.joined = await self.door.listen(space, person, listener.take)
        try:
            await asyncio.wait_for(listener.first_packet_at, FIRST_SOUND_WITHIN_S)
        except TimeoutError:
            raise NotAdmitted("connected, and nothing to hear") from None
        listener.stop_hearing()
        return listener

    async def hear(self, seconds: float) -> dict[str, Any]:
        """Some of all, evenly chosen, count what they hear for so long."""
        for listener in self.hearing:
            listener.stop_hearing()
        count = min(SAMPLED, len(self.seated))
        self.hearing = [self.seated[n * len(self.seated) // count] for n in range(count)]
        for listener in self.hearing:
            listener.packets.clear()
            listener.go_on_hearing()
        began = time.monotonic()
        await asyncio.sleep(seconds)
        ended = time.monotonic()
        heard = [Heard.of(listener.packets, began, ended) for listener in self.hearing]
        return {
            "sampled": count,
            "received": sum(one.received for one in heard),
            "lost": sum(one.lost for one in heard),
            "left_out": sum(one.left_out for one in heard),
            "largest_gap_ms": max((one.largest_gap_s * 1000 for one in heard), default=0.0),
        }


if __name__ == "__main__":
    serve(Audience)
