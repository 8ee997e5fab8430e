"""What is told to the processes that hold open pages, over Redis."""

import json
from collections.abc import Iterable
from typing import Any

import redis
from django.conf import settings
from django.db import transaction

# To whom something is new: {"people": [user ids]}. Their pages ask for what it is.
PEOPLE_CHANNEL = "rostrum:live:people"


def send_after_commit(messages: dict[str, dict[str, Any]]) -> None:
    """Channel → message.

    `robust`: a dead Redis must not turn a kept change into a 500.
    """
    transaction.on_commit(lambda: _send(messages), robust=True)


def tell_people(user_ids: Iterable[int]) -> None:
    """After commit: something is new to them."""
    send_after_commit({PEOPLE_CHANNEL: {"people": list(user_ids)}})


def _send(messages: dict[str, dict[str, Any]]) -> None:
    pipeline = connection().pipeline(transaction=False)
    for channel, message in messages.items():
        pipeline.publish(channel, json.dumps(message))
    pipeline.execute()


_client: redis.Redis | None = None


def connection() -> redis.Redis:
    """This process's Redis client: redis-py keeps a pool behind it and is safe across threads."""
    global _client
    if _client is None:
        _client = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2
        )
    return _client
