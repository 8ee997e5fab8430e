"""Blocking database work from async code, on a bounded set of threads."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import connections

P = ParamSpec("P")
T = TypeVar("T")

# Channels' database_sync_to_async, and the async ORM in a consumer, run everything of a process on
# one thread: a socket that waits for a row lock would hold all the others.
_executor = ThreadPoolExecutor(max_workers=settings.DATABASE_THREADS, thread_name_prefix="database")


async def in_database(func: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run func on a database thread and give its connection back to the pool."""

    def run() -> T:
        try:
            return func(*args, **kwargs)
        finally:
            connections.close_all()

    # The language of whoever asks goes along: refusals are written on the thread.
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(_executor, context.run, run)
