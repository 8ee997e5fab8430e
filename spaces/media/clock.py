"""The node's clock: a tick every 20 ms of the monotonic clock, and the load that it shows."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

TICK_MS = 20
TICK_S = TICK_MS / 1000
# Later than this, what was missed is left out: a burst would only make every listener late.
SKIP_LATE_S = 0.2
LOAD_WINDOW_S = 1.0

# Sound suffers when a core is used up, so a node takes no new Space some way before that, and
# counts as overloaded when it sees the harm, whatever causes it.
BUSY_FULL, BUSY_FREE = 0.8, 0.65
LATE_SHARE_FULL = 0.3
# One bad second is a join storm or a neighbour's burst.
WINDOWS_TO_FULL, WINDOWS_TO_FREE = 3, 5


class LoadGauge:
    """The share of a core this process uses and how many ticks came late, second by second."""

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.monotonic,
        cpu: Callable[[], float] = time.process_time,
    ) -> None:
        self._now, self._cpu = now, cpu
        self.late_ticks = 0
        self.rest()

    def rest(self) -> None:
        """There is nothing to do for now, and so no load."""
        self.busy = 0.0
        self.is_overloaded = False
        self._contrary_windows = 0
        self._begin()

    def _begin(self) -> None:
        self._window_at, self._cpu_at = self._now(), self._cpu()
        self._late_at = self.late_ticks
        self._ticks = 0

    def ticked(self, late: int = 0) -> None:
        """late: how many ticks were late, this one and those left out"""
        self.late_ticks += late
        self._ticks += max(late, 1)
        elapsed = self._now() - self._window_at
        if elapsed < LOAD_WINDOW_S:
            return
        self.busy = min((self._cpu() - self._cpu_at) / elapsed, 1.0)
        self._judge((self.late_ticks - self._late_at) / self._ticks)
        self._begin()

    def _judge(self, late_share: float) -> None:
        is_full = self.busy >= BUSY_FULL or late_share >= LATE_SHARE_FULL
        is_free = self.busy < BUSY_FREE and late_share < LATE_SHARE_FULL
        if not (is_free if self.is_overloaded else is_full):
            self._contrary_windows = 0
            return
        self._contrary_windows += 1
        enough = WINDOWS_TO_FREE if self.is_overloaded else WINDOWS_TO_FULL
        if self._contrary_windows < enough:
            return
        self._contrary_windows = 0
        self.is_overloaded = not self.is_overloaded
        logger.warning(
            "%s: %.0f %% of a core, %.0f %% of the ticks late",
            "overloaded, no new Space is taken" if self.is_overloaded else "not overloaded now",
            self.busy * 100,
            late_share * 100,
        )


class Clock:
    """Calls `on_tick` with the number of the tick, which keeps to the clock whatever is late."""

    def __init__(
        self,
        on_tick: Callable[[int], None],
        gauge: LoadGauge,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._on_tick, self._gauge = on_tick, gauge
        self._now, self._sleep = now, sleep
        self.tick = 0

    async def run(self, is_needed: asyncio.Event) -> None:
        """Until cancelled; stands still while nothing needs it."""
        while True:
            if not is_needed.is_set():
                self._gauge.rest()
                await is_needed.wait()
                self._gauge.rest()
            await self._run_while(is_needed)

    async def _run_while(self, is_needed: asyncio.Event) -> None:
        due = self._now()
        while is_needed.is_set():
            due += TICK_S
            self.tick += 1
            # Even when late: everything else of the node lives on this loop.
            await self._sleep(max(due - self._now(), 0))
            late = self._now() - due
            missed = int(late / TICK_S) if late > SKIP_LATE_S else 0
            due += missed * TICK_S
            self.tick += missed
            self._on_tick(self.tick)
            self._gauge.ticked(missed or int(late > TICK_S))
