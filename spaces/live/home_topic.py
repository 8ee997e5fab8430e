"""The pages that list live Spaces."""

import uuid
from typing import TYPE_CHECKING, Any

from config.threads import in_database

from .. import events
from . import home
from .fragments import Reader
from .socket import signal_frame
from .topic import Topic

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
