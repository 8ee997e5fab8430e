"""What a lost message leaves stale, the hub draws anew: once, for all."""

import asyncio
import os
import time

import pytest
from django.db import connections, transaction

from config import news
from config.threads import in_database
from spaces import actions, events
from spaces.live.hub import KEEP_CHANNEL
from spaces.live.socket import CLOSE_LOOK_AGAIN
from tests.factories import make_participant, make_request, make_user
from tests.waiting import until

from .conftest import Reading


def lose(monkeypatch):
    """The publisher dies between commit and publish."""
    monkeypatch.setattr("config.news._send", lambda messages: None)


@pytest.mark.asyncio
async def test_gap_is_one_render_for_2000_sockets(hub, space, hana, monkeypatch, draws):
    readings = [Reading() for _ in range(2000)]
    for reading in readings:
        await hub.join_space(space.public_id, reading.socket, version=space.version)
    await asyncio.sleep(1.2)
    draws.clear()
    lose(monkeypatch)

    await in_database(actions.open_microphone, actor=hana, space=space)
    await in_database(actions.mute_microphone, actor=hana, space=space)
    await until(lambda: all("resync" in reading.events for reading in readings))

    assert draws.count({"room"}) == 1
    assert all(reading.events.count("resync") == 1 for reading in readings)


@pytest.mark.asyncio
async def test_2000_pages_that_come_back_share_one_render(hub, space, draws):
    readings = [Reading() for _ in range(2000)]

    await asyncio.gather(
        *(hub.join_space(space.public_id, reading.socket, version=0) for reading in readings)
    )

    assert draws.count({"room"}) == 1
    assert all(reading.frames[0]["event"] == "resync" for reading in readings)


@pytest.mark.asyncio
async def test_news_after_a_gap_is_the_whole_room(hub, space, hana, monkeypatch):
    reading = Reading()
    await hub.join_space(space.public_id, reading.socket, version=space.version)
    with monkeypatch.context() as patch:
        lose(patch)
        await in_database(actions.open_microphone, actor=hana, space=space)

    await in_database(actions.mute_microphone, actor=hana, space=space)
    await until(lambda: reading.events[-1:] == ["participant.microphone_changed"])

    resync = next(frame for frame in reading.frames if frame["event"] == "resync")
    assert resync["seq"] == 3
    assert 'id="room"' in resync["html"]


@pytest.fixture
def deaf(monkeypatch):
    """The message that closes a removed person's sockets is lost."""
    monkeypatch.setattr(events, "close_sockets", lambda **_: None)


@pytest.mark.asyncio
async def test_removed_persons_socket_is_closed_without_its_message(hub, space, hana, lena, deaf):
    participant = await in_database(make_participant, space, user=lena)
    removed, other = Reading(user_id=lena.pk), Reading()
    for reading in (removed, other):
        await hub.join_space(space.public_id, reading.socket, version=space.version)

    await in_database(actions.remove_participant, actor=hana, space=space, participant=participant)
    await until(lambda: removed.codes and "participant.removed" in other.events)

    assert (removed.codes, removed.events, other.codes) == ([CLOSE_LOOK_AGAIN], [], [])


@pytest.mark.asyncio
async def test_removal_whose_every_message_is_lost_closes_the_socket(
    hub, space, hana, lena, monkeypatch
):
    participant = await in_database(make_participant, space, user=lena)
    reading = Reading(user_id=lena.pk)
    await hub.join_space(space.public_id, reading.socket, version=space.version)
    lose(monkeypatch)

    await in_database(actions.remove_participant, actor=hana, space=space, participant=participant)

    await until(lambda: reading.codes == [CLOSE_LOOK_AGAIN])


@pytest.mark.asyncio
@pytest.mark.parametrize("others", [0, 1], ids=["the first", "a later one"])
async def test_person_removed_between_door_and_room_is_turned_away(
    hub, space, hana, lena, deaf, others
):
    participant = await in_database(make_participant, space, user=lena)
    for _ in range(others):
        await hub.join_space(space.public_id, Reading().socket, version=space.version)
    await in_database(actions.remove_participant, actor=hana, space=space, participant=participant)
    await until(lambda: all(topic.version > space.version for topic in hub.topics.values()))
    late = Reading(user_id=lena.pk)

    await hub.join_space(space.public_id, late.socket, version=space.version)
    await until(lambda: late.codes)

    assert (late.codes, late.frames) == ([CLOSE_LOOK_AGAIN], [])


