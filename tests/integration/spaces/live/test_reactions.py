"""Reactions: merged in each process, heard by all pages, counted in the database."""

import asyncio
import time
import uuid

import pytest
from django.db import OperationalError

from spaces import actions
from spaces.live.reactions import A_SECOND, AT_ONCE, COUNT_EVERY_S, TELL_EVERY_S
from spaces.models import ReactionCount

from .conftest import Reading


def told(page):
    return [frame["data"] for frame in page.frames if frame["event"] == "reactions"]


def floated(page, reaction, tone="0"):
    return sum(data["counts"].get(reaction, {}).get(tone, 0) for data in told(page))


async def until(is_so):
    async with asyncio.timeout(5):
        while not is_so():  # noqa: ASYNC110 - a fake page has no event to wait for
            await asyncio.sleep(0.02)


async def join(hub, space, **options):
    page = Reading(**options)
    topic = await hub.join_space(space.public_id, page.socket, version=space.version)
    return page, topic


@pytest.fixture
def totals(space):
    return lambda: ReactionCount.objects.filter(space=space).totals()


@pytest.mark.asyncio
async def test_reactions_reach_every_page_merged(hub, space):
    one, topic = await join(hub, space)
    other, _ = await join(hub, space)
    began = time.monotonic()

    for number in range(200):
        topic.reactions.send("applause", number % 2)
        if number % 20 == 0:
            await asyncio.sleep(0.05)
    await until(lambda: floated(one, "applause") + floated(one, "applause", "1") == 200)

    assert floated(other, "applause", "1") == 100
    took = time.monotonic() - began
    # At most four frames a second, and one at each end.
    assert len(told(one)) <= took / TELL_EVERY_S + 2


@pytest.mark.asyncio
async def test_reactions_are_counted_and_the_count_is_told(hub, space):
    page, topic = await join(hub, space)

    topic.reactions.send("heart", 0)
    await until(lambda: told(page))
    for _ in range(3):
        topic.reactions.send("heart", 0)
    topic.reactions.send("wave", 4)
    await until(lambda: told(page)[-1]["totals"] == {"heart": 4, "wave": 1})

    counted = await asyncio.to_thread(lambda: ReactionCount.objects.filter(space=space).totals())
    assert counted == {"heart": 4, "wave": 1}


@pytest.mark.asyncio
async def test_count_is_written_once_a_second_however_many_react(hub, space, monkeypatch):
    writes = []
    count = actions.count_reactions
    monkeypatch.setattr(
        actions, "count_reactions", lambda **given: writes.append(given) or count(**given)
    )
    page, topic = await join(hub, space)
    began = time.monotonic()

    for _ in range(8):
        for _ in range(50):
            topic.reactions.send("laugh", 0)
        await asyncio.sleep(0.05)
    await until(lambda: told(page) and told(page)[-1]["totals"] == {"laugh": 400})

    took = time.monotonic() - began
    assert len(writes) <= took / COUNT_EVERY_S + 2


@pytest.mark.asyncio
async def test_reactions_of_another_process_are_shown(hub, space):
    page, _ = await join(hub, space)

    for tone in ("2", "3"):
        await actions.tell_reactions(
            hub.redis,
            public_id=space.public_id,
            counts={"wave": {tone: 5}},
            totals={"wave": 12 if tone == "3" else 17},
        )
    await until(lambda: floated(page, "wave", "2") == floated(page, "wave", "3") == 5)

    # The later message had counted before the earlier one.
    assert told(page)[-1]["totals"] == {"wave": 17}


@pytest.mark.asyncio
async def test_ended_space_takes_no_reactions(hub, space, hana):
    page, topic = await join(hub, space)
    await asyncio.to_thread(actions.end_space, actor=hana, space=space)

    for _ in range(2):
        # The second is sent before it is counted again.
        topic.reactions.send("heart", 0)
        await asyncio.sleep(TELL_EVERY_S + 0.05)
    await until(lambda: not topic.reactions.uncounted and not topic.reactions.sent)
    await topic.reactions._teller

    assert told(page) == []
    assert await asyncio.to_thread(ReactionCount.objects.count) == 0


