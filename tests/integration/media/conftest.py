import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from django.conf import settings
from redis.asyncio import Redis

from tests.integration.media.hosting import Hosted, hosting
from tests.stepped_loop import SteppedLoop


def pytest_asyncio_loop_factories(
    item: pytest.Function,
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Where node and clients are all there is, a busy machine must not be heard as a bad network.

    Redis is a process of its own, and keeps the real time.
    """
    is_real = "redis" in item.fixturenames or item.get_closest_marker("real_clock")
    return {"loop": asyncio.SelectorEventLoop if is_real else SteppedLoop.stepping}


@pytest_asyncio.fixture
async def redis(redis_server) -> AsyncIterator[Redis]:
    # Not the instance's own: its media node, when one runs beside these tests, takes Spaces too.
    address, _, _ = settings.REDIS_URL.partition("?")
    client = Redis.from_url(address, db=1, decode_responses=True)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest_asyncio.fixture
async def hosted() -> AsyncIterator[Hosted]:
    async with hosting() as hosted:
        yield hosted
