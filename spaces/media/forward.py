"""RTP forward: the one way, besides the listeners' connections, that sound leaves a node."""

import ipaddress
import secrets
import socket
import struct
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import pylibsrtp

from .errors import MediaError
from .opus import FRAME, LONGEST_FRAME

PAYLOAD_TYPE = 111
KEY_BYTES = 30  # AES_CM_128_HMAC_SHA1_80: master key of 16, salt of 14 (RFC 3711 §8.2)
LEASE_S = 15.0
MAX_FORWARDS = 100
# libsrtp keeps a context for every SSRC; a sender that makes them up must not fill our memory.
MAX_SOURCES = 200
# As aiortc's: what it took from a sender out of order may leave out of order as well.
_REPLAY_WINDOW = 1024

_HEADER = struct.Struct("!BBHII")
_VERSION_2 = 0x80
_MARKER = 0x80


class ForwardRefused(MediaError):
    """A forward that is not made."""


@dataclass(frozen=True)
class Target:
    """Where a forward goes: as SRTP, or in the clear but then only to this machine.

    host: an IP address. key: 30 bytes, for this one forward: whoever receives anew, or elsewhere,
    asks with a new key, since the packets are counted from the first one sent (RFC 3711 §9.1).

    Raises: ForwardRefused
    """

    host: str
    port: int
    key: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        try:
            address = ipaddress.ip_address(self.host)
        except ValueError as error:
            raise ForwardRefused("A forward goes to an IP address, not to a name.") from error
        if not 0 < self.port < 65536:
            raise ForwardRefused("A forward's port lies between 1 and 65535.")
        if self.key is None and not address.is_loopback:
            raise ForwardRefused("A forward that leaves this machine needs an SRTP key.")
        if self.key is not None and len(self.key) != KEY_BYTES:
            raise ForwardRefused(f"A forward's SRTP key has {KEY_BYTES} bytes.")


class RtpForward:
    """One source on its way to one target. A receiver that is slow or gone costs its packets only.

    sent, lost: packets handed to the network, and those it or SRTP would not take

    Raises: ForwardRefused, retryable, when the system has no socket or no way there
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.sent = self.lost = 0
        self._own_ssrc = secrets.randbits(32)
        self._source: int | None = None
        self._timestamp = 0
        self._sources: set[int] = set()
        self._srtp = None if target.key is None else pylibsrtp.Session(_outbound(target.key))
        family = socket.AF_INET6 if ":" in target.host else socket.AF_INET
        try:
            self._udp = socket.socket(family, socket.SOCK_DGRAM)
        except OSError as error:
            raise ForwardRefused("There is no socket for this forward.", retryable=True) from error
        self._udp.setblocking(False)
        try:
            self._udp.connect((target.host, target.port))
        except OSError as error:
            self._udp.close()
            raise ForwardRefused("There is no way to this address.", retryable=True) from error

    def packet(self, source: int, sequence: int, timestamp: int, payload: bytes) -> None:
        """A sender's packet under the sender's own numbers: the receiver sees what we saw of it.

        source: its SSRC, so that a new connection of the same person is a new one
        """
        ahead = (timestamp - self._timestamp) & 0xFFFFFFFF
        # More than the longest packet ahead, and not behind: the sender paused.
        starts = source != self._source or LONGEST_FRAME < ahead < 1 << 31
        if starts or ahead < 1 << 31:
            self._source, self._timestamp = source, timestamp
        marker = _MARKER if starts else 0
        header = _HEADER.pack(_VERSION_2, marker | PAYLOAD_TYPE, sequence, timestamp, source)
        try:
            self._udp.send(self._protected(source, header + payload))
        except (OSError, ValueError, pylibsrtp.Error):
            # Nobody listens there, a full buffer, too long for SRTP, or sent before.
            self.lost += 1
        else:
            self.sent += 1

    def mix(self, payload: bytes, tick: int) -> None:
        """20 ms of the mix, under our own SSRC. A tick left out is a gap in both numbers."""
        self.packet(self._own_ssrc, tick & 0xFFFF, tick * FRAME & 0xFFFFFFFF, payload)

    def close(self) -> None:
        """Repeat: harmless."""
        self._udp.close()

    def _protected(self, source: int, packet: bytes) -> bytes:
        if self._srtp is None:
            return packet
        if source not in self._sources:
            if len(self._sources) == MAX_SOURCES:
                raise ValueError("too many sources")
            self._sources.add(source)
        return self._srtp.protect(packet)


def _outbound(key: bytes) -> pylibsrtp.Policy:
    # Repeats stay refused: one number on two payloads would give away the difference of both.
    policy = pylibsrtp.Policy(key, pylibsrtp.Policy.SSRC_ANY_OUTBOUND)
    policy.window_size = _REPLAY_WINDOW
    return policy


@dataclass(eq=False)
class _Leased:
    space: str
    source: str | None
    forward: RtpForward
    renewed_s: float


class Forwards:
    """The forwards of one node, each under a name that whoever asked for it made up."""

    def __init__(self) -> None:
        self._leased: dict[str, _Leased] = {}
        # Asked for every packet and every tick, so kept ready.
        self._by_source: dict[tuple[str, str | None], tuple[RtpForward, ...]] = {}

    def of(self, space: str, source: str | None) -> Collection[RtpForward]:
        """source: a person whose original packets are meant, or None for the audience's mix"""
        return self._by_source.get((space, source), ())

    def set(
        self, name: str, space: str, source: str | None, target: Target, now_s: float
    ) -> RtpForward:
        """Make, change or renew a forward. It ends LEASE_S after it was last asked for.

        now_s: on the monotonic clock, as in `expire`. Repeat: renews.

        Raises: ForwardRefused
        """
        known = self._leased.get(name)
        if known and (known.space, known.source, known.forward.target) == (space, source, target):
            known.renewed_s = now_s
            return known.forward
        if known is None and len(self._leased) >= MAX_FORWARDS:
            raise ForwardRefused("This node forwards as much as it can.", retryable=True)
        forward = RtpForward(target)
        self.stop(name)
        self._leased[name] = _Leased(space, source, forward, now_s)
        self._by_source[space, source] = (*self.of(space, source), forward)
        return forward

    def stop(self, name: str) -> None:
        """Repeat: harmless."""
        leased = self._leased.pop(name, None)
        if leased is None:
            return
        key = leased.space, leased.source
        left = tuple(one for one in self._by_source.pop(key) if one is not leased.forward)
        if left:
            self._by_source[key] = left
        leased.forward.close()

    def expire(self, now_s: float) -> list[str]:
        """Drop what nobody renewed: who asked for it may have died. Answers their names."""
        return self._drop(
            name for name, leased in self._leased.items() if now_s - leased.renewed_s > LEASE_S
        )

    def drop_space(self, space: str) -> list[str]:
        """Answers the names of what was dropped."""
        return self._drop(name for name, leased in self._leased.items() if leased.space == space)

    def close(self) -> None:
        """Repeat: harmless."""
        self._drop(self._leased)

    def _drop(self, names: Iterable[str]) -> list[str]:
        dropped = list(names)
        for name in dropped:
            self.stop(name)
        return dropped
