"""A run of a queue that is a table: rows are claimed one by one, on some threads, for a while."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from django.conf import settings
from django.db import connection, connections

Row = TypeVar("Row")

# So long one run goes on; what is left is for the next, and others of the queue come in between.
RUN_S = 20.0


class Run(Generic[Row]):
    """claim: the next row, which is ours then, or None. work: False when Stripe does not answer.

    Of several runs in any processes each takes other rows; in this process there is one of a gate,
    since a Stripe that hangs must not take the threads of the queue one by one.
    """

    def __init__(
        self,
        gate: threading.Lock,
        *,
        claim: Callable[[], Row | None],
        work: Callable[[Row], bool],
    ) -> None:
        self.gate = gate
        self.claim = claim
        self.work = work
        self.is_away = False

    def until_time_is_up(self) -> bool:
        """Returns whether there may be more to do at once."""
        if not self.gate.acquire(blocking=False):
            return False
        try:
            self.deadline = time.monotonic() + RUN_S
            return self._side_by_side() and not self.is_away
        finally:
            self.gate.release()

    def _side_by_side(self) -> bool:
        if settings.STRIPE_AT_ONCE <= 1:
            return self._one_by_one()
        # Most runs find nothing, and need no thread to say so.
        first = self.claim()
        if first is None:
            return False
        rest = settings.STRIPE_AT_ONCE - 1
        with ThreadPoolExecutor(rest) as pool:
            runs = [pool.submit(self._on_its_own) for _ in range(rest)]
            has_more = self._do(first) and self._one_by_one()
        # All of them, so that none hides what it raised.
        results = [run.result() for run in runs]
        return has_more or any(results)

    def _on_its_own(self) -> bool:
        try:
            return self._one_by_one()
        finally:
            connections.close_all()

    def _one_by_one(self) -> bool:
        while not self.is_away and time.monotonic() < self.deadline:
            row = self.claim()
            if row is None:
                return False
            self._do(row)
        return True

    def _do(self, row: Row) -> bool:
        if not self.work(row):
            self.is_away = True
        return not self.is_away


def let_connection_go() -> None:
    """Before a call that may take seconds: others of this process want the connection meanwhile."""
    # A test may hold everything in one transaction.
    if not connection.in_atomic_block:
        connection.close()
