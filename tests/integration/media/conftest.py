from collections.abc import AsyncIterator

import pytest_asyncio
from django.conf import settings
from redis.asyncio import Redis

from tests.integration.media.hosting import Hosted, hosting


@pytest_asyncio.fixture
async def redis(redis_server) -> AsyncIterator[Redis]:
    client = Redis.from_url(settings.REDIS_URL, decode_responses=True)
    yield client
    await client.aclose()


@pytest_asyncio.fixture
async def hosted() -> AsyncIterator[Hosted]:
    async with hosting() as hosted:
        yield hosted
