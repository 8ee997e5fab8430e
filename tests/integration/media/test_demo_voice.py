import asyncio

import pytest
from django.core.management import CommandError, call_command

from spaces.cancelling import end
from spaces.media import demo_voice
from spaces.media.demo_voice import DemoVoice, Seat
from spaces.media.node import (
    Offer,
)
from tests.integration.media.hosting import (
    NETWORK,
    SPACE,
    Client,
    Process,
    running,
    until,
)


def test_demo_voice_is_for_demo_mode_only():
    with pytest.raises(CommandError, match="demo mode only"):
        call_command("rundemovoice")


def voice_for(process: Process) -> DemoVoice:
    return DemoVoice(
        Seat(SPACE, "hana"),
        layer=process.layer,
        place=process.registry.place,
        send=process.send,
        network=NETWORK,
    )


@pytest.mark.asyncio
async def test_demo_voice_is_heard(redis):
    async with running(redis) as process:
        speaking = asyncio.create_task(voice_for(process).run())
        await process.ask("listen", space=SPACE, peer="p")
        lena = Client(process.service.node)
        await lena.answer(Offer("p", (await process.news())["sdp"]))

        await until(lambda: len(lena.packets) > 25 and lena.heard(25).std() > 500, 8)

        await end([speaking])
        await lena.close()


@pytest.mark.asyncio
async def test_demo_voice_gives_way_to_the_person_and_comes_back(redis, monkeypatch):
    await asyncio.to_thread(demo_voice.prepared_packets)
    monkeypatch.setattr(demo_voice, "RETRY_S", 0.1)
    async with running(redis) as process:
        speaking = asyncio.create_task(voice_for(process).run())
        node = process.service.node

        def who_speaks() -> str:
            ups = node._rooms[SPACE].ups if SPACE in node.spaces else {}
            return ups["hana"].name if "hana" in ups else ""

        await until(lambda: who_speaks().startswith("demo-voice"))
        await process.ask("speak", space=SPACE, peer="browser", person="hana")
        await process.news()
        await asyncio.sleep(0.5)
        assert who_speaks() == "browser"

        await process.ask("leave", peer="browser")

        await until(lambda: who_speaks().startswith("demo-voice"), 4)
        await end([speaking])
