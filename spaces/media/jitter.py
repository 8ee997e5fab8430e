"""The jitter buffer of one microphone: RTP packets in as they come, one out whenever asked."""

from collections import deque
from typing import NamedTuple

from .opus import FRAME, RATE_HZ

# The most a packet may be kept waiting for others; what is later than that is given up.
MAX_DELAY = RATE_HZ * 12 // 100
# A sender that jumps further than this started over; nothing between is worth waiting for.
RESYNC_PACKETS = 50
# How long the network must have been calm before one packet too many is taken out: a clock that
# runs fast needs it once in minutes, a network that still shakes would only ask for it back.
SURPLUS_TICKS = 250
# More than one too many is what a stall left behind.
STALL_TICKS = 50

_STEP = FRAME // 2  # of the histogram
_MAX_STEPS = MAX_DELAY // _STEP
_WINDOW_S = 10.0
_WINDOW_PACKETS = 2000
_LATE_SHARE = 0.02
# When nothing has come in time for so long, the way itself has become longer.
_LONGER_WAY_S = 0.5


class Pulled(NamedTuple):
    payload: bytes | None
    # The packet after a lost one, which may carry a copy of it (in-band FEC).
    following: bytes | None
    # Its turn has passed. Otherwise, without payload, the turn is kept for what may come late.
    is_lost: bool


class _Packet(NamedTuple):
    timestamp: int  # extended
    payload: bytes


_NOTHING = Pulled(None, None, False)


class Lateness:
    """How late packets come, arrival minus RTP timestamp, and which delay would suit them.

    A histogram over the last 10 s of which all but 2 % shall be in time, as NetEQ does it
    (WebRTC, modules/audio_coding/neteq/delay_manager.cc), with a sliding window instead of
    forgetting. Arrivals are read on the clock that takes packets out, which counts ticks: a loop
    that is held up delays arrivals and ticks alike, which does no harm and must not count as any.
    """

    def __init__(self) -> None:
        # samples from RTP timestamp to the tick's clock at which a packet should be played
        self.wanted = 0
        self._clear()

    def _clear(self) -> None:
        self._window: deque[tuple[float, int]] = deque()
        self._counts: dict[int, int] = {}
        self._least = 0
        self._beyond_since_s: float | None = None

    def add(self, lateness: int, arrived_s: float) -> None:
        """lateness: samples, from any origin. What no allowed delay would have saved is left out"""
        step = lateness // _STEP
        if self._window:
            if step > self._least + _MAX_STEPS:
                if self._beyond_since_s is None:
                    self._beyond_since_s = arrived_s
                if arrived_s - self._beyond_since_s < _LONGER_WAY_S:
                    return
                self._clear()
            elif step < self._least - _MAX_STEPS:
                self._clear()
        self._beyond_since_s = None
        window, counts = self._window, self._counts
        window.append((arrived_s, step))
        counts[step] = counts.get(step, 0) + 1
        while window[0][0] < arrived_s - _WINDOW_S or len(window) > _WINDOW_PACKETS:
            _, old = window.popleft()
            counts[old] -= 1
            if not counts[old]:
                del counts[old]
        if len(counts) == 1:
            self._least, self.wanted = step, step * _STEP
        else:
            self._weigh()

    def _weigh(self) -> None:
        steps = sorted(self._counts)
        self._least = steps[0]
        # One is allowed from the first: a single loss says nothing about a network.
        late, allowed = 0, max(int(len(self._window) * _LATE_SHARE), 1)
        while late + self._counts[steps[-1]] <= allowed:
            late += self._counts[steps.pop()]
        self.wanted = min(steps[-1], self._least + _MAX_STEPS) * _STEP


