"""A socket that waits for a row lock waits alone."""

import asyncio
import threading
import time
from contextlib import asynccontextmanager

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.db import connection, connections, transaction

from config.asgi import application
from config.threads import in_database
from spaces.live import consumer, space_topic
from spaces.models import Space

from .page import cookies, sign_in

LOCKED_S = 1.5


def lock_until(space, locked: threading.Event, done: threading.Event) -> None:
    """Another process in the middle of a change of this Space's row."""
    with transaction.atomic():
        Space.objects.select_for_update().get(pk=space.pk)
        locked.set()
        done.wait(LOCKED_S)
    connection.close()


@asynccontextmanager
async def locked_row(space):
    locked, done = threading.Event(), threading.Event()
    holding = asyncio.create_task(asyncio.to_thread(lock_until, space, locked, done))
    await asyncio.to_thread(locked.wait)
    yield
    done.set()
    await holding


def open_socket(space, *, session=None) -> WebsocketCommunicator:
    path = f"/ws/spaces/{space.public_id}/?version={space.version}"
    headers = [(b"origin", b"http://localhost"), (b"cookie", cookies(session=session).encode())]
    return WebsocketCommunicator(application, path, headers=headers)


async def seconds_to_welcome(socket: WebsocketCommunicator) -> float:
    began = time.monotonic()
    await socket.connect()
    while (await socket.receive_json_from(LOCKED_S * 2))["event"] != "welcome":
        pass
    return time.monotonic() - began


async def longest_wait_beside_a_locked_one(space, lena) -> float:
    """Lena's first join needs a lock on the Space's row; ten others join meanwhile."""
    session = await in_database(sign_in, lena)
    first = open_socket(space)
    await seconds_to_welcome(first)
    held = open_socket(space, session=session)
    others = [open_socket(space) for _ in range(10)]
    async with locked_row(space):
        joining = asyncio.create_task(seconds_to_welcome(held))
        await asyncio.sleep(0.1)
        assert not joining.done(), "the lock held nobody"
        waits = [await seconds_to_welcome(other) for other in others]
    await joining
    for socket in (first, held, *others):
        await socket.disconnect()
    return max(waits)


@pytest.mark.asyncio
async def test_socket_held_by_a_row_lock_delays_no_other(hub, space, lena):
    assert await longest_wait_beside_a_locked_one(space, lena) < 0.1


@pytest.mark.asyncio
async def test_the_measurement_sees_the_shared_thread(hub, space, lena, monkeypatch):
    """The twin: on the thread that Channels shares, one waiting socket holds all the others."""

    async def on_the_shared_thread(func, *args, **kwargs):
        def run():
            try:
                return func(*args, **kwargs)
            finally:
                connections.close_all()

        return await database_sync_to_async(run)()

    monkeypatch.setattr(consumer, "in_database", on_the_shared_thread)
    monkeypatch.setattr(space_topic, "in_database", on_the_shared_thread)

    assert await longest_wait_beside_a_locked_one(space, lena) > 1
