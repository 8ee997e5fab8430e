"""The lists of live Spaces: no page learns of one that is not in its own. No database."""

import asyncio
import uuid
from types import SimpleNamespace

import pytest

from spaces.live import home, home_topic
from spaces.live.board import Board
from spaces.live.home_topic import HomeTopic
from spaces.live.hub import Hub
from spaces.live.socket import Socket

PUBLIC, PRIVATE = uuid.uuid4(), uuid.uuid4()


def drawing():
    return SimpleNamespace(
        html={},
        counts={PUBLIC: 1, PRIVATE: 1},
        stages={PUBLIC: [1], PRIVATE: [2]},
        keys={PUBLIC: 6, PRIVATE: 7},
    )


@pytest.fixture
def topic(monkeypatch):
    """One whose database answers when it is let: `may_draw`."""
    topic = HomeTopic(Hub())
    topic.may_draw = asyncio.Event()

    async def answer(func, *args, **options):
        if func is home_topic.read_board:
            return Board([], ())
        if func is home.look_up:
            return [reader for _user, reader in args[0]]
        await topic.may_draw.wait()
        return drawing()

    monkeypatch.setattr(home_topic, "in_database", answer)
    return topic


@pytest.fixture
def page(topic):
    """The texts that a page of nobody's is sent."""
    texts = []

    async def write(text):
        texts.append(text)

    async def close(code):
        pass

    topic.sockets.add(Socket(write=write, close=close, reader=home.ListReader(listed=(6,))))
    return texts


@pytest.mark.asyncio
async def test_private_spaces_count_stays_private_while_the_list_is_drawn_anew(topic, page):
    topic.may_draw.set()
    await topic.draw_full(set())
    topic.may_draw.clear()
    applying = asyncio.create_task(topic.apply([]))
    await asyncio.sleep(0)

    # Asked for before the news came.
    await topic.show_counts({PUBLIC: 2, PRIVATE: 2})
    topic.may_draw.set()
    applying.cancel()

    assert str(PRIVATE) not in "".join(page)


@pytest.mark.asyncio
async def test_private_spaces_count_stays_private_while_others_are_told(topic, page, monkeypatch):
    topic.may_draw.set()
    await topic.draw_full(set())
    monkeypatch.setattr(home_topic, "BATCH", 1)
    [first] = topic.sockets
    topic.sockets.add(
        Socket(write=first.write, close=first.close, reader=home.ListReader(topic="x", listed=(6,)))
    )

    telling = asyncio.create_task(topic.show_counts({PUBLIC: 2, PRIVATE: 2}))
    topic.may_draw.clear()
    applying = asyncio.create_task(topic.apply([]))
    await telling
    applying.cancel()

    assert len(page) == 2
    assert str(PRIVATE) not in "".join(page)
