"""A media node in this process, with real connections to it over loopback."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from typing import Any

import numpy as np
from aiortc import RTCPeerConnection
from channels_redis.core import RedisChannelLayer
from django.conf import settings
from redis.asyncio import Redis

from spaces.media.aiortc_inside import Network
from spaces.media.node import (
    MediaNode,
    NodeEvent,
    NodeLoad,
    NodeSettings,
    Offer,
    PeerConnected,
)
from spaces.media.opus import FRAME, RATE_HZ, Decoder, Encoder
from spaces.media.protocol import Command, channel_of
from spaces.media.registry import Registry
from spaces.media.service import Database, MediaService
from spaces.media.stages import Stage
from tests.media_client import LOOPBACK as NETWORK
from tests.media_client import PacketTrack, answer, say, until

SPACE = "7d9f1f7e-5e1c-4f0e-9a35-0d7a3e9f1a10"


class Client:
    """A browser: answers offers, sends packets, keeps what it hears."""

    def __init__(self, node: MediaNode) -> None:
        self._node = node
        self.connection: RTCPeerConnection | None = None
        self.track = PacketTrack()
        self.packets: list[tuple[int, int, bytes]] = []
        self._heard_at: list[float] = []

    async def answer(self, offer: Offer, *, change: Callable[[str], str] = lambda sdp: sdp) -> None:
        is_up = "a=recvonly" in offer.sdp
        self.connection, sdp = await answer(
            offer.sdp,
            track=self.track if is_up else None,
            on_packet=None if is_up else self._took,
        )
        await self._node.answer(offer.peer, change(sdp))

    def _took(self, source: int, sequence: int, timestamp: int, payload: bytes) -> None:
        self.packets.append((sequence, timestamp, payload))
        self._heard_at.append(now())

    async def say(self, packets: list[bytes]) -> None:
        await say(self.track, packets)

    def heard(self, last: int) -> np.ndarray:
        decoder = Decoder()
        pcm = [decoder.decode(payload) for _, _, payload in self.packets]
        return np.concatenate(pcm[-last:])

    def frames_since(self, moment: float) -> list[np.ndarray]:
        decoder = Decoder()
        pcm = [decoder.decode(payload) for _, _, payload in self.packets]
        return [frame for frame, at in zip(pcm, self._heard_at, strict=True) if at >= moment]

    async def close(self) -> None:
        if self.connection is not None:
            await self.connection.close()


def tone(hertz: float, seconds: float, amplitude: float = 8000) -> list[bytes]:
    at = np.arange(int(seconds * 50) * FRAME) / RATE_HZ
    pcm = (amplitude * np.sin(2 * np.pi * hertz * at)).astype(np.int16)
    encoder = Encoder()
    return [encoder.encode(frame) for frame in pcm.reshape(-1, FRAME)]


def power_at(pcm: np.ndarray, hertz: float) -> float:
    at = np.arange(pcm.size) / RATE_HZ
    return abs(np.dot(pcm.astype(float), np.exp(-2j * np.pi * hertz * at))) / pcm.size


def now() -> float:
    """By the loop's clock, which may go in steps (tests/stepped_loop.py)."""
    return asyncio.get_running_loop().time()


class Hosted:
    """A node with one open Space, and clients that are closed with it.

    change: what becomes of the clients' answers on their way
    """

    def __init__(
        self,
        *,
        network: Network = NETWORK,
        change: Callable[[str], str] = lambda sdp: sdp,
        connects_within_s: float = 3.0,
        **options: Any,
    ) -> None:
        self.events: list[NodeEvent] = []
        self.node = MediaNode(NodeSettings(network, **options), self.events.append, now=now)
        self._change = change
        self._connects_within_s = connects_within_s
        self._clients: list[Client] = []

    async def listener(self, peer: str, person: str | None = None) -> Client:
        return await self._join(peer, await self.node.listen(SPACE, peer, person))

    async def speaker(self, peer: str, person: str) -> Client:
        return await self._join(peer, await self.node.speak(SPACE, peer, person))

    async def _join(self, peer: str, offer: Offer) -> Client:
        client = self.client()
        await client.answer(offer, change=self._change)
        await until(lambda: PeerConnected(peer) in self.events, self._connects_within_s)
        await until(lambda: client.connection.connectionState == "connected")
        return client

    def client(self) -> Client:
        self._clients.append(Client(self.node))
        return self._clients[-1]

    async def close(self) -> None:
        await asyncio.gather(*(client.close() for client in self._clients))
        await self.node.shut_down()


@contextlib.asynccontextmanager
async def hosting(**options: Any) -> AsyncIterator[Hosted]:
    hosted = Hosted(**options)
    await hosted.node.open(SPACE)
    try:
        yield hosted
    finally:
        await hosted.close()


class Stages:
    """The database, as far as a node asks it."""

    def __init__(self) -> None:
        self.stages: dict[str, Stage] = {}
        self.talk_ms: dict[str, int] = {}

    def change(self, space: str, *, barred: Collection[str] = (), **people: bool) -> None:
        version = self.stages[space].version + 1 if space in self.stages else 1
        self.stages[space] = Stage(version, people, frozenset(barred))

    def database(self) -> Database:
        return Database(
            live_versions=lambda spaces: {
                space: stage.version for space, stage in self.stages.items() if space in spaces
            },
            read_stage=self.stages.get,
            keep_talk_times=self.keep_talk_times,
        )

    def keep_talk_times(self, totals: Mapping[str, int]) -> frozenset[str]:
        self.talk_ms.update(totals)
        return frozenset(totals)


class Process:
    """A MediaService, and a web process that talks to it."""

    def __init__(self, redis: Redis, **options: Any) -> None:
        self.redis = redis
        self.stages = Stages()
        self.stages.change(SPACE, hana=True)
        self.layer = RedisChannelLayer(hosts=[settings.REDIS_URL], prefix="media-test")
        self.service = MediaService(
            "node-1",
            NodeSettings(NETWORK, seat_rest_s=0.5),
            layer=self.layer,
            redis=redis,
            database=self.stages.database(),
            **options,
        )
        self.stop = asyncio.Event()
        self.registry = Registry(redis)

    async def send(self, node: str, command: Command) -> None:
        await self.layer.send(channel_of(node), command.as_dict())

    async def ask(self, name: str, **fields: Any) -> None:
        await self.send("node-1", Command(command=name, reply_to="web", **fields))

    async def news(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.layer.receive("web"), 3)


@contextlib.asynccontextmanager
async def running(redis: Redis, **options: Any) -> AsyncIterator[Process]:
    process = Process(redis, **options)
    serving = asyncio.create_task(process.service.run(process.stop))
    try:
        await asyncio.sleep(0.05)
        yield process
    finally:
        process.stop.set()
        await asyncio.wait_for(serving, 3)
        await process.layer.close_pools()


def load(**changes: Any) -> NodeLoad:
    values = {"spaces": 0, "listeners": 0, "microphones": 0, "late_ticks": 0, "busy": 0.0}
    return NodeLoad(**{**values, **changes})
