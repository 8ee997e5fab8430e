"""A page that does not read costs the server a window of bytes and the other pages nothing."""

import asyncio
import json
import time

import pytest

from config import news
from config.threads import in_database
from spaces import actions, events
from spaces.live import topic
from spaces.live.socket import CLOSE_RESYNC, PASSING_WINDOW, WINDOW

from .conftest import Reading
from .test_healing import until


def toggle(space, hana, times):
    for number in range(times):
        act = actions.mute_microphone if number % 2 else actions.open_microphone
        act(actor=hana, space=space)


def chatter(space, times):
    """Passing signals, as a media node sends them."""
    message = json.dumps({"event": "talking", "levels": {"x" * 300: 0.5}})
    for _ in range(times):
        news.connection().publish(events.space_channel(space.public_id), message)


def test_page_that_reports_nothing_is_sent_a_window(pages, space, hana):
    slow = pages.space(space, version=space.version, reports=False)
    quick = pages.space(space, version=space.version)

    toggle(space, hana, 40)
    quick.wait(lambda frame: frame.get("seq") == 41)
    time.sleep(0.5)

    assert WINDOW / 2 < slow.read_bytes <= WINDOW
    assert quick.read_bytes > WINDOW


def test_passing_signals_leave_room_for_state(pages, space, hana):
    slow = pages.space(space, version=space.version, reports=False)
    chatter(space, 300)
    time.sleep(0.5)
    talking = [len(json.dumps(frame)) for _, frame in slow.frames if frame["event"] == "talking"]
    assert PASSING_WINDOW / 2 < sum(talking) <= PASSING_WINDOW

    actions.open_microphone(actor=hana, space=space)

    slow.wait_event("participant.microphone_changed", within=1)


def test_page_that_reads_again_gets_one_whole_room(pages, space, hana):
    slow = pages.space(space, version=space.version, reports=False)
    quick = pages.space(space, version=space.version)
    toggle(space, hana, 41)
    quick.wait(lambda frame: frame.get("seq") == 42)
    time.sleep(0.3)
    before = slow.seen

    slow.say(do="heartbeat", read=slow.read_bytes)

    frame = slow.wait_event("resync", after=before, within=1)
    assert frame["seq"] == 42
    assert 'data-microphone="open"' in frame["html"]
    time.sleep(0.3)
    assert [frame["event"] for _, frame in slow.frames[before:]].count("resync") == 1


@pytest.mark.asyncio
async def test_page_that_never_reads_is_closed_to_come_back(hub, space, hana, monkeypatch):
    monkeypatch.setattr(topic, "BEHIND_LIMIT_S", 1.5)
    slow, quick = Reading(reports=False), Reading()
    for reading in (slow, quick):
        await hub.join_space(space.public_id, reading.socket, version=space.version)
    await in_database(toggle, space, hana, 40)
    await until(lambda: slow.socket.behind_since is not None)
    began = time.monotonic()

    # A page that only says it lives is not one that reads.
    while not slow.codes:
        assert time.monotonic() - began < 4
        slow.socket.read_so_far(0)
        await asyncio.sleep(0.1)

    assert slow.codes == [CLOSE_RESYNC]
    assert slow.socket.sent <= WINDOW
    assert quick.codes == []
    await in_database(actions.open_microphone, actor=hana, space=space)
    await until(lambda: quick.frames[-1].get("seq") == 42)