@pytest.mark.asyncio
async def test_person_let_back_in_is_not_turned_away(hub, space, hana, lena):
    participant = await in_database(make_participant, space, user=lena)
    topic = await hub.join_space(space.public_id, Reading().socket, version=space.version)
    deed = {"actor": hana, "space": space, "participant": participant}
    await in_database(actions.remove_participant, **deed)
    await until(lambda: topic.barred_users)
    await in_database(actions.restore_participant, **deed)
    await until(lambda: topic.version == space.version + 2)
    back = Reading(user_id=lena.pk)

    await hub.join_space(space.public_id, back.socket, version=topic.version)

    assert back.socket in topic.sockets


@pytest.mark.asyncio
async def test_news_that_comes_twice_or_late_is_told_once(hub, space, hana):
    reading = Reading()
    topic = await hub.join_space(space.public_id, reading.socket, version=space.version)
    await in_database(actions.open_microphone, actor=hana, space=space)
    await until(lambda: "state" in reading.events)
    before = len(reading.frames)

    topic.receive({"seq": 2, "events": []})
    topic.receive({"seq": 1, "events": []})
    await asyncio.sleep(0.1)

    assert len(reading.frames) == before


@pytest.mark.asyncio
async def test_news_of_one_moment_shares_a_draw(hub, space, hana, draws):
    reading = Reading()
    topic = await hub.join_space(space.public_id, reading.socket, version=space.version)
    draws.clear()
    async with topic.lock:
        for act in (actions.open_microphone, actions.mute_microphone, actions.open_microphone):
            await in_database(act, actor=hana, space=space)
        await until(lambda: len(topic.inbox) == 3)

    await until(lambda: reading.events.count("participant.microphone_changed") == 3)

    assert draws.count({"stage"}) == 1
    assert reading.events.count("state") == 1


@pytest.mark.asyncio
async def test_failed_draw_is_made_up_for(hub, space, hana, monkeypatch):
    reading = Reading()
    topic = await hub.join_space(space.public_id, reading.socket, version=space.version)
    with monkeypatch.context() as patch:
        patch.setattr(topic, "draw", None)
        await in_database(actions.open_microphone, actor=hana, space=space)
        await asyncio.sleep(0.2)

    await until(lambda: "resync" in reading.events, within=2)

    assert reading.frames[-1]["seq"] == 2


@pytest.mark.asyncio
async def test_role_decides_what_a_socket_is_shown_from_now_on(hub, space, lena):
    """A page that says it is the crew's is shown what its row says."""
    reading = Reading(audience="crew", user_id=lena.pk)
    await hub.join_space(space.public_id, reading.socket, version=space.version)

    await in_database(make_request, space, user=await in_database(make_user, "asking"))
    await in_database(actions.open_microphone, actor=space.host, space=space)
    await until(lambda: "resync" in reading.events)

    assert all("hx-post" not in frame.get("html", "") for frame in reading.frames)


@pytest.mark.asyncio
async def test_topics_and_people_are_forgotten(hub, space, lena):
    reading = Reading(user_id=lena.pk, person=f"u{lena.pk}")
    topic = await hub.join_space(space.public_id, reading.socket, version=space.version)

    hub.leave(topic, reading.socket, for_good=True)
    await until(lambda: not hub.topics)
    await hub.settle()

    assert hub.sockets_of == {}
    assert hub._subscribed == {KEEP_CHANNEL}


def die_after_commit(act, **arguments):
    """Change rows in a process that is gone before it can tell anybody."""
    child = os.fork()
    if child == 0:
        # The parent's connections stay the parent's.
        for alias in connections:
            del connections[alias]
        news._send = lambda messages: os._exit(0)
        try:
            act(**arguments)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_pages_are_right_after_the_publisher_was_killed(pages, space, hana):
    page = pages.space(space, version=space.version)
    assert transaction.get_autocommit()

    began = time.monotonic()
    die_after_commit(actions.open_microphone, actor=hana, space=space)
    moment, frame = page.wait(lambda frame: frame["event"] == "resync", within=3)

    assert 'data-microphone="open"' in frame["html"]
    assert frame["seq"] == 2
    assert moment - began < 2
