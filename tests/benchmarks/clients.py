"""Processes full of aiortc clients that load a media node: the handle on one, and how one joins."""

import asyncio
import json
import resource
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from typing import Any

import django
from aiortc import RTCPeerConnection
from aiortc.mediastreams import MediaStreamTrack
from channels.layers import get_channel_layer
from django.conf import settings
from redis.asyncio import Redis

from spaces.media.aiortc_inside import Network, PacketHandler
from spaces.media.protocol import Command, send_command
from spaces.media.registry import Registry
from tests.media_client import answer

JOIN_WITHIN_S = 15.0


class Clients:
    """This side lives in the process that measures. Commands and answers are lines of JSON."""

    def __init__(self, module: str, environment: dict[str, str]) -> None:
        self.module = module
        self.process = subprocess.Popen(
            [sys.executable, "-m", module],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, what: str, **details: Any) -> Any:
        """Call a method of the process's crowd; gives what it returns."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps({"what": what, **details}), file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.module} has ended; its reason is above")
        return json.loads(answer)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def serve(make_crowd: type) -> None:
    """The other side: obey until standard input ends."""
    django.setup()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    async def obey() -> None:
        crowd = make_crowd()
        while line := await asyncio.to_thread(sys.stdin.readline):
            command = json.loads(line)
            answer = await getattr(crowd, command.pop("what"))(**command)
            print(json.dumps(answer), flush=True)

    asyncio.run(obey())


class NotAdmitted(Exception):
    """The node said no, or nothing."""


@dataclass(frozen=True, kw_only=True)
class Joined:
    connection: RTCPeerConnection
    node: str
    peer: str
    asked_at: float
    connected_at: float
    was_told_to_wait: bool


class Door:
    """How the clients of this process join: through the channel layer, as web processes do."""

    def __init__(self) -> None:
        self.layer = get_channel_layer()
        self.network = Network(bind=settings.MEDIA_BIND)
        self.registry = Registry(Redis.from_url(settings.REDIS_URL, decode_responses=True))

    async def listen(self, space: str, person: str | None, on_packet: PacketHandler) -> Joined:
        """Raises: NotAdmitted"""
        return await self._join("listen", space, person, on_packet=on_packet)

    async def speak(self, space: str, person: str, track: MediaStreamTrack) -> Joined:
        """Raises: NotAdmitted"""
        return await self._join("speak", space, person, track=track)

    async def leave(self, joined: Joined) -> None:
        await send_command(joined.node, Command(command="leave", peer=joined.peer))
        await joined.connection.close()

    async def _join(
        self,
        how: str,
        space: str,
        person: str | None,
        *,
        track: MediaStreamTrack | None = None,
        on_packet: PacketHandler | None = None,
    ) -> Joined:
        node = await self.registry.place(space)
        if node is None:
            raise NotAdmitted("no media node takes the Space")
        peer, reply_to = uuid.uuid4().hex, await self.layer.new_channel()
        connection: RTCPeerConnection | None = None
        asking = Command(command=how, space=space, peer=peer, person=person, reply_to=reply_to)
        asked_at = time.monotonic()
        try:
            async with asyncio.timeout(JOIN_WITHIN_S):
                await send_command(node, asking)
                offer, was_told_to_wait = await self._news(reply_to, "offer")
                connection, sdp = await answer(
                    offer["sdp"], track=track, on_packet=on_packet, network=self.network
                )
                await send_command(node, Command(command="answer", peer=peer, sdp=sdp))
                await self._news(reply_to, "connected")
        except (NotAdmitted, TimeoutError) as error:
            if connection is not None:
                await connection.close()
            if isinstance(error, TimeoutError):
                raise NotAdmitted(f"not connected after {JOIN_WITHIN_S:.0f} s") from error
            raise
        return Joined(
            connection=connection,
            node=node,
            peer=peer,
            asked_at=asked_at,
            connected_at=time.monotonic(),
            was_told_to_wait=was_told_to_wait,
        )

    async def _news(self, reply_to: str, wanted: str) -> tuple[dict[str, Any], bool]:
        """The wanted news, and whether the node first said that others join before."""
        news = await self.layer.receive(reply_to)
        was_told_to_wait = news["event"] == "joining"
        while news["event"] == "joining":
            news = await self.layer.receive(reply_to)
        if news["event"] != wanted:
            raise NotAdmitted(news.get("message") or f"{news['event']} instead of {wanted}")
        return news, was_told_to_wait
