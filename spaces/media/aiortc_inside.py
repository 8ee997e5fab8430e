"""The one module that leans on more than aiortc's and aioice's public API.

It binds where the operator says. It takes Opus payloads before aiortc decodes them: its decoder
costs a thread per microphone, and one RTP packet with an empty payload silences it for good. And it
sends finished payloads past aiortc's sender, whose task per listener costs four times as much.
"""

import asyncio
import contextlib
import ipaddress
import logging
import random
import secrets
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from aioice import Candidate, Connection
from aioice.candidate import candidate_foundation, candidate_priority
from aioice.ice import CandidatePair, StunProtocol, get_host_addresses
from aiortc import (
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpCodecCapability,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCRtpTransceiver,
)
from aiortc.clock import current_ntp_time
from aiortc.rtcrtpparameters import RTCRtpReceiveParameters, RTCRtpSendParameters
from aiortc.rtcrtpreceiver import StreamStatistics
from aiortc.rtp import (
    AnyRtcpPacket,
    RtcpByePacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSourceInfo,
    RtcpSrPacket,
    RtpPacket,
)
from pylibsrtp import Error as SrtpError
from pylibsrtp import Session

from .errors import NodeFull

logger = logging.getLogger(__name__)

# What these hooks were read and tested against; tests/unit/spaces/media/test_aiortc_inside.py.
AIORTC_SERIES = "1.16"
AIOICE_SERIES = "0.13"

RECEIVER_ATTRIBUTE = "_RTCRtpTransceiver__receiver"
SENDER_ATTRIBUTE = "_RTCRtpTransceiver__sender"

OPUS = RTCRtpCodecCapability(mimeType="audio/opus", clockRate=48000, channels=2)
RECEIVE_BUFFER_BYTES = 256 * 1024
LONGEST_DATAGRAM_BYTES = 1500

# RFC 3550 §5.1: version 2, no padding, no extension, no CSRC; then the payload type, the sequence
# number, the timestamp and the source.
RTP_HEADER = struct.Struct(">BBHII")
RTP_VERSION = 0x80
SDES_CNAME = 1
# 5 s of a stream, on average.
PACKETS_PER_REPORT = 250

# (synchronisation source, sequence number, timestamp, payload)
PacketHandler = Callable[[int, int, int, bytes], None]


@dataclass(frozen=True)
class Network:
    """Where media sockets live.

    bind: an address, or 0.0.0.0 / :: for every interface
    ports: lowest and highest UDP port; None leaves the choice to the system
    advertise: the addresses browsers are told instead of the bound ones (NAT, containers)
    """

    bind: str = "127.0.0.1"
    ports: tuple[int, int] | None = None
    advertise: tuple[str, ...] = ()
    _cursor: list[int] = field(default_factory=lambda: [0], repr=False, compare=False)

    def __post_init__(self) -> None:
        for address in (self.bind, *self.advertise):
            ipaddress.ip_address(address)
        if self.ports is not None and not 0 < self.ports[0] <= self.ports[1] < 65536:
            raise ValueError(f"{self.ports[0]}-{self.ports[1]} is no range of ports")

    def addresses(self) -> list[str]:
        bind = ipaddress.ip_address(self.bind)
        # One socket on every interface is enough when the address told is another one anyway.
        if not bind.is_unspecified or self.advertise:
            return [self.bind]
        found = get_host_addresses(use_ipv4=True, use_ipv6=bind.version == 6)
        return found or ["127.0.0.1"]

    def socket(self, address: str) -> socket.socket:
        """A bound UDP socket.

        Raises: NodeFull when every port of the range is taken
        """
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        udp = socket.socket(family, socket.SOCK_DGRAM)
        udp.setblocking(False)
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        for port in self._ports():
            try:
                udp.bind((address, port))
            except OSError:
                continue
            return udp
        udp.close()
        logger.warning("no free port on %s", address)
        raise NodeFull

    def _ports(self) -> list[int]:
        if self.ports is None:
            return [0]
        low, high = self.ports
        count = high - low + 1
        # Onward from the last one: a port just freed rests, so that late packets of its former
        # peer do not reach a new one.
        start = self._cursor[0]
        self._cursor[0] = (start + 1) % count
        return [low + (start + step) % count for step in range(count)]


