"""Where an RTP forward arrives."""

import asyncio
import socket
import struct

import numpy as np
import pylibsrtp

from spaces.media.forward import Target
from spaces.media.opus import Decoder, Pcm


class Receiver:
    """A UDP socket that keeps what came: (SSRC, sequence number, timestamp, payload)."""

    def __init__(self, key: bytes | None = None) -> None:
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._udp.bind(("127.0.0.1", 0))
        self._udp.setblocking(False)
        policy = pylibsrtp.Policy(key, pylibsrtp.Policy.SSRC_ANY_INBOUND) if key else None
        self._srtp = pylibsrtp.Session(policy) if policy else None
        self.target = Target(*self._udp.getsockname(), key)
        self.packets: list[tuple[int, int, int, bytes]] = []

    def read(self) -> list[tuple[int, int, int, bytes]]:
        while True:
            try:
                data = self._udp.recv(2048)
            except BlockingIOError:
                return self.packets
            data = self._srtp.unprotect(data) if self._srtp else data
            _, _, sequence, timestamp, ssrc = struct.unpack_from("!BBHII", data)
            self.packets.append((ssrc, sequence, timestamp, data[12:]))

    async def keep_reading(self) -> None:
        """Until cancelled: a socket's buffer holds some seconds only."""
        while True:
            self.read()
            await asyncio.sleep(0.5)

    def sound(self) -> Pcm:
        decoder = Decoder()
        return np.concatenate([decoder.decode(payload) for *_, payload in self.read()])

    def close(self) -> None:
        self._udp.close()
