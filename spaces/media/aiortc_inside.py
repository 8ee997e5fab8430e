"""The one module that leans on more than aiortc's and aioice's public API.

It binds where the operator says, and takes Opus payloads before aiortc decodes them: its decoder
costs a thread per microphone, and one RTP packet with an empty payload silences it for good.
"""

import asyncio
import ipaddress
import logging
import random
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from aioice import Candidate, Connection
from aioice.candidate import candidate_foundation, candidate_priority
from aioice.ice import StunProtocol, get_host_addresses
from aiortc import (
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpCodecCapability,
    RTCRtpReceiver,
    RTCRtpTransceiver,
)
from aiortc.mediastreams import MediaStreamTrack
from aiortc.rtcrtpparameters import RTCRtpReceiveParameters
from aiortc.rtcrtpreceiver import StreamStatistics
from aiortc.rtp import (
    AnyRtcpPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpSrPacket,
    RtpPacket,
)

from .errors import NodeFull

logger = logging.getLogger(__name__)

# What these hooks were read and tested against; tests/unit/spaces/media/test_aiortc_inside.py.
AIORTC_SERIES = "1.16"
AIOICE_SERIES = "0.13"

RECEIVER_ATTRIBUTE = "_RTCRtpTransceiver__receiver"

OPUS = RTCRtpCodecCapability(mimeType="audio/opus", clockRate=48000, channels=2)
RECEIVE_BUFFER_BYTES = 256 * 1024

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


def sending_connection(network: Network, track: MediaStreamTrack) -> RTCPeerConnection:
    """Sound down to a browser."""
    connection, _ = _connection(network, track, "sendonly")
    return connection


def receiving_connection(network: Network, on_packet: PacketHandler) -> RTCPeerConnection:
    """A browser's microphone up to us: `on_packet` gets every Opus payload, undecoded."""
    connection, transceiver = _connection(network, "audio", "recvonly")
    receiver = TappedReceiver(transceiver.receiver, on_packet)
    receiver._set_rtcp_ssrc(transceiver.sender._ssrc)
    setattr(transceiver, RECEIVER_ATTRIBUTE, receiver)
    return connection


def confine(connection: RTCPeerConnection, network: Network) -> None:
    """Make a connection's sockets live where `network` says; before it gathers."""
    for transceiver in connection.getTransceivers():
        ice = transceiver.receiver.transport.transport._connection
        ice.get_component_candidates = _Gatherer(ice, network)  # type: ignore[method-assign]


def _connection(
    network: Network, track_or_kind: MediaStreamTrack | str, direction: str
) -> tuple[RTCPeerConnection, RTCRtpTransceiver]:
    # No STUN or TURN at this end: a node has an address that browsers reach (MEDIA_ADVERTISE).
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    transceiver = connection.addTransceiver(track_or_kind, direction=direction)
    transceiver.setCodecPreferences([OPUS])
    confine(connection, network)
    return connection, transceiver


class _Gatherer:
    """Stands in for `Connection.get_component_candidates`: the same, but bound by `Network`."""

    def __init__(self, connection: Connection, network: Network) -> None:
        self._connection = connection
        self._network = network

    async def __call__(
        self,
        component: int,
        addresses: list[str],
        timeout: int = 5,  # noqa: ASYNC109 - aioice's signature
    ) -> list[Candidate]:
        loop = asyncio.get_running_loop()
        candidates: list[Candidate] = []
        for address in self._network.addresses():
            _, protocol = await loop.create_datagram_endpoint(
                lambda: StunProtocol(self._connection), sock=self._network.socket(address)
            )
            port = protocol.transport.get_extra_info("sockname")[1]
            # Pairs are formed with the bound address, browsers are told the advertised ones.
            protocol.local_candidate = _host_candidate(component, address, port, 0)
            self._connection._protocols.append(protocol)
            if not self._network.advertise:
                candidates.append(_host_candidate(component, address, port, len(candidates)))
        for rank, address in enumerate(self._network.advertise):
            candidates.append(_host_candidate(component, address, port, rank))
        return candidates


def _host_candidate(component: int, address: str, port: int, rank: int) -> Candidate:
    return Candidate(
        foundation=candidate_foundation("host", "udp", address),
        component=component,
        transport="udp",
        priority=candidate_priority(component, "host", 65535 - rank),
        host=address,
        port=port,
        type="host",
    )
