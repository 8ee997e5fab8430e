from collections.abc import AsyncIterator

import pytest_asyncio
from django.conf import settings
from redis.asyncio import Redis

from tests.integration.media.hosting import Hosted, hosting


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
