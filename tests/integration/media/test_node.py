import asyncio
import time

import numpy as np
import pytest

from spaces.media.clock import LoadGauge
from spaces.media.errors import (
    MediaError,
    NodeFull,
    NotOnStage,
    SeatTaken,
    SpaceNotOpen,
    UnknownPeer,
)
from spaces.media.fanout.fake import FakeFanOut
from spaces.media.node import (
    MediaNode,
    NodeLoad,
    NodeSettings,
    PeerConnected,
    PeerFailed,
    PeerReplaced,
    Talking,
)
from spaces.media.opus import FRAME, RATE_HZ, Encoder
from tests.integration.media.hosting import (
    NETWORK,
    SPACE,
    hosting,
    now,
    power_at,
    tone,
    until,
)
from tests.speech import speech

# --- Sound ---


@pytest.mark.asyncio
async def test_tone_of_a_speaker_arrives_at_a_listener(hosted):
    await hosted.node.set_stage(SPACE, {"hana": True})
    lena = await hosted.listener("lena-down")
    hana = await hosted.speaker("hana-up", "hana")

    await hana.say(tone(440, 2))

    heard = lena.heard(50)
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(heard.size)))
    assert np.argmax(spectrum) * RATE_HZ / heard.size == pytest.approx(440, abs=2)
    assert heard.astype(float).std() == pytest.approx(8000 / 2**0.5, rel=0.15)
    assert any(isinstance(event, Talking) for event in hosted.events)


@pytest.mark.asyncio
async def test_speakers_hear_each_other_and_not_themselves(hosted):
    await hosted.node.set_stage(SPACE, {"hana": True, "sami": True})
    hana_down = await hosted.listener("hana-down", "hana")
    sami_down = await hosted.listener("sami-down", "sami")
    hana, sami = await hosted.speaker("hana-up", "hana"), await hosted.speaker("sami-up", "sami")

    await asyncio.gather(hana.say(tone(440, 2)), sami.say(tone(1000, 2)))

    for_hana, for_sami = hana_down.heard(40), sami_down.heard(40)
    assert power_at(for_hana, 1000) > 20 * power_at(for_hana, 440)
    assert power_at(for_sami, 440) > 20 * power_at(for_sami, 1000)


@pytest.mark.asyncio
async def test_closed_microphone_is_silent_within_100_ms(hosted):
    await hosted.node.set_stage(SPACE, {"hana": True})
    lena = await hosted.listener("lena-down")
    hana = await hosted.speaker("hana-up", "hana")
    talking = asyncio.create_task(hana.say(tone(440, 2)))
    await asyncio.sleep(1)

    await hosted.node.set_stage(SPACE, {"hana": False})
    closed_at = now()
    await talking

    assert np.abs(lena.frames_since(closed_at - 0.2)[0]).max() > 4000
    assert max(np.abs(frame).max() for frame in lena.frames_since(closed_at + 0.1)) < 100


@pytest.mark.asyncio
async def test_who_is_not_on_stage_any_more_is_cut_off(hosted):
    await hosted.node.set_stage(SPACE, {"hana": True, "sami": True})
    lena = await hosted.listener("lena-down")
    sami = await hosted.speaker("sami-up", "sami")
    talking = asyncio.create_task(sami.say(tone(440, 1.5)))
    await asyncio.sleep(0.7)

    await hosted.node.set_stage(SPACE, {"hana": True})
    removed_at = now()
    await talking

    assert max(np.abs(frame).max() for frame in lena.frames_since(removed_at + 0.1)) < 100
    assert hosted.node.load().microphones == 0
    with pytest.raises(UnknownPeer):
        await hosted.node.candidate("sami-up", None)


@pytest.mark.asyncio
async def test_muted_microphone_is_not_mixed(hosted):
    await hosted.node.set_stage(SPACE, {"hana": False})
    lena = await hosted.listener("lena-down")
    hana = await hosted.speaker("hana-up", "hana")

    await hana.say(tone(440, 0.6))

    assert np.abs(lena.heard(20)).max() == 0


