"""The jitter buffer of one microphone: RTP packets in as they come, one out whenever asked."""

from dataclasses import dataclass
from typing import NamedTuple

from .opus import RATE_HZ

# A sender that jumps further than this started over; nothing between is worth waiting for.
RESYNC_PACKETS = 50
MAX_HELD_SAMPLES = RATE_HZ // 5
# How long one packet too many must have lain there before it is dropped: a clock that runs fast
# needs it once in minutes, a network that still shakes would only ask for it back.
SURPLUS_PULLS = 250
# More than one too many is what a stall left behind: a packet a second until it is gone.
STALL_PULLS = 50


class Pulled(NamedTuple):
    payload: bytes | None
    # The packet after a lost one, which may carry a copy of it (in-band FEC).
    following: bytes | None


@dataclass(frozen=True, slots=True)
class _Packet:
    timestamp: int
    payload: bytes


_NOTHING = Pulled(None, None)


class JitterBuffer:
    """Reorders, drops duplicates, waits for `prefetch` packets, starts over after a pause.

    An empty buffer does not move on: a packet that was only late is played late, and the delay
    has grown by itself. `SURPLUS_PULLS` and `STALL_PULLS` take it back.
    """

    def __init__(self, prefetch: int = 1) -> None:
        if prefetch < 1:
            raise ValueError("a jitter buffer holds one packet at least")
        self._prefetch = prefetch
        self.reset()

    def reset(self) -> None:
        self._held: dict[int, _Packet] = {}
        self._newest: int | None = None
        self._played: int | None = None  # extended sequence number, as the keys of _held
        self._is_filling = True
        self._waited = 0
        self._least_held = self._pulls = 0

    def __len__(self) -> int:
        return len(self._held)

    def push(self, sequence: int, timestamp: int, payload: bytes) -> None:
        """sequence: 16 bits and timestamp: 32 bits, both wrapping"""
        index = self._extended(sequence)
        if self._newest is not None and abs(index - self._newest) > RESYNC_PACKETS:
            self.reset()
            index = self._extended(sequence)
        if index in self._held or (self._played is not None and index <= self._played):
            return
        self._newest = index if self._newest is None else max(index, self._newest)
        self._held[index] = _Packet(timestamp, payload)
        self._drop_stale()

    def pull(self) -> Pulled:
        """What is to be played next. Without payload: it is lost, late, or nobody sends."""
        if not self._held:
            self._is_filling, self._waited, self._pulls = True, 0, 0
            return _NOTHING
        if self._is_filling:
            # Under DTX one packet comes in 400 ms: wait for the second no longer than it would
            # take if somebody were talking.
            if len(self._held) < self._prefetch and self._waited < self._prefetch - 1:
                self._waited += 1
                return _NOTHING
            self._is_filling = False
            self._skip_to_oldest()
        self._trim()
        assert self._played is not None
        self._played += 1
        packet = self._held.pop(self._played, None)
        if packet is not None:
            return Pulled(packet.payload, None)
        following = self._held.get(self._played + 1)
        return Pulled(None, following.payload if following else None)

    def _extended(self, sequence: int) -> int:
        if self._newest is None:
            # Room below, so that a packet overtaken at the very start stays positive.
            return sequence + 0x10000
        return self._newest + ((sequence - self._newest + 0x8000) & 0xFFFF) - 0x8000

    def _skip_to_oldest(self) -> None:
        """What is missing before it counts as silence, not as loss."""
        self._played = min(self._held) - 1

    def _drop_stale(self) -> None:
        """After a stall everything arrives at once: the past is not worth the delay."""
        has_dropped = False
        while len(self._held) > 1:
            oldest, newest = self._held[min(self._held)], self._held[max(self._held)]
            if (newest.timestamp - oldest.timestamp) & 0xFFFFFFFF <= MAX_HELD_SAMPLES:
                break
            del self._held[min(self._held)]
            has_dropped = True
        if has_dropped:
            self._skip_to_oldest()

    def _trim(self) -> None:
        held = len(self._held)
        self._least_held = min(self._least_held, held) if self._pulls else held
        self._pulls += 1
        surplus = self._least_held - self._prefetch
        if self._pulls < (STALL_PULLS if surplus > 1 else SURPLUS_PULLS):
            return
        self._pulls = 0
        if surplus > 0:
            del self._held[min(self._held)]
            self._skip_to_oldest()
