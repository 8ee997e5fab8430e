"""An event loop that need not wait: real sockets, and a clock that a busy machine cannot hurry."""

import asyncio
import selectors
import time
from typing import Any


class SteppedLoop(asyncio.SelectorEventLoop):
    """Runs by the real clock, and after `step()` from one timer to the next.

    Its time then moves on only when there is nothing left to do, so that nothing is ever late and
    a minute takes as long as its work. A datagram over loopback is there once it is sent; what
    waits on a thread or another process would be overtaken by the next timer.
    """

    def __init__(self) -> None:
        self._stepped_s: float | None = None
        super().__init__(_Selector(self))

    @classmethod
    def stepping(cls) -> "SteppedLoop":
        loop = cls()
        loop.step()
        return loop

    def step(self) -> None:
        self._stepped_s = time.monotonic()

    def time(self) -> float:
        return super().time() if self._stepped_s is None else self._stepped_s

    def idle(self, timeout_s: float | None) -> float | None:
        """How long to really wait when the next timer is due so soon."""
        if self._stepped_s is None or timeout_s is None:
            return timeout_s
        self._stepped_s += max(timeout_s, 0)
        return 0


class _Selector(selectors.DefaultSelector):
    def __init__(self, loop: SteppedLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[Any, int]]:
        return super().select(0) or super().select(self._loop.idle(timeout))
