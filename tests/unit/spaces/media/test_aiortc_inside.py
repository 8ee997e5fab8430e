"""Fails when the private parts that spaces/media/aiortc_inside.py relies on change."""

import inspect
from importlib.metadata import version

import aioice.ice
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpReceiver
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpreceiver import StreamStatistics
from aiortc.rtp import RtcpReceiverInfo, RtpPacket

from spaces.media import aiortc_inside
from spaces.media.aiortc_inside import Network, TappedReceiver, confine, receiving_connection
from spaces.media.errors import NodeFull


def parameters(function) -> list[str]:
    return list(inspect.signature(function).parameters)


@pytest.mark.parametrize(
    ("package", "series"),
    [("aiortc", aiortc_inside.AIORTC_SERIES), ("aioice", aiortc_inside.AIOICE_SERIES)],
)
def test_versions_are_those_the_hooks_were_written_for(package, series):
    assert version(package).startswith(f"{series}.")


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (
            aioice.ice.Connection.get_component_candidates,
            ["self", "component", "addresses", "timeout"],
        ),
        (aioice.ice.StunProtocol.__init__, ["self", "receiver"]),
        (aioice.ice.get_host_addresses, ["use_ipv4", "use_ipv6"]),
        (RTCRtpReceiver.receive, ["self", "parameters"]),
        (RTCRtpReceiver.stop, ["self"]),
        (RTCRtpReceiver._handle_disconnect, ["self"]),
        (RTCRtpReceiver._handle_rtcp_packet, ["self", "packet"]),
        (RTCRtpReceiver._handle_rtp_packet, ["self", "packet", "arrival_time_ms"]),
        (RTCRtpReceiver._set_rtcp_ssrc, ["self", "ssrc"]),
        (RTCDtlsTransport._register_rtp_receiver, ["self", "receiver", "parameters"]),
        (RTCDtlsTransport._unregister_rtp_receiver, ["self", "receiver"]),
        (RTCDtlsTransport._send_rtp, ["self", "data"]),
        (StreamStatistics.__init__, ["self", "clockrate"]),
        (StreamStatistics.add, ["self", "packet"]),
    ],
)
def test_signature_is_the_one_replaced_or_called(function, expected):
    assert parameters(function) == expected


def test_receiver_report_has_the_fields_filled_in():
    assert parameters(RtcpReceiverInfo) == [
        "ssrc",
        "fraction_lost",
        "packets_lost",
        "highest_sequence",
        "jitter",
        "lsr",
        "dlsr",
    ]


@pytest.mark.asyncio
async def test_connection_is_built_as_expected():
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    transceiver = connection.addTransceiver("audio", direction="recvonly")

    ice = transceiver.receiver.transport.transport._connection

    assert isinstance(ice, aioice.ice.Connection)
    assert ice is transceiver.receiver.transport.transport.iceGatherer._connection
    assert ice._protocols == []
    assert transceiver.receiver is getattr(transceiver, aiortc_inside.RECEIVER_ATTRIBUTE)
    assert isinstance(transceiver.sender._ssrc, int)
    await connection.close()


@pytest.mark.asyncio
async def test_receiving_connection_is_tapped_and_starts_no_decoder():
    connection = receiving_connection(Network(), lambda *packet: None)
    receiver = connection.getReceivers()[0]

    assert isinstance(receiver, TappedReceiver)
    assert "threading" not in inspect.getsource(TappedReceiver)
    assert TappedReceiver.receive is not RTCRtpReceiver.receive
    await connection.close()


@pytest.mark.asyncio
async def test_tap_hands_over_opus_as_it_came_and_nothing_else():
    taken = []
    connection = receiving_connection(Network(), lambda *packet: taken.append(packet))
    receiver = connection.getReceivers()[0]
    receiver._payload_types = {96}
    packets = [
        RtpPacket(payload_type=96, sequence_number=7, timestamp=960, ssrc=5, payload=b""),
        RtpPacket(payload_type=96, sequence_number=8, timestamp=1920, ssrc=5, payload=b"ab"),
        RtpPacket(payload_type=13, sequence_number=9, timestamp=2880, ssrc=5, payload=b"c"),
    ]

    for packet in packets:
        await receiver._handle_rtp_packet(packet, arrival_time_ms=0)

    assert taken == [(5, 7, 960, b""), (5, 8, 1920, b"ab")]
    await connection.close()


async def candidates(network: Network) -> list[tuple[str, int]]:
    connection = receiving_connection(network, lambda *packet: None)
    try:
        await connection.setLocalDescription(await connection.createOffer())
        ice = connection.getReceivers()[0].transport.transport
        return [(found.ip, found.port) for found in ice.iceGatherer.getLocalCandidates()]
    finally:
        await connection.close()


@pytest.mark.asyncio
async def test_sockets_are_bound_to_the_address_and_ports_of_the_node():
    found = await candidates(Network("127.0.0.1", (46_100, 46_149)))

    assert [address for address, _ in found] == ["127.0.0.1"]
    assert 46_100 <= found[0][1] <= 46_149


@pytest.mark.asyncio
async def test_every_port_of_the_range_is_used_and_then_it_is_full():
    network = Network("127.0.0.1", (46_150, 46_152))
    sockets = [network.socket("127.0.0.1") for _ in range(3)]

    assert sorted(udp.getsockname()[1] for udp in sockets) == [46_150, 46_151, 46_152]
    with pytest.raises(NodeFull):
        network.socket("127.0.0.1")
    for udp in sockets:
        udp.close()


@pytest.mark.asyncio
async def test_browsers_are_told_the_advertised_addresses():
    network = Network("127.0.0.1", (46_160, 46_199), advertise=("203.0.113.7", "2001:db8::7"))

    found = await candidates(network)

    assert [address for address, _ in found] == ["203.0.113.7", "2001:db8::7"]
    assert found[0][1] == found[1][1]


@pytest.mark.asyncio
async def test_confine_holds_for_a_connection_made_elsewhere():
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.addTransceiver("audio", direction="sendonly")

    confine(connection, Network("127.0.0.1"))
    await connection.setLocalDescription(await connection.createOffer())

    assert " 127.0.0.1 " in connection.localDescription.sdp
    await connection.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"bind": "localhost"},
        {"advertise": ("media.example.org",)},
        {"ports": (500, 400)},
        {"ports": (0, 10)},
    ],
)
def test_network_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"."):
        Network(**wrong)
