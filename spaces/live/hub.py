"""The hub: one per web process, between Redis and the process's sockets.

A Channels group per socket costs 130-180 µs a delivery; one subscription per process and topic,
with the text serialised once, costs what the server's own write costs. The hub also owns what must
not depend on luck: it watches the versions of its Spaces and draws anew what a lost message left
stale.
"""

import asyncio
import contextlib
import functools
import json
import logging
import random
import time
import types
import uuid
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Generator
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

import redis.asyncio
from channels.layers import get_channel_layer
from django.conf import settings
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from config.threads import in_database

from .. import events
from ..cancelling import end
from ..media.registry import Registry
from . import home, presence
from .fragments import CREW, EVERYONE, Drawing, Reader, draw_room, standing, versions
from .presence import Audience

logger = logging.getLogger(__name__)

# Bytes a socket may have under way before the page has said that it read them. Below the 64 KiB at
# which asyncio's transports start to wait, so that one stuck phone never holds the others.
WINDOW = 48_000
# Who talks and who reacts gets no more than this of it: the rest is kept for state.
PASSING_WINDOW = 32_000
# A page that did not read what is under way for so long is closed and told to come back.
BEHIND_LIMIT_S = 20.0
# Fan-out yields to the event loop after so many sockets.
BATCH = 100

WATCH_EVERY_S = 1.0
PRESENCE_EVERY_S = 0.5
MEDIA_EVERY_S = 0.5
HEARTBEAT_EVERY_S = 4.0
# A room that fills up tells its count once in this time, not at each person who comes.
AUDIENCE_EVERY_S = 1.0
# A server may wait for a stuck phone before it closes; nobody else waits with it.
CLOSE_WITHIN_S = 5.0
SUBSCRIBED_WITHIN_S = 1.0
# One channel always stands: a pub/sub without any cannot be listened to.
KEEP_CHANNEL = "rostrum:live:keep"

CLOSE_RESYNC = 4408
CLOSE_REMOVED = 4403


class Socket:
    """One page's websocket, as the hub sees it."""

    __slots__ = (
        "acked",
        "behind_since",
        "close",
        "is_blocked",
        "person",
        "reader",
        "sent",
        "session",
        "user_id",
        "write",
    )

    def __init__(
        self,
        *,
        write: Callable[[str], Coroutine[Any, Any, None]],
        close: Callable[[int], Awaitable[None]],
        reader: Reader,
        person: str = "",
        user_id: int | None = None,
        session: str | None = None,
    ) -> None:
        self.write = write
        self.close = close
        self.reader = reader
        self.person = person
        self.user_id = user_id
        self.session = session
        self.sent = 0
        self.acked = 0
        self.behind_since: float | None = None
        # The server waits for this page to take its last frame.
        self.is_blocked = False

    def has_room(self, size: int, window: int = WINDOW) -> bool:
        if self.is_blocked:
            return False
        under_way = self.sent - self.acked
        return under_way <= 0 or under_way + size <= window

    def read_so_far(self, total: int) -> bool:
        """The page's report of bytes read. True when it lacks state and may have room for it."""
        self.acked = min(max(total, self.acked), self.sent)
        return self.behind_since is not None and self.has_room(0)

    def fall_behind(self) -> None:
        """Nothing more goes out until the whole state does; the time of the first loss counts."""
        if self.behind_since is None:
            self.behind_since = time.monotonic()


