"""What an aiortc client of a media node needs beyond aiortc: a microphone of finished packets."""

import asyncio
from collections import deque

import av
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack


class PacketTrack(MediaStreamTrack):
    """aiortc sends an `av.Packet` as it is, without an encoder of its own."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._queue: deque[av.Packet] = deque()
        self._filled = asyncio.Event()

    def put(self, packet: av.Packet) -> None:
        self._queue.append(packet)
        self._filled.set()

    async def recv(self) -> av.Packet:
        while not self._queue:
            if self.readyState != "live":
                raise MediaStreamError
            self._filled.clear()
            await self._filled.wait()
        return self._queue.popleft()
