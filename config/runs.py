"""Runs of a queue that is a table: rows are claimed one by one, on some threads, for a while."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from django.db import connection, connections

Row = TypeVar("Row")
Outcome = TypeVar("Outcome")

# So long one run goes on; what is left is for the next, and others of the queue come in between.
RUN_S = 20.0


def alone(gate: threading.Lock, run: Callable[[], Outcome], *, otherwise: Outcome) -> Outcome:
    """What the run gives, or else where one of this gate goes on in this process: an outside that
    hangs must not take the threads of the queue one by one.
    """
    if not gate.acquire(blocking=False):
        return otherwise
    try:
        return run()
    finally:
        gate.release()


class Run(Generic[Row]):
    """claim: the next row, which is ours then, or None. work: False when nobody answers any more.

    at_once: threads, each with a connection of the pool; the caller's is one of them. Of several
    runs in any processes each takes other rows.
    """

    def __init__(
        self, *, claim: Callable[[], Row | None], work: Callable[[Row], bool], at_once: int
    ) -> None:
        self.claim = claim
        self.work = work
        self.at_once = at_once
        self.is_away = False

    def until_time_is_up(self) -> bool:
        """Returns whether there may be more to do at once."""
        self.deadline = time.monotonic() + RUN_S
        has_more = self._side_by_side() if self.at_once > 1 else self._one_by_one()
        return has_more and not self.is_away

    def _side_by_side(self) -> bool:
        if time.monotonic() >= self.deadline:
            return True
        # Most runs find nothing, and need no thread to say so.
        first = self.claim()
        if first is None:
            return False
        others = self.at_once - 1
        with ThreadPoolExecutor(others) as pool:
            runs = [pool.submit(self._on_its_own) for _ in range(others)]
            self._do(first)
            has_more = self._one_by_one()
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

    def _do(self, row: Row) -> None:
        if not self.work(row):
            self.is_away = True


def let_connection_go() -> None:
    """Before a call that may take seconds: others of this process want the connection meanwhile."""
    # A test may hold everything in one transaction.
    if not connection.in_atomic_block:
        connection.close()
