"""Comments reach pages in batches, and what is lost on the way is found again."""

import asyncio
import uuid

import pytest

from config.threads import in_database
from spaces import actions, comment_data
from spaces.actions import comments
from spaces.live.comments import CommentFeed
from tests.factories import make_user

from .conftest import Reading
from .test_healing import die_after_commit, lose, until


async def post(space, by, body="We lost ours in 2019."):
    return await in_database(
        actions.post_comment, actor=by, space=space, body=body, client_id=uuid.uuid4()
    )


async def come(hub, space):
    reading = Reading()
    topic = await hub.join_space(space.public_id, reading.socket, version=space.version)
    return reading, topic


def batches(reading):
    return [frame["data"] for frame in reading.frames if frame["event"] == "comments"]


def numbers(reading):
    return [item["n"] for batch in batches(reading) for item in batch["items"]]


@pytest.fixture
def reads(monkeypatch):
    """How often the database was asked for what changed."""
    calls = []
    real = comment_data.changes

    def counted(public_id, since):
        calls.append(since)
        return real(public_id, since)

    monkeypatch.setattr("spaces.live.comments.changes", counted)
    return calls


@pytest.mark.asyncio
async def test_comments_of_a_moment_share_a_frame(hub, space, reads):
    first, topic = await come(hub, space)
    second, _topic = await come(hub, space)
    for number in range(1, 6):
        topic.comments.take({"n": number, "rev": number, "id": str(number)})

    await until(lambda: numbers(first) == numbers(second) == [1, 2, 3, 4, 5])

    assert [(batch["from"], batch["to"]) for batch in batches(first)] == [(0, 5)]
    assert reads == []


@pytest.mark.asyncio
async def test_comment_that_is_changed_at_once_is_told_as_it_is_now(hub, space, hana):
    reading, topic = await come(hub, space)
    comment = await post(space, hana)
    await in_database(actions.delete_comment, actor=hana, space=space, comment=comment)

    await until(lambda: topic.comments.revision == 2 and batches(reading))

    assert batches(reading)[-1]["to"] == 2
    assert batches(reading)[-1]["items"][-1]["deleted"]


@pytest.mark.asyncio
async def test_lost_message_is_read_from_the_database_once_for_all(
    hub, space, hana, monkeypatch, reads
):
    readings = [(await come(hub, space))[0] for _ in range(3)]
    with monkeypatch.context() as patch:
        lose(patch)
        await post(space, hana, "Lost")
    await post(space, hana, "Heard")

    await until(lambda: all(numbers(reading) == [1, 2] for reading in readings))

    assert reads == [0]


@pytest.mark.asyncio
async def test_message_that_is_late_is_waited_for(hub, space, hana, reads):
    reading, topic = await come(hub, space)
    late = {"n": 1, "rev": 1, "id": "first"}
    topic.comments.take({"n": 2, "rev": 2, "id": "second"})
    await asyncio.sleep(0.1)
    topic.comments.take(late)

    await until(lambda: numbers(reading) == [1, 2])

    assert reads == []


@pytest.mark.asyncio
async def test_message_that_comes_twice_is_told_once(hub, space, hana):
    reading, topic = await come(hub, space)
    comment = await post(space, hana)
    await until(lambda: numbers(reading) == [1])

    topic.comments.take(comment_data.as_data(comment))
    await asyncio.sleep(0.6)

    assert numbers(reading) == [1]


@pytest.mark.asyncio
async def test_page_is_told_how_far_the_others_are(hub, space, hana):
    """It was drawn before, and asks for what it lacks."""
    await post(space, hana)

    _reading, topic = await come(hub, space)

    assert topic.comments.revision == 1


@pytest.mark.asyncio
async def test_too_much_for_a_frame_makes_pages_ask(hub, space, hana, monkeypatch):
    monkeypatch.setattr("spaces.live.comments.MOST_CHANGES", 3)
    reading, topic = await come(hub, space)
    for number in range(1, 6):
        topic.comments.take({"n": number, "rev": number, "id": str(number)})

    await until(lambda: batches(reading))

    assert batches(reading) == [{"from": 5, "to": 5, "items": []}]


@pytest.mark.asyncio
async def test_page_without_room_is_told_to_ask_and_is_drawn_no_room(hub, space, hana, draws):
    reading, _topic = await come(hub, space)
    slow = Reading(reports=False)
    await hub.join_space(space.public_id, slow.socket, version=space.version)
    slow.socket.sent, slow.socket.acked = 40_000, 0
    draws.clear()

    await post(space, hana)
    await until(lambda: numbers(reading) == [1])
    assert batches(slow) == []
    slow.socket.read_so_far(40_000)
    await until(lambda: batches(slow))

    assert batches(slow) == [{"from": 1, "to": 1, "items": []}]
    assert {"room"} not in draws


@pytest.mark.asyncio
async def test_comments_wait_for_no_stage(hub, space, hana):
    """The Space's row is locked by a change of the stage: a comment goes past it."""
    from django.db import transaction

    from spaces.actions.changes import lock

    reading, _topic = await come(hub, space)
    is_locked, is_told = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def hold():
        with transaction.atomic():
            lock(space)
            loop.call_soon_threadsafe(is_locked.set)
            asyncio.run_coroutine_threadsafe(is_told.wait(), loop).result(timeout=10)

    holding = asyncio.ensure_future(in_database(hold))
    await is_locked.wait()
    await post(space, await in_database(make_user))
    await until(lambda: numbers(reading) == [1])

    is_told.set()
    await holding


@pytest.mark.asyncio
async def test_database_that_is_away_is_asked_again(hub, space, hana, monkeypatch):
    reading, _topic = await come(hub, space)
    fails = [True]
    real = CommentFeed._read

    async def read(feed):
        if fails.pop() if fails else False:
            raise OSError("away")
        return await real(feed)

    monkeypatch.setattr(CommentFeed, "_read", read)
    lose(monkeypatch)
    await post(space, hana)

    await until(lambda: numbers(reading) == [1], within=6)

    assert fails == []


def test_pages_have_the_comment_after_its_publisher_was_killed(pages, space, hana):
    page = pages.space(space, version=space.version)

    die_after_commit(
        comments.post_comment, actor=hana, space=space, body="Kept", client_id=uuid.uuid4()
    )
    _moment, frame = page.wait(lambda frame: frame["event"] == "comments", within=3)

    assert [item["body"] for item in frame["data"]["items"]] == ["Kept"]


def test_page_that_comes_back_learns_how_far_the_comments_are(pages, space, hana):
    actions.post_comment(actor=hana, space=space, body="Before", client_id=uuid.uuid4())

    page = pages.space(space, version=space.version)
    _moment, frame = page.wait(lambda frame: frame["event"] == "welcome", within=3)

    assert frame["data"]["comments"] == 1