class Topic(ABC):
    """What a set of pages looks at: one Space, or the list of live ones."""

    channel: str
    # Between two draws of news: a list of many Spaces changes all the time.
    rest_s = 0.0

    def __init__(self, hub: "Hub") -> None:
        self.hub = hub
        self.sockets: set[Socket] = set()
        self.version = 0
        self.inbox: list[dict[str, Any]] = []
        self.lock = asyncio.Lock()
        self._worker: asyncio.Task[None] | None = None
        self._full: dict[Reader, tuple[int, str]] = {}
        self._is_ready = False

    async def ready(self) -> None:
        """Subscribed, and aware of the version: the first socket and those behind it wait."""
        async with self.lock:
            if not self._is_ready:
                await self.hub.subscribe()
                # After the subscription: what is published from here on arrives.
                self.version = await self.read_version()
                self._is_ready = True

    # -- what differs between topics --

    async def read_version(self) -> int:
        return 0

    @abstractmethod
    async def draw_full(self, readers: set[Reader]) -> tuple[int, dict[Reader, str]] | None:
        """(version, html of everything) or None when there is nothing to show any more."""

    @abstractmethod
    async def apply(self, messages: list[dict[str, Any]]) -> None:
        """Bring every page to the state the messages tell of. Called with the lock held."""

    # -- receiving --

    def receive(self, message: dict[str, Any]) -> None:
        self.inbox.append(message)
        self.wake()

    def wake(self) -> None:
        if self._worker is None or self._worker.done():
            self._worker = self.hub.spawn(self._work())

    async def _work(self) -> None:
        # News that arrives while a fragment is drawn waits here and shares the next draw.
        while self.inbox:
            async with self.lock:
                messages, self.inbox = self.inbox, []
                try:
                    await self.apply(messages)
                except Exception:
                    # The watch finds the version stale and draws anew.
                    logger.exception("applying news", extra={"channel": self.channel})
            await asyncio.sleep(self.rest_s)

    # -- whole state --

    async def refresh(self) -> None:
        """Draw everything once for each reader and send it to every socket. Lock held by caller."""
        readers = {socket.reader for socket in self.sockets}
        drawn = await self.draw_full(readers)
        if drawn is None:
            return
        self.version, html = drawn
        self._full = {reader: (self.version, html[reader]) for reader in readers}
        await self.broadcast_state("resync", html)

    async def heal(self, version: int) -> None:
        async with self.lock:
            if version > self.version:
                await self.refresh()

    async def bring_up_to_date(self, socket: Socket) -> None:
        """Send one socket the whole state; sockets that come together share one draw."""
        async with self.lock:
            cached = self._full.get(socket.reader)
            if cached is None or cached[0] < self.version:
                drawn = await self.draw_full({socket.reader})
                if drawn is None:
                    return
                # Not self.version: the others may not have seen this state yet.
                cached = self._full[socket.reader] = (drawn[0], drawn[1][socket.reader])
        # No wait between the lock and the write, or newer news could go out before this.
        text = state_frame(cached[0], "resync", cached[1])
        if socket.has_room(len(text)):
            socket.behind_since = None
            self.deliver(socket, text)
        else:
            socket.fall_behind()

    # -- sending --

    def deliver(self, socket: Socket, text: str, *, window: int = WINDOW) -> None:
        """Write, or note that the page lacks state: once it has read what is under way it gets the
        whole current state instead of old steps. What only passes by is simply lost.
        """
        # Frames are ASCII, so characters are bytes.
        size = len(text)
        if socket.behind_since is not None or not socket.has_room(size, window):
            if window == WINDOW:
                socket.fall_behind()
            return
        socket.sent += size
        try:
            rest = begin(socket.write(text))
        except Exception:  # noqa: BLE001
            self._lose(socket)
            return
        if rest is not None:
            # A page that takes nothing although it says it reads: its server waits, nobody else.
            socket.is_blocked = True
            self.hub.spawn(self._end_write(socket, rest))

    async def _end_write(self, socket: Socket, rest: Awaitable[None]) -> None:
        try:
            await rest
        except Exception:  # noqa: BLE001
            self._lose(socket)
        finally:
            socket.is_blocked = False

    def _lose(self, socket: Socket) -> None:
        # A server says "gone" in its own way; the socket is over in any case.
        self.sockets.discard(socket)

    async def broadcast(self, text: str, *, window: int = WINDOW) -> None:
        for number, socket in enumerate(list(self.sockets), start=1):
            self.deliver(socket, text, window=window)
            if number % BATCH == 0:
                await asyncio.sleep(0)

    async def broadcast_html(self, texts: dict[Reader, str]) -> None:
        for number, socket in enumerate(list(self.sockets), start=1):
            if (text := texts.get(socket.reader)) is not None:
                self.deliver(socket, text)
            else:
                # Came, or changed its role, while the others' fragment was drawn.
                socket.fall_behind()
            if number % BATCH == 0:
                await asyncio.sleep(0)

    async def broadcast_state(self, event: str, html: dict[Reader, str]) -> None:
        await self.broadcast_html(
            {reader: state_frame(self.version, event, part) for reader, part in html.items()}
        )

    def tend(self, now: float) -> None:
        """Close who has been behind for too long; help up who has read enough to go on."""
        for socket in list(self.sockets):
            if socket.behind_since is None:
                continue
            if now - socket.behind_since > BEHIND_LIMIT_S:
                self.sockets.discard(socket)
                self.hub.spawn(close(socket, CLOSE_RESYNC))
            elif socket.has_room(0) and not self.lock.locked():
                self.hub.spawn(self.bring_up_to_date(socket))


