"""RTP that leaves a node for a UDP address: decoded as it arrives."""

import asyncio
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from spaces.media import forward as forwarding
from spaces.media.errors import SpaceNotOpen
from spaces.media.forward import KEY_BYTES, ForwardRefused, Target
from spaces.media.node import PeerFailed
from spaces.media.opus import FRAME
from tests.integration.media.hosting import SPACE, Hosted, power_at, running, tone, until
from tests.integration.media.receiver import Receiver


@pytest.fixture
def receivers() -> Iterator[list[Receiver]]:
    made: list[Receiver] = []
    yield made
    for receiver in made:
        receiver.close()


def receiver_of(
    hosted: Hosted,
    receivers: list[Receiver],
    person: str | None,
    name: str = "forward",
    *,
    key: bytes | None = None,
) -> Receiver:
    receivers.append(Receiver(key))
    hosted.node.forward(name, SPACE, person, receivers[-1].target)
    return receivers[-1]


@pytest.mark.asyncio
async def test_mix_arrives_as_the_audience_hears_it(hosted, receivers):
    await hosted.node.set_stage(SPACE, {"hana": True, "sami": True})
    lena = await hosted.listener("lena-down")
    hana, sami = await hosted.speaker("hana-up", "hana"), await hosted.speaker("sami-up", "sami")
    mix = receiver_of(hosted, receivers, None)

    await asyncio.gather(hana.say(tone(440, 1.5)), sami.say(tone(1000, 1.5)))

    heard = mix.sound()[-FRAME * 40 :]
    assert power_at(heard, 440) > 1500
    assert power_at(heard, 1000) > 1500
    forwarded = [payload for *_, payload in mix.packets]
    listened = [payload for *_, payload in lena.packets][-40:-2]
    begins = (at for at in range(len(forwarded)) if forwarded[at] == listened[0])
    assert any(forwarded[at : at + len(listened)] == listened for at in begins)