@pytest.mark.asyncio
async def test_odd_payloads_do_not_silence_a_speaker(hosted):
    await hosted.node.set_stage(SPACE, {"hana": True})
    lena = await hosted.listener("lena-down")
    hana = await hosted.speaker("hana-up", "hana")
    packets = tone(440, 2.4)
    packets[20:60:4] = [b""] * 10
    packets[21:61:4] = [b"\x00"] * 10
    packets[22:62:4] = [bytes(range(7, 247)) * 5] * 10

    await hana.say(packets)

    assert power_at(lena.heard(30), 440) > 2000


@pytest.mark.asyncio
async def test_silent_space_still_sends_50_packets_a_second(hosted):
    lena = await hosted.listener("lena-down")
    await until(lambda: len(lena.packets) > 1)
    before = len(lena.packets)

    await asyncio.sleep(1)

    assert len(lena.packets) - before == pytest.approx(50, abs=3)


@pytest.mark.asyncio
async def test_switch_to_the_own_mix_and_back_leaves_no_gap(hosted):
    await hosted.node.set_stage(SPACE, {"hana": True, "sami": False})
    sami_down = await hosted.listener("sami-down", "sami")
    hana, sami = await hosted.speaker("hana-up", "hana"), await hosted.speaker("sami-up", "sami")

    async def switch() -> None:
        for is_open in (True, False, True):
            await asyncio.sleep(0.3)
            await hosted.node.set_stage(SPACE, {"hana": True, "sami": is_open})

    await asyncio.gather(hana.say(tone(440, 1.2)), sami.say(tone(1000, 1.2)), switch())

    sequence = np.diff([number for number, _, _ in sami_down.packets]) & 0xFFFF
    timestamps = np.diff([timestamp for _, timestamp, _ in sami_down.packets]) & 0xFFFFFFFF
    late = hosted.node.load().late_ticks
    assert (sequence == 1).all()
    assert (timestamps != FRAME).sum() <= late
    assert power_at(sami_down.heard(10), 1000) < power_at(sami_down.heard(10), 440) / 20


@pytest.mark.asyncio
async def test_delay_through_the_node_is_short(hosted):
    """From a packet put on the wire to the first loud packet at the listener."""
    await hosted.node.set_stage(SPACE, {"hana": True})
    lena = await hosted.listener("lena-down")
    hana = await hosted.speaker("hana-up", "hana")
    silence, loud = Encoder().encode(np.zeros(FRAME, np.int16)), tone(440, 0.5)
    await hana.say([silence] * 25)

    started_at = now()
    await hana.say(loud)

    frames = lena.frames_since(started_at)
    first = next(number for number, frame in enumerate(frames) if np.abs(frame).max() > 2000)
    arrived_at = [at for at in lena._heard_at if at >= started_at][first]
    # One tick of waiting, one of jitter buffer, and room for a busy machine.
    assert arrived_at - started_at < 0.08


# --- Signalling ---


@pytest.mark.asyncio
async def test_offer_says_how_opus_shall_be(hosted):
    offer = await hosted.node.listen(SPACE, "lena-down")

    assert "a=fmtp:96 minptime=20;useinbandfec=1;stereo=0;maxaveragebitrate=32000" in offer.sdp
    assert "a=ptime:20" in offer.sdp
    assert "a=sendonly" in offer.sdp
    assert offer.sdp.count("m=") == 1


@pytest.mark.asyncio
async def test_local_names_do_not_slow_the_join(hosted):
    def hide_address(sdp: str) -> str:
        return sdp.replace(" 127.0.0.1 ", " 4f3c9bd2-0f62-4d0e-b5a5-6ff0a1b5a2b7.local ")

    lena, offer = hosted.client(), await hosted.node.listen(SPACE, "lena-down")
    asked_at = now()
    await lena.answer(offer, change=hide_address)
    await until(lambda: PeerConnected("lena-down") in hosted.events)

    assert now() - asked_at < 0.2


