"""The pages that list live Spaces."""

import asyncio
import uuid
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from config.threads import in_database

from .. import events
from . import home
from .board import Board, read_board
from .fragments import Reader
from .socket import PASSING_WINDOW, Socket, signal_frame
from .topic import BATCH, PersonalTopic

if TYPE_CHECKING:
    from .hub import Hub


# What comes up is taken anew by the page itself, since each has bells of its own: so many a second
# in each process, or they would all ask at once.
PROGRAMMES_A_SECOND = 50
PROGRAMME_WITHIN_S = 0.5


class HomeTopic(PersonalTopic):
    """The lists of live Spaces. Their version counts the changes this process has seen.

    The order of a list is made when its page comes, and again when a Space starts or ends: never
    under a finger, because somebody else came to listen.
    """

    rest_s = 0.25

    def __init__(self, hub: "Hub") -> None:
        super().__init__(hub)
        self.channel = events.HOME_CHANNEL
        self.counts: dict[uuid.UUID, int] = {}
        self.stages: dict[uuid.UUID, Sequence[int]] = {}
        # The primary key of each, by which readers say what they list.
        self.keys: dict[uuid.UUID, int] = {}

    async def look_up(
        self, sockets: Collection[Socket], board: Board, *, keeps_order: bool = False
    ) -> None:
        pages = [
            (socket, socket.reader)
            for socket in sockets
            if isinstance(socket.reader, home.ListReader)
        ]
        asked = [(socket.user_id, reader) for socket, reader in pages]
        readers = await in_database(home.look_up, asked, board, keeps_order=keeps_order)
        for (socket, _former), reader in zip(pages, readers, strict=True):
            socket.reader = reader

    async def draw_full(self, readers: set[Reader]) -> tuple[int, dict[Reader, str]] | None:
        mine = {reader for reader in readers if isinstance(reader, home.ListReader)}
        board = await in_database(read_board)
        drawing = await in_database(home.draw_lists, mine, board)
        self.check(board.signature)
        # The others' lists may hold more than the one that was drawn now.
        self.counts |= drawing.counts
        self.stages |= drawing.stages
        self.keys |= drawing.keys
        return self.version, drawing.html

    async def apply(self, messages: list[dict[str, Any]]) -> None:
        self.version += 1
        self.counts, self.stages, self.keys = {}, {}, {}
        async with self.asking:
            board = await in_database(read_board)
            are_same = set(board.by_key) == {pk for pk, _stage in self.signature}
            await self.look_up(self.sockets, board, keeps_order=are_same)
            self.signature = board.signature
        await self.refresh()
        if any(message.get("programme") for message in messages):
            within = max(len(self.sockets) / PROGRAMMES_A_SECOND, PROGRAMME_WITHIN_S)
            text = signal_frame("home.programme", {"within": within})
            await self.broadcast(text, window=PASSING_WINDOW)

    async def show_counts(self, counts: dict[uuid.UUID, int]) -> None:
        # Of those alone that are drawn by now: in whose lists they are is not known before.
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
        # Those that belong to these counts: the next news empties them.
        keys = self.keys
        for number, socket in enumerate(list(self.sockets), start=1):
            reader = socket.reader
            if reader not in texts and isinstance(reader, home.ListReader):
                data = {
                    str(space): count
                    for space, count in changed.items()
                    if keys[space] in reader.listed
                }
                texts[reader] = signal_frame("home.counts", data) if data else None
            if (text := texts.get(reader)) is not None:
                self.deliver(socket, text)
            if number % BATCH == 0:
                await asyncio.sleep(0)
