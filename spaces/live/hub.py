"""The hub: one per web process, between Redis and the process's sockets.

A Channels group per socket costs 130-180 µs a delivery; one subscription per process and topic, with
the text serialised once, costs what the server's own write costs. The hub also owns what must not
depend on luck: it watches the versions of its Spaces and draws anew what a lost message left stale.
"""

import asyncio
import contextlib
import json
import logging
import random
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from weakref import WeakKeyDictionary

import redis.asyncio
from django.conf import settings
from redis.exceptions import RedisError

from config.threads import in_database

from .. import events
from ..media.registry import Registry
from . import home, presence
from .fragments import Reader, draw_room, versions
from .presence import Audience

logger = logging.getLogger(__name__)

# Bytes a socket may have under way before the page has said that it read them. Below the 64 KiB at
# which asyncio's transports start to wait, so that one stuck phone never holds the others.
WINDOW = 48_000
# A page that read nothing for so long is closed and told to come back.
BEHIND_LIMIT_S = 20.0
# Fan-out yields to the event loop after so many sockets.
BATCH = 100

WATCH_EVERY_S = 1.0
PRESENCE_EVERY_S = 0.5
MEDIA_EVERY_S = 0.5
HEARTBEAT_EVERY_S = 4.0

CLOSE_RESYNC = 4408
CLOSE_REMOVED = 4403


