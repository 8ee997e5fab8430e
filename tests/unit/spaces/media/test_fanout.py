"""What is the relay's own; what it shares with every engine: tests/integration/fan_out/laws.py."""

import pylibsrtp
import pytest
import pytest_asyncio

from spaces.media.aiortc_inside import Network
from spaces.media.errors import NodeFull
from spaces.media.fanout.base import Capabilities, ViewerState
from spaces.media.fanout.relay import Relay
from tests.media_client import answer, until


class Audience:
    """A relay with a stream `s`, and aiortc clients that hear it."""

    def __init__(self):
        self.told = []
        self.heard = {}
        self.relay = Relay(lambda *event: self.told.append(event), Network())
        self._clients = []

    async def seat(self, viewer):
        self.heard[viewer] = []
        offer = await self.relay.attach(viewer, "s")
        client, sdp = await answer(
            offer, on_packet=lambda *packet: self.heard[viewer].append(packet[-1])
        )
        self._clients.append(client)
        await self.relay.answer(viewer, sdp)
        await until(lambda: (viewer, ViewerState.CONNECTED) in self.told)
        await until(lambda: client.connectionState == "connected")

    async def close(self):
        await self.relay.close()
        for client in self._clients:
            await client.close()


@pytest_asyncio.fixture
async def audience():
    audience = Audience()
    await audience.relay.add_stream("s")
    yield audience
    await audience.close()


def test_capabilities_of_the_relay():
    assert Relay.capabilities == Capabilities(
        max_viewers=400, several_servers=False, ice_restart=False
    )


@pytest.mark.asyncio
async def test_viewer_that_comes_anew_needs_no_second_place(audience, monkeypatch):
    monkeypatch.setattr(Relay, "capabilities", Capabilities(1, False, False))
    await audience.relay.attach("lena", "s")

    await audience.relay.attach("lena", "s")

    with pytest.raises(NodeFull):
        await audience.relay.attach("otto", "s")


@pytest.mark.asyncio
async def test_packet_has_left_when_the_call_returns(audience):
    await audience.seat("lena")

    for tick in range(3):
        audience.relay.packet("s", bytes([tick]), tick)
    sent = audience.relay._viewers["lena"].sender._packets

    assert sent == 3
    await until(lambda: audience.heard["lena"] == [b"\0", b"\1", b"\2"])


@pytest.mark.asyncio
async def test_broken_viewer_fails_once_and_alone(audience):
    class WornOut:
        def protect(self, packet):
            raise pylibsrtp.Error("can't use key any more")

    await audience.seat("lena")
    await audience.seat("otto")
    audience.relay._viewers["lena"].sender._srtp = WornOut()

    for tick in range(3):
        audience.relay.packet("s", bytes([tick]), tick)

    await until(lambda: audience.heard["otto"] == [b"\0", b"\1", b"\2"])
    assert audience.told[2:] == [("lena", ViewerState.FAILED)]


@pytest.mark.asyncio
async def test_viewer_whose_socket_broke_fails_alone(audience):
    await audience.seat("lena")
    await audience.seat("otto")
    pair = audience.relay._viewers["lena"].sender._nominated[1]

    pair.protocol.transport.abort()
    await until(lambda: ("lena", ViewerState.FAILED) in audience.told)
    audience.relay.packet("s", b"a", 0)

    await until(lambda: audience.heard["otto"] == [b"a"])
    assert audience.told[2:] == [("lena", ViewerState.FAILED)]
