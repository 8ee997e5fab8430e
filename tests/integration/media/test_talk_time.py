"""How long each person was heard, from the node's ears to the crew's pages."""

import asyncio
import json
from dataclasses import replace

import numpy as np
import pytest
from django.db import DatabaseError

from spaces.events import space_channel
from spaces.media import service
from spaces.media.node import Offer, Talked
from spaces.media.opus import FRAME, Encoder
from tests.integration.media.hosting import SPACE, Client, running, until
from tests.speech import speech

SECOND = 50  # packets


def words(seconds: float) -> list[bytes]:
    """From Sami's third second on, where no pause is long enough to count."""
    frames, encoder = speech("sami").reshape(-1, FRAME)[2 * SECOND :], Encoder()
    return [encoder.encode(frame) for frame in frames[: int(seconds * SECOND)]]


def silence(seconds: float) -> list[bytes]:
    return [Encoder().encode(np.zeros(FRAME, np.int16))] * int(seconds * SECOND)


def heard_s(events, person):
    return sum(event.ms.get(person, 0) for event in events if isinstance(event, Talked)) / 1000


@pytest.mark.asyncio
async def test_person_who_talks_three_seconds_of_five_has_three(hosted):
    await hosted.node.set_stage(SPACE, {"hana": True, "sami": True})
    hana, sami = await hosted.speaker("hana-up", "hana"), await hosted.speaker("sami-up", "sami")

    await asyncio.gather(hana.say(silence(1) + words(3) + silence(1)), sami.say(silence(5)))
    await hosted.node.close(SPACE)

    assert heard_s(hosted.events, "hana") == pytest.approx(3, abs=0.5)
    assert heard_s(hosted.events, "sami") == 0


@pytest.mark.asyncio
async def test_talk_until_the_microphone_is_closed_counts(hosted):
    await hosted.node.set_stage(SPACE, {"hana": True})
    hana = await hosted.speaker("hana-up", "hana")
    await hana.say(words(1.5))

    await hosted.node.set_stage(SPACE, {"hana": False})
    await hosted.node.set_stage(SPACE, {"hana": True})
    await hosted.node.close(SPACE)

    assert heard_s(hosted.events, "hana") == pytest.approx(1.5, abs=0.3)


async def talk(process, seconds=1.0):
    await process.ask("speak", space=SPACE, peer="p", person="hana")
    client = Client(process.service.node)
    await client.answer(Offer("p", (await process.news())["sdp"]))
    await process.news()
    await client.say(words(seconds))
    return client


@pytest.mark.asyncio
async def test_total_goes_to_the_database_and_to_the_crew_alone(redis):
    async with running(redis) as process:
        stage = process.stages.stages[SPACE]
        process.stages.stages[SPACE] = replace(stage, talk_ms={"hana": 60_000})
        pubsub = redis.pubsub(ignore_subscribe_messages=True)
        await pubsub.subscribe(space_channel(SPACE))

        client = await talk(process)

        told = []
        async with asyncio.timeout(10):
            # It is told every few seconds, so perhaps in the middle of her words too.
            while not told or told[-1]["ms"]["hana"] < 60_700:
                message = json.loads((await anext(pubsub.listen()))["data"])
                if message.get("event") == "talk_times":
                    told.append(message)
        assert {message["audience"] for message in told} == {"crew"}
        assert told[-1]["ms"]["hana"] <= 61_300
        await pubsub.aclose()
        await client.close()


@pytest.mark.asyncio
async def test_database_whose_answers_are_lost_counts_nothing_twice(redis, monkeypatch):
    monkeypatch.setattr(service, "TALK_EVERY_S", 0.1)
    asked = []
    async with running(redis) as process:

        def keep_and_lose_the_answer(totals):
            asked.append(totals)
            kept = process.stages.keep_talk_times(totals)
            if len(asked) < 3:
                raise DatabaseError
            return kept

        database = process.service._database
        process.service._database = replace(database, keep_talk_times=keep_and_lose_the_answer)

        client = await talk(process)
        await until(lambda: len(asked) >= 3, 6)
        await client.close()

    assert process.stages.talk_ms["hana"] == pytest.approx(1_000, abs=300)


@pytest.mark.asyncio
async def test_last_words_before_a_stop_are_kept(redis, monkeypatch):
    monkeypatch.setattr(service, "TALK_EVERY_S", 60)
    async with running(redis) as process:
        client = await talk(process)
        await client.close()

    assert process.stages.talk_ms["hana"] == pytest.approx(1_000, abs=300)
