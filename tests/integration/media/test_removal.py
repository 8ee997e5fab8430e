"""Who is removed from a Space hears and says nothing more there; the others notice nothing."""

import asyncio

import numpy as np
import pytest

from spaces.media.errors import Barred
from spaces.media.node import Offer, PeerFailed
from spaces.media.protocol import Command
from tests.integration.media.hosting import SPACE, Client, now, running, tone, until

STAGE = {"hana": True, "sami": True}


@pytest.mark.asyncio
async def test_removed_listener_hears_nothing_more_and_the_others_no_gap(hosted):
    await hosted.node.set_stage(SPACE, STAGE)
    lena, otto = await hosted.listener("lena", "lena"), await hosted.listener("otto", "otto")
    hana = await hosted.speaker("hana-up", "hana")
    talking = asyncio.create_task(hana.say(tone(440, 3)))
    await asyncio.sleep(1)

    await hosted.node.set_stage(SPACE, STAGE, {"lena"})
    removed_at = now()
    await talking

    assert PeerFailed("lena") in hosted.events
    assert lena.frames_since(removed_at - 0.1) != []
    assert lena.frames_since(removed_at + 0.1) == []
    assert (np.diff([number for number, _, _ in otto.packets]) & 0xFFFF == 1).all()
    assert len(otto.frames_since(removed_at)) > 50


@pytest.mark.asyncio
async def test_removed_speaker_is_neither_heard_nor_hears(hosted):
    await hosted.node.set_stage(SPACE, STAGE)
    otto = await hosted.listener("otto")
    sami, sami_down = (
        await hosted.speaker("sami-up", "sami"),
        await hosted.listener("sami", "sami"),
    )
    talking = asyncio.create_task(sami.say(tone(440, 2)))
    await asyncio.sleep(1)

    await hosted.node.set_stage(SPACE, {"hana": True}, {"sami"})
    removed_at = now()
    await talking

    assert sami_down.frames_since(removed_at + 0.1) == []
    assert max(np.abs(frame).max() for frame in otto.frames_since(removed_at + 0.1)) < 100
    assert hosted.node.load().microphones == 0


@pytest.mark.asyncio
@pytest.mark.parametrize("ask", ["listen", "speak"])
async def test_removed_person_who_asks_again_is_refused_for_good(hosted, ask):
    await hosted.node.set_stage(SPACE, STAGE, {"sami"})

    with pytest.raises(Barred) as refused:
        await getattr(hosted.node, ask)(SPACE, "peer", "sami")

    assert not refused.value.retryable
    assert hosted.node.peers_in(SPACE) == 0


@pytest.mark.asyncio
async def test_person_let_back_in_hears_again(hosted):
    await hosted.node.set_stage(SPACE, STAGE, {"lena"})
    await hosted.node.set_stage(SPACE, STAGE)

    lena = await hosted.listener("lena", "lena")

    await until(lambda: len(lena.packets) > 10)


@pytest.mark.asyncio
async def test_removed_person_loses_every_connection_and_nobody_else_any(hosted):
    await hosted.node.set_stage(SPACE, STAGE)
    await hosted.speaker("sami-up", "sami")
    for name, person in (
        ("sami-1", "sami"),
        ("sami-2", "sami"),
        ("lena", "lena"),
        ("nobody", None),
    ):
        await hosted.listener(name, person)

    hosted.node.remove(SPACE, "sami")

    await until(lambda: hosted.node.peers_in(SPACE) == 2)
    gone = {event.peer for event in hosted.events if isinstance(event, PeerFailed)}
    assert gone == {"sami-up", "sami-1", "sami-2"}


@pytest.mark.asyncio
async def test_who_was_shown_out_hears_again_when_they_come_in_again(hosted):
    """The door of a private Space shut on them, and opened again."""
    await hosted.node.set_stage(SPACE, STAGE)
    await hosted.listener("lena-1", "lena")
    hosted.node.remove(SPACE, "lena")

    lena = await hosted.listener("lena-2", "lena")

    await until(lambda: len(lena.packets) > 10)


@pytest.mark.asyncio
async def test_command_to_remove_somebody_is_followed_at_once(redis):
    """Before anything in the database says so: their invitation may have been taken back."""
    async with running(redis) as process:
        await process.ask("listen", space=SPACE, peer="p", person="lena")
        await process.news()

        await process.send("node-1", Command(command="remove", space=SPACE, person="lena"))

        failed = await process.news()
        assert (failed["event"], failed["peer"]) == ("failed", "p")


@pytest.mark.asyncio
async def test_removal_that_the_node_was_not_told_of_ends_the_sound_too(redis):
    """A lost command heals: the node looks at the version each second."""
    async with running(redis) as process:
        await process.ask("listen", space=SPACE, peer="p", person="lena")
        lena = Client(process.service.node)
        await lena.answer(Offer("p", (await process.news())["sdp"]))
        assert (await process.news())["event"] == "connected"

        process.stages.change(SPACE, hana=True, barred={"lena"})

        failed = await process.news()
        assert (failed["event"], failed["peer"]) == ("failed", "p")
        await until(lambda: process.service.node.peers_in(SPACE) == 0, 1)
        await lena.close()


@pytest.mark.asyncio
async def test_removed_person_is_told_no_by_the_process_too(redis):
    async with running(redis) as process:
        process.stages.change(SPACE, hana=True, barred={"lena"})

        await process.ask("listen", space=SPACE, peer="p", person="lena")

        refused = await process.news()
        assert (refused["event"], refused["retryable"]) == ("refused", False)


@pytest.mark.asyncio
async def test_person_let_back_in_a_moment_ago_may_listen(redis):
    async with running(redis) as process:
        process.stages.change(SPACE, hana=True, barred={"lena"})
        await process.ask("listen", space=SPACE, peer="p", person="lena")
        await process.news()
        process.stages.change(SPACE, hana=True)

        await process.ask("listen", space=SPACE, peer="q", person="lena")

        assert (await process.news())["event"] == "offer"
