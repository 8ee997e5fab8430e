"""The process around a media node: its queue, its heartbeat, and the database as the truth."""

import asyncio
import json
import logging
import secrets
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakValueDictionary

from channels.exceptions import ChannelFull
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections
from django.utils.text import slugify
from redis.asyncio import Redis
from redis.exceptions import RedisError

from ..cancelling import end
from ..events import space_channel
from ..live import on_air
from .aiortc_inside import Network
from .clock import LoadGauge
from .errors import MediaError, NodeFull, UnknownPeer
from .forward import Target
from .join_gate import JoinGate
from .node import (
    MediaNode,
    NodeEvent,
    NodeSettings,
    PeerConnected,
    PeerFailed,
    PeerReplaced,
    Talked,
    Talking,
)
from .protocol import MAKERS, Command, PeerNews, channel_of
from .registry import HEARTBEAT_EVERY_S, Registry
from .stages import Stage, live_versions, read_stage
from .talk_time import TalkTimes, keep_talk_times

logger = logging.getLogger(__name__)

RECONCILE_EVERY_S = 1.0
TALK_EVERY_S = 2.0
IDLE_SPACE_S = 30.0
JOINS_PER_S = 50
SHUT_DOWN_S = 1.2
FIRST_RETRY_S, LONGEST_RETRY_S = 0.1, 1.0

# What an absent Redis raises, directly and through the channel layer.
_ABSENT = (RedisError, OSError)


def _with_connection(question: Callable[[Any], Any], about: Any) -> Any:
    """As around a request: a dead connection is not used, a living one goes back to the pool."""
    close_old_connections()
    try:
        return question(about)
    finally:
        close_old_connections()


def _absent(error: Exception) -> tuple[str, str]:
    who = "the database" if isinstance(error, DatabaseError) else "Redis"
    return who, type(error).__name__


class Layer(Protocol):
    async def receive(self, channel: str) -> dict[str, Any]: ...

    async def send(self, channel: str, message: dict[str, Any]) -> None: ...


@dataclass(frozen=True)
class Database:
    """What a node asks and keeps; it blocks, so a small pool of threads does it."""

    live_versions: Callable[[Collection[str]], dict[str, int]] = live_versions
    read_stage: Callable[[str], Stage | None] = read_stage
    keep_talk_times: Callable[[Mapping[str, int]], frozenset[str]] = keep_talk_times


def new_node_id() -> str:
    """Fresh at every start: what was placed on the former process is placed anew."""
    return f"{slugify(socket.gethostname())[:40] or 'node'}-{secrets.token_hex(4)}"


def node_settings() -> NodeSettings:
    """Raises: ValueError when an address or a port range is none"""
    low, _, high = settings.MEDIA_PORTS.partition("-")
    return NodeSettings(
        max_open_microphones=settings.MAX_OPEN_MICS,
        levelling=settings.MEDIA_LEVELLING,
        network=Network(
            bind=settings.MEDIA_BIND,
            ports=(int(low), int(high or low)),
            advertise=tuple(settings.MEDIA_ADVERTISE),
        ),
    )


@dataclass(frozen=True)
class _Asker:
    """Who hears of a peer, and what the peer is for."""

    channel: str
    kind: str | None


