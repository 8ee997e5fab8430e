"""How comments reach the pages of a Space: in batches, each with the revisions it takes them to."""

import asyncio
from typing import TYPE_CHECKING

from config.threads import in_database

from ..comment_data import MOST_CHANGES, Data, changes
from .socket import COMMENT_WINDOW, Socket, signal_frame

if TYPE_CHECKING:
    from .space_topic import SpaceTopic

BATCH_S = 0.25


class CommentFeed:
    """The comments that the pages of one Space have been told of, and those under way to them."""

    def __init__(self, topic: "SpaceTopic") -> None:
        self.topic = topic
        # Pages were told up to here; the database is known to hold up to there.
        self.revision = 0
        self.newest = 0
        self.heard: dict[int, Data] = {}
        self.is_started = False
        # Pages that had no room for a batch: they are told to ask once they have.
        self.missed: set[Socket] = set()
        self._worker: asyncio.Task[None] | None = None

    def start(self, revision: int) -> None:
        """Pages are drawn with at least this, or ask for it themselves."""
        self.revision, self.is_started = revision, True
        self.know(revision)

    def take(self, data: Data) -> None:
        """A change, as its publisher tells of it."""
        if data["rev"] > self.revision:
            self.heard[data["rev"]] = data
            self.know(data["rev"])

    def know(self, revision: int) -> None:
        """The database holds this revision, whoever's message of it was lost."""
        self.newest = max(self.newest, revision)
        is_idle = self._worker is None or self._worker.done()
        if self.is_started and self.newest > self.revision and is_idle:
            self._worker = self.topic.hub.spawn(self._work())

    async def _work(self) -> None:
        while self.newest > self.revision:
            await asyncio.sleep(BATCH_S)
            if not self._is_whole():
                # Of another process, and late.
                await asyncio.sleep(BATCH_S)
            await self._tell(self._batch() if self._is_whole() else await self._read())

    def _is_whole(self) -> bool:
        return all(revision in self.heard for revision in range(self.revision + 1, self.newest + 1))

    def _batch(self) -> Data | None:
        news = range(self.revision + 1, self.newest + 1)
        items = {data["n"]: data for data in map(self.heard.__getitem__, news)}
        if len(items) > MOST_CHANGES:
            return None
        return {"from": self.revision, "to": self.newest, "items": list(items.values())}

    async def _read(self) -> Data | None:
        return await in_database(changes, self.topic.public_id, self.revision)

    async def _tell(self, batch: Data | None) -> None:
        # Before it is sent: a page that comes meanwhile must know that it lacks this batch.
        self.revision = batch["to"] if batch is not None else self.newest
        self.newest = max(self.newest, self.revision)
        self.heard = {rev: data for rev, data in self.heard.items() if rev > self.revision}
        text = signal_frame("comments", batch) if batch is not None else self._mark()
        self.missed.update(await self.topic.broadcast(text, window=COMMENT_WINDOW))

    def _mark(self) -> str:
        """Holds nothing: a page that knows less asks for what it lacks."""
        return signal_frame("comments", {"from": self.revision, "to": self.revision, "items": []})

    def tend(self) -> None:
        """Help up who has room again."""
        self.missed &= self.topic.sockets
        mark = self._mark()
        for socket in list(self.missed):
            if self.topic.deliver(socket, mark, window=COMMENT_WINDOW):
                self.missed.discard(socket)
