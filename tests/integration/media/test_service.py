import asyncio
import time

import pytest

from spaces.media.clock import LoadGauge
from spaces.media.node import (
    Offer,
)
from spaces.media.protocol import Command, channel_of
from spaces.media.registry import PREFIX, Registry
from spaces.media.service import RECONCILE_EVERY_S
from tests.integration.media.hosting import (
    SPACE,
    Client,
    load,
    running,
    tone,
    until,
)


@pytest.mark.asyncio
async def test_listen_is_answered_with_an_offer_and_then_connected(redis):
    async with running(redis) as process:
        await process.ask("listen", space=SPACE, peer="p")
        offer = await process.news()
        client = Client(process.service.node)
        await client.answer(Offer("p", offer["sdp"]))

        connected = await process.news()

        assert (offer["event"], offer["kind"]) == ("offer", "listen")
        assert (connected["event"], connected["peer"]) == ("connected", "p")
        assert await process.registry.living() != {}
        await client.close()


class Overloaded(LoadGauge):
    """What a gauge is after some seconds of too much work."""

    def rest(self) -> None:
        super().rest()
        self.is_overloaded = True


@pytest.mark.asyncio
async def test_space_that_an_overloaded_node_refuses_finds_another_home(redis):
    async with running(redis, gauge=Overloaded()) as process:
        await redis.set(f"{PREFIX}space:{SPACE}", "node-1")

        await process.ask("listen", space=SPACE, peer="p")
        refused = await process.news()

        await process.registry.beat("node-2", load())
        assert (refused["event"], refused["retryable"]) == ("refused", True)
        assert await process.registry.place(SPACE) == "node-2"


@pytest.mark.asyncio
async def test_crowd_is_told_that_it_joins_and_then_let_in(redis):
    async with running(redis, joins_per_s=5) as process:
        for number in range(8):
            await process.ask("listen", space=SPACE, peer=f"p{number}")

        told, offered = [], []
        while len(offered) < 8:
            message = await process.news()
            (told if message["event"] == "joining" else offered).append(message["peer"])

        assert offered == [f"p{number}" for number in range(8)]
        assert set(told) == {f"p{number}" for number in range(1, 8)}


@pytest.mark.asyncio
async def test_person_on_stage_does_not_wait_behind_the_crowd(redis):
    async with running(redis, joins_per_s=2) as process:
        for number in range(8):
            await process.ask("listen", space=SPACE, peer=f"p{number}")

        await process.ask("listen", space=SPACE, peer="hana-down", person="hana")

        news = [await process.news() for _ in range(9)]
        assert ("offer", "hana-down") in [(told["event"], told["peer"]) for told in news]
        assert len([told for told in news if told["event"] == "offer"]) < 4


@pytest.mark.asyncio
async def test_space_that_is_not_live_is_refused(redis):
    async with running(redis) as process:
        await process.ask("listen", space="ended", peer="p")

        refused = await process.news()

        assert refused["event"] == "refused"
        assert "not live" in refused["message"]
        assert refused["retryable"] is False


@pytest.mark.asyncio
async def test_person_promoted_a_moment_ago_may_speak(redis):
    async with running(redis) as process:
        await process.ask("listen", space=SPACE, peer="p")
        await process.news()
        process.stages.change(SPACE, hana=True, sami=True)

        await process.ask("speak", space=SPACE, peer="q", person="sami")

        assert (await process.news())["event"] == "offer"


@pytest.mark.asyncio
async def test_stage_follows_the_database_without_a_hint(redis):
    async with running(redis) as process:
        await process.ask("speak", space=SPACE, peer="p", person="hana")
        await process.news()
        room = process.service.node._rooms[SPACE]
        assert room.mixer.microphones.keys() == {"hana"}

        process.stages.change(SPACE, hana=False)

        await until(lambda: not room.mixer.microphones, 1.5)


@pytest.mark.asyncio
async def test_hint_is_followed_at_once(redis):
    async with running(redis) as process:
        await process.ask("speak", space=SPACE, peer="p", person="hana")
        await process.news()
        room = process.service.node._rooms[SPACE]
        process.stages.change(SPACE, hana=False)

        await process.send("node-1", Command(command="stage", space=SPACE))

        await until(lambda: not room.mixer.microphones, 0.2)


@pytest.mark.asyncio
async def test_ended_space_is_closed_and_its_peers_are_told(redis):
    async with running(redis) as process:
        await process.ask("listen", space=SPACE, peer="p")
        await process.news()

        del process.stages.stages[SPACE]

        assert (await process.news())["event"] == "failed"
        assert process.service.node.spaces == []


@pytest.mark.asyncio
async def test_empty_space_is_closed_after_a_while(redis):
    async with running(redis, idle_space_s=0.5) as process:
        await process.ask("listen", space=SPACE, peer="p")
        await process.news()
        await process.ask("leave", peer="p")

        await until(lambda: process.service.node.spaces == [], 4)


@pytest.mark.asyncio
async def test_malformed_commands_do_not_disturb(redis):
    async with running(redis) as process:
        for message in ({}, {"type": "media.command"}, {"type": "media.command", "command": []}):
            await process.layer.send(channel_of("node-1"), message)
        await process.ask("answer", peer="nobody", sdp="v=0")
        refused = await process.news()
        await process.ask("listen", space=SPACE, peer="p")

        assert refused["event"] == "refused"
        assert (await process.news())["event"] == "offer"


@pytest.mark.asyncio
async def test_node_comes_back_after_redis_forgot_everything(redis):
    async with running(redis) as process:
        await process.registry.place(SPACE)
        await process.ask("listen", space=SPACE, peer="p")
        await process.news()

        await redis.flushdb()

        await asyncio.sleep(RECONCILE_EVERY_S + 1)

        assert await process.registry.node_of(SPACE) == "node-1"
        assert process.service.node.peers_in(SPACE) == 1


@pytest.mark.asyncio
async def test_space_that_moved_elsewhere_is_given_up(redis):
    async with running(redis) as process:
        await process.ask("listen", space=SPACE, peer="p")
        await process.news()
        await process.registry.beat("node-2", load())
        await redis.set(f"{PREFIX}space:{SPACE}", "node-2")

        assert (await process.news())["event"] == "failed"


@pytest.mark.asyncio
async def test_stop_takes_the_heartbeat_back_quickly(redis):
    async with running(redis) as process:
        await process.ask("listen", space=SPACE, peer="p")
        await process.news()
        stopped_at = time.monotonic()
    assert time.monotonic() - stopped_at < 2
    assert await Registry(redis).living() == {}


@pytest.mark.asyncio
async def test_talking_is_published_for_the_hub(redis):
    async with running(redis) as process:
        pubsub = redis.pubsub(ignore_subscribe_messages=True)
        await pubsub.subscribe(f"rostrum:live:space:{SPACE}")
        await process.ask("speak", space=SPACE, peer="p", person="hana")
        client = Client(process.service.node)
        await client.answer(Offer("p", (await process.news())["sdp"]))
        await process.news()

        await client.say(tone(440, 1))

        message = await pubsub.get_message(timeout=1) or await pubsub.get_message(timeout=1)
        assert message is not None
        assert message["data"].startswith('{"event": "talking", "levels": {"hana": 0.')
        await pubsub.aclose()
        await client.close()