class MediaService:
    def __init__(
        self,
        node_id: str,
        node_config: NodeSettings,
        *,
        layer: Layer,
        redis: Redis,
        database: Database | None = None,
        joins_per_s: int = JOINS_PER_S,
        idle_space_s: float = IDLE_SPACE_S,
        gauge: LoadGauge | None = None,
    ) -> None:
        self.node_id = node_id
        self.node = MediaNode(node_config, self._node_event, gauge=gauge)
        self._gate = JoinGate(joins_per_s)
        self._layer = layer
        self._redis = redis
        self._registry = Registry(redis)
        self._database = database or Database()
        self._idle_space_s = idle_space_s
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="media-database")
        self._versions: dict[str, int] = {}
        self._empty_since: dict[str, float] = {}
        self._askers: dict[str, _Asker] = {}
        # The last command of each peer: the next waits for it, other peers do not.
        self._tails: dict[str, asyncio.Task[None]] = {}
        self._outgoing: asyncio.Queue[tuple[str, PeerNews]] = asyncio.Queue(10_000)
        self._unsent: tuple[str, PeerNews] | None = None
        self._levels: dict[str, dict[str, float]] = {}
        self._has_levels = asyncio.Event()
        self._talk = TalkTimes()
        self._readers: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set, then leave nothing behind."""
        logger.info("media node %s is up", self.node_id)
        loops = [
            asyncio.create_task(self._repeat(work, every), name=work.__name__)
            for work, every in (
                (self._beat, HEARTBEAT_EVERY_S),
                (self._receive, 0.0),
                (self._reconcile, RECONCILE_EVERY_S),
                (self._deliver, 0.0),
                (self._publish_levels, 0.0),
                (self._keep_talk_times, TALK_EVERY_S),
            )
        ]
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([stopping, *loops], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end([stopping, *loops])
            await end(self._tails.values())
            await self._shut_down()

    # --- Loops ---

    async def _repeat(self, work: Callable[[], Awaitable[None]], every_s: float) -> None:
        """Sound never depends on these: what fails is tried again, later and later."""
        retry_s = 0.0
        while True:
            try:
                await work()
            except (*_ABSENT, DatabaseError) as error:
                if not retry_s:
                    logger.warning("%s: %s is away (%s)", work.__name__, *_absent(error))
            except Exception:
                logger.exception("%s failed", work.__name__)
            else:
                if retry_s:
                    logger.info("%s works again", work.__name__)
                    retry_s = 0.0
                if every_s:
                    await asyncio.sleep(every_s)
                continue
            retry_s = min(retry_s * 2, LONGEST_RETRY_S) or FIRST_RETRY_S
            await asyncio.sleep(retry_s)

    async def _beat(self) -> None:
        await self._registry.beat(self.node_id, self.node.load())

    async def _receive(self) -> None:
        message = await self._layer.receive(channel_of(self.node_id))
        try:
            command = Command.parse(message)
        except MediaError as error:
            logger.warning("a command was refused: %s", error.message)
            return
        lane = command.peer or f"stage {command.space}"
        former = self._tails.get(lane)
        task = asyncio.create_task(self._obey(command, former))
        self._tails[lane] = task
        task.add_done_callback(lambda done: self._obeyed(lane, done))

    async def _reconcile(self) -> None:
        spaces = self.node.spaces
        if not spaces:
            return
        versions = await self._ask(self._database.live_versions, spaces)
        for space in spaces:
            if versions.get(space) != self._versions.get(space):
                await self._read_stage(space)
        await self._close_idle()
        await self._tell_who_is_on_air()
        for space in await self._registry.keep(self.node_id, self.node.spaces):
            # Redis thought this node dead for a moment, and the room has moved on.
            logger.warning("a Space moved to another node", extra={"space": space})
            await self._close(space)

    async def _tell_who_is_on_air(self) -> None:
        pipeline = self._redis.pipeline(transaction=False)
        for space in self.node.spaces:
            on_air.note(pipeline, space, self.node.speaking_in(space), now=time.time())
        if len(pipeline):
            await pipeline.execute()

    async def _deliver(self) -> None:
        # Kept until it is sent: an offer lost while Redis is away costs its asker a timeout.
        self._unsent = self._unsent or await self._outgoing.get()
        channel, news = self._unsent
        try:
            await self._layer.send(channel, news.as_dict())
        except ChannelFull:
            logger.warning("nobody fetches news of a connection: dropped")
        self._unsent = None

    async def _publish_levels(self) -> None:
        await self._has_levels.wait()
        self._has_levels.clear()
        waiting, self._levels = self._levels, {}
        for space, levels in waiting.items():
            await self._redis.publish(
                space_channel(space), json.dumps({"event": "talking", "levels": levels})
            )

    async def _keep_talk_times(self) -> None:
        taken = self._talk.take()
        if not taken:
            return
        totals = {person: ms for people in taken.values() for person, ms in people.items()}
        try:
            kept = await self._ask(self._database.keep_talk_times, totals)
        except BaseException:
            self._talk.put_back(taken)
            raise
        pipeline = self._redis.pipeline(transaction=False)
        for space, people in taken.items():
            left = {person: ms for person, ms in people.items() if person not in kept}
            # A row that is gone for good is not asked for again once the Space is closed.
            if left and space in self.node.spaces:
                self._talk.put_back({space: left})
            news = {"event": "talk_times", "audience": "crew", "ms": people}
            pipeline.publish(space_channel(space), json.dumps(news))
        await pipeline.execute()

    # --- Commands ---

    async def _obey(self, command: Command, former: asyncio.Task[None] | None) -> None:
        if former is not None:
            await asyncio.wait([former])
        if command.command == "stage":
            if command.space in self.node.spaces:
                await self._read_stage(command.space or "")
            return
        if command.command == "remove":
            self.node.remove(command.space or "", command.person or "")
            return
        peer = command.peer or ""
        if command.reply_to is not None:
            known = self._askers.get(peer)
            kind = command.command if command.command in MAKERS else (known.kind if known else None)
            self._askers[peer] = _Asker(command.reply_to, kind)
        try:
            await self._obey_peer(command, peer)
        except MediaError as error:
            self._tell(peer, "refused", message=error.message, retryable=error.retryable)
            if command.command in MAKERS or isinstance(error, UnknownPeer):
                self._askers.pop(peer, None)
        except DatabaseError:
            self._tell(peer, "refused", message="Busy at the moment. Trying again.", retryable=True)
            raise

    async def _obey_peer(self, command: Command, peer: str) -> None:
        space, person = command.space or "", command.person or ""
        match command.command:
            case "listen":
                # Somebody let back in a moment ago must not be refused by a stale stage.
                if space not in self.node.spaces or self.node.is_barred(space, command.person):
                    await self._read_stage(space)
                if not self.node.is_on_stage(space, command.person):
                    await self._gate.enter(lambda ahead: self._tell(peer, "joining", ahead=ahead))
                offer = await self.node.listen(space, peer, command.person)
                self._tell(peer, "offer", sdp=offer.sdp)
            case "speak":
                # Read first: somebody promoted a moment ago must not be refused by a stale stage.
                await self._read_stage(space)
                offer = await self.node.speak(space, peer, person, gentle=command.gentle)
                self._tell(peer, "offer", sdp=offer.sdp)
            case "answer":
                await self.node.answer(peer, command.sdp or "")
            case "candidate":
                await self.node.candidate(peer, command.candidate)
            case "leave":
                await self.node.leave(peer)
                self._askers.pop(peer, None)
            case "forward":
                if space not in self.node.spaces:
                    await self._read_stage(space)
                target = Target(command.host or "", command.port or 0, command.key)
                self.node.forward(peer, space, command.person, target)
                self._tell(peer, "forwarding")
            case "stop_forward":
                self.node.stop_forward(peer)
                self._askers.pop(peer, None)

    def _obeyed(self, lane: str, task: asyncio.Task[None]) -> None:
        if self._tails.get(lane) is task:
            del self._tails[lane]
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a command failed", exc_info=error)

    # --- Spaces ---

    async def _read_stage(self, space: str) -> None:
        """Host the Space as the database says; a Space that is not live is not hosted."""
        # One reader a Space at a time, or an older answer could overwrite a newer one.
        async with self._readers.setdefault(space, asyncio.Lock()):
            stage = await self._ask(self._database.read_stage, space)
            if stage is None:
                await self._close(space)
                await self._registry.forget(space)
                return
            try:
                await self.node.open(space)
            except NodeFull:
                # Whoever asks next finds it another home.
                await self._registry.give_up(space, self.node_id)
                raise
            self._talk.know(space, stage.talk_ms)
            await self.node.set_stage(space, stage.people, stage.barred)
            self._versions[space] = stage.version

    async def _close(self, space: str) -> None:
        self._versions.pop(space, None)
        self._empty_since.pop(space, None)
        await self.node.close(space)
        self._talk.forget(space)

    async def _close_idle(self) -> None:
        now = time.monotonic()
        for space in self.node.spaces:
            if self.node.peers_in(space):
                self._empty_since.pop(space, None)
            elif now - self._empty_since.setdefault(space, now) >= self._idle_space_s:
                await self._close(space)

    async def _ask(self, question: Callable[[Any], Any], about: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, _with_connection, question, about
        )

    # --- What the node says ---

    def _node_event(self, event: NodeEvent) -> None:
        match event:
            case Talking():
                self._levels[event.space] = {**self._levels.get(event.space, {}), **event.levels}
                self._has_levels.set()
            case Talked():
                self._talk.add(event.space, event.ms)
            case PeerConnected():
                self._tell(event.peer, "connected")
            case PeerFailed():
                self._tell(event.peer, "failed")
                self._askers.pop(event.peer, None)
            case PeerReplaced():
                self._tell(event.peer, "replaced", by=event.by)
                self._askers.pop(event.peer, None)

    def _tell(self, peer: str, event: str, **details: Any) -> None:
        asker = self._askers.get(peer)
        if asker is None:
            return
        news = PeerNews(event=event, peer=peer, kind=asker.kind, **details)
        try:
            self._outgoing.put_nowait((asker.channel, news))
        except asyncio.QueueFull:
            logger.warning("Redis is away for long: news of a connection is dropped")

    async def _shut_down(self) -> None:
        try:
            # First of all: what this node hosts is placed anew while it still says goodbye.
            await asyncio.wait_for(self._registry.withdraw(self.node_id), SHUT_DOWN_S / 4)
        except (*_ABSENT, TimeoutError):
            logger.warning("the heartbeat could not be taken back and will run out")
        try:
            await asyncio.wait_for(self.node.shut_down(), SHUT_DOWN_S)
        except TimeoutError:
            logger.warning("some connections were cut off")
        try:
            await asyncio.wait_for(self._keep_talk_times(), SHUT_DOWN_S / 4)
        except (*_ABSENT, DatabaseError, TimeoutError):
            logger.warning("how long people talked in the last seconds is lost")
        self._threads.shutdown(wait=False, cancel_futures=True)
        logger.info("media node %s is down", self.node_id)


async def serve(layer: Layer) -> None:
    """A media node until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop.set)
    redis = Redis.from_url(settings.REDIS_URL, decode_responses=True)
    try:
        service = MediaService(
            new_node_id(),
            node_settings(),
            layer=layer,
            redis=redis,
            joins_per_s=settings.MEDIA_JOINS_PER_S,
        )
        await service.run(stop)
    finally:
        await redis.aclose()
