"""Waiting for what other threads and processes do."""

import asyncio
import time
from collections.abc import Callable


def wait_until(
    is_so: Callable[[], object], *, within: float = 5, says: Callable[[], str] = str
) -> None:
    """says: what a failure adds, such as what the programs logged."""
    deadline = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < deadline, f"not within {within} s\n{says()}"
        time.sleep(0.02)


async def until(is_so: Callable[[], object], *, within: float = 3) -> None:
    """The same for what runs on this event loop."""
    deadline = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < deadline, f"not within {within} s"
        await asyncio.sleep(0.02)
