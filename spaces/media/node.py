"""One media node: the stages it hosts, their microphones, their listeners, and its clock."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..cancelling import end
from .aiortc_inside import Network, receiving_connection
from .clock import TICK_MS, Clock, LoadGauge
from .errors import Barred, NodeFull, NotOnStage, SeatTaken, SpaceNotOpen, UnknownPeer
from .fanout.base import FanOut, ViewerHandler, ViewerState
from .fanout.relay import Relay
from .forward import Forwards, Target
from .microphone import Microphone
from .mixer import Mixer
from .peer import Peer

logger = logging.getLogger(__name__)

LEASES_EVERY_TICKS = 50
TALK_EVERY_TICKS = 100


@dataclass(frozen=True)
class NodeSettings:
    network: Network = field(default_factory=Network)
    max_open_microphones: int = 13
    # Bring people of different loudness together; off, a voice alone is passed on bit by bit.
    levelling: bool = False
    connect_timeout_s: float = 15.0
    # How long a person's own connection must be gone before a gentle one takes the seat.
    seat_rest_s: float = 10.0


@dataclass(frozen=True)
class Offer:
    peer: str
    sdp: str


@dataclass(frozen=True)
class Talking:
    """Who talks and how loud, 0 to 1. At most five a second and Space; 0 for who stopped."""

    space: str
    levels: Mapping[str, float]


@dataclass(frozen=True)
class Talked:
    """How much longer each person has talked, every two seconds and when the Space is closed."""

    space: str
    ms: Mapping[str, int]


@dataclass(frozen=True)
class PeerConnected:
    peer: str


@dataclass(frozen=True)
class PeerFailed:
    """Never connected, broke, was closed by the browser or with its Space. The peer is gone.

    A forward too: it ended with its Space, or was not renewed.
    """

    peer: str


@dataclass(frozen=True)
class PeerReplaced:
    """The same person started to speak with another peer. This one is gone."""

    peer: str
    by: str


NodeEvent = Talking | Talked | PeerConnected | PeerFailed | PeerReplaced


@dataclass(frozen=True)
class NodeLoad:
    spaces: int
    listeners: int
    microphones: int
    late_ticks: int
    # Share of a core in the last second.
    busy: float
    is_overloaded: bool = False


@dataclass(eq=False)
class _Down:
    name: str
    room: "_Room"
    person: str | None
    stream: str
    is_attached: bool = False
    is_connected: bool = False


@dataclass(eq=False)
class _Up:
    name: str
    room: "_Room"
    person: str
    is_gentle: bool
    peer: Peer
    source: int | None = None

    @property
    def is_connected(self) -> bool:
        return self.peer.is_connected


class _Room:
    def __init__(self, space: str, *, levelling: bool) -> None:
        self.space = space
        self.mixer = Mixer(levelling=levelling)
        self.stage: dict[str, bool] = {}
        self.barred: Collection[str] = ()
        self.ups: dict[str, _Up] = {}
        self.downs: dict[str, _Down] = {}
        # When a person's own microphone connection was last seen, on the monotonic clock.
        self.seat_left_at: dict[str, float] = {}
        self.minus_for: set[str] = set()
        self.streams: set[str] = set()
        self.settling = asyncio.Lock()

    def stream_for(self, person: str | None) -> str:
        if person is not None and person in self.mixer.microphones:
            return self.minus_stream(person)
        return self.space

    def minus_stream(self, person: str) -> str:
        return f"{self.space}/{person}"


FanOutFactory = Callable[[ViewerHandler], FanOut]


class MediaNode:
    """Hosts Spaces. Every method may be repeated; everything refused is a `MediaError`.

    `on_event` is called from the node's loop and must not block.
    """

    def __init__(
        self,
        settings: NodeSettings,
        on_event: Callable[[NodeEvent], None],
        *,
        fan_out: FanOutFactory | None = None,
        gauge: LoadGauge | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._now = now
        self._on_event = on_event
        make = fan_out or (lambda on_viewer: Relay(on_viewer, settings.network))
        self._fan_out = make(self._viewer_changed)
        self._rooms: dict[str, _Room] = {}
        self._peers: dict[str, _Down | _Up] = {}
        self._timeouts: dict[str, asyncio.TimerHandle] = {}
        self._forwards = Forwards()
        self._background: set[asyncio.Task[None]] = set()
        self._has_rooms = asyncio.Event()
        self._gauge = gauge or LoadGauge()
        self._clock = Clock(self._tick, self._gauge, now=now)
        self._ticking: asyncio.Task[None] | None = None

    # --- Spaces ---

    @property
    def spaces(self) -> list[str]:
        return list(self._rooms)

    def is_on_stage(self, space: str, person: str | None) -> bool:
        room = self._rooms.get(space)
        return room is not None and person in room.stage

    def is_barred(self, space: str, person: str | None) -> bool:
        room = self._rooms.get(space)
        return room is not None and person in room.barred

    def peers_in(self, space: str) -> int:
        room = self._rooms.get(space)
        return len(room.downs) + len(room.ups) if room else 0

    def speaking_in(self, space: str) -> list[str]:
        """People whose microphone connection stands, open or muted."""
        room = self._rooms.get(space)
        return [person for person, up in room.ups.items() if up.is_connected] if room else []

    async def open(self, space: str) -> None:
        """Raises: NodeFull, when one more Space would spoil the sound of the others"""
        if space in self._rooms:
            return
        if self._gauge.is_overloaded:
            raise NodeFull
        self._rooms[space] = _Room(space, levelling=self._settings.levelling)
        await self._fan_out.add_stream(space)
        self._has_rooms.set()
        if self._ticking is None:
            self._ticking = asyncio.create_task(self._clock.run(self._has_rooms))

    async def close(self, space: str) -> None:
        room = self._rooms.pop(space, None)
        if room is None:
            return
        if not self._rooms:
            self._has_rooms.clear()
        self._tell_talk(room)
        names = [*room.downs, *(up.name for up in room.ups.values())]
        for name in [*names, *self._forwards.drop_space(space)]:
            self._on_event(PeerFailed(name))
        await asyncio.gather(*(self.leave(name) for name in names))
        await self._fan_out.remove_stream(space)

    async def shut_down(self) -> None:
        """Close every Space and stop the clock. The node is of no use afterwards."""
        await asyncio.gather(*(self.close(space) for space in self.spaces))
        self._forwards.close()
        await self._fan_out.close()
        if self._ticking is not None:
            await end([self._ticking])
            self._ticking = None
        if self._background:
            await asyncio.gather(*self._background, return_exceptions=True)

    async def set_stage(
        self, space: str, stage: Mapping[str, bool], barred: Collection[str] = ()
    ) -> None:
        """Desired state: who may speak, in order, and whose microphone is open; who may not listen.

        What is taken away is silent before this first waits for anything.

        Raises: SpaceNotOpen
        """
        room = self._room(space)
        allowed = [person for person, is_open in stage.items() if is_open]
        allowed = allowed[: self._settings.max_open_microphones]
        room.stage = {person: person in allowed for person in stage}
        fallen = [up for person, up in room.ups.items() if person not in stage]
        for person in list(room.mixer.microphones):
            if not room.stage.get(person):
                room.mixer.close(person)
        room.barred = barred
        self._show_out(room, barred)
        await self._settle(room)
        for up in fallen:
            await self.leave(up.name)

    def remove(self, space: str, person: str) -> None:
        """End a person's connections to a Space, listening too. Repeat: harmless."""
        if (room := self._rooms.get(space)) is not None:
            self._show_out(room, {person})

    # --- Peers ---

    async def listen(self, space: str, peer: str, person: str | None = None) -> Offer:
        """Raises: MediaError"""
        room = self._room(space)
        if person in room.barred:
            raise Barred
        await self.leave(peer)
        down = _Down(peer, room, person, room.stream_for(person))
        self._peers[peer] = room.downs[peer] = down
        self._start_clock(peer)
        try:
            offer = await self._fan_out.attach(peer, down.stream)
        except BaseException:
            await self.leave(peer)
            raise
        if self._peers.get(peer) is not down:
            raise UnknownPeer
        down.is_attached = True
        await self._settle(room)
        return Offer(peer, offer)

    async def speak(self, space: str, peer: str, person: str, *, gentle: bool = False) -> Offer:
        """One microphone a person: a second one replaces the first, unless it comes gently.

        gentle: refuse with SeatTaken while the person speaks, or just spoke, by themselves

        Raises: MediaError
        """
        room = self._room(space)
        if person in room.barred:
            raise Barred
        if person not in room.stage:
            raise NotOnStage
        if gentle and self._is_seat_taken(room, person):
            raise SeatTaken
        await self.leave(peer)
        if (former := room.ups.get(person)) is not None:
            self._on_event(PeerReplaced(former.name, by=peer))
            await self.leave(former.name)
        up = self._new_up(room, peer, person, gentle)
        self._peers[peer] = room.ups[person] = up
        self._start_clock(peer)
        try:
            sdp = await up.peer.offer()
        except BaseException:
            await self.leave(peer)
            raise
        if self._peers.get(peer) is not up:
            raise UnknownPeer
        await self._settle(room)
        return Offer(peer, sdp)

    async def answer(self, peer: str, sdp: str) -> None:
        """Raises: MediaError; the peer stays usable"""
        known = self._peer(peer)
        if isinstance(known, _Up):
            await known.peer.answer(sdp)
        else:
            await self._fan_out.answer(peer, sdp)

    async def candidate(self, peer: str, candidate: Mapping[str, Any] | None) -> None:
        """Raises: MediaError; the peer stays usable"""
        known = self._peer(peer)
        if isinstance(known, _Up):
            await known.peer.candidate(candidate)
        else:
            await self._fan_out.candidate(peer, candidate)

    async def leave(self, peer: str) -> None:
        known = self._peers.pop(peer, None)
        if known is None:
            return
        if (timeout := self._timeouts.pop(peer, None)) is not None:
            timeout.cancel()
        room = known.room
        if isinstance(known, _Down):
            room.downs.pop(peer, None)
            known.is_attached = False
            self._count_minus(room)
            await self._fan_out.detach(peer)
            return
        if room.ups.get(known.person) is known:
            del room.ups[known.person]
            if not known.is_gentle:
                room.seat_left_at[known.person] = self._now()
            room.mixer.close(known.person)
            await self._settle(room)
        await known.peer.close()

    # --- Forwards ---

    def forward(self, name: str, space: str, person: str | None, target: Target) -> None:
        """Send a person's original packets, or with None the audience's mix, to an address.

        It lasts as long as it is asked for again, at least every LEASE_S. Repeat: renews.

        Raises: SpaceNotOpen, ForwardRefused
        """
        self._room(space)
        self._forwards.set(name, space, person, target, self._now())

    def stop_forward(self, name: str) -> None:
        """Repeat: harmless."""
        self._forwards.stop(name)

    def load(self) -> NodeLoad:
        rooms = self._rooms.values()
        return NodeLoad(
            spaces=len(rooms),
            listeners=sum(len(room.downs) for room in rooms),
            microphones=sum(len(room.ups) for room in rooms),
            late_ticks=self._gauge.late_ticks,
            busy=round(self._gauge.busy, 3),
            is_overloaded=self._gauge.is_overloaded,
        )

    # --- Inside ---

    def _room(self, space: str) -> _Room:
        room = self._rooms.get(space)
        if room is None:
            raise SpaceNotOpen
        return room

    def _peer(self, peer: str) -> _Down | _Up:
        known = self._peers.get(peer)
        if known is None:
            raise UnknownPeer
        return known

    def _is_seat_taken(self, room: _Room, person: str) -> bool:
        up = room.ups.get(person)
        if up is not None and not up.is_gentle:
            return True
        left_at = room.seat_left_at.get(person)
        return left_at is not None and self._now() - left_at < self._settings.seat_rest_s

    def _new_up(self, room: _Room, name: str, person: str, gentle: bool) -> _Up:
        def on_packet(source: int, sequence: int, timestamp: int, payload: bytes) -> None:
            microphone = room.mixer.microphones.get(person)
            if microphone is not None and room.ups.get(person) is up:
                self._push(up, microphone, source, sequence, timestamp, payload)
                for forward in self._forwards.of(room.space, person):
                    forward.packet(source, sequence, timestamp, payload)

        up = _Up(
            name,
            room,
            person,
            gentle,
            Peer(
                receiving_connection(self._settings.network, on_packet),
                browser_direction="sendonly",
                on_connected=lambda: self._connected(name, up),
                on_failed=lambda: self._failed(name, up),
            ),
        )
        return up

    def _push(
        self,
        up: _Up,
        microphone: Microphone,
        source: int,
        sequence: int,
        timestamp: int,
        payload: bytes,
    ) -> None:
        if source != up.source:
            up.source = source
            microphone.reset()
        microphone.push(sequence, timestamp, payload, self._now())

    async def _settle(self, room: _Room) -> None:
        """Bring microphones, streams and what everybody hears in line with stage and connections.

        Repeat: harmless.
        """
        async with room.settling:
            live = {person for person in room.ups if room.stage.get(person)}
            for person in live - room.mixer.microphones.keys():
                room.mixer.open(person)
            for person in room.mixer.microphones.keys() - live:
                room.mixer.close(person)
            streams = {room.minus_stream(person) for person in live}
            for stream in streams - room.streams:
                await self._fan_out.add_stream(stream)
            self._count_minus(room)
            for down in list(room.downs.values()):
                wanted = room.stream_for(down.person)
                if down.is_attached and down.stream != wanted:
                    down.stream = wanted
                    await self._fan_out.switch(down.name, wanted)
            for stream in room.streams - streams:
                await self._fan_out.remove_stream(stream)
            room.streams = streams

    def _count_minus(self, room: _Room) -> None:
        room.minus_for = {
            down.person
            for down in room.downs.values()
            if down.person is not None and down.person in room.mixer.microphones
        }

    def _start_clock(self, peer: str) -> None:
        known = self._peers[peer]

        def out_of_time() -> None:
            self._timeouts.pop(peer, None)
            if self._peers.get(peer) is known and not known.is_connected:
                self._drop(peer)

        loop = asyncio.get_running_loop()
        self._timeouts[peer] = loop.call_later(self._settings.connect_timeout_s, out_of_time)

    def _viewer_changed(self, viewer: str, state: ViewerState) -> None:
        down = self._peers.get(viewer)
        if not isinstance(down, _Down):
            return
        if state is ViewerState.CONNECTED:
            down.is_connected = True
            self._connected(viewer, down)
        else:
            self._drop(viewer)

    def _connected(self, name: str, peer: "_Down | _Up") -> None:
        if self._peers.get(name) is peer:
            if (timeout := self._timeouts.pop(name, None)) is not None:
                timeout.cancel()
            self._on_event(PeerConnected(name))

    def _failed(self, name: str, up: _Up) -> None:
        if self._peers.get(name) is up:
            self._drop(name)

    def _show_out(self, room: _Room, people: Collection[str]) -> None:
        peers: list[_Down | _Up] = [*room.downs.values(), *room.ups.values()]
        for peer in peers:
            if peer.person in people:
                self._drop(peer.name)

    def _drop(self, peer: str) -> None:
        self._on_event(PeerFailed(peer))
        self._later(self.leave(peer))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._background.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("closing a connection failed", exc_info=error)

    # --- The clock ---

    def _tick(self, tick: int) -> None:
        for room in list(self._rooms.values()):
            self._mix(room, tick)
        if tick % TALK_EVERY_TICKS == 0:
            for room in self._rooms.values():
                self._tell_talk(room)
        if tick % LEASES_EVERY_TICKS == 0:
            for name in self._forwards.expire(self._now()):
                self._on_event(PeerFailed(name))

    def _tell_talk(self, room: _Room) -> None:
        if talked := room.mixer.take_talked():
            ms = {person: ticks * TICK_MS for person, ticks in talked.items()}
            self._on_event(Talked(room.space, ms))

    def _mix(self, room: _Room, tick: int) -> None:
        try:
            mix = room.mixer.tick(room.minus_for)
        except Exception:
            # One Space's trouble must not silence the others on this node.
            logger.exception("a tick of a Space failed", extra={"space": room.space})
            return
        self._fan_out.packet(room.space, mix.audience, tick)
        for forward in self._forwards.of(room.space, None):
            forward.mix(mix.audience, tick)
        for person, payload in mix.minus.items():
            self._fan_out.packet(room.minus_stream(person), payload, tick)
        if mix.levels is not None:
            self._on_event(Talking(room.space, mix.levels))
