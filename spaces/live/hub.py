"""The hub: one per web process, between Redis and the process's sockets.

A Channels group per socket costs 130-180 µs a delivery; one subscription per process and topic,
with the text serialised once, costs what the server's own write costs. The hub also owns what must
not depend on luck: it watches the versions of its Spaces and draws anew what a lost message left
stale.
"""

import asyncio
import contextlib
import json
import logging
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from weakref import WeakKeyDictionary

import redis.asyncio
from channels.layers import get_channel_layer
from django.conf import settings
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from config.news import PEOPLE_CHANNEL
from config.threads import in_database

from .. import events
from ..cancelling import end
from ..media.registry import Registry
from . import presence
from .board import read_board
from .fragments import versions
from .home_topic import HomeTopic
from .me_topic import MeTopic
from .socket import Socket, close, signal_frame
from .space_topic import SpaceTopic
from .topic import Topic

logger = logging.getLogger(__name__)

WATCH_EVERY_S = 1.0
PRESENCE_EVERY_S = 0.5
MEDIA_EVERY_S = 0.5
SUBSCRIBED_WITHIN_S = 1.0
# One channel always stands: a pub/sub without any cannot be listened to.
KEEP_CHANNEL = "rostrum:live:keep"


def connect(**options: Any) -> redis.asyncio.Redis:
    """A client that says at once that Redis is away: the hub's own clocks try again."""
    return redis.asyncio.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=2,
        socket_timeout=2,
        retry=Retry(NoBackoff(), 1),
        **options,
    )


