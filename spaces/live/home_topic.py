"""The pages that list live Spaces."""

import asyncio
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from config.threads import in_database

from .. import events
from ..querysets import private_spaces
from . import home
from .fragments import Reader
from .socket import Socket, signal_frame
from .topic import BATCH, Topic

if TYPE_CHECKING:
    from .hub import Hub


class HomeTopic(Topic):
    """The lists of live Spaces. Their version counts the changes this process has seen."""

    rest_s = 0.25

    def __init__(self, hub: "Hub") -> None:
        super().__init__(hub)
        self.channel = events.HOME_CHANNEL
        self.signature: home.Signature = []
        self.counts: dict[uuid.UUID, int] = {}
        self.stages: dict[uuid.UUID, list[int]] = {}
        # Keys of the Spaces among them whose counts are not for everyone.
        self.private: dict[uuid.UUID, int] = {}

    async def read_version(self) -> int:
        # Before the first draw, so that no change falls between the two.
        self.signature = await in_database(home.signature)
        return 0

    async def bring_up_to_date(self, socket: Socket) -> None:
        # It is among the sockets by now: a change from here on looks it up again.
        await self.look_up({socket})
        await super().bring_up_to_date(socket)

    async def look_up(self, sockets: set[Socket]) -> None:
        """Note in each one's reader which Spaces are open to its person and not to everyone."""
        people = {socket.user_id for socket in sockets if socket.user_id is not None}
        private = await in_database(private_spaces, people) if people else {}
        for socket in sockets:
            mine = private.get(socket.user_id or 0, home.NOBODY)
            if isinstance(socket.reader, home.ListReader) and socket.reader.private != mine:
                socket.reader = replace(socket.reader, private=mine)

    async def draw_full(self, readers: set[Reader]) -> tuple[int, dict[Reader, str]] | None:
        mine = {reader for reader in readers if isinstance(reader, home.ListReader)}
        drawing = await in_database(home.draw_lists, mine)
        # The others' lists may hold more than the one that was drawn now.
        self.counts |= drawing.counts
        self.stages |= drawing.stages
        self.private |= drawing.private
        return self.version, drawing.html

    async def apply(self, messages: list[dict[str, Any]]) -> None:
        signature = await in_database(home.signature)
        self.version += 1
        self.counts, self.stages, self.private = {}, {}, {}
        await self.look_up(self.sockets)
        await self.refresh()
        self.signature = signature

    def check(self, signature: home.Signature) -> None:
        if signature != self.signature and self._is_ready:
            self.receive({"seq": 0, "events": []})

    async def show_counts(self, counts: dict[uuid.UUID, int]) -> None:
        # Of those alone that are drawn by now: which of them are private is not known before.
        changed = {
            space: n
            for space, n in counts.items()
            if space in self.stages and self.counts.get(space) != n
        }
        if changed:
            self.counts.update(changed)
            self._full.clear()
            await self._tell_counts(changed)

    async def _tell_counts(self, changed: dict[uuid.UUID, int]) -> None:
        """Each page only of the Spaces in its own list."""
        texts: dict[Reader, str | None] = {}
        # The one that belongs to these counts: the next news empties it.
        private = self.private
        for number, socket in enumerate(list(self.sockets), start=1):
            reader = socket.reader
            if reader not in texts and isinstance(reader, home.ListReader):
                data = {
                    str(space): count
                    for space, count in changed.items()
                    if space not in private or private[space] in reader.private
                }
                texts[reader] = signal_frame("home.counts", data) if data else None
            if (text := texts.get(reader)) is not None:
                self.deliver(socket, text)
            if number % BATCH == 0:
                await asyncio.sleep(0)
