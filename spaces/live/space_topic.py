"""The pages of one Space: its fragments, who is there, its media node."""

import json
import time
import uuid
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from config.threads import in_database

from .. import events
from . import attendance, presence
from .comments import CommentFeed
from .fragments import CREW, EVERYONE, Drawing, Reader, draw_room, standing
from .presence import Audience
from .reactions import ReactionFeed
from .socket import CLOSE_LOOK_AGAIN, Socket, close
from .topic import Topic

if TYPE_CHECKING:
    from .hub import Hub

HEARTBEAT_EVERY_S = 4.0
# A room that fills up tells its count once in this time, not at each person who comes.
AUDIENCE_EVERY_S = 1.0


class SpaceTopic(Topic):
    def __init__(self, hub: "Hub", public_id: uuid.UUID) -> None:
        super().__init__(hub)
        self.public_id = public_id
        self.channel = events.space_channel(public_id)
        self.people: Counter[str] = Counter()
        # Who came and who left since the last look at Redis.
        self.fresh: set[str] = set()
        self.gone: set[str] = set()
        # Who came while the Space was live, and of whom it was not told yet what led them here.
        self.attending: set[str] = set()
        self.sources: dict[str, str] = {}
        self.present = Audience()
        self.stage_users: tuple[int, ...] = ()
        self.barred_users: frozenset[int] = frozenset()
        self.heartbeat_at = 0.0
        self.shown_at = 0.0
        self.node: str | None = None
        self.sound_was_asked_for = False
        self.comments = CommentFeed(self)
        self.reactions = ReactionFeed(self)

    async def read_version(self) -> int:
        found = await in_database(standing, self.public_id)
        self.stage_users, self.barred_users = found.stage_users, found.barred_users
        self.comments.start(found.revision)
        return found.version

    async def draw(self, fragments: set[str], readers: set[Reader]) -> Drawing | None:
        drawing = await in_database(draw_room, self.public_id, fragments, readers, self.present)
        if drawing is not None:
            self.stage_users, self.barred_users = drawing.stage_users, drawing.barred_users
            for socket in list(self.sockets):
                if socket.user_id in self.barred_users:
                    self.turn_away(socket)
                    continue
                audience = CREW if socket.user_id in drawing.crew_users else EVERYONE
                if socket.reader.audience != audience:
                    # What it was shown belongs to its old role: it needs the whole room.
                    socket.reader = replace(socket.reader, audience=audience)
                    socket.fall_behind()
        return drawing

    def turn_away(self, socket: Socket) -> None:
        """Who was removed is told once, and that message may be lost."""
        self.sockets.discard(socket)
        self.hub.spawn(close(socket, CLOSE_LOOK_AGAIN))

    async def draw_full(self, readers: set[Reader]) -> tuple[int, dict[Reader, str]] | None:
        drawing = await self.draw({"room"}, readers)
        return None if drawing is None else (drawing.version, drawing.html)

    async def apply(self, messages: list[dict[str, Any]]) -> None:
        news = sorted((m for m in messages if m["seq"] > self.version), key=lambda m: m["seq"])
        if not news:
            return
        expected = range(self.version + 1, self.version + 1 + len(news))
        has_gap = [message["seq"] for message in news] != list(expected)
        fragments: set[str] = set()
        for message in news:
            for event in message["events"]:
                fragments.update(events.BY_NAME[event["name"]].fragments)
        readers = {socket.reader for socket in self.sockets}
        if has_gap:
            await self.refresh()
        elif fragments:
            drawing = await self.draw(fragments, readers)
            if drawing is None:
                return
            # Not drawing.version: a later action's row may be in it whose other fragments are not.
            self.version = news[-1]["seq"]
            await self.broadcast_state("state", drawing.html)
        else:
            self.version = news[-1]["seq"]
        for message in news:
            for event in message["events"]:
                frame = {"seq": self.version, "event": event["name"], "data": event["data"]}
                await self.broadcast(json.dumps(frame))

    def pass_on(self, message: dict[str, Any]) -> None:
        if message["event"] == "comment":
            self.comments.take(message["data"])
        elif message["event"] == "reactions":
            self.reactions.hear(message)
        else:
            super().pass_on(message)

    def tend(self, now: float) -> None:
        super().tend(now)
        self.comments.tend()

    # -- presence --

    def came(self, person: str, *, came_from: str | None = None) -> None:
        self.people[person] += 1
        if came_from is not None:
            self.attending.add(person)
            self.sources[person] = came_from
        self.fresh.add(person)
        self.gone.discard(person)

    def left(self, person: str, *, for_good: bool) -> None:
        """A dropped socket is not a departure: the entry stands until it expires by itself."""
        self.people[person] -= 1
        if self.people[person] > 0:
            return
        del self.people[person]
        self.fresh.discard(person)
        self.attending.discard(person)
        self.sources.pop(person, None)
        if for_good:
            self.gone.add(person)

    def queue_presence(self, pipeline: Any, now: float) -> None:
        space = str(self.public_id)
        presence.remove(pipeline, space, self.gone)
        is_heartbeat = now - self.heartbeat_at > HEARTBEAT_EVERY_S
        if is_heartbeat:
            self.heartbeat_at = now
        told = list(self.people) if is_heartbeat else list(self.fresh)
        presence.add(pipeline, space, told, now=now)
        if self._is_ready:
            self._queue_attendance(pipeline, told, now)
        self.gone.clear()
        self.fresh.clear()
        presence.ask(pipeline, space, self.stage_users, listed=self.present.user_ids, now=now)

    def _queue_attendance(self, pipeline: Any, told: list[str], now: float) -> None:
        """Of those who are told of, the listeners; who is on stage may come down later."""
        stage = {presence.signed_in(user) for user in self.stage_users}
        listeners = [person for person in told if person in self.attending and person not in stage]
        sources = {
            person: self.sources.pop(person) for person in listeners if person in self.sources
        }
        attendance.add(pipeline, str(self.public_id), listeners, now=now)
        attendance.add_sources(pipeline, str(self.public_id), sources)

    def is_due(self, present: Audience) -> bool:
        """Whether pages should be told now of who is there."""
        is_rested = time.monotonic() - self.shown_at >= AUDIENCE_EVERY_S
        return present != self.present and is_rested and not self.lock.locked()

    async def show_audience(self, present: Audience) -> None:
        async with self.lock:
            before, self.present = self.present, present
            self.shown_at = time.monotonic()
            try:
                drawing = await self.draw({"audience"}, {socket.reader for socket in self.sockets})
            except BaseException:
                # The next look finds it untold and tries again.
                self.present = before
                raise
            self._full.clear()
            if drawing is not None:
                frame = {"event": "audience.changed", "data": {"listeners": present.count}}
                await self.broadcast_html(
                    {
                        reader: json.dumps(frame | {"html": html})
                        for reader, html in drawing.html.items()
                    }
                )
