"""The floor of fan-out on one server: one subscription, the same text written to every socket."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from typing import Any

import redis.asyncio

CHANNEL = "bare"

_sends: set[Callable[[dict[str, Any]], Awaitable[None]]] = set()
_tasks: list[asyncio.Task[None]] = []


async def _fan_out() -> None:
    client = redis.asyncio.Redis.from_url(os.environ["REDIS_URL"])
    pubsub = client.pubsub()
    await pubsub.subscribe(CHANNEL)
    async for message in pubsub.listen():
        if message["type"] != "message":
            continue
        text = message["data"].decode()
        for number, send in enumerate(list(_sends)):
            with contextlib.suppress(Exception):
                await send({"type": "websocket.send", "text": text})
            if number % 100 == 99:
                await asyncio.sleep(0)


async def application(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    if not _tasks:
        _tasks.append(asyncio.create_task(_fan_out()))
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        return
    while (message := await receive())["type"] != "websocket.disconnect":
        if message["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
            _sends.add(send)
    _sends.discard(send)
