"""A media node in this process, with real connections to it over loopback."""

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator, Callable
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
import pytest_asyncio
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from channels_redis.core import RedisChannelLayer
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone
from redis.asyncio import Redis

from spaces.cancelling import end
from spaces.media import demo_voice
from spaces.media.aiortc_inside import Network, TappedReceiver, confine
from spaces.media.clock import LoadGauge
from spaces.media.demo_voice import DemoVoice, Seat
from spaces.media.errors import (
    MediaError,
    NodeFull,
    NotOnStage,
    SeatTaken,
    SpaceNotOpen,
    UnknownPeer,
)
from spaces.media.fanout.relay import PacketTrack
from spaces.media.node import (
    MediaNode,
    NodeEvent,
    NodeLoad,
    NodeSettings,
    Offer,
    PeerConnected,
    PeerFailed,
    PeerReplaced,
    Talking,
)
from spaces.media.opus import FRAME, RATE_HZ, Decoder, Encoder
from spaces.media.protocol import Command, channel_of
from spaces.media.registry import HEARTBEAT_LIFETIME_MS, PREFIX, Registry
from spaces.media.service import RECONCILE_EVERY_S, Database, MediaService
from spaces.media.stages import Stage, live_versions, read_stage
from spaces.models import Participant, Space
from tests.factories import make_user

NETWORK = Network("127.0.0.1")
SPACE = "7d9f1f7e-5e1c-4f0e-9a35-0d7a3e9f1a10"


# --- Clients ---


class Client:
    """A browser's part: answers offers, sends packets, keeps what it hears."""

    def __init__(self, node: MediaNode) -> None:
        self._node = node
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.track = PacketTrack()
        self.packets: list[tuple[int, int, bytes]] = []
        self._heard_at: list[float] = []
        self._ticks = 0

    async def answer(self, offer: Offer, *, change: Callable[[str], str] = lambda sdp: sdp) -> None:
        is_up = "a=recvonly" in offer.sdp
        if is_up:
            self.connection.addTrack(self.track)
        await self.connection.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
        if not is_up:
            self._tap()
        confine(self.connection, NETWORK)
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        await self._node.answer(offer.peer, change(self.connection.localDescription.sdp))

    def _tap(self) -> None:
        transceiver = self.connection.getTransceivers()[0]
        receiver = TappedReceiver(transceiver.receiver, self._took)
        receiver._set_rtcp_ssrc(transceiver.sender._ssrc)
        transceiver._RTCRtpTransceiver__receiver = receiver

    def _took(self, source: int, sequence: int, timestamp: int, payload: bytes) -> None:
        self.packets.append((sequence, timestamp, payload))
        self._heard_at.append(time.monotonic())

    def send(self, payload: bytes) -> None:
        packet = av.Packet(payload) if payload else av.Packet(0)
        packet.pts, packet.time_base = self._ticks * FRAME, Fraction(1, RATE_HZ)
        self._ticks += 1
        self.track.put(packet)

    async def say(self, packets: list[bytes]) -> None:
        start = time.monotonic()
        for number, packet in enumerate(packets, 1):
            self.send(packet)
            await asyncio.sleep(max(start + number * 0.02 - time.monotonic(), 0))

    def heard(self, last: int) -> np.ndarray:
        decoder = Decoder()
        pcm = [decoder.decode(payload) for _, _, payload in self.packets]
        return np.concatenate(pcm[-last:])

    def frames_since(self, moment: float) -> list[np.ndarray]:
        decoder = Decoder()
        pcm = [decoder.decode(payload) for _, _, payload in self.packets]
        return [frame for frame, at in zip(pcm, self._heard_at, strict=True) if at >= moment]

    async def close(self) -> None:
        await self.connection.close()


def tone(hertz: float, seconds: float, amplitude: float = 8000) -> list[bytes]:
    at = np.arange(int(seconds * 50) * FRAME) / RATE_HZ
    pcm = (amplitude * np.sin(2 * np.pi * hertz * at)).astype(np.int16)
    encoder = Encoder()
    return [encoder.encode(frame) for frame in pcm.reshape(-1, FRAME)]


