"""A bad network: a small seeded UDP proxy between a media node and whoever connects to it.

The node is told to advertise an address of the proxy's (`MEDIA_ADVERTISE`), which listens there on
the node's own ports. A client must keep its candidates to itself, or ICE finds the way around.
"""

import asyncio
import random
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass

NODE_ADDRESS = "127.0.0.1"
# All of 127/8 is this machine.
PROXY_ADDRESS = "127.0.0.2"

# For pages: what makes a browser reachable only by the way it came.
KEEP_CANDIDATES_JS = """
const add = RTCPeerConnection.prototype.addEventListener;
RTCPeerConnection.prototype.addEventListener = function (type, ...rest) {
  if (type !== "icecandidate") add.call(this, type, ...rest);
};
"""


def free_ports(count: int) -> range:
    """Consecutive UDP ports that nobody has on the node's address, nor on the proxy's.

    Below the system's own choice (32768), so that they stay free until they are bound.
    """
    while True:
        first = random.randrange(20_000, 32_000 - count)
        with ExitStack() as opened:
            try:
                for port in range(first, first + count):
                    for address in (NODE_ADDRESS, PROXY_ADDRESS):
                        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                        opened.enter_context(udp)
                        udp.bind((address, port))
            except OSError:
                continue
            return range(first, first + count)


def without_candidates(sdp: str) -> str:
    """The same for an aiortc client's answer."""
    kept = [line for line in sdp.splitlines() if "candidate" not in line]
    return "\r\n".join([*kept, ""])


@dataclass(frozen=True)
class Impairment:
    """Each way by itself. jitter_ms: a delay of 0 to so much for every packet, so they overtake.

    loss, duplicates: shares, 0 to 1
    """

    loss: float = 0.0
    jitter_ms: float = 0.0
    delay_ms: float = 0.0
    duplicates: float = 0.0


class BadNetwork:
    """`impairment` and `is_gone` may be changed at any moment; what is under way still arrives."""

    def __init__(self, impairment: Impairment, *, seed: int) -> None:
        self.impairment = impairment
        self.is_gone = False
        self.passed = self.lost = 0
        self._chance = random.Random(seed)
        self._open: list[asyncio.DatagramTransport] = []

    async def listen(self, port: int) -> None:
        """Carry between everybody who sends to the proxy's port and the node's port."""
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(
            lambda: _Front(self, (NODE_ADDRESS, port)), local_addr=(PROXY_ADDRESS, port)
        )

    def close(self) -> None:
        for transport in self._open:
            transport.close()

    def opened(self, transport: asyncio.DatagramTransport) -> None:
        self._open.append(transport)

    def carry(
        self, data: bytes, by: asyncio.DatagramTransport, to: tuple[str, int] | None = None
    ) -> None:
        now = self.impairment
        copies = 2 if self._chance.random() < now.duplicates else 1
        for _ in range(copies):
            if self.is_gone or self._chance.random() < now.loss:
                self.lost += 1
                continue
            self.passed += 1
            delay_s = (now.delay_ms + self._chance.random() * now.jitter_ms) / 1000
            asyncio.get_running_loop().call_later(delay_s, _send, by, data, to)


def _send(by: asyncio.DatagramTransport, data: bytes, to: tuple[str, int] | None) -> None:
    if not by.is_closing():
        by.sendto(data, to)


class _Front(asyncio.DatagramProtocol):
    """Where clients send to. Each of them gets a socket of its own towards the node."""

    def __init__(self, network: BadNetwork, node: tuple[str, int]) -> None:
        self._network = network
        self._node = node
        self._backs: dict[tuple[str, int], asyncio.Task[asyncio.DatagramTransport]] = {}

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport
        self._network.opened(transport)

    def datagram_received(self, data: bytes, client: tuple[str, int]) -> None:
        if client not in self._backs:
            self._backs[client] = asyncio.get_running_loop().create_task(self._back(client))
        self._backs[client].add_done_callback(
            lambda opening: opening.cancelled() or self._network.carry(data, opening.result())
        )

    async def _back(self, client: tuple[str, int]) -> asyncio.DatagramTransport:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Back(self._network, self.transport, client), remote_addr=self._node
        )
        return transport


class _Back(asyncio.DatagramProtocol):
    def __init__(
        self, network: BadNetwork, front: asyncio.DatagramTransport, client: tuple[str, int]
    ) -> None:
        self._network = network
        self._front = front
        self._client = client

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._network.opened(transport)

    def datagram_received(self, data: bytes, _: tuple[str, int]) -> None:
        self._network.carry(data, self._front, self._client)


@asynccontextmanager
async def bad_network(
    impairment: Impairment, ports: range, *, seed: int = 1
) -> AsyncIterator[BadNetwork]:
    """For a node of this process's loop."""
    network = BadNetwork(impairment, seed=seed)
    try:
        for port in ports:
            await network.listen(port)
        yield network
    finally:
        network.close()


@contextmanager
def bad_network_aside(
    impairment: Impairment, ports: range, *, seed: int = 1
) -> Iterator[BadNetwork]:
    """On a thread of its own, for tests that drive browsers."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    network = BadNetwork(impairment, seed=seed)

    async def listen() -> None:
        for port in ports:
            await network.listen(port)

    async def close() -> None:
        network.close()

    try:
        asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
        yield network
    finally:
        asyncio.run_coroutine_threadsafe(close(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
