"""Redis goes and comes back: sockets stay, news goes on, web is not started again."""

import asyncio
import time

import pytest
import redis

from config import news
from config.threads import in_database
from spaces import actions, events
from spaces.live import hub as hub_module
from tests.own_redis import OwnRedis
from tests.waiting import wait_until

from .conftest import Reading
from .page import Pages
from .test_healing import until


@pytest.fixture
def own_redis(transactional_db, tmp_path_factory, monkeypatch):
    # A socket's path is short: Linux takes 107 bytes.
    own = OwnRedis(tmp_path_factory.mktemp("r"))
    own.start()
    monkeypatch.setattr("config.news._client", redis.Redis.from_url(own.url, socket_timeout=2))
    yield own
    own.program.stop()


@pytest.fixture
def pages(own_redis, stack):
    """Pages of a web process on that Redis."""
    port = stack.port + 1
    stack.run_web("web-redis", port, REDIS_URL=own_redis.url)
    stack.wait_for_web(port)
    pages = Pages(port)
    yield pages
    pages.close()


def test_sockets_live_through_a_killed_redis(pages, own_redis, space, hana, lena):
    here = [pages.space(space, user=lena, version=space.version), pages.space(space, version=1)]

    own_redis.program.kill()
    actions.open_microphone(actor=hana, space=space)
    # Nobody could be told; the version watch needs no Redis.
    for page in here:
        page.wait(lambda frame: frame.get("seq") == 2, within=2)
    own_redis.start()
    wait_until(lambda: len(own_redis.client.pubsub_channels()) >= 3, within=5)
    began = time.monotonic()
    actions.mute_microphone(actor=hana, space=space)

    for page in here:
        moment, frame = page.wait(lambda frame: frame.get("seq") == 3)
        assert (frame["event"], page.code) == ("state", None)
        assert moment - began < 0.5


def test_presence_is_back_after_redis_lost_it(pages, own_redis, space, hana, lena):
    watcher = pages.space(space, user=hana, version=space.version)
    pages.space(space, user=lena, version=space.version)
    watcher.wait_count(1)

    own_redis.program.kill()
    own_redis.start()

    key = f"rostrum:presence:{space.public_id}"
    wait_until(lambda: own_redis.client.zcard(key) == 2, within=6)


def test_person_is_still_closed_after_redis_came_back(pages, own_redis, space, lena):
    page = pages.space(space, user=lena, version=space.version)
    own_redis.program.kill()
    own_redis.start()
    channel = events.user_channel(lena.pk).encode()
    wait_until(lambda: channel in own_redis.client.pubsub_channels(), within=5)

    news._send({events.user_channel(lena.pk): {"close": 4403, "session": None}})

    assert page.wait_closed(within=1) == 4403


@pytest.mark.asyncio
async def test_idle_hub_keeps_its_subscription(hub, space, hana, monkeypatch):
    """redis-py gives up on a late reply by itself; silence on a subscription is no failure."""
    reading = Reading()
    await hub.join_space(space.public_id, reading.socket, version=space.version)
    pubsub = hub._pubsub
    timeout_s = hub.redis.get_connection_kwargs()["socket_timeout"]

    await asyncio.sleep(timeout_s + 1)

    assert hub._pubsub is pubsub
    monkeypatch.setattr(hub_module, "WATCH_EVERY_S", 60)
    await in_database(actions.open_microphone, actor=hana, space=space)
    await until(lambda: "state" in reading.events, within=0.5)


@pytest.mark.asyncio
async def test_unreadable_news_silences_nobody(hub, space, hana):
    reading = Reading()
    topic = await hub.join_space(space.public_id, reading.socket, version=space.version)
    for text in ("no json", "[]", "{}", '{"seq": "x", "events": []}'):
        await in_database(news.connection().publish, topic.channel, text)
    await asyncio.sleep(0.1)

    await in_database(actions.open_microphone, actor=hana, space=space)

    await until(lambda: reading.frames and reading.frames[-1].get("seq") == 2, within=1.5)
