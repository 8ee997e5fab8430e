"""Reactions on their way: from the pages of this process to every process, and to its pages."""

import asyncio
import logging
import time
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import InterfaceError, OperationalError
from redis.exceptions import RedisError

from config.threads import in_database

from .. import actions
from .socket import PASSING_WINDOW, signal_frame

if TYPE_CHECKING:
    from .space_topic import SpaceTopic

logger = logging.getLogger(__name__)

TELL_EVERY_S = 0.25
COUNT_EVERY_S = 1.0
# What one page may send: so many at once, then so many a second (static/js/space/reactions.js).
AT_ONCE = 5
A_SECOND = 2


class Allowance:
    """How many reactions a page may still send."""

    def __init__(self, now: float) -> None:
        self.left = float(AT_ONCE)
        self.at = now

    def take(self, now: float) -> bool:
        self.left = min(AT_ONCE, self.left + (now - self.at) * A_SECOND)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class ReactionFeed:
    """The reactions of one Space. (reaction, tone) → how often."""

    def __init__(self, topic: "SpaceTopic") -> None:
        self.topic = topic
        # By pages of this process: not told yet, and not counted yet.
        self.sent: Counter[tuple[str, str]] = Counter()
        self.uncounted: Counter[str] = Counter()
        self.counted_at = float("-inf")
        # Whether it did when they were last counted: an ended Space and one to come take none.
        self.takes_any = False
        # By those of all processes, and not shown yet.
        self.heard: Counter[tuple[str, str]] = Counter()
        self.totals: dict[str, int] = {}
        self.is_shown = True
        self._teller: asyncio.Task[None] | None = None
        self._shower: asyncio.Task[None] | None = None

    def send(self, reaction: str, tone: int) -> None:
        self.sent[reaction, str(tone)] += 1
        self.uncounted[reaction] += 1
        if self._teller is None or self._teller.done():
            self._teller = self.topic.hub.spawn(self._tell())

    async def _tell(self) -> None:
        while self.sent or self.uncounted:
            try:
                await self._tell_once()
            except (RedisError, OSError, OperationalError, InterfaceError):
                logger.warning("reactions were not told: Redis or the database is away")
            await asyncio.sleep(TELL_EVERY_S)

    async def _tell_once(self) -> None:
        sent, self.sent = self.sent, Counter()
        totals: dict[str, int] = {}
        if time.monotonic() - self.counted_at >= COUNT_EVERY_S:
            totals = await self._count()
            self.takes_any = bool(totals)
        if self.takes_any and (sent or totals):
            await actions.tell_reactions(
                self.topic.hub.redis,
                public_id=self.topic.public_id,
                counts=_by_reaction(sent),
                totals=totals,
            )

    async def _count(self) -> dict[str, int]:
        self.counted_at = time.monotonic()
        counts, self.uncounted = self.uncounted, Counter()
        count = partial(actions.count_reactions, public_id=self.topic.public_id, counts=counts)
        try:
            return await in_database(count)
        except (OperationalError, InterfaceError):
            self.uncounted += counts
            raise

    def hear(self, message: dict[str, Any]) -> None:
        """What some process told; this one's own comes back the same way."""
        for reaction, tones in message["counts"].items():
            for tone, number in tones.items():
                self.heard[reaction, tone] += number
        for reaction, total in message["totals"].items():
            # Processes count by turns, and what they tell may overtake.
            self.totals[reaction] = max(self.totals.get(reaction, 0), total)
        self.is_shown = False
        if self._shower is None or self._shower.done():
            self._shower = self.topic.hub.spawn(self._show())

    async def _show(self) -> None:
        while not self.is_shown:
            heard, self.heard, self.is_shown = self.heard, Counter(), True
            data = {"counts": _by_reaction(heard), "totals": self.totals}
            await self.topic.broadcast(signal_frame("reactions", data), window=PASSING_WINDOW)
            await asyncio.sleep(TELL_EVERY_S)


def _by_reaction(counts: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """As messages and frames carry them: reaction → tone → how often."""
    told: dict[str, dict[str, int]] = {}
    for (reaction, tone), number in counts.items():
        told.setdefault(reaction, {})[tone] = number
    return told
