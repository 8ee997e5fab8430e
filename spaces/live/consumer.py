"""The websockets: authenticate, register with the hub, pass signalling on, change nothing else."""

import json
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from channels.exceptions import ChannelFull, StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, parse_cookie
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from accounts.models import User
from config import news
from config.errors import Refusal, Unavailable
from config.threads import in_database

from .. import actions, doors, events, permissions
from ..actions.changes import require_live
from ..came_from import known_kind
from ..listener import LISTENER_COOKIE, Marks, listener_token, marks_of
from ..media.ice import ice_servers
from ..media.protocol import Command, send_command
from ..models import Participant, Space, Topic
from . import bar, presence
from .fragments import CREW, EVERYONE, Reader
from .home import ListReader
from .home_topic import HomeTopic
from .hub import get_hub
from .me_topic import MeReader, MeTopic
from .reactions import Allowance
from .signals import Signal
from .socket import CLOSE_LOOK_AGAIN, CLOSE_REMOVED, Socket
from .space_topic import SpaceTopic

logger = logging.getLogger(__name__)

CLOSE_NOT_FOUND = 4404
CLOSE_BUSY = 4503
# The browser closed the page or moved on, or this person may not be here any more: everything else
# is a connection that may come back.
LEFT_FOR_GOOD = {1000, 1001, CLOSE_REMOVED, CLOSE_LOOK_AGAIN}
# Postgres or Redis is away, or all connections are taken: for the moment.
AWAY = (RedisError, OSError, OperationalError, InterfaceError, ChannelFull)
# A page has one connection for each direction, and now and then a new one before the old has gone.
MAX_PEERS = 8


