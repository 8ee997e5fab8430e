"""What every page of somebody signed in is told: how many notifications are new, who is live."""

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.utils import translation

from accounts.models import Notification
from config.drawing import once
from config.news import PEOPLE_CHANNEL
from config.threads import in_database

from .bar import Bar, Followed, choose, followed_live, read
from .board import Board, read_board
from .fragments import Reader
from .socket import Socket, signal_frame, state_frame
from .topic import BATCH, PersonalTopic

if TYPE_CHECKING:
    from .hub import Hub

# Likes and follows come by the dozen: their counts are read together.
MERGED_OVER_S = 0.5
# So many people share a query.
PEOPLE_ASKED = 500


@dataclass(frozen=True, kw_only=True)
class MeReader(Reader):
    """One page. left_out: the Spaces that its bar is not about, public ids; bar: what it says."""

    left_out: frozenset[str] = frozenset()
    bar: Bar | None = None


def unread_counts(user_ids: Collection[int]) -> dict[int, int]:
    """Who is missing has none."""
    return Notification.objects.unread_counts(user_ids)


def look_up(pages: Collection[tuple[int, MeReader]], board: Board) -> list[MeReader]:
    """Each page's reader with the bar of now. pages: whose, and as they are.

    As many queries for any number of pages, up to PEOPLE_ASKED people.
    """
    people = list({user for user, _reader in pages})
    followed: dict[int, list[Followed]] = {}
    for first in range(0, len(people), PEOPLE_ASKED):
        followed |= followed_live(people[first : first + PEOPLE_ASKED], board)
    choices = [choose(followed.get(user, []), reader.left_out) for user, reader in pages]
    bars = read({choice for choice in choices if choice is not None})
    return [
        replace(reader, bar=bars.get(choice) if choice else None)
        for (_user, reader), choice in zip(pages, choices, strict=True)
    ]


def draw(readers: Collection[Reader]) -> dict[Reader, str]:
    """Once for all whose bar says the same in the same language."""
    mine = [reader for reader in readers if isinstance(reader, MeReader)]
    drawn = {(reader.language, reader.bar): "" for reader in mine}
    for language, bar in drawn:
        if bar is not None:
            with translation.override(language):
                drawn[language, bar] = once("spaces/_live_bar_inside.html", bar=bar)
    return {reader: drawn[reader.language, reader.bar] for reader in mine}


class MeTopic(PersonalTopic):
    """The pages of people who are signed in, all of them in one topic.

    Its version counts the changes of what is live that this process has seen.
    """

    # Stages change all the time where much is live, and a bar has a second.
    rest_s = 1.0

    def __init__(self, hub: "Hub") -> None:
        super().__init__(hub)
        self.channel = PEOPLE_CHANNEL
        self._told: set[int] = set()
        self._counting: asyncio.Task[None] | None = None

    async def look_up(self, sockets: Collection[Socket], board: Board) -> None:
        pages = [
            (socket, socket.user_id, socket.reader)
            for socket in sockets
            if socket.user_id is not None and isinstance(socket.reader, MeReader)
        ]
        asked = [(user, reader) for _, user, reader in pages]
        readers = await in_database(look_up, asked, board)
        for (socket, _user, _former), reader in zip(pages, readers, strict=True):
            socket.reader = reader

    async def draw_full(self, readers: set[Reader]) -> tuple[int, dict[Reader, str]] | None:
        return self.version, await in_database(draw, readers)

    async def apply(self, messages: list[dict[str, Any]]) -> None:
        self.version += 1
        self._full.clear()
        async with self.asking:
            board = await in_database(read_board)
            former = {socket: socket.reader for socket in self.sockets}
            await self.look_up(former, board)
            self.signature = board.signature
        changed = [socket for socket, reader in former.items() if socket.reader != reader]
        drawn = await in_database(draw, {socket.reader for socket in changed})
        texts = {reader: state_frame(self.version, "bar", html) for reader, html in drawn.items()}
        await self._deliver([(socket, texts[socket.reader]) for socket in changed])

    # -- how many notifications are new --

    def pass_on(self, message: dict[str, Any]) -> None:
        """Somebody's number may have changed: it is read for those alone whose pages are here."""
        self.count(set(message["people"]) & self.hub.sockets_of.keys())

    def count(self, people: set[int]) -> None:
        if not people:
            return
        self._told |= people
        if self._counting is None or self._counting.done():
            self._counting = self.hub.spawn(self._tell_counts())

    async def _tell_counts(self) -> None:
        while self._told:
            await asyncio.sleep(MERGED_OVER_S)
            people, self._told = self._told, set()
            counts = await in_database(unread_counts, people)
            await self._deliver(
                (socket, signal_frame("notifications.count", {"count": counts.get(person, 0)}))
                for person in people
                for socket in self._pages_of(person)
            )

    def _pages_of(self, person: int) -> list[Socket]:
        return [socket for socket in self.hub.sockets_of.get(person, ()) if socket in self.sockets]

    async def _deliver(self, texts: Iterable[tuple[Socket, str]]) -> None:
        for number, (socket, text) in enumerate(texts, start=1):
            self.deliver(socket, text)
            if number % BATCH == 0:
                await asyncio.sleep(0)
