"""A browser's part towards a media node, by aiortc: answers an offer, sends packets, hears them."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from fractions import Fraction

import av
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from spaces.media.aiortc_inside import (
    RECEIVER_ATTRIBUTE,
    Network,
    PacketHandler,
    TappedReceiver,
    confine,
)
from spaces.media.opus import FRAME, RATE_HZ

LOOPBACK = Network("127.0.0.1")
_TIME_BASE = Fraction(1, RATE_HZ)


class PacketTrack(MediaStreamTrack):
    """A microphone of finished packets: aiortc sends an `av.Packet` as it is."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._queue: deque[av.Packet] = deque()
        self._filled = asyncio.Event()
        self._ticks = 0

    def send(self, payload: bytes) -> None:
        """The next 20 ms."""
        packet = av.Packet(payload) if payload else av.Packet(0)
        packet.pts, packet.time_base = self._ticks * FRAME, _TIME_BASE
        self._ticks += 1
        self._queue.append(packet)
        self._filled.set()

    async def recv(self) -> av.Packet:
        while not self._queue:
            if self.readyState != "live":
                raise MediaStreamError
            self._filled.clear()
            await self._filled.wait()
        return self._queue.popleft()


async def answer(
    offer: str,
    *,
    track: MediaStreamTrack | None = None,
    on_packet: PacketHandler | None = None,
    network: Network = LOOPBACK,
) -> tuple[RTCPeerConnection, str]:
    """A connection for a node's offer, and its answer.

    track: the microphone, where the node wants one. on_packet: gets what comes down.
    """
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    if track is not None:
        connection.addTrack(track)
    await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    if on_packet is not None:
        tap(connection, on_packet)
    confine(connection, network)
    await connection.setLocalDescription(await connection.createAnswer())
    return connection, connection.localDescription.sdp


def tap(connection: RTCPeerConnection, on_packet: PacketHandler) -> None:
    """Hand over what comes down undecoded, as the node does with what comes up."""
    transceiver = connection.getTransceivers()[0]
    receiver = TappedReceiver(transceiver.receiver, on_packet)
    receiver._set_rtcp_ssrc(transceiver.sender._ssrc)
    setattr(transceiver, RECEIVER_ATTRIBUTE, receiver)


async def say(track: PacketTrack, packets: Iterable[bytes]) -> None:
    """One packet every 20 ms of the clock."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    for number, packet in enumerate(packets, 1):
        track.send(packet)
        await asyncio.sleep(max(start + number * 0.02 - loop.time(), 0))


async def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the other end has no event to wait for
            await asyncio.sleep(0.005)