def begin(coroutine: Coroutine[Any, Any, None]) -> Awaitable[None] | None:
    """Run a coroutine to its first wait. None when it needed none, else what is left to await.

    Servers write without waiting as long as their buffers have room: no task, no turn of the loop.
    """
    try:
        waits_for = coroutine.send(None)
    except StopIteration:
        return None
    return _rest(coroutine, waits_for)


@types.coroutine
def _rest(coroutine: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    while True:
        try:
            value = yield waits_for
        except BaseException as error:  # noqa: BLE001 - passed on into the coroutine
            step = functools.partial(coroutine.throw, error)
        else:
            step = functools.partial(coroutine.send, value)
        try:
            waits_for = step()
        except StopIteration:
            return


async def close(socket: Socket, code: int) -> None:
    # However the server refuses: the socket is over in any case.
    with contextlib.suppress(Exception):
        await asyncio.wait_for(socket.close(code), CLOSE_WITHIN_S)


def state_frame(seq: int, event: str, html: str) -> str:
    return json.dumps({"seq": seq, "event": event, "html": html, "data": {}})


def signal_frame(event: str, data: dict[str, Any]) -> str:
    return json.dumps({"event": event, "data": data})


class SpaceTopic(Topic):
    def __init__(self, hub: "Hub", public_id: uuid.UUID) -> None:
        super().__init__(hub)
        self.public_id = public_id
        self.channel = events.space_channel(public_id)
        self.people: Counter[str] = Counter()
        # Who came and who left since the last look at Redis.
        self.fresh: set[str] = set()
        self.gone: set[str] = set()
        self.present = Audience()
        self.stage_users: tuple[int, ...] = ()
        self.heartbeat_at = 0.0
        self.shown_at = 0.0
        self.node: str | None = None
        self.sound_was_asked_for = False

    async def read_version(self) -> int:
        version, self.stage_users = await in_database(standing, self.public_id)
        return version

    async def draw(self, fragments: set[str], readers: set[Reader]) -> Drawing | None:
        drawing = await in_database(draw_room, self.public_id, fragments, readers, self.present)
        if drawing is not None:
            self.stage_users = drawing.stage_users
            for socket in self.sockets:
                audience = CREW if socket.user_id in drawing.crew_users else EVERYONE
                if socket.reader.audience != audience:
                    # What it was shown belongs to its old role: it needs the whole room.
                    socket.reader = replace(socket.reader, audience=audience)
                    socket.fall_behind()
        return drawing

    async def draw_full(self, readers: set[Reader]) -> tuple[int, dict[Reader, str]] | None:
        drawing = await self.draw({"room"}, readers)
        return None if drawing is None else (drawing.version, drawing.html)

    async def apply(self, messages: list[dict[str, Any]]) -> None:
        news = sorted((m for m in messages if m["seq"] > self.version), key=lambda m: m["seq"])
        if not news:
            return
        expected = range(self.version + 1, self.version + 1 + len(news))
        has_gap = [message["seq"] for message in news] != list(expected)
        fragments: set[str] = set()
        for message in news:
            for event in message["events"]:
                fragments.update(events.BY_NAME[event["name"]].fragments)
        readers = {socket.reader for socket in self.sockets}
        if has_gap:
            await self.refresh()
        elif fragments:
            drawing = await self.draw(fragments, readers)
            if drawing is None:
                return
            # Not drawing.version: a later action's row may be in it whose other fragments are not.
            self.version = news[-1]["seq"]
            await self.broadcast_state("state", drawing.html)
        else:
            self.version = news[-1]["seq"]
        for message in news:
            for event in message["events"]:
                frame = {"seq": self.version, "event": event["name"], "data": event["data"]}
                await self.broadcast(json.dumps(frame))

    # -- presence --

    def came(self, person: str) -> None:
        self.people[person] += 1
        self.fresh.add(person)
        self.gone.discard(person)

    def left(self, person: str, *, for_good: bool) -> None:
        """A dropped socket is not a departure: the entry stands until it expires by itself."""
        self.people[person] -= 1
        if self.people[person] > 0:
            return
        del self.people[person]
        self.fresh.discard(person)
        if for_good:
            self.gone.add(person)

    def queue_presence(self, pipeline: Any, now: float) -> None:
        space = str(self.public_id)
        presence.remove(pipeline, space, self.gone)
        if now - self.heartbeat_at > HEARTBEAT_EVERY_S:
            self.heartbeat_at = now
            presence.add(pipeline, space, self.people, now=now)
        else:
            presence.add(pipeline, space, self.fresh, now=now)
        self.gone.clear()
        self.fresh.clear()
        presence.ask(pipeline, space, self.stage_users, now=now)

    def is_due(self, present: Audience) -> bool:
        """Whether pages should be told now of who is there."""
        is_rested = time.monotonic() - self.shown_at >= AUDIENCE_EVERY_S
        return present != self.present and is_rested and not self.lock.locked()

    async def show_audience(self, present: Audience) -> None:
        async with self.lock:
            before, self.present = self.present, present
            self.shown_at = time.monotonic()
            try:
                drawing = await self.draw({"audience"}, {socket.reader for socket in self.sockets})
            except BaseException:
                # The next look finds it untold and tries again.
                self.present = before
                raise
            self._full.clear()
            if drawing is not None:
                frame = {"event": "audience.changed", "data": {"listeners": present.count}}
                await self.broadcast_html(
                    {
                        reader: json.dumps(frame | {"html": html})
                        for reader, html in drawing.html.items()
                    }
                )


class HomeTopic(Topic):
    """The lists of live Spaces. Their version counts the changes this process has seen."""

    rest_s = 0.25

    def __init__(self, hub: "Hub") -> None:
        super().__init__(hub)
        self.channel = events.HOME_CHANNEL
        self.signature: home.Signature = []
        self.counts: dict[uuid.UUID, int] = {}
        self.stages: dict[uuid.UUID, list[int]] = {}

    async def read_version(self) -> int:
        # Before the first draw, so that no change falls between the two.
        self.signature = await in_database(home.signature)
        return 0

    async def draw_full(self, readers: set[Reader]) -> tuple[int, dict[Reader, str]] | None:
        mine = {reader for reader in readers if isinstance(reader, home.ListReader)}
        drawing = await in_database(home.draw_lists, mine)
        # The others' lists may hold more than the one that was drawn now.
        self.counts |= drawing.counts
        self.stages |= drawing.stages
        return self.version, drawing.html

    async def apply(self, messages: list[dict[str, Any]]) -> None:
        signature = await in_database(home.signature)
        self.version += 1
        self.counts, self.stages = {}, {}
        await self.refresh()
        self.signature = signature

    def check(self, signature: home.Signature) -> None:
        if signature != self.signature and self._is_ready:
            self.receive({"seq": 0, "events": []})

    async def show_counts(self, counts: dict[uuid.UUID, int]) -> None:
        changed = {space: n for space, n in counts.items() if self.counts.get(space) != n}
        if changed:
            self.counts.update(changed)
            self._full.clear()
            data = {str(space): count for space, count in changed.items()}
            await self.broadcast(signal_frame("home.counts", data))


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

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[None]) -> None:
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
        topic.came(socket.person)
        try:
            await topic.ready()
            if version < topic.version:
                await topic.bring_up_to_date(socket)
        except BaseException:
            self.leave(topic, socket, for_good=False)
            raise
        return topic

    async def join_home(self, socket: Socket) -> HomeTopic:
        topic = self.topics.get(events.HOME_CHANNEL)
        if not isinstance(topic, HomeTopic):
            topic = self.topics[events.HOME_CHANNEL] = HomeTopic(self)
        self._add(topic, socket)
        try:
            await topic.ready()
            await topic.bring_up_to_date(socket)
        except BaseException:
            self.leave(topic, socket, for_good=False)
            raise
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
        if isinstance(topic, SpaceTopic):
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
        if topic is None:
            if "close" in message:
                self._close_person(channel, message)
        elif "seq" in message:
            topic.receive(message)
        else:
            event = message.pop("event")
            self.spawn(topic.broadcast(signal_frame(event, message), window=PASSING_WINDOW))

    def _close_person(self, channel: str, message: dict[str, Any]) -> None:
        user_id = int(channel.rpartition(":")[2])
        for socket in self.sockets_of.get(user_id, ()):
            if message.get("session") in (None, socket.session):
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
                if current.get(topic.public_id, 0) > topic.version and not topic.lock.locked():
                    self.spawn(topic.heal(current[topic.public_id]))
        live = self.topics.get(events.HOME_CHANNEL)
        if isinstance(live, HomeTopic):
            live.check(await in_database(home.signature))

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
        sizes = []
        for topic in spaces:
            before = len(pipeline)
            topic.queue_presence(pipeline, now)
            sizes.append(len(pipeline) - before)
        answers = await pipeline.execute()
        for topic, size in zip(spaces, sizes, strict=True):
            mine, answers = answers[:size], answers[size:]
            present = presence.audience(*mine[-presence.ANSWERS :], now=now)
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