def user_of(session_key: str | None) -> User | AnonymousUser:
    """The signed-in person of a session, by Django's own check of its hash."""
    if not session_key:
        return AnonymousUser()
    store: type[SessionBase] = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    request = HttpRequest()
    request.session = store(session_key)
    return get_user(request)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What a socket learns of its Space and its person at the door."""

    user: User | AnonymousUser
    space: Space | None = None
    participant: Participant | None = None
    # Instead of a space: what the socket closes with.
    closes_with: int = CLOSE_NOT_FOUND


@dataclass(frozen=True, kw_only=True)
class ListEntry:
    user: User | AnonymousUser
    reader: ListReader


def enter_space(
    public_id: uuid.UUID, session_key: str | None, marks: Marks, *, is_back: bool
) -> Entry:
    """Join a live Space. The same question as the page's.

    is_back: the page was inside already, and lost its socket or wants sound.
    """
    user = user_of(session_key)
    admission = doors.admission(user, public_id, marks=marks)
    if admission is None or admission.step is doors.Step.UNKNOWN:
        return Entry(user=user)
    if admission.step is not None:
        # The page is told by its next load what would open the door.
        return Entry(user=user, closes_with=CLOSE_LOOK_AGAIN)
    space, participant = admission.space, None
    if isinstance(user, User):
        if space.is_live:
            participant = actions.come_in(actor=user, space=space)
            if participant.is_unnamed and not space.allows_unnamed and not is_back:
                # Too late, as below: where nobody listens any more, nobody is named.
                with suppress(actions.SpaceOver):
                    participant = actions.listen_named(actor=user, space=space)
            if user.pk == space.host_id and space.host_away_since is not None:
                # Known to be there from now on, or the next sweep would miss them once more.
                person = presence.signed_in(user.pk)
                presence.add(news.connection(), str(public_id), [person], now=time.time())
                # Too late: the page learns by its first news that it ended.
                with suppress(actions.SpaceOver):
                    actions.host_came_back(actor=user, space=space)
        else:
            participant = permissions.participant_of(space, user)
    return Entry(user=user, space=space, participant=participant)


def enter_list(slug: str, session_key: str | None, language: str) -> ListEntry | None:
    """Who reads which list of live Spaces; None when there is no such topic."""
    if slug and not Topic.objects.by_slug(slug).exists():
        return None
    user = user_of(session_key)
    return ListEntry(user=user, reader=ListReader(language=language, topic=slug))


class LiveConsumer(AsyncWebsocketConsumer):
    """What the home page's and the Space's sockets share."""

    socket: Socket | None = None
    topic: SpaceTopic | HomeTopic | MeTopic | None = None
    closed_with: int | None = None

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """Channels' own listens to a channel of its own for each socket, the hub to one for all.

        However a socket ends, it leaves nothing of itself behind in the hub.
        """
        self.scope = scope
        self.base_send = send
        self.cookies = self.read_cookies()
        # For this socket's task alone, and once: most of what a page says is that it read.
        translation.activate(self.language)
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            pass
        finally:
            self.leave(for_good=False)

    async def dispatch(self, message: dict[str, Any]) -> None:
        # Channels' own first closes old database connections on the one thread that all sockets
        # share, at every message. in_database gives its connections back by itself.
        match message["type"]:
            case "websocket.connect":
                await self.websocket_connect(message)
            case "websocket.receive":
                await self.receive(message.get("text"))
            case "websocket.disconnect":
                await self.websocket_disconnect(message)

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        # Accept first: a close code reaches the page only on an open socket.
        await self.accept()
        try:
            await self.connect()
        except AWAY:
            logger.warning("a socket was turned away: busy", exc_info=True)
            await self.close_with(CLOSE_BUSY)

    def read_cookies(self) -> dict[str, str]:
        return parse_cookie(dict(self.scope["headers"]).get(b"cookie", b"").decode("latin-1"))

    def query_text(self, name: str) -> str:
        query = parse_qs(self.scope.get("query_string", b"").decode("latin-1"))
        return query.get(name, [""])[0]

    def query_number(self, name: str) -> int:
        value = self.query_text(name)
        return int(value) if value.isascii() and value.isdigit() and len(value) < 18 else 0

    @property
    def language(self) -> str:
        """The page's: it may come from the account, a cookie or the browser."""
        language = self.query_text("language")
        return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE

    async def write(self, text: str) -> None:
        await self.base_send({"type": "websocket.send", "text": text})

    async def tell(self, event: str, **data: Any) -> None:
        text = json.dumps({"event": event, "data": data})
        if self.socket is not None:
            # The page reports all that it read, this too.
            self.socket.sent += len(text)
        await self.write(text)

    async def close_with(self, code: int) -> None:
        self.closed_with = code
        await self.close(code=code)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            await self.handle(Signal.parse(text_data))
        except Refusal as refusal:
            await self.tell("refused", code=refusal.code, message=str(refusal.message))
        except AWAY:
            logger.warning("signal lost: Redis or the database is away", exc_info=True)
            await self.tell("media.starting")

    async def handle(self, signal: Signal) -> None:
        if signal.do != "heartbeat" or self.socket is None or self.topic is None:
            return
        if self.socket.read_so_far(signal.read):
            await self.topic.bring_up_to_date(self.socket)

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        # A server may report the code it was closed with, the page's echo of it, or neither.
        for_good = (self.closed_with or message.get("code")) in LEFT_FOR_GOOD
        self.leave(for_good=for_good)
        await self.left(for_good=for_good)
        raise StopConsumer

    def leave(self, *, for_good: bool) -> None:
        if self.topic is not None and self.socket is not None:
            get_hub().leave(self.topic, self.socket, for_good=for_good)
            self.topic = None

    async def left(self, *, for_good: bool) -> None:
        """The socket is gone."""


class HomeConsumer(LiveConsumer):
    async def connect(self) -> None:
        session_key = self.cookies.get(settings.SESSION_COOKIE_NAME)
        async with get_hub().doors:
            entry = await in_database(
                enter_list, self.query_text("topic"), session_key, self.language
            )
        if entry is None:
            await self.close_with(CLOSE_NOT_FOUND)
            return
        self.socket = Socket(
            write=self.write,
            close=self.close_with,
            reader=entry.reader,
            user_id=entry.user.pk,
            session=session_key and events.session_digest(session_key),
        )
        self.topic = await get_hub().join_home(self.socket)


