"""What a set of pages looks at, and how its news reaches them."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Collection
from typing import TYPE_CHECKING, Any

from config.threads import in_database

from .board import Board, Signature, read_board
from .fragments import Reader
from .socket import (
    CLOSE_RESYNC,
    PASSING_WINDOW,
    WINDOW,
    Socket,
    begin,
    close,
    signal_frame,
    state_frame,
)

if TYPE_CHECKING:
    from .hub import Hub

logger = logging.getLogger(__name__)

# A page that did not read what is under way for so long is closed and told to come back.
BEHIND_LIMIT_S = 20.0
# Fan-out yields to the event loop after so many sockets.
BATCH = 100


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

    def pass_on(self, message: dict[str, Any]) -> None:
        """Tell the pages at once of what has no version. `audience`: those it is for, else all."""
        event, audience = message.pop("event"), message.pop("audience", None)
        self.hub.spawn(
            self.broadcast(signal_frame(event, message), window=PASSING_WINDOW, audience=audience)
        )

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
        """Send one socket that is behind the whole state; those that come together share one draw.

        Repeat: harmless. The page's own report and the watch may both find that it has room again.
        """
        async with self.lock:
            if socket.behind_since is None:
                return
            reader = socket.reader
            cached = self._full.get(reader)
            if cached is None or cached[0] < self.version:
                drawn = await self.draw_full({reader})
                if drawn is None:
                    return
                # Not self.version: the others may not have seen this state yet.
                cached = self._full[reader] = (drawn[0], drawn[1][reader])
                if socket.reader != reader or socket not in self.sockets:
                    # The draw was the first to see that its person joined the crew, left it, or was
                    # shut out. Who is still behind gets what is theirs at the next look.
                    return
        # No wait between the lock and the write, or newer news could go out before this.
        text = state_frame(cached[0], "resync", cached[1])
        if socket.has_room(len(text)):
            socket.behind_since = None
            self.deliver(socket, text)

    # -- sending --

    def deliver(self, socket: Socket, text: str, *, window: int = WINDOW) -> bool:
        """Write, or note that the page lacks state: once it has read what is under way it gets the
        whole current state instead of old steps. What only passes by is simply lost: False.
        """
        # Frames are ASCII, so characters are bytes.
        size = len(text)
        if socket.behind_since is not None or not socket.has_room(size, window):
            if window == WINDOW:
                socket.fall_behind()
            return False
        socket.sent += size
        try:
            rest = begin(socket.write(text))
        except Exception:  # noqa: BLE001
            self._lose(socket)
            return True
        if rest is not None:
            # A page that takes nothing although it says it reads: its server waits, nobody else.
            socket.is_blocked = True
            self.hub.spawn(self._end_write(socket, rest))
        return True

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

    async def broadcast(
        self, text: str, *, window: int = WINDOW, audience: str | None = None
    ) -> list[Socket]:
        """Gives those who had no room for it."""
        missed = []
        for number, socket in enumerate(list(self.sockets), start=1):
            if audience in (None, socket.reader.audience) and not self.deliver(
                socket, text, window=window
            ):
                missed.append(socket)
            if number % BATCH == 0:
                await asyncio.sleep(0)
        return missed

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


class PersonalTopic(Topic):
    """A topic of what is live, whose readers are looked up: what a page is shown goes by whose it
    is."""

    def __init__(self, hub: "Hub") -> None:
        super().__init__(hub)
        # One question at a time: an older answer must not come after a newer one.
        self.asking = asyncio.Lock()
        self._arrived: set[Socket] = set()
        # What was live when all pages were last brought up to date.
        self.signature: Signature = ()

    async def read_version(self) -> int:
        # Before the first draw, so that no change falls between the two.
        self.signature = (await in_database(read_board)).signature
        return 0

    def check(self, signature: Signature) -> None:
        if signature != self.signature and self._is_ready:
            self.receive({"seq": 0, "events": []})

    @abstractmethod
    async def look_up(self, sockets: Collection[Socket], board: Board) -> None:
        """Note in each one's reader what it is to show now. Called with `asking` held."""

    async def bring_up_to_date(self, socket: Socket) -> None:
        # It is among the sockets by now: a change from here on looks it up again. A thousand pages
        # that come back at once share the question of the first who waits.
        self._arrived.add(socket)
        async with self.asking:
            if socket in self._arrived:
                arrived, self._arrived = self._arrived, set()
                try:
                    board = await in_database(read_board)
                    await self.look_up(arrived, board)
                except BaseException:
                    self._arrived |= arrived - {socket}
                    raise
                if self.sockets <= arrived:
                    self.signature = board.signature
                else:
                    # Newer than what the others show, it may be as before again by the next look:
                    # then these would keep what is over.
                    self.check(board.signature)
        await super().bring_up_to_date(socket)
