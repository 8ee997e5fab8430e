"""So many joins a second: a crowd comes in one by one, and those inside hear no gap."""

import asyncio
import time
from collections.abc import Awaitable, Callable

# Often enough to see that it goes on, and not so often that a screen reader talks of nothing else.
TELL_EVERY_S = 3.0
# A join takes some 10 ms of a core: more at once would be heard by everybody inside.
BURST_S = 0.2
SHORTEST_WAIT_S = 0.001


class JoinGate:
    """First come, first in; after a quiet moment `BURST_S` worth of them come in at once.

    Source: the generic cell rate algorithm, ITU-T I.371 annex A.
    """

    def __init__(
        self,
        per_s: int,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        if per_s < 1:
            raise ValueError("a gate lets in one a second at least")
        self._per_s = per_s
        # However slow the gate, the first one does not wait.
        self._burst_s = max(BURST_S, 1 / per_s)
        self._now, self._sleep = now, sleep
        self._full_at = now()

    async def enter(self, on_wait: Callable[[int], None]) -> None:
        """on_wait: told at once, and every few seconds, how many are still before this one"""
        now = self._now()
        self._full_at = max(self._full_at, now) + 1 / self._per_s
        turn_at = self._full_at - self._burst_s
        while (wait_s := turn_at - now) > SHORTEST_WAIT_S:
            on_wait(int(wait_s * self._per_s))
            await self._sleep(min(wait_s, TELL_EVERY_S))
            now = self._now()