@pytest.mark.asyncio
async def test_reactions_are_counted_later_when_the_database_is_away(hub, space, monkeypatch):
    page, topic = await join(hub, space)
    count = actions.count_reactions
    answers = [OperationalError("away")]

    def count_or_fail(**given):
        if answers:
            raise answers.pop()
        return count(**given)

    monkeypatch.setattr(actions, "count_reactions", count_or_fail)

    topic.reactions.send("heart", 0)
    await until(lambda: told(page))

    assert told(page)[-1]["totals"] == {"heart": 1}


@pytest.mark.asyncio
async def test_pages_reactions_are_lost_when_redis_is_away_and_those_after_it_are_not(
    hub, space, monkeypatch
):
    page, topic = await join(hub, space)
    tell = actions.tell_reactions
    answers = [ConnectionError("away")]

    async def tell_or_fail(*given, **named):
        if answers:
            raise answers.pop()
        await tell(*given, **named)

    monkeypatch.setattr(actions, "tell_reactions", tell_or_fail)

    topic.reactions.send("heart", 0)
    await until(lambda: not answers)
    topic.reactions.send("wave", 0)
    await until(lambda: floated(page, "wave") == 1)

    assert floated(page, "heart") == 0


@pytest.mark.asyncio
async def test_page_that_reads_slowly_is_spared_reactions_and_stays(hub, space):
    slow, topic = await join(hub, space, reports=False)
    slow.socket.sent = 40_000

    topic.reactions.send("heart", 0)
    await until(lambda: topic.reactions.totals)

    assert told(slow) == []
    assert slow.socket.behind_since is None


# --- By the socket itself ---


def test_anybody_in_the_room_may_react_and_everybody_sees_it(pages, space, lena, totals):
    visitor, listener = pages.space(space), pages.space(space, user=lena)

    visitor.say(do="react", reaction="celebrate")
    listener.say(do="react", reaction="applause", tone=3)

    for page in (visitor, listener):
        page.wait(lambda frame: "celebrate" in frame.get("data", {}).get("counts", {}))
        page.wait(lambda frame: frame.get("data", {}).get("counts", {}).get("applause") == {"3": 1})
        page.wait(
            lambda frame: frame.get("data", {}).get("totals") == {"celebrate": 1, "applause": 1}
        )
    assert totals() == {"celebrate": 1, "applause": 1}


def test_page_that_sends_too_many_is_heard_so_often_and_told_nothing(pages, space, totals):
    page = pages.space(space)
    began = time.monotonic()

    for _ in range(100):
        page.say(do="react", reaction="heart")
    page.say(do="leave", peer="0" * 32)
    page.wait_event("refused")
    page.wait(lambda frame: frame.get("data", {}).get("totals"))

    refusals = [frame for _, frame in page.frames if frame["event"] == "refused"]
    assert len(refusals) == 1
    assert totals()["heart"] <= AT_ONCE + (time.monotonic() - began) * A_SECOND + 1


# --- Counting ---


@pytest.mark.django_db(transaction=True)
def test_every_reaction_of_all_processes_is_counted(at_once, space, totals):
    """Two rows in one statement, in the order of each caller's own: nobody waits in a circle."""
    kinds = ReactionCount.Reaction.values

    def count(names):
        for _ in range(20):
            actions.count_reactions(public_id=space.public_id, counts=dict.fromkeys(names, 2))

    outcomes = at_once(*[lambda names=names: count(names) for names in (kinds, kinds[::-1]) * 2])

    assert outcomes == [None] * 4
    assert totals() == dict.fromkeys(kinds, 160)


@pytest.mark.django_db
def test_unknown_space_counts_nothing(space):
    assert actions.count_reactions(public_id=uuid.uuid4(), counts={"heart": 1}) == {}