class Socket:
    """One page's websocket, as the hub sees it."""

    __slots__ = (
        "acked",
        "behind_since",
        "close",
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
        write: Callable[[str], Awaitable[None]],
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

    def has_room(self, size: int) -> bool:
        under_way = self.sent - self.acked
        return under_way <= 0 or under_way + size <= WINDOW

    def read_so_far(self, total: int) -> bool:
        """The page's report of bytes read. True when it has caught up and needs the whole state."""
        self.acked = min(max(total, self.acked), self.sent)
        if self.behind_since is None or not self.has_room(0):
            return False
        self.behind_since = None
        return True


class Topic:
    """What a set of pages looks at: one Space, or the list of live ones."""

    channel: str

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
        """Subscribed, and aware of the version; the first socket waits for it with those behind it."""
        async with self.lock:
            if not self._is_ready:
                await self.hub.subscribe(self.channel)
                # After the subscription: what is published from here on arrives.
                self.version = await self.read_version()
                self._is_ready = True

    # -- what differs between topics --

    async def read_version(self) -> int:
        return 0

    async def draw_full(self, readers: set[Reader]) -> tuple[int, dict[Reader, str]] | None:
        """(version, html of everything) or None when there is nothing to show any more."""
        raise NotImplementedError

    async def apply(self, messages: list[dict[str, Any]]) -> None:
        """Bring every page to the state the messages tell of. Called with the lock held."""
        raise NotImplementedError

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
        await self.deliver(socket, state_frame(cached[0], "resync", cached[1]))

    # -- sending --

    async def deliver(self, socket: Socket, text: str, *, state: bool = True) -> None:
        size = len(text)
        if socket.behind_since is not None or not socket.has_room(size):
            # Passing signals are simply lost. State is not queued either: once the page has read
            # what is under way it gets the whole current state instead of old steps.
            if state and socket.behind_since is None:
                socket.behind_since = time.monotonic()
            return
        socket.sent += size
        try:
            await socket.write(text)
        except Exception:
            # A server says "gone" in its own way; the socket is over in any case.
            logger.debug("socket gone", exc_info=True)
            self.sockets.discard(socket)

    async def broadcast(self, text: str, *, state: bool = False) -> None:
        for number, socket in enumerate(list(self.sockets), start=1):
            await self.deliver(socket, text, state=state)
            if number % BATCH == 0:
                await asyncio.sleep(0)

    async def broadcast_state(
        self, event: str, html: dict[Reader, str], data: dict[str, Any] | None = None
    ) -> None:
        texts = {
            reader: state_frame(self.version, event, part, data) for reader, part in html.items()
        }
        for number, socket in enumerate(list(self.sockets), start=1):
            if (text := texts.get(socket.reader)) is not None:
                await self.deliver(socket, text)
            else:
                # Came while the others' fragment was drawn, and reads in another way than they do.
                socket.behind_since = socket.behind_since or time.monotonic()
            if number % BATCH == 0:
                await asyncio.sleep(0)

    async def close_stuck(self, now: float) -> None:
        for socket in list(self.sockets):
            if socket.behind_since is None:
                continue
            if now - socket.behind_since > BEHIND_LIMIT_S:
                self.sockets.discard(socket)
                with contextlib.suppress(Exception):
                    await socket.close(CLOSE_RESYNC)
            elif socket.read_so_far(0):
                await self.bring_up_to_date(socket)


def state_frame(seq: int, event: str, html: str, data: dict[str, Any] | None = None) -> str:
    return json.dumps({"seq": seq, "event": event, "html": html, "data": data or {}})


def signal_frame(event: str, data: dict[str, Any]) -> str:
    return json.dumps({"event": event, "data": data})


class SpaceTopic(Topic):
    def __init__(self, hub: "Hub", public_id: uuid.UUID) -> None:
        super().__init__(hub)
        self.public_id = public_id
        self.channel = events.space_channel(public_id)
        self.people: Counter[str] = Counter()
        self.gone: dict[str, float] = {}
        self.present = Audience()
        self.stage_users: tuple[int, ...] = ()
        self.heartbeat_at = 0.0
        self.node: str | None = None
        self.sound_was_asked_for = False

    async def read_version(self) -> int:
        return (await in_database(versions, [self.public_id])).get(self.public_id, 0)

    async def draw(self, fragments: set[str], readers: set[Reader]) -> Any:
        drawing = await in_database(draw_room, self.public_id, fragments, readers, self.present)
        if drawing is not None:
            self.stage_users = drawing.stage_users
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
                await self.broadcast(json.dumps(frame), state=True)

    # -- presence --

    def came(self, person: str) -> None:
        self.people[person] += 1
        self.gone.pop(person, None)
        if self.people[person] == 1:
            self.heartbeat_at = 0.0

    def left(self, person: str, *, for_good: bool) -> None:
        self.people[person] -= 1
        if self.people[person] > 0:
            return
        del self.people[person]
        if for_good:
            self.gone[person] = time.monotonic()
            return
        # A dropped socket is not a departure: the entry stands until it expires by itself.

    def queue_presence(self, pipeline: Any, now: float) -> None:
        space = str(self.public_id)
        presence.remove(pipeline, space, self.gone)
        self.gone.clear()
        if now - self.heartbeat_at > HEARTBEAT_EVERY_S:
            self.heartbeat_at = now
            presence.add(pipeline, space, self.people, now=now)
        presence.ask(pipeline, space, self.stage_users, now=now)

    async def show_audience(self, present: Audience) -> None:
        if present == self.present:
            return
        self.present = present
        readers = {socket.reader for socket in self.sockets}
        drawing = await self.draw({"audience"}, readers)
        if drawing is None:
            return
        self._full.clear()
        texts = {
            reader: json.dumps(
                {
                    "event": "audience.changed",
                    "html": html,
                    "data": {"listeners": present.count},
                }
            )
            for reader, html in drawing.html.items()
        }
        for socket in list(self.sockets):
            if (text := texts.get(socket.reader)) is not None:
                await self.deliver(socket, text, state=False)


class HomeTopic(Topic):
    """The list of live Spaces. Its version counts the changes this process has seen."""

    def __init__(self, hub: "Hub") -> None:
        super().__init__(hub)
        self.channel = events.HOME_CHANNEL
        self.signature: Any = None
        self.counts: dict[str, int] = {}

    async def draw_full(self, readers: set[Reader]) -> tuple[int, dict[Reader, str]] | None:
        html, self.counts = await in_database(home.draw_list, readers)
        return self.version, html

    async def apply(self, messages: list[dict[str, Any]]) -> None:
        self.version += 1
        await self.refresh()

    async def check(self, signature: Any) -> None:
        if self.signature is not None and signature != self.signature:
            self.receive({"seq": 0, "events": []})
        self.signature = signature

    async def show_counts(self, counts: dict[str, int]) -> None:
        changed = {space: n for space, n in counts.items() if self.counts.get(space) != n}
        self.counts.update(changed)
        if changed:
            await self.broadcast(signal_frame("home.counts", changed))


class Hub:
    """Call everything from the event loop it was made on."""

    def __init__(self) -> None:
        self.topics: dict[str, Topic] = {}
        self.sockets_of: defaultdict[int, set[Socket]] = defaultdict(set)
        self.redis = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2)
        self.registry = Registry(
            redis.asyncio.Redis.from_url(
                settings.REDIS_URL, socket_connect_timeout=2, decode_responses=True
            )
        )
        self._pubsub = self.redis.pubsub()
        self._listening = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def start(self) -> None:
        self.spawn(self._listen())
        self.spawn(self._every(WATCH_EVERY_S, self._watch))
        self.spawn(self._every(PRESENCE_EVERY_S, self._tick_presence))
        self.spawn(self._every(MEDIA_EVERY_S, self._watch_media))

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._pubsub.aclose()  # type: ignore[no-untyped-call]
        await self.redis.aclose()

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
        await topic.ready()
        if version < topic.version:
            await topic.bring_up_to_date(socket)
        return topic

    async def join_home(self, socket: Socket) -> HomeTopic:
        topic = self.topics.get(events.HOME_CHANNEL)
        if not isinstance(topic, HomeTopic):
            topic = self.topics[events.HOME_CHANNEL] = HomeTopic(self)
        self._add(topic, socket)
        await topic.ready()
        await topic.bring_up_to_date(socket)
        return topic

    def _add(self, topic: Topic, socket: Socket) -> None:
        topic.sockets.add(socket)
        if socket.user_id is not None:
            if not self.sockets_of[socket.user_id]:
                self.spawn(self.subscribe(events.user_channel(socket.user_id)))
            self.sockets_of[socket.user_id].add(socket)

    async def subscribe(self, channel: str) -> None:
        """While Redis is away the version watch brings the news, and _listen subscribes again."""
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            # Only _listen connects: two tasks would open two connections and lose one.
            await asyncio.wait_for(self._listening.wait(), timeout=1)
            await self._pubsub.subscribe(channel)

    async def leave(self, topic: Topic, socket: Socket, *, for_good: bool) -> None:
        topic.sockets.discard(socket)
        if isinstance(topic, SpaceTopic):
            topic.left(socket.person, for_good=for_good)
        if socket.user_id is not None:
            mine = self.sockets_of[socket.user_id]
            mine.discard(socket)
            if not mine:
                del self.sockets_of[socket.user_id]
                await self._unsubscribe(events.user_channel(socket.user_id))

    async def _unsubscribe(self, channel: str) -> None:
        with contextlib.suppress(RedisError, OSError):
            await self._pubsub.unsubscribe(channel)

    # -- Redis --

    async def _listen(self) -> None:
        while True:
            try:
                channels = [*self.topics, *map(events.user_channel, self.sockets_of)]
                # One channel always stands: a pub/sub without any cannot be listened to.
                await self._pubsub.subscribe("rostrum:live:keep", *channels)
                self._listening.set()
                async for message in self._pubsub.listen():
                    if message["type"] == "message":
                        self._dispatch(message["channel"].decode(), message["data"])
            except (RedisError, OSError):
                logger.warning("news connection lost, trying again")
                self._listening.clear()
                with contextlib.suppress(Exception):
                    await self._pubsub.aclose()  # type: ignore[no-untyped-call]
                self._pubsub = self.redis.pubsub()
                await asyncio.sleep(0.5 + random.random())  # noqa: S311

    def _dispatch(self, channel: str, data: bytes) -> None:
        message = json.loads(data)
        topic = self.topics.get(channel)
        if topic is None:
            if "close" in message:
                self.spawn(self._close_person(channel, message))
        elif "seq" in message:
            topic.receive(message)
        else:
            event = message.pop("event")
            self.spawn(topic.broadcast(signal_frame(event, message)))

    async def _close_person(self, channel: str, message: dict[str, Any]) -> None:
        user_id = int(channel.rpartition(":")[2])
        for socket in list(self.sockets_of.get(user_id, ())):
            if message.get("session") in (None, socket.session):
                with contextlib.suppress(Exception):
                    await socket.close(message["close"])

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
        now = time.monotonic()
        spaces = self._space_topics()
        for topic in list(self.topics.values()):
            await topic.close_stuck(now)
        if spaces:
            current = await in_database(versions, [topic.public_id for topic in spaces])
            for topic in spaces:
                if current.get(topic.public_id, 0) > topic.version:
                    self.spawn(topic.heal(current[topic.public_id]))
        live = self.topics.get(events.HOME_CHANNEL)
        if isinstance(live, HomeTopic) and live.sockets:
            await live.check(await in_database(home.signature))

    async def _tick_presence(self) -> None:
        now = time.time()
        spaces = self._space_topics()
        home_topic = self.topics.get(events.HOME_CHANNEL)
        if spaces:
            pipeline = self.redis.pipeline(transaction=False)
            sizes = []
            for topic in spaces:
                before = len(pipeline)
                topic.queue_presence(pipeline, now)
                sizes.append(len(pipeline) - before)
            answers = await pipeline.execute()
            for topic, size in zip(spaces, sizes, strict=True):
                mine, answers = answers[:size], answers[size:]
                present = presence.audience(*mine[-3:], now=now)
                self.spawn(topic.show_audience(present))
            await self._close_idle(spaces)
        if isinstance(home_topic, HomeTopic) and home_topic.sockets and home_topic.counts:
            listed = list(home_topic.counts)
            pipeline = self.redis.pipeline(transaction=False)
            for space in listed:
                pipeline.zcount(presence.key_everyone(space), now, "+inf")
            counts = await pipeline.execute()
            await home_topic.show_counts(dict(zip(listed, counts, strict=True)))

    async def _close_idle(self, spaces: list[SpaceTopic]) -> None:
        for topic in spaces:
            if not topic.sockets and not topic.people and not topic.gone:
                del self.topics[topic.channel]
                await self._unsubscribe(topic.channel)

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