def power_at(pcm: np.ndarray, hertz: float) -> float:
    at = np.arange(pcm.size) / RATE_HZ
    return abs(np.dot(pcm.astype(float), np.exp(-2j * np.pi * hertz * at))) / pcm.size


async def until(condition: Callable[[], bool], seconds: float = 3.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the other end has no event to wait for
            await asyncio.sleep(0.005)


class Hosted:
    """A node with one open Space, and clients that are closed with it."""

    def __init__(self, **options: Any) -> None:
        self.events: list[NodeEvent] = []
        self.node = MediaNode(NodeSettings(NETWORK, **options), self.events.append)
        self._clients: list[Client] = []

    async def listener(self, peer: str, person: str | None = None) -> Client:
        return await self._join(peer, await self.node.listen(SPACE, peer, person))

    async def speaker(self, peer: str, person: str) -> Client:
        return await self._join(peer, await self.node.speak(SPACE, peer, person))

    async def _join(self, peer: str, offer: Offer) -> Client:
        client = self.client()
        await client.answer(offer)
        await until(lambda: PeerConnected(peer) in self.events)
        await until(lambda: client.connection.connectionState == "connected")
        return client

    def client(self) -> Client:
        self._clients.append(Client(self.node))
        return self._clients[-1]

    async def close(self) -> None:
        await asyncio.gather(*(client.close() for client in self._clients))
        await self.node.shut_down()


@contextlib.asynccontextmanager
async def hosting(**options: Any) -> AsyncIterator[Hosted]:
    hosted = Hosted(**options)
    await hosted.node.open(SPACE)
    try:
        yield hosted
    finally:
        await hosted.close()


@pytest_asyncio.fixture
async def hosted() -> AsyncIterator[Hosted]:
    async with hosting() as hosted:
        yield hosted


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
    closed_at = time.monotonic()
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
    removed_at = time.monotonic()
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

    started_at = time.monotonic()
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
    asked_at = time.monotonic()
    await lena.answer(offer, change=hide_address)
    await until(lambda: PeerConnected("lena-down") in hosted.events)

    assert time.monotonic() - asked_at < 0.2


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


# --- Registry ---


@pytest_asyncio.fixture
async def redis(redis_server) -> AsyncIterator[Redis]:
    client = Redis.from_url(settings.REDIS_URL, decode_responses=True)
    yield client
    await client.aclose()


def load(**changes: Any) -> NodeLoad:
    values = {"spaces": 0, "listeners": 0, "microphones": 0, "late_ticks": 0, "busy": 0.0}
    return NodeLoad(**{**values, **changes})


@pytest.mark.asyncio
async def test_space_is_placed_on_the_least_loaded_node(redis):
    registry = Registry(redis)
    await registry.beat("busy", load(busy=0.8))
    await registry.beat("idle", load(busy=0.1))

    assert await registry.place("s") == "idle"
    await registry.beat("idle", load(busy=0.9))
    assert await registry.place("s") == "idle"
    assert await registry.nodes_of(["s", "other"]) == {"s": "idle", "other": None}


@pytest.mark.asyncio
async def test_overloaded_node_gets_no_new_space_and_keeps_its_own(redis):
    registry = Registry(redis)
    await registry.beat("one", load())
    await registry.place("old")

    await registry.beat("one", load(is_overloaded=True))

    assert await registry.place("old") == "one"
    assert await registry.place("new") is None
    assert await registry.is_full()
    await registry.beat("two", load(busy=0.9))
    assert await registry.place("new") == "two"
    assert not await registry.is_full()


@pytest.mark.asyncio
async def test_no_node_at_all_is_not_full(redis):
    assert not await Registry(redis).is_full()


@pytest.mark.asyncio
async def test_only_its_own_node_gives_a_space_up(redis):
    registry = Registry(redis)
    await registry.beat("one", load())
    await registry.place("s")

    await registry.give_up("s", "two")
    kept = await registry.node_of("s")
    await registry.give_up("s", "one")

    assert kept == "one"
    assert await registry.node_of("s") is None


@pytest.mark.asyncio
async def test_everybody_who_asks_at_once_gets_the_same_node(redis):
    registry = Registry(redis)
    for node in ("one", "two", "three"):
        await registry.beat(node, load())

    answers = await asyncio.gather(*(registry.place("s") for _ in range(30)))

    assert len(set(answers)) == 1


@pytest.mark.asyncio
async def test_space_moves_when_its_node_is_dead(redis):
    registry = Registry(redis)
    await registry.beat("one", load())
    await registry.place("s")
    await registry.beat("two", load(busy=0.9))

    await redis.delete(f"{PREFIX}node:one")

    assert await registry.node_of("s") is None
    assert await registry.place("s") == "two"
    assert await registry.keep("one", ["s"]) == {"s"}


@pytest.mark.asyncio
async def test_no_node_is_no_place(redis):
    registry = Registry(redis)
    await registry.beat("one", load())
    assert await redis.pttl(f"{PREFIX}node:one") <= HEARTBEAT_LIFETIME_MS

    await registry.withdraw("one")

    assert await registry.place("s") is None


@pytest.mark.asyncio
async def test_node_claims_its_spaces_again_when_redis_forgot_them(redis):
    registry = Registry(redis)
    await registry.beat("one", load())
    await registry.place("s")
    await redis.flushdb()

    await registry.beat("one", load())
    lost = await registry.keep("one", ["s"])

    assert lost == set()
    assert await registry.node_of("s") == "one"


# --- The process ---


class Stages:
    """The database, as far as a node asks it."""

    def __init__(self) -> None:
        self.stages: dict[str, Stage] = {}

    def change(self, space: str, **people: bool) -> None:
        version = self.stages[space].version + 1 if space in self.stages else 1
        self.stages[space] = Stage(version, people)

    def database(self) -> Database:
        return Database(
            live_versions=lambda spaces: {
                space: stage.version for space, stage in self.stages.items() if space in spaces
            },
            read_stage=self.stages.get,
        )


class Process:
    """A MediaService, and a web process that talks to it."""

    def __init__(self, redis: Redis, **options: Any) -> None:
        self.redis = redis
        self.stages = Stages()
        self.stages.change(SPACE, hana=True)
        self.layer = RedisChannelLayer(hosts=[settings.REDIS_URL], prefix="media-test")
        self.service = MediaService(
            "node-1",
            NodeSettings(NETWORK, seat_rest_s=0.5),
            layer=self.layer,
            redis=redis,
            database=self.stages.database(),
            **options,
        )
        self.stop = asyncio.Event()
        self.registry = Registry(redis)

    async def send(self, node: str, command: Command) -> None:
        await self.layer.send(channel_of(node), command.as_dict())

    async def ask(self, name: str, **fields: Any) -> None:
        await self.send("node-1", Command(command=name, reply_to="web", **fields))

    async def news(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.layer.receive("web"), 3)


@contextlib.asynccontextmanager
async def running(redis: Redis, **options: Any) -> AsyncIterator[Process]:
    process = Process(redis, **options)
    serving = asyncio.create_task(process.service.run(process.stop))
    try:
        await asyncio.sleep(0.05)
        yield process
    finally:
        process.stop.set()
        await asyncio.wait_for(serving, 3)
        await process.layer.close_pools()


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


def test_stage_is_read_from_the_database(space, sami):
    host = space.participants.get()
    Participant.objects.filter(pk=host.pk).update(microphone=Participant.Microphone.OPEN)
    Participant.objects.create(space=space, user=sami)
    speaker = Participant.objects.create(
        space=space,
        user=make_user("lena"),
        role=Participant.Role.SPEAKER,
        on_stage_since=timezone.now(),
    )

    stage = read_stage(str(space.public_id))

    assert stage == Stage(space.version, {str(host.public_id): True, str(speaker.public_id): False})


def test_space_that_ended_has_no_stage(space):
    Space.objects.filter(pk=space.pk).update(state=Space.State.ENDED, ended_at=timezone.now())

    assert read_stage(str(space.public_id)) is None
    assert read_stage("no uuid") is None


def test_versions_of_many_spaces_are_one_query(space, django_assert_num_queries):
    with django_assert_num_queries(1):
        versions = live_versions([str(space.public_id), str(uuid.uuid4()), "no uuid"])

    assert versions == {str(space.public_id): space.version}


# --- The demo voice ---


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
