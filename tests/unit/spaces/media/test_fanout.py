import asyncio

import av
import pytest

from spaces.media.aiortc_inside import Network
from spaces.media.errors import NodeFull, UnknownPeer
from spaces.media.fanout.base import Capabilities, FanOut, ViewerState
from spaces.media.fanout.fake import FakeFanOut
from spaces.media.fanout.relay import QUEUED_PACKETS, PacketTrack, Relay


def ignore(viewer: str, state: ViewerState) -> None:
    pass


@pytest.fixture(params=["relay", "fake"])
def engine(request) -> FanOut:
    return FakeFanOut(ignore) if request.param == "fake" else Relay(ignore, Network())


def test_capabilities_of_the_relay():
    assert Relay.capabilities == Capabilities(
        max_viewers=400, several_servers=False, ice_restart=False
    )


@pytest.mark.asyncio
async def test_repeats_are_harmless(engine):
    await engine.add_stream("s")
    await engine.add_stream("s")
    await engine.attach("lena", "s")
    await engine.detach("lena")
    await engine.detach("lena")
    await engine.remove_stream("s")
    await engine.remove_stream("s")
    engine.packet("s", b"x", 1)
    await engine.close()
    await engine.close()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "call",
    [
        lambda engine: engine.answer("nobody", "v=0"),
        lambda engine: engine.candidate("nobody", None),
        lambda engine: engine.switch("nobody", "s"),
    ],
)
async def test_unknown_viewer_is_refused(engine, call):
    with pytest.raises(UnknownPeer):
        await call(engine)


@pytest.mark.asyncio
async def test_relay_refuses_more_viewers_than_it_can_carry(monkeypatch):
    monkeypatch.setattr(Relay, "capabilities", Capabilities(1, False, False))
    relay = Relay(ignore, Network())
    await relay.attach("lena", "s")

    with pytest.raises(NodeFull):
        await relay.attach("otto", "s")
    await relay.close()


def packet(tick: int) -> av.Packet:
    made = av.Packet(bytes([tick]))
    made.pts = tick * 960
    return made


@pytest.mark.asyncio
async def test_slow_viewer_loses_the_oldest_packets():
    track = PacketTrack()
    first = asyncio.create_task(track.recv())
    await asyncio.sleep(0)
    for tick in range(QUEUED_PACKETS + 3):
        track.put(packet(tick))

    heard = [bytes(await first)[0]]
    heard += [bytes(await track.recv())[0] for _ in range(QUEUED_PACKETS - 1)]

    assert heard == list(range(3, QUEUED_PACKETS + 3))


@pytest.mark.asyncio
async def test_viewer_starts_with_the_present():
    track = PacketTrack()
    track.put(packet(1))
    receiving = asyncio.create_task(track.recv())
    await asyncio.sleep(0)

    track.put(packet(2))

    assert bytes(await receiving) == b"\x02"


@pytest.mark.asyncio
async def test_switch_goes_on_with_the_same_timestamps():
    relay = Relay(ignore, Network())
    await relay.add_stream("audience")
    await relay.add_stream("minus")
    await relay.attach("lena", "audience")
    track = relay._viewers["lena"].track
    pulling = asyncio.create_task(track.recv())
    await asyncio.sleep(0)

    for tick in range(4):
        if tick == 2:
            await relay.switch("lena", "minus")
        relay.packet("audience", b"a", tick)
        relay.packet("minus", b"m", tick)
    heard = [await pulling, *[await track.recv() for _ in range(3)]]

    assert [bytes(one) for one in heard] == [b"a", b"a", b"m", b"m"]
    assert [one.pts for one in heard] == [0, 960, 1920, 2880]
    await relay.close()