@pytest.mark.asyncio
async def test_malformed_signalling_is_refused_and_the_peer_stays_usable(hosted):
    offer = await hosted.node.listen(SPACE, "lena-down")
    lena = hosted.client()

    for bad in ("", "v=0", "x" * 40_000, offer.sdp):
        with pytest.raises(MediaError):
            await hosted.node.answer("lena-down", bad)
    for garbage in ({"candidate": "garbage"}, {"candidate": 5}):
        with pytest.raises(MediaError):
            await hosted.node.candidate("lena-down", garbage)
    await lena.answer(offer)

    await until(lambda: PeerConnected("lena-down") in hosted.events)


@pytest.mark.asyncio
async def test_answer_for_another_offer_is_refused_and_the_peer_stays_usable(hosted):
    offer = await hosted.node.listen(SPACE, "lena-down")
    lena = hosted.client()

    with pytest.raises(MediaError):
        await lena.answer(offer, change=lambda sdp: sdp.replace("a=mid:0", "a=mid:7"))
    await hosted.node.answer("lena-down", lena.connection.localDescription.sdp)

    await until(lambda: PeerConnected("lena-down") in hosted.events)


@pytest.mark.asyncio
async def test_answer_sent_twice_is_harmless(hosted):
    lena = await hosted.listener("lena-down")

    await hosted.node.answer("lena-down", lena.connection.localDescription.sdp)

    before = len(lena.packets)
    await until(lambda: len(lena.packets) > before + 5)


@pytest.mark.asyncio
async def test_speaking_without_a_place_on_stage_is_refused(hosted):
    await hosted.node.set_stage(SPACE, {"hana": True})

    with pytest.raises(NotOnStage):
        await hosted.node.speak(SPACE, "otto-up", "otto")


@pytest.mark.asyncio
async def test_space_that_is_not_open_is_refused(hosted):
    with pytest.raises(SpaceNotOpen):
        await hosted.node.listen("elsewhere", "lena-down")


@pytest.mark.asyncio
@pytest.mark.parametrize("call", ["answer", "candidate"])
async def test_unknown_peer_is_refused(hosted, call):
    with pytest.raises(UnknownPeer):
        await getattr(hosted.node, call)("nobody", "v=0" if call == "answer" else None)
    await hosted.node.leave("nobody")


@pytest.mark.asyncio
async def test_second_tab_replaces_the_first(hosted):
    await hosted.node.set_stage(SPACE, {"hana": True})
    lena = await hosted.listener("lena-down")
    await hosted.speaker("first-tab", "hana")

    second = await hosted.speaker("second-tab", "hana")
    await second.say(tone(440, 1))

    assert PeerReplaced("first-tab", by="second-tab") in hosted.events
    assert hosted.node.load().microphones == 1
    assert power_at(lena.heard(20), 440) > 2000


@pytest.mark.asyncio
async def test_gentle_speaker_waits_until_the_person_has_been_gone():
    async with hosting(seat_rest_s=0.2) as hosted:
        await hosted.node.set_stage(SPACE, {"hana": True})
        await hosted.node.speak(SPACE, "hana-up", "hana")

        with pytest.raises(SeatTaken):
            await hosted.node.speak(SPACE, "demo", "hana", gentle=True)
        await hosted.node.leave("hana-up")
        with pytest.raises(SeatTaken):
            await hosted.node.speak(SPACE, "demo", "hana", gentle=True)
        await asyncio.sleep(0.25)

        assert (await hosted.node.speak(SPACE, "demo", "hana", gentle=True)).peer == "demo"


@pytest.mark.asyncio
async def test_peer_that_never_connects_is_closed():
    async with hosting(connect_timeout_s=0.1) as hosted:
        await hosted.node.listen(SPACE, "lena-down")

        await until(lambda: hosted.node.load().listeners == 0)

        assert PeerFailed("lena-down") in hosted.events