class Hub:
    """Call everything from the event loop it was made on."""

    def __init__(self) -> None:
        self.topics: dict[str, Topic] = {}
        self.sockets_of: dict[int, set[Socket]] = {}
        # Doors may wait for a row lock: they leave threads to what the hub draws for everybody.
        self.doors = asyncio.Semaphore(max(settings.DATABASE_THREADS - 2, 1))
        self.redis = connect()
        self._registry_redis = connect(decode_responses=True)
        self.registry = Registry(self._registry_redis)
        # Media nodes answer to one channel for all sockets of this process: a waiting read for each
        # socket costs more than the news itself.
        self.reply_to = ""
        self.askers: dict[str, Callable[[dict[str, Any]], Coroutine[Any, Any, None]]] = {}
        self._wanted = {KEEP_CHANNEL}
        self._subscribed: set[str] = set()
        self._pubsub: PubSub | None = None
        self._subscribing = asyncio.Lock()
        self._listening = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("hub: %s", task.get_coro(), exc_info=error)

    def start(self) -> None:
        self.spawn(self._listen())
        self.spawn(self._hear_nodes())
        self.spawn(self._every(WATCH_EVERY_S, self._watch))
        self.spawn(self._every(PRESENCE_EVERY_S, self._tick_presence))
        self.spawn(self._every(MEDIA_EVERY_S, self._watch_media))

    async def stop(self) -> None:
        while self._tasks:
            await end(self._tasks)
        await self.redis.aclose()
        await self._registry_redis.aclose()

    # -- sockets come and go --

    async def join_space(self, public_id: uuid.UUID, socket: Socket, *, version: int) -> SpaceTopic:
        """version: what the page was drawn with; an older page is brought up to date at once."""
        channel = events.space_channel(public_id)
        topic = self.topics.get(channel)
        if not isinstance(topic, SpaceTopic):
            topic = self.topics[channel] = SpaceTopic(self, public_id)
        # Before anything is waited for: a topic without sockets is closed at the next tick.
        self._add(topic, socket)
        if socket.is_inside:
            topic.came(socket.person, came_from=socket.came_from)
        try:
            await topic.ready()
            if socket.user_id in topic.barred_users:
                # Removed after it was let in, and before it was among the sockets.
                topic.turn_away(socket)
            elif version < topic.version:
                socket.fall_behind()
                await topic.bring_up_to_date(socket)
        except BaseException:
            self.leave(topic, socket, for_good=False)
            raise
        return topic

    def enter(self, topic: SpaceTopic, socket: Socket) -> None:
        """The page's door was opened. Repeat: harmless."""
        if not socket.is_inside:
            socket.is_inside = True
            topic.came(socket.person, came_from=socket.came_from)

    async def join_home(self, socket: Socket) -> HomeTopic:
        topic = self.topics.get(events.HOME_CHANNEL)
        if not isinstance(topic, HomeTopic):
            topic = self.topics[events.HOME_CHANNEL] = HomeTopic(self)
        self._add(topic, socket)
        try:
            await topic.ready()
            socket.fall_behind()
            await topic.bring_up_to_date(socket)
        except BaseException:
            self.leave(topic, socket, for_good=False)
            raise
        return topic

    async def join_me(self, socket: Socket) -> MeTopic:
        """A page of somebody signed in, whichever it is."""
        topic = self.topics.get(PEOPLE_CHANNEL)
        if not isinstance(topic, MeTopic):
            topic = self.topics[PEOPLE_CHANNEL] = MeTopic(self)
        self._add(topic, socket)
        # Its bar goes by what is live.
        self._wanted.add(events.HOME_CHANNEL)
        try:
            await topic.ready()
            socket.fall_behind()
            await topic.bring_up_to_date(socket)
        except BaseException:
            self.leave(topic, socket, for_good=False)
            raise
        if socket.user_id is not None:
            topic.count({socket.user_id})
        return topic

    def _add(self, topic: Topic, socket: Socket) -> None:
        topic.sockets.add(socket)
        self._wanted.add(topic.channel)
        if socket.user_id is not None:
            self.sockets_of.setdefault(socket.user_id, set()).add(socket)
            self._wanted.add(events.user_channel(socket.user_id))
            self.spawn(self.settle())

    def leave(self, topic: Topic, socket: Socket, *, for_good: bool) -> None:
        """Nothing to wait for: it must not be cut short when a server cancels the socket's task."""
        topic.sockets.discard(socket)
        if isinstance(topic, SpaceTopic) and socket.is_inside:
            topic.left(socket.person, for_good=for_good)
        if socket.user_id is not None:
            mine = self.sockets_of[socket.user_id]
            mine.discard(socket)
            if not mine:
                del self.sockets_of[socket.user_id]
                self._wanted.discard(events.user_channel(socket.user_id))
                self.spawn(self.settle())

    # -- Redis --

    async def subscribe(self) -> None:
        """While Redis is away the version watch brings the news, and _listen subscribes again."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._listening.wait(), SUBSCRIBED_WITHIN_S)
        await self.settle()

    async def settle(self) -> None:
        """Subscribe to exactly what topics and people want now. One at a time: a person who leaves
        and comes back at once must not end up unsubscribed.
        """
        async with self._subscribing:
            pubsub, wanted = self._pubsub, set(self._wanted)
            if pubsub is None:
                return
            try:
                if fresh := wanted - self._subscribed:
                    await pubsub.subscribe(*fresh)
                if stale := self._subscribed - wanted:
                    await pubsub.unsubscribe(*stale)
            except (RedisError, OSError):
                # _listen sees the same, and the watch settles again.
                return
            if pubsub is self._pubsub:
                self._subscribed = wanted

    async def _listen(self) -> None:
        while True:
            pubsub = self.redis.pubsub()
            try:
                await pubsub.subscribe(KEEP_CHANNEL)
                self._pubsub, self._subscribed = pubsub, {KEEP_CHANNEL}
                await self.settle()
                self._listening.set()
                async for message in pubsub.listen():
                    if message["type"] == "message":
                        self._hear(message["channel"].decode(), message["data"])
            except (RedisError, OSError):
                logger.warning("news connection lost, trying again")
            except Exception:
                logger.exception("hub: listening")
            finally:
                self._listening.clear()
                self._pubsub = None
                with contextlib.suppress(RedisError, OSError):
                    await pubsub.aclose()
            await asyncio.sleep(0.5 + random.random())  # noqa: S311

    async def _hear_nodes(self) -> None:
        layer = get_channel_layer()
        self.reply_to = await layer.new_channel()
        while True:
            try:
                message = await layer.receive(self.reply_to)
            except (RedisError, OSError):
                await asyncio.sleep(0.5 + random.random())  # noqa: S311
                continue
            if (asker := self.askers.get(message["peer"])) is not None:
                self.spawn(asker(message))

    def _hear(self, channel: str, data: bytes) -> None:
        try:
            self._dispatch(channel, data)
        except Exception:
            # One bad message, of another release perhaps, must not silence all the others.
            logger.exception("hub: unreadable news", extra={"channel": channel})

    def _dispatch(self, channel: str, data: bytes) -> None:
        message = json.loads(data)
        topic = self.topics.get(channel)
        pages_of_people = self.topics.get(PEOPLE_CHANNEL)
        if channel == events.HOME_CHANNEL and pages_of_people is not None:
            pages_of_people.receive(message)
        if topic is None:
            if "close" in message:
                self._close_person(channel, message)
        elif "seq" in message:
            topic.receive(message)
        else:
            topic.pass_on(message)

    def _close_person(self, channel: str, message: dict[str, Any]) -> None:
        user_id = int(channel.rpartition(":")[2])
        session, space = message.get("session"), message.get("space")
        for socket in self.sockets_of.get(user_id, ()):
            if session in (None, socket.session) and space in (None, socket.space):
                self.spawn(close(socket, message["close"]))

    # -- what the hub does by the clock --

    async def _every(self, seconds: float, job: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await job()
            except (RedisError, OSError):
                logger.warning("Redis is away: %s", job.__name__)
            except Exception:
                logger.exception("hub: %s", job.__name__)
            await asyncio.sleep(seconds)

    def _space_topics(self) -> list[SpaceTopic]:
        return [topic for topic in self.topics.values() if isinstance(topic, SpaceTopic)]

    async def _watch(self) -> None:
        """Compare what pages were shown with what the database holds; close what is stuck."""
        await self.settle()
        now = time.monotonic()
        for topic in list(self.topics.values()):
            topic.tend(now)
        if spaces := self._space_topics():
            current = await in_database(versions, [topic.public_id for topic in spaces])
            for topic in spaces:
                version, revision = current.get(topic.public_id, (0, 0))
                topic.comments.know(revision)
                if version > topic.version and not topic.lock.locked():
                    self.spawn(topic.heal(version))
        lists = [t for t in self.topics.values() if isinstance(t, HomeTopic | MeTopic)]
        if lists:
            board = await in_database(read_board)
            for topic in lists:
                topic.check(board.signature)

    async def _tick_presence(self) -> None:
        now = time.time()
        if spaces := self._space_topics():
            try:
                await self._exchange_presence(spaces, now)
            except (RedisError, OSError):
                for topic in spaces:
                    topic.heartbeat_at = 0.0
                raise
        self._close_idle()
        home_topic = self.topics.get(events.HOME_CHANNEL)
        if isinstance(home_topic, HomeTopic) and home_topic.counts:
            stages = dict(home_topic.stages)
            pipeline = self.redis.pipeline(transaction=False)
            for space, stage in stages.items():
                presence.ask_count(pipeline, space, stage, now=now)
            counts = presence.read_counts(await pipeline.execute(), now=now)
            await home_topic.show_counts(dict(zip(stages, counts, strict=True)))

    async def _exchange_presence(self, spaces: list[SpaceTopic], now: float) -> None:
        """One round trip for all: tell who is here, hear who is there."""
        pipeline = self.redis.pipeline(transaction=False)
        asked = []
        for topic in spaces:
            before = len(pipeline)
            topic.queue_presence(pipeline, now)
            # As it is asked: while the answers are waited for, either may change.
            asked.append((topic.stage_users, topic.present.user_ids, len(pipeline) - before))
        answers = await pipeline.execute()
        for topic, (stage, listed, size) in zip(spaces, asked, strict=True):
            mine, answers = answers[:size], answers[size:]
            replies = mine[-presence.ANSWERS :]
            present = presence.audience(*replies, stage=stage, listed=listed, now=now)
            if topic.is_due(present):
                self.spawn(topic.show_audience(present))

    def _close_idle(self) -> None:
        for topic in list(self.topics.values()):
            is_empty = not topic.sockets
            if isinstance(topic, SpaceTopic):
                is_empty = is_empty and not topic.people and not topic.gone
            if is_empty:
                del self.topics[topic.channel]
                self._wanted.discard(topic.channel)
                if not {events.HOME_CHANNEL, PEOPLE_CHANNEL} & self.topics.keys():
                    self._wanted.discard(events.HOME_CHANNEL)
                self.spawn(self.settle())

    async def _watch_media(self) -> None:
        """Tell the pages of a Space whose node died, or came, to ask for the sound again."""
        spaces = [topic for topic in self._space_topics() if topic.sound_was_asked_for]
        if not spaces:
            return
        nodes = await self.registry.nodes_of([str(topic.public_id) for topic in spaces])
        for topic in spaces:
            node = nodes[str(topic.public_id)]
            if node is None:
                # The first to notice places the Space anew; the others find it placed.
                node = await self.registry.place(str(topic.public_id))
            if node is not None and node != topic.node:
                moved = topic.node is not None
                topic.node = node
                await topic.broadcast(signal_frame("media.ready", {"moved": moved}))


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def get_hub() -> Hub:
    """The hub of this process, which serves on one event loop."""
    loop = asyncio.get_running_loop()
    hub = _hubs.get(loop)
    if hub is None:
        hub = _hubs[loop] = Hub()
        hub.start()
    return hub
