"""Fails when the private parts that spaces/media/aiortc_inside.py relies on change."""

import asyncio
import inspect
import socket
from importlib.metadata import version
from itertools import pairwise
from types import SimpleNamespace

import aioice.ice
import pylibsrtp
import pytest
import pytest_asyncio
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpReceiver, RTCRtpSender
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpreceiver import StreamStatistics
from aiortc.rtp import (
    RtcpByePacket,
    RtcpPacket,
    RtcpReceiverInfo,
    RtcpSenderInfo,
    RtpPacket,
)

from spaces.media import aiortc_inside
from spaces.media.aiortc_inside import (
    PACKETS_PER_REPORT,
    Network,
    PacketSender,
    TappedReceiver,
    confine,
    receiving_connection,
    sending_connection,
)
from spaces.media.errors import NodeFull
from spaces.media.peer import Peer
from tests.media_client import answer, until


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
        (aioice.ice.Connection.gather_candidates, ["self"]),
        (aioice.ice.StunProtocol.__init__, ["self", "receiver"]),
        (aioice.ice.get_host_addresses, ["use_ipv4", "use_ipv6"]),
        (RTCRtpReceiver.receive, ["self", "parameters"]),
        (RTCRtpReceiver.stop, ["self"]),
        (RTCRtpReceiver._handle_disconnect, ["self"]),
        (RTCRtpReceiver._handle_rtcp_packet, ["self", "packet"]),
        (RTCRtpReceiver._handle_rtp_packet, ["self", "packet", "arrival_time_ms"]),
        (RTCRtpReceiver._set_rtcp_ssrc, ["self", "ssrc"]),
        (RTCRtpSender.send, ["self", "parameters"]),
        (RTCRtpSender.stop, ["self"]),
        (RTCRtpSender._handle_rtcp_packet, ["self", "packet"]),
        (RTCDtlsTransport._register_rtp_sender, ["self", "sender", "parameters"]),
        (RTCDtlsTransport._unregister_rtp_sender, ["self", "sender"]),
        (RTCDtlsTransport._register_rtp_receiver, ["self", "receiver", "parameters"]),
        (RTCDtlsTransport._unregister_rtp_receiver, ["self", "receiver"]),
        (RTCDtlsTransport._send_rtp, ["self", "data"]),
        (StreamStatistics.__init__, ["self", "clockrate"]),
        (StreamStatistics.add, ["self", "packet"]),
        (pylibsrtp.Session.protect, ["self", "packet"]),
        (pylibsrtp.Session.protect_rtcp, ["self", "packet"]),
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


def test_sender_report_has_the_fields_filled_in():
    assert parameters(RtcpSenderInfo) == [
        "ntp_timestamp",
        "rtp_timestamp",
        "packet_count",
        "octet_count",
    ]


@pytest.mark.asyncio
async def test_connection_is_built_as_expected():
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    transceiver = connection.addTransceiver("audio", direction="recvonly")

    ice = transceiver.receiver.transport.transport._connection

    assert isinstance(ice, aioice.ice.Connection)
    assert ice is transceiver.receiver.transport.transport.iceGatherer._connection
    assert (ice._protocols, ice._local_candidates, ice._nominated) == ([], [], {})
    assert ice._local_candidates_end is False
    assert transceiver.sender.transport._tx_srtp is None
    assert transceiver.receiver is getattr(transceiver, aiortc_inside.RECEIVER_ATTRIBUTE)
    assert transceiver.sender is getattr(transceiver, aiortc_inside.SENDER_ATTRIBUTE)
    assert isinstance(transceiver.sender._ssrc, int)
    assert isinstance(transceiver.sender._stream_id, str)
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


# --- Sound down ---


class Listening:
    """A sending connection with a client at its other end."""

    def __init__(self):
        self.connection, self.sender = sending_connection(Network())
        self.sequences, self.timestamps, self.payloads, self.rtcp = [], [], [], []

    async def connect(self):
        is_connected = asyncio.Event()
        peer = Peer(
            self.connection,
            browser_direction="recvonly",
            on_connected=is_connected.set,
            on_failed=lambda: None,
        )
        self.offer = await peer.offer()
        self._client, sdp = await answer(self.offer, on_packet=self._took)
        self._client.getReceivers()[0].transport._handle_rtcp_data = self._took_rtcp
        await peer.answer(sdp)
        await is_connected.wait()
        await until(lambda: self._client.connectionState == "connected")

    async def heard(self, count):
        await until(lambda: len(self.payloads) >= count)
        return self.payloads

    async def close(self):
        await self.connection.close()
        await self._client.close()

    def _took(self, source, sequence, timestamp, payload):
        self.sequences.append(sequence)
        self.timestamps.append(timestamp)
        self.payloads.append(payload)

    async def _took_rtcp(self, compound):
        self.rtcp += RtcpPacket.parse(compound)


@pytest_asyncio.fixture
async def listening():
    listening = Listening()
    await listening.connect()
    yield listening
    await listening.close()


@pytest.mark.asyncio
async def test_sender_is_the_one_the_offer_names(listening):
    sender = listening.connection.getSenders()[0]

    assert sender is listening.sender
    assert f"a=ssrc:{sender._ssrc} " in listening.offer
    assert f"a=msid:{sender._stream_id} " in listening.offer


@pytest.mark.asyncio
async def test_sending_needs_no_task_and_no_track(listening):
    running = {task.get_coro().__qualname__ for task in asyncio.all_tasks()}

    assert not {name for name in running if name.startswith("RTCRtpSender")}
    assert listening.sender.track is None