class MeConsumer(LiveConsumer):
    """Any page of somebody signed in."""

    async def connect(self) -> None:
        session_key = self.cookies.get(settings.SESSION_COOKIE_NAME)
        async with get_hub().doors:
            user = await in_database(user_of, session_key)
        if not session_key or not isinstance(user, User):
            await self.close_with(CLOSE_NOT_FOUND)
            return
        left_out = bar.put_away(self.cookies) | {self.query_text("shown")}
        self.socket = Socket(
            write=self.write,
            close=self.close_with,
            reader=MeReader(language=self.language, left_out=left_out),
            user_id=user.pk,
            session=events.session_digest(session_key),
        )
        self.topic = await get_hub().join_me(self.socket)


class SpaceConsumer(LiveConsumer):
    """One page of one Space: news, presence and signalling. Changes of rows are POSTs."""

    def __init__(self) -> None:
        super().__init__()
        # peer → "listen" or "speak", None when an earlier socket of the page asked for it
        self.peers: dict[str, str | None] = {}
        self.reactions = Allowance(time.monotonic())

    async def connect(self) -> None:
        self.public_id: uuid.UUID = self.scope["url_route"]["kwargs"]["public_id"]
        self.session_key = self.cookies.get(settings.SESSION_COOKIE_NAME)
        entry = await self.enter(is_back=self.query_text("back") == "1")
        if entry.space is None:
            await self.close_with(entry.closes_with)
            return
        self.user = entry.user
        is_crew = permissions.is_crew(entry.participant)
        self.socket = Socket(
            write=self.write,
            close=self.close_with,
            reader=Reader(audience=CREW if is_crew else EVERYONE, language=self.language),
            person=self.person(),
            user_id=self.user.pk,
            session=self.session_key and events.session_digest(self.session_key),
            space=str(self.public_id),
            # Who only stands at the page's door has not chosen yet whether to be named. Whoever is
            # on stage is waited for, and seen to be there.
            is_inside=self.query_text("gate") != "1"
            or (entry.participant is not None and entry.participant.is_on_stage),
            came_from=known_kind(self.query_text("from")) if entry.space.is_live else None,
        )
        self.topic = await get_hub().join_space(
            self.public_id, self.socket, version=self.query_number("version")
        )
        await self.tell(
            "welcome",
            me=str(entry.participant.public_id) if entry.participant else "",
            comments=self.topic.comments.revision,
            # A page out of the browser's cache was drawn at some other time.
            now=round(time.time() * 1000),
        )

    async def enter(self, *, is_back: bool) -> Entry:
        marks = marks_of(self.cookies)
        async with get_hub().doors:
            return await in_database(
                enter_space, self.public_id, self.session_key, marks, is_back=is_back
            )

    def person(self) -> str:
        if self.user.pk is not None:
            return presence.signed_in(self.user.pk)
        token = listener_token(self.cookies.get(LISTENER_COOKIE))
        return presence.anonymous(token or uuid.uuid4().hex)

    async def handle(self, signal: Signal) -> None:
        match signal.do:
            case "enter":
                self.step_in()
            case "listen":
                await self.ask_node("listen")
            case "speak":
                await self.ask_node("speak")
            case "answer" | "candidate" | "leave":
                await self.pass_on(signal)
            case "react":
                self.react(signal)
            case _:
                await super().handle(signal)

    def step_in(self) -> None:
        if isinstance(self.topic, SpaceTopic) and self.socket is not None:
            get_hub().enter(self.topic, self.socket)

    def react(self, signal: Signal) -> None:
        """Anybody in the room may. Too many are dropped in silence: our page sends none."""
        if isinstance(self.topic, SpaceTopic) and self.reactions.take(time.monotonic()):
            self.topic.reactions.send(signal.reaction, signal.tone)

    async def ask_node(self, command: str) -> None:
        """Ask the Space's media node for a connection; its offer comes back as `media_event`.

        The same question at this door as at the page's, asked anew: the socket may be hours old.
        """
        entry = await self.enter(is_back=True)
        if entry.space is None:
            await self.close_with(entry.closes_with)
            return
        if entry.user.pk != self.user.pk:
            # Signed out, or in as somebody else, since the socket opened.
            await self.close_with(CLOSE_REMOVED)
            return
        require_live(entry.space)
        if command == "speak":
            permissions.require_role(
                permissions.Capability.SPEAK, participant=entry.participant, space=entry.space
            )
        node = await get_hub().registry.place(str(self.public_id))
        if isinstance(self.topic, SpaceTopic):
            self.topic.sound_was_asked_for = True
        if node is None:
            is_full = await get_hub().registry.is_full()
            await self.tell("media.full" if is_full else "media.starting")
            return
        if len(self.peers) >= MAX_PEERS:
            await self.pass_on(Signal(do="leave", peer=next(iter(self.peers))))
        peer = uuid.uuid4().hex
        self.adopt(peer, command)
        await send_command(
            node,
            Command(
                command=command,
                space=str(self.public_id),
                peer=peer,
                person=str(entry.participant.public_id) if entry.participant else None,
                reply_to=get_hub().reply_to,
            ),
        )

    async def pass_on(self, signal: Signal) -> None:
        """Peers are named by 128 random bits that only their own page was told."""
        node = await get_hub().registry.node_of(str(self.public_id))
        if node is None:
            raise Unavailable(_("Sound is starting…"), code="media_starting")
        if signal.do == "leave":
            self.abandon(signal.peer)
        elif signal.peer not in self.peers:
            # After a dropped socket the page goes on here with the peers it has.
            if len(self.peers) >= MAX_PEERS:
                self.abandon(next(iter(self.peers)))
            self.adopt(signal.peer)
        await send_command(
            node,
            Command(
                command=signal.do,
                space=str(self.public_id),
                peer=signal.peer,
                sdp=signal.sdp or None,
                candidate=signal.candidate,
                reply_to=get_hub().reply_to,
            ),
        )

    def adopt(self, peer: str, kind: str | None = None) -> None:
        self.peers[peer] = kind
        get_hub().askers[peer] = self.media_event

    def abandon(self, peer: str) -> None:
        self.peers.pop(peer, None)
        self.stop_hearing(peer)

    def stop_hearing(self, peer: str) -> None:
        # Unless another socket of the same page has taken the peer over.
        if get_hub().askers.get(peer) == self.media_event:
            del get_hub().askers[peer]

    async def media_event(self, message: dict[str, Any]) -> None:
        """From the media node, by way of the hub (spaces/media/protocol.py)."""
        data = {key: value for key, value in message.items() if key not in {"type", "event"}}
        data["kind"] = self.peers.get(message["peer"]) or message.get("kind")
        if message["event"] == "offer":
            data["ice_servers"] = ice_servers(self.user.pk)
        elif message["event"] not in ("connected", "joining"):
            self.abandon(message["peer"])
        if message.get("by") in self.peers:
            # The page asked again before its first connection stood, and waits for the newer one.
            return
        await self.tell(f"media.{message['event']}", **data)

    def leave(self, *, for_good: bool) -> None:
        super().leave(for_good=for_good)
        for peer in self.peers:
            self.stop_hearing(peer)

    async def left(self, *, for_good: bool) -> None:
        # A dropped socket keeps its sound: the page comes back and goes on with the same peers.
        if not for_good:
            return
        for peer in list(self.peers):
            try:
                await self.pass_on(Signal(do="leave", peer=peer))
            except (Refusal, *AWAY):
                return