@pytest.mark.asyncio
async def test_mix_goes_on_while_speakers_come_and_go(hosted, receivers):
    mix = receiver_of(hosted, receivers, None)
    await hosted.node.set_stage(SPACE, {"hana": True, "sami": True})
    hana = await hosted.speaker("hana-up", "hana")
    await hana.say(tone(440, 0.5))
    await hosted.node.leave("hana-up")
    sami = await hosted.speaker("sami-up", "sami")
    await sami.say(tone(1000, 0.5))
    await hosted.node.set_stage(SPACE, {"hana": True})
    await asyncio.sleep(0.3)

    packets = mix.read()

    assert len({ssrc for ssrc, *_ in packets}) == 1
    for (_, sequence, timestamp, _), (_, next_sequence, next_timestamp, _) in pairwise(packets):
        steps = (next_sequence - sequence) & 0xFFFF
        assert steps >= 1
        assert next_timestamp - timestamp == steps * FRAME
    sound = mix.sound()
    frames = sound[: sound.size // (FRAME * 20) * FRAME * 20].reshape(-1, FRAME * 20)
    assert max(power_at(frame, 440) for frame in frames) > 1500
    assert max(power_at(frame, 1000) for frame in frames) > 1500
    assert np.abs(sound[-FRAME * 5 :]).max() < 100


@pytest.mark.asyncio
async def test_one_speakers_packets_arrive_as_they_were_sent(hosted, receivers):
    await hosted.node.set_stage(SPACE, {"hana": True, "sami": True})
    hana, sami = await hosted.speaker("hana-up", "hana"), await hosted.speaker("sami-up", "sami")
    only_hana = receiver_of(hosted, receivers, "hana")
    said = tone(440, 1)

    await asyncio.gather(hana.say(said), sami.say(tone(1000, 1)))
    await until(lambda: len(only_hana.read()) >= len(said) - 1)

    # aiortc may still hold the last one.
    assert [payload for *_, payload in only_hana.packets] == said[: len(only_hana.packets)]
    assert power_at(only_hana.sound(), 1000) < power_at(only_hana.sound(), 440) / 50


@pytest.mark.asyncio
async def test_muted_speaker_is_not_forwarded_and_comes_back(hosted, receivers):
    await hosted.node.set_stage(SPACE, {"hana": False})
    hana = await hosted.speaker("hana-up", "hana")
    only_hana = receiver_of(hosted, receivers, "hana")

    await hana.say(tone(440, 0.4))
    while_muted = len(only_hana.read())
    await hosted.node.set_stage(SPACE, {"hana": True})
    await hana.say(tone(440, 0.4))

    assert while_muted == 0
    assert len(only_hana.read()) >= 18


@pytest.mark.asyncio
async def test_new_connection_of_a_speaker_goes_on_as_a_new_source(hosted, receivers):
    await hosted.node.set_stage(SPACE, {"hana": True})
    only_hana = receiver_of(hosted, receivers, "hana")
    first = await hosted.speaker("hana-1", "hana")
    await first.say(tone(440, 0.3))

    second = await hosted.speaker("hana-2", "hana")
    await second.say(tone(440, 0.3))

    assert len({ssrc for ssrc, *_ in only_hana.read()}) == 2


@pytest.mark.asyncio
async def test_forward_with_a_key_is_srtp(hosted, receivers):
    await hosted.node.set_stage(SPACE, {"hana": True})
    hana = await hosted.speaker("hana-up", "hana")
    mix = receiver_of(hosted, receivers, None, "mix", key=b"k" * KEY_BYTES)
    only_hana = receiver_of(hosted, receivers, "hana", "hana", key=b"l" * KEY_BYTES)

    await hana.say(tone(440, 0.8))

    assert power_at(mix.sound()[-FRAME * 20 :], 440) > 2000
    assert power_at(only_hana.sound()[-FRAME * 20 :], 440) > 2000


@pytest.mark.asyncio
async def test_forward_to_another_machine_in_the_clear_is_refused():
    with pytest.raises(ForwardRefused, match="SRTP key"):
        Target("192.0.2.7", 5004)


@pytest.mark.asyncio
async def test_forward_of_a_space_that_is_not_open_is_refused(hosted):
    with pytest.raises(SpaceNotOpen):
        hosted.node.forward("f", "ended", None, Target("127.0.0.1", 5004))


@pytest.mark.asyncio
async def test_stopped_forward_sends_nothing_more(hosted, receivers):
    mix = receiver_of(hosted, receivers, None)
    await until(lambda: len(mix.read()) > 5)

    hosted.node.stop_forward("forward")

    stopped_at = len(mix.read())
    await asyncio.sleep(0.2)
    assert len(mix.read()) == stopped_at


@pytest.mark.asyncio
async def test_forward_that_nobody_asks_for_again_ends_and_says_so(hosted, receivers, monkeypatch):
    monkeypatch.setattr(forwarding, "LEASE_S", 0.5)
    mix = receiver_of(hosted, receivers, None)

    await until(lambda: PeerFailed("forward") in hosted.events)

    ended_at = len(mix.read())
    await asyncio.sleep(0.1)
    assert ended_at > 20
    assert len(mix.read()) == ended_at


@pytest.mark.asyncio
async def test_forward_ends_with_its_space_and_says_so(hosted, receivers):
    receiver_of(hosted, receivers, None)

    await hosted.node.close(SPACE)

    assert PeerFailed("forward") in hosted.events


@pytest.mark.asyncio
async def test_forward_is_asked_for_by_a_command(redis, receivers):
    receivers.append(Receiver(b"k" * KEY_BYTES))
    target = receivers[0].target
    where = {"host": target.host, "port": target.port, "key": target.key}
    async with running(redis) as process:
        await process.ask("forward", space=SPACE, peer="captions", **where)

        news = await process.news()

        assert (news["event"], news["kind"]) == ("forwarding", "forward")
        await until(lambda: len(receivers[0].read()) > 5)
        await process.ask("stop_forward", peer="captions")
        await asyncio.sleep(0.1)
        stopped_at = len(receivers[0].read())
        await asyncio.sleep(0.2)
        assert len(receivers[0].read()) == stopped_at


@pytest.mark.asyncio
async def test_forward_in_the_clear_is_refused_by_the_command_too(redis):
    async with running(redis) as process:
        await process.ask("forward", space=SPACE, peer="captions", host="192.0.2.7", port=5004)

        refused = await process.news()

        assert refused["event"] == "refused"
        assert "SRTP key" in refused["message"]
