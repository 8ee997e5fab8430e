"""Ending tasks for certain."""

import asyncio
from collections.abc import Iterable
from typing import Any

ASK_AGAIN_S = 0.1


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until they are done, whatever they end with, and have told so to whom
    they were to tell before.

    redis-py swallows a cancellation that arrives during a command (its issue 2028; most of them,
    seen with 8.1 on Python 3.11), so once is not enough.
    """
    # With those that are done already: what they call back may still be to come.
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=ASK_AGAIN_S)