@pytest.mark.asyncio
async def test_peer_that_goes_by_itself_is_told_and_forgotten(hosted):
    lena = await hosted.listener("lena-down")

    await lena.close()

    await until(lambda: PeerFailed("lena-down") in hosted.events)
    assert hosted.node.load().listeners == 0


@pytest.mark.asyncio
async def test_closed_space_takes_its_peers_along(hosted):
    await hosted.listener("lena-down")

    await hosted.node.close(SPACE)

    assert PeerFailed("lena-down") in hosted.events
    assert hosted.node.load() == NodeLoad(0, 0, 0, hosted.node.load().late_ticks, 0)


@pytest.mark.asyncio
async def test_no_more_microphones_are_open_than_allowed():
    async with hosting(max_open_microphones=2) as hosted:
        people = dict.fromkeys(("hana", "sami", "lena"), True)
        await hosted.node.set_stage(SPACE, people)
        for person in people:
            await hosted.node.speak(SPACE, f"{person}-up", person)

        room = hosted.node._rooms[SPACE]

        assert room.mixer.microphones.keys() == {"hana", "sami"}


@pytest.mark.asyncio
async def test_stage_may_be_set_again_without_effect(hosted):
    await hosted.node.set_stage(SPACE, {"hana": True})
    await hosted.node.speak(SPACE, "hana-up", "hana")
    microphone = hosted.node._rooms[SPACE].mixer.microphones["hana"]

    await hosted.node.set_stage(SPACE, {"hana": True})

    assert hosted.node._rooms[SPACE].mixer.microphones["hana"] is microphone


@pytest.mark.asyncio
async def test_overloaded_node_takes_no_new_space_and_keeps_the_others():
    gauge = LoadGauge()
    node = MediaNode(NodeSettings(NETWORK), lambda event: None, gauge=gauge)
    await node.open(SPACE)
    gauge.is_overloaded = True

    with pytest.raises(NodeFull):
        await node.open("another")

    await node.open(SPACE)
    assert node.spaces == [SPACE]
    await node.shut_down()


# --- The clock ---


@pytest.mark.real_clock
@pytest.mark.asyncio
async def test_five_real_seconds_of_mixing_stay_within_20_ms_of_the_clock():
    drifts: list[float] = []

    class Noting(FakeFanOut):
        def packet(self, stream: str, payload: bytes, tick: int) -> None:
            drifts.append(time.monotonic() - began - tick * 0.02)

    node = MediaNode(NodeSettings(NETWORK), lambda event: None, fan_out=Noting)
    began = time.monotonic()
    await node.open(SPACE)
    await asyncio.sleep(5)
    await node.shut_down()

    # A tick comes late when something holds the loop, and never early; the count itself keeps up.
    assert min(drifts) >= 0
    assert min(drifts[-10:]) < 0.02


@pytest.mark.asyncio
@pytest.mark.parametrize("levelling", [False, True])
async def test_quiet_voice_comes_up_where_the_operator_wants_it(levelling):
    async with hosting(levelling=levelling) as hosted:
        await hosted.node.set_stage(SPACE, {"sami": True})
        lena = await hosted.listener("lena-down")
        sami = await hosted.speaker("sami-up", "sami")
        encoder = Encoder()
        frames = (speech("sami") * 0.1).astype(np.int16)[: 3 * RATE_HZ].reshape(-1, FRAME)
        sentence = [encoder.encode(frame) for frame in frames]

        await sami.say(sentence)
        first = loudness_db(lena.heard(len(sentence)))
        await sami.say(sentence)
        second = loudness_db(lena.heard(len(sentence)))

    assert bool(second > first + 3) is levelling


def loudness_db(pcm: np.ndarray) -> float:
    """dBFS of the frames that are not silent."""
    power = (pcm.reshape(-1, FRAME).astype(float) ** 2).mean(axis=1) / 32768**2
    return 10 * np.log10(power[power > 1e-6].mean())
