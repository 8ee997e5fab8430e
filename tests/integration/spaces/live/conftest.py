"""Sockets: real ones on the running instance, and the hub of this process with fake ones."""

import json

import pytest
import pytest_asyncio

from spaces.live import space_topic
from spaces.live.fragments import EVERYONE, Reader
from spaces.live.hub import get_hub
from spaces.live.socket import Socket

from .page import Pages


@pytest.fixture
def pages(stack):
    pages = Pages(stack.port)
    yield pages
    pages.close()


@pytest_asyncio.fixture
async def hub(transactional_db, redis_server):
    """This process's hub."""
    hub = get_hub()
    yield hub
    await hub.stop()


class Reading:
    """A fake page: reports at once what it gets, unless told to be slow."""

    def __init__(self, *, audience=EVERYONE, user_id=None, person="", reports=True):
        self.frames = []
        self.codes = []
        self.reports = reports
        self.socket = Socket(
            write=self.write,
            close=self.close,
            reader=Reader(audience=audience),
            person=person or f"a{id(self)}",
            user_id=user_id,
        )

    async def write(self, text):
        self.frames.append(json.loads(text))
        if self.reports:
            self.socket.read_so_far(self.socket.sent)

    async def close(self, code):
        self.codes.append(code)

    @property
    def events(self):
        return [frame["event"] for frame in self.frames]


@pytest.fixture
def draws(monkeypatch):
    """Each call of draw_room, by the fragments it was asked for."""
    calls = []
    real = space_topic.draw_room

    def counted(public_id, fragments, readers, present):
        calls.append(set(fragments))
        return real(public_id, fragments, readers, present)

    monkeypatch.setattr(space_topic, "draw_room", counted)
    return calls