@pytest.mark.asyncio
async def test_packets_arrive_as_they_were_given(listening):
    payloads = [b"\x08first", b"", b"\x08" * 1275]

    for tick, payload in enumerate(payloads):
        listening.sender.packet(payload, tick * 960)

    assert await listening.heard(3) == payloads
    assert {(later - one) % 2**16 for one, later in pairwise(listening.sequences)} == {1}
    assert {(later - one) % 2**32 for one, later in pairwise(listening.timestamps)} == {960}


@pytest.mark.asyncio
async def test_sequence_numbers_go_round_and_the_sound_goes_on(listening):
    listening.sender._sequence = 65530

    for tick in range(12):
        listening.sender.packet(bytes([tick]), tick * 960)

    assert await listening.heard(12) == [bytes([tick]) for tick in range(12)]
    assert listening.sequences == [*range(65530, 65536), *range(6)]


@pytest.mark.asyncio
async def test_sequence_numbers_begin_far_from_their_end():
    connection, sender = sending_connection(Network())

    begins = [PacketSender(sender)._sequence for _ in range(50)]

    assert max(begins) < 2**15
    assert len(set(begins)) > 1
    await connection.close()


@pytest.mark.asyncio
async def test_timestamps_go_round(listening):
    listening.sender._origin = 0xFFFFFFFF

    listening.sender.packet(b"a", 0)
    listening.sender.packet(b"b", 960)

    await listening.heard(2)
    assert listening.timestamps == [0xFFFFFFFF, 959]


@pytest.mark.asyncio
async def test_nothing_is_sent_before_there_is_a_connection():
    connection, sender = sending_connection(Network())

    sender.packet(b"a", 0)

    assert sender._packets == 0
    await connection.close()


@pytest.mark.asyncio
async def test_nothing_is_sent_after_the_end(listening):
    listening.sender.packet(b"a", 0)
    await listening.heard(1)

    await listening.connection.close()
    listening.sender.packet(b"b", 960)

    assert listening.sender._packets == 1


@pytest.mark.asyncio
async def test_end_is_told_by_a_bye(listening):
    await listening.connection.close()

    await until(lambda: RtcpByePacket([listening.sender._ssrc]) in listening.rtcp)


class FullSocket:
    def sendto(self, data, address):
        raise BlockingIOError


@pytest.mark.asyncio
async def test_full_socket_loses_its_packets_and_keeps_none(listening):
    listening.sender.packet(b"a", 0)
    bound, listening.sender._socket = listening.sender._socket, FullSocket()
    listening.sender.packet(b"b", 960)

    listening.sender._socket = bound
    listening.sender.packet(b"c", 1920)

    assert await listening.heard(2) == [b"a", b"c"]
    assert (listening.sequences[1] - listening.sequences[0]) & 0xFFFF == 2


@pytest.mark.asyncio
async def test_sound_follows_the_pair_that_ice_chose(listening):
    listening.sender.packet(b"a", 0)
    nominated = listening.sender._nominated
    elsewhere = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    elsewhere.bind(("127.0.0.1", 0))
    elsewhere.settimeout(2)
    pair = SimpleNamespace(protocol=nominated[1].protocol, remote_addr=elsewhere.getsockname())

    former, nominated[1] = nominated[1], pair
    listening.sender.packet(b"b", 960)

    assert len(elsewhere.recv(2048)) > aiortc_inside.RTP_HEADER.size
    nominated[1] = former
    elsewhere.close()


@pytest.mark.asyncio
async def test_packet_that_cannot_be_encrypted_is_the_last(listening):
    class WornOut:
        def protect(self, packet):
            raise pylibsrtp.Error("can't use key any more")

    srtp, listening.sender._srtp = listening.sender._srtp, WornOut()

    with pytest.raises(ConnectionError):
        listening.sender.packet(b"a", 0)
    listening.sender._srtp = srtp
    listening.sender.packet(b"b", 960)

    assert listening.sender._packets == 0


@pytest.mark.asyncio
async def test_sender_report_says_what_was_sent(listening):
    sender = listening.sender
    sender._report_at = 2

    for tick in range(3):
        sender.packet(b"four", tick * 960)
    await until(lambda: len(listening.rtcp) == 2)

    report, description = listening.rtcp
    assert report.sender_info.rtp_timestamp == (sender._origin + 1920) & 0xFFFFFFFF
    assert (report.sender_info.packet_count, report.sender_info.octet_count) == (3, 12)
    assert (report.ssrc, description.chunks[0].ssrc) == (sender._ssrc, sender._ssrc)
    assert f"a=ssrc:{sender._ssrc} cname:{description.chunks[0].items[0][1].decode()}" in (
        listening.offer
    )


@pytest.mark.asyncio
async def test_sender_reports_are_few_and_spread(listening, monkeypatch):
    sent_at = []
    monkeypatch.setattr(
        listening.sender, "_put_rtcp", lambda *packets: sent_at.append(listening.sender._packets)
    )

    for tick in range(20 * PACKETS_PER_REPORT):
        listening.sender.packet(b"", tick * 960)

    gaps = [later - one for one, later in pairwise(sent_at)]
    assert min(gaps) >= PACKETS_PER_REPORT // 2
    assert max(gaps) <= PACKETS_PER_REPORT * 3 // 2
    assert len(set(gaps)) > 1


# --- Where it is bound ---


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