class TappedReceiver(RTCRtpReceiver):
    """Hands payloads over as they arrive and reports back; decodes nothing, holds nothing."""

    def __init__(self, replaced: RTCRtpReceiver, on_packet: PacketHandler) -> None:
        super().__init__("audio", replaced.transport)
        self._on_packet = on_packet
        self._payload_types: set[int | None] = set()
        self._statistics: dict[int, StreamStatistics] = {}
        self._sender_reports: dict[int, tuple[int, float]] = {}
        self._own_ssrc: int | None = None
        self._reports: asyncio.Task[None] | None = None

    def _set_rtcp_ssrc(self, ssrc: int) -> None:
        self._own_ssrc = ssrc

    async def receive(self, parameters: RTCRtpReceiveParameters) -> None:
        if self._reports is None:
            self._payload_types = {
                codec.payloadType for codec in parameters.codecs if codec.name.lower() == "opus"
            }
            self.transport._register_rtp_receiver(self, parameters)
            self._reports = asyncio.create_task(self._report())

    async def stop(self) -> None:
        if self._reports is not None:
            self.transport._unregister_rtp_receiver(self)
            self._reports.cancel()
            self._reports = None

    def _handle_disconnect(self) -> None:
        """The connection's own state tells; there is no decoder to stop."""

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        if isinstance(packet, RtcpSrPacket):
            middle = (packet.sender_info.ntp_timestamp >> 16) & 0xFFFFFFFF
            self._sender_reports[packet.ssrc] = (middle, time.monotonic())

    async def _handle_rtp_packet(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        if packet.payload_type not in self._payload_types:
            return
        if packet.ssrc not in self._statistics:
            # A browser has one microphone; whoever makes up sources must not fill our memory.
            self._statistics = {packet.ssrc: StreamStatistics(clockrate=48000)}
        self._statistics[packet.ssrc].add(packet)
        self._on_packet(packet.ssrc, packet.sequence_number, packet.timestamp, packet.payload)

    async def _report(self) -> None:
        """Receiver reports: by the loss they name the browser decides how much FEC to add."""
        while True:
            await asyncio.sleep(0.5 + random.random())  # noqa: S311 - RFC 3550 §6.2 jitter
            if self._own_ssrc is None or not self._statistics:
                continue
            reports = []
            for ssrc, statistics in self._statistics.items():
                last, at = self._sender_reports.get(ssrc, (0, 0.0))
                since = min(int((time.monotonic() - at) * 65536), 0xFFFFFFFF) if last else 0
                reports.append(
                    RtcpReceiverInfo(
                        ssrc=ssrc,
                        fraction_lost=statistics.fraction_lost,
                        packets_lost=statistics.packets_lost,
                        highest_sequence=statistics.max_seq or 0,
                        jitter=statistics.jitter,
                        lsr=last,
                        dlsr=since,
                    )
                )
            packet = RtcpRrPacket(ssrc=self._own_ssrc, reports=reports)
            try:
                await self.transport._send_rtp(bytes(packet))
            except ConnectionError:
                return


class PacketSender(RTCRtpSender):
    """Sends finished payloads the moment they are given, without a task or a queue of its own."""

    def __init__(self, replaced: RTCRtpSender) -> None:
        super().__init__("audio", replaced.transport)
        # The description and the receiver's reports go by these already.
        self._ssrc, self._stream_id = replaced._ssrc, replaced._stream_id
        # In the lower half, as libwebrtc does it: a wrap among the first packets, one of them lost,
        # would leave the two ends with different rollover counters (RFC 3711 §3.3.1).
        self._sequence = secrets.randbelow(1 << 15)
        self._origin = secrets.randbits(32)
        self._packets = self._octets = 0
        self._report_at = random.randrange(PACKETS_PER_REPORT)  # noqa: S311 - spread, no secret
        self._is_sending = False
        self._payload_type: int | None = None
        self._cname = ""
        self._srtp: Session
        self._nominated: dict[int, CandidatePair] = {}
        self._pair: CandidatePair | None = None
        self._socket: socket.socket
        self._address: tuple[str, int]

    async def send(self, parameters: RTCRtpSendParameters) -> None:
        self._payload_type = parameters.codecs[0].payloadType
        self._cname = parameters.rtcp.cname or ""
        self._srtp = self.transport._tx_srtp
        self._nominated = self.transport.transport._connection._nominated
        self.transport._register_rtp_sender(self, parameters)
        self._is_sending = True

    async def stop(self) -> None:
        if self._is_sending:
            self._is_sending = False
            self.transport._unregister_rtp_sender(self)
            self._put_rtcp(RtcpByePacket(sources=[self._ssrc]))

    def packet(self, payload: bytes, timestamp: int) -> None:
        """Send, or drop: who is not connected or whose socket is full misses these 20 ms.

        timestamp: at 48 kHz, of a clock that all streams share

        Raises: ConnectionError when nothing can be sent any more
        """
        if not self._is_sending or not self._is_routed():
            return
        timestamp = (self._origin + timestamp) & 0xFFFFFFFF
        header = RTP_HEADER.pack(
            RTP_VERSION, self._payload_type, self._sequence, timestamp, self._ssrc
        )
        try:
            self._put(self._srtp.protect(header + payload))
            self._sequence = (self._sequence + 1) & 0xFFFF
            self._packets += 1
            self._octets += len(payload)
            if self._packets > self._report_at:
                self._report(timestamp)
        except SrtpError as error:
            self._is_sending = False
            raise ConnectionError("A packet could not be encrypted.") from error

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        """Nothing follows from a listener's reports: one encode is for all, nothing is resent."""

    def _is_routed(self) -> bool:
        pair = self._nominated.get(1)
        if pair is not self._pair:
            self._pair = pair
            if pair is not None:
                self._socket = cast(_BoundProtocol, pair.protocol).socket
                self._address = pair.remote_addr
        return pair is not None

    def _put(self, datagram: bytes) -> None:
        # Past asyncio's transport, which would keep without limit what a full socket does not take.
        # Other errors may pass; if they do not, ICE's consent expires (RFC 7675) and that is told.
        with contextlib.suppress(OSError):
            self._socket.sendto(datagram, self._address)

    def _put_rtcp(self, *packets: AnyRtcpPacket) -> None:
        if self._is_routed():
            compound = b"".join(bytes(packet) for packet in packets)
            self._put(self._srtp.protect_rtcp(compound))

    def _report(self, timestamp: int) -> None:
        spread = PACKETS_PER_REPORT // 2
        self._report_at += PACKETS_PER_REPORT + random.randint(-spread, spread)  # noqa: S311
        self._put_rtcp(
            RtcpSrPacket(
                ssrc=self._ssrc,
                sender_info=RtcpSenderInfo(
                    ntp_timestamp=current_ntp_time(),
                    rtp_timestamp=timestamp,
                    packet_count=self._packets & 0xFFFFFFFF,
                    octet_count=self._octets & 0xFFFFFFFF,
                ),
            ),
            RtcpSdesPacket(
                chunks=[RtcpSourceInfo(ssrc=self._ssrc, items=[(SDES_CNAME, self._cname.encode())])]
            ),
        )


def sending_connection(network: Network) -> tuple[RTCPeerConnection, PacketSender]:
    """Sound down to a browser."""
    connection, transceiver = _connection(network, "sendonly")
    sender = PacketSender(transceiver.sender)
    setattr(transceiver, SENDER_ATTRIBUTE, sender)
    return connection, sender


def receiving_connection(network: Network, on_packet: PacketHandler) -> RTCPeerConnection:
    """A browser's microphone up to us: `on_packet` gets every Opus payload, undecoded."""
    connection, transceiver = _connection(network, "recvonly")
    receiver = TappedReceiver(transceiver.receiver, on_packet)
    receiver._set_rtcp_ssrc(transceiver.sender._ssrc)
    setattr(transceiver, RECEIVER_ATTRIBUTE, receiver)
    return connection


def confine(connection: RTCPeerConnection, network: Network) -> None:
    """Make a connection's sockets live where `network` says; before it gathers."""
    for transceiver in connection.getTransceivers():
        ice = transceiver.receiver.transport.transport._connection
        ice.gather_candidates = _Gatherer(ice, network)  # type: ignore[method-assign]


def _connection(network: Network, direction: str) -> tuple[RTCPeerConnection, RTCRtpTransceiver]:
    # No STUN or TURN at this end: a node has an address that browsers reach (MEDIA_ADVERTISE).
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    transceiver = connection.addTransceiver("audio", direction=direction)
    transceiver.setCodecPreferences([OPUS])
    confine(connection, network)
    return connection, transceiver


class _BoundProtocol(StunProtocol):
    """Knows its socket, so that sound need not take the way through asyncio's transport."""

    def __init__(self, connection: Connection, bound: socket.socket) -> None:
        super().__init__(connection)
        self.socket = bound

    def datagram_received(self, data: bytes | str, addr: tuple[Any, ...]) -> None:
        # pylibsrtp refuses what is longer with an error that ends aiortc's connection, and anybody
        # may send it.
        if len(data) <= LONGEST_DATAGRAM_BYTES:
            super().datagram_received(data, addr)


class _Gatherer:
    """Stands in for `Connection.gather_candidates`: binds by `Network`, and only by it."""

    def __init__(self, connection: Connection, network: Network) -> None:
        self._connection = connection
        self._network = network

    async def __call__(self) -> None:
        candidates = self._connection._local_candidates
        for address in self._network.addresses():
            port = await self._bind(address)
            if not self._network.advertise:
                candidates.append(_host_candidate(address, port, len(candidates)))
        for rank, address in enumerate(self._network.advertise):
            candidates.append(_host_candidate(address, port, rank))
        self._connection._local_candidates_end = True

    async def _bind(self, address: str) -> int:
        udp = self._network.socket(address)
        _, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _BoundProtocol(self._connection, udp), sock=udp
        )
        port: int = udp.getsockname()[1]
        # Pairs are formed with the bound address, browsers are told the advertised ones.
        protocol.local_candidate = _host_candidate(address, port, 0)
        self._connection._protocols.append(protocol)
        return port


def _host_candidate(address: str, port: int, rank: int) -> Candidate:
    return Candidate(
        foundation=candidate_foundation("host", "udp", address),
        component=1,
        transport="udp",
        priority=candidate_priority(1, "host", 65535 - rank),
        host=address,
        port=port,
        type="host",
    )