class JitterBuffer:
    """Reorders, drops duplicates, and holds packets for as long as their lateness asks for.

    An empty buffer does not move on: a packet that was only late is played late, and the delay
    has grown where the sound was interrupted anyway. A packet whose follower was played is
    dropped. `surplus` says how much of the delay may be taken back.
    """

    def __init__(self) -> None:
        self._clock = 0
        self.reset()

    def reset(self) -> None:
        self._held: dict[int, _Packet] = {}
        self._newest: int | None = None
        self._played: int | None = None  # extended sequence number, as the keys of _held
        self._timestamp = 0  # of the newest, extended
        self._missed: deque[int] = deque(maxlen=RESYNC_PACKETS)
        self._lateness = Lateness()
        self._delay = 0
        self._is_filling = True
        self._has_waited = False
        self._calm_ticks = 0

    def __len__(self) -> int:
        return len(self._held)

    @property
    def surplus(self) -> int:
        """samples of delay which nothing has needed for a while"""
        surplus = self._delay - self._lateness.wanted
        if surplus < FRAME:
            return 0
        calm = SURPLUS_TICKS if surplus < 2 * FRAME else STALL_TICKS
        is_idle = self._is_filling or not self._held
        return 0 if is_idle or self._calm_ticks < calm else surplus

    def tick(self) -> None:
        """20 ms of sound have been taken out."""
        self._clock += FRAME
        self._calm_ticks += 1

    def push(self, sequence: int, timestamp: int, payload: bytes, arrived_s: float) -> None:
        """sequence: 16 bits and timestamp: 32 bits, both wrapping; arrived_s: monotonic"""
        index = self._extended(sequence)
        if self._newest is not None and abs(index - self._newest) > RESYNC_PACKETS:
            self.reset()
            index = self._extended(sequence)
        is_over = self._played is not None and index <= self._played
        if index in self._held or (is_over and index not in self._missed):
            return
        extended = self._extended_timestamp(timestamp)
        lateness = self._clock - extended
        self._lateness.add(lateness, arrived_s)
        if is_over:
            self._missed.remove(index)
            return
        if self._newest is None or index > self._newest:
            if self._newest is not None and index - self._newest > 1:
                # The copy which this one carries of its predecessor is an arrival too: so a
                # network that loses 2 % is given the delay that lets FEC repair it.
                spacing = (extended - self._timestamp) // (index - self._newest)
                self._lateness.add(lateness + spacing, arrived_s)
            self._newest, self._timestamp = index, extended
        self._held[index] = _Packet(extended, payload)
        if len(self._held) > 1:
            self._drop_stale()

    def pull(self) -> Pulled:
        """What is to be played next. Without payload: it is lost, late, or nobody sends."""
        if not self._held:
            self._is_filling, self._calm_ticks = True, 0
            return _NOTHING
        if self._is_filling:
            oldest = min(self._held)
            early = self._lateness.wanted - (self._clock - self._held[oldest].timestamp)
            has_copy = self._played is not None and self._played < oldest - 1
            if early > (FRAME if has_copy else 0):
                return _NOTHING
            # What is missing before it counts as silence, not as loss; only the copy it carries
            # of its predecessor may have its turn now.
            self._is_filling, self._has_waited = False, True
            self._skip_to(oldest - 1 if early > 0 else oldest)
        assert self._played is not None
        packet = self._held.pop(self._played + 1, None)
        if packet is not None:
            self._played += 1
            self._has_waited = False
            self._delay = self._clock - packet.timestamp
            return Pulled(packet.payload, None, False)
        if self._delay < self._lateness.wanted and not self._has_waited:
            # The delay has to grow, and here the sound is interrupted anyway.
            self._has_waited, self._calm_ticks = True, 0
            return _NOTHING
        self._played += 1
        self._missed.append(self._played)
        following = self._held.get(self._played + 1)
        return Pulled(None, following.payload if following else None, True)

    def _extended(self, sequence: int) -> int:
        if self._newest is None:
            # Room below, so that a packet overtaken at the very start stays positive.
            return sequence + 0x10000
        return self._newest + ((sequence - self._newest + 0x8000) & 0xFFFF) - 0x8000

    def _extended_timestamp(self, timestamp: int) -> int:
        ahead = (timestamp - self._timestamp + 0x8000_0000) & 0xFFFF_FFFF
        return self._timestamp + ahead - 0x8000_0000

    def _skip_to(self, index: int) -> None:
        if self._played is not None:
            self._missed.extend(range(self._played + 1, index))
        self._played = index - 1

    def _drop_stale(self) -> None:
        """After a stall everything arrives at once: the past is not worth the delay."""
        has_dropped = False
        newest = self._held[max(self._held)].timestamp
        while len(self._held) > 1:
            oldest = min(self._held)
            held = newest - self._held[oldest].timestamp
            if abs(held) <= MAX_DELAY and len(self._held) <= RESYNC_PACKETS:
                break
            del self._held[oldest]
            has_dropped = True
        if has_dropped:
            self._skip_to(min(self._held))
