"""Many websockets in one process, as light as they can be: they read, report and measure.

Run by live.py and talk.py: commands and answers are lines of JSON on standard input and output.
"""

import asyncio
import base64
import json
import os
import random
import resource
import struct
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

# As static/js/lib/socket.js does: by the clock, and early when much has come.
REPORT_EVERY_S = 2.0
REPORT_EVERY_BYTES = 8_000
OPENING_AT_ONCE = 50
# Every measured event carries the moment it was published, by the clock all processes share.
STAMP = b'"at": '
REACTIONS = ("applause", "heart", "laugh", "celebrate", "wave")
# Somebody who only looks in stays so long.
VISIT_S = 5.0


class Client(asyncio.Protocol):
    """One page. Server's frames are never masked; ours always are."""

    def __init__(self, host: str, path: str, crowd: "Crowd", greeting: bytes) -> None:
        self.host = host
        self.path = path
        self.crowd = crowd
        # A socket is open before it is in its Space: it counts from this word on.
        self.greeting = greeting
        self.is_open = False
        self.ready: asyncio.Future[None] = crowd.loop.create_future()
        self.buffer = b""
        self.read_bytes = self.reported_bytes = 0
        # It came and goes: what it missed was not meant for it.
        self.is_visitor = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {self.path} HTTP/1.1\r\nHost: {self.host}\r\nOrigin: http://localhost\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        data = self.buffer + data
        if not self.is_open:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self.buffer = head
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                self.ready.set_exception(ConnectionError(head.decode("latin-1")))
                return
            self.is_open = True
            if not self.greeting:
                self.ready.set_result(None)
        while len(data) >= 2:
            opcode, size, start = data[0] & 15, data[1], 2
            if size == 126:
                size, start = int.from_bytes(data[2:4], "big"), 4
            elif size == 127:
                size, start = int.from_bytes(data[2:10], "big"), 10
            if len(data) < start + size:
                break
            self.hear(opcode, data[start : start + size], now)
            data = data[start + size :]
        self.buffer = data

    def hear(self, opcode: int, payload: bytes, now: float) -> None:
        if opcode == 9:
            self.say(10, payload)
        if opcode != 1:
            return
        self.read_bytes += len(payload)
        if self.read_bytes - self.reported_bytes > REPORT_EVERY_BYTES:
            self.report()
        if self.greeting and self.greeting in payload and not self.ready.done():
            self.ready.set_result(None)
        if payload.startswith(TALK):
            if not self.is_visitor:
                self.crowd.talk.hear(self, payload, now)
            return
        at = payload.find(STAMP)
        if at > 0:
            stamp = payload[at + len(STAMP) : payload.index(b",", at)]
            self.crowd.delays.append(now - float(stamp))
            self.crowd.stamps.add(stamp)

    def say(self, opcode: int, payload: bytes) -> None:
        mask = b"\0\0\0\0"  # masking with zeros is the payload itself
        self.transport.write(struct.pack("!BB", 128 | opcode, 128 | len(payload)) + mask + payload)

    def report(self) -> None:
        self.reported_bytes = self.read_bytes
        self.say(1, json.dumps({"do": "heartbeat", "read": self.read_bytes}).encode())

    def beat(self) -> None:
        if not self.transport.is_closing():
            self.report()
            self.crowd.loop.call_later(REPORT_EVERY_S, self.beat)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(error or ConnectionError("closed at the door"))
        elif not self.crowd.is_over and not self.is_visitor:
            self.crowd.lost += 1


TALK = (b'{"event": "comments"', b'{"event": "reactions"')


class Talk:
    """What the crowd heard of comments and reactions. A frame, the same for all, is read once.

    A comment's body ends in the moment it was posted; reactions are merged on their way, so
    that the n-th counts as there when n have come.
    """

    def __init__(self) -> None:
        # payload → moments the comments in it were posted, or how many reactions it tells of
        self.read: dict[bytes, list[float] | int] = {}
        self.comments: Counter[Client] = Counter()
        self.reactions: Counter[Client] = Counter()
        self.comment_delays: list[float] = []
        self.reaction_delays: list[float] = []
        self.reacted_at: list[float] = []

    def hear(self, client: Client, payload: bytes, now: float) -> None:
        news = self.read.get(payload)
        if news is None:
            news = self.read[payload] = self.parse(payload)
        if isinstance(news, list):
            self.comments[client] += len(news)
            self.comment_delays += [now - moment for moment in news]
            return
        before = self.reactions[client]
        self.reactions[client] += news
        self.reaction_delays += [now - at for at in self.reacted_at[before : before + news]]

    def parse(self, payload: bytes) -> list[float] | int:
        frame = json.loads(payload)
        if frame["event"] == "comments":
            return [float(item["body"].rpartition(" ")[2]) for item in frame["data"]["items"]]
        return sum(sum(tones.values()) for tones in frame["data"]["counts"].values())

    def figures(self, clients: int) -> dict[str, Any]:
        return {
            "comments": sum(self.comments.values()) / clients,
            "reacted": len(self.reacted_at),
            "reactions": sum(self.reactions.values()) / clients,
            "comment_ms": spread_ms(self.comment_delays),
            "reaction_ms": spread_ms(self.reaction_delays),
        }


def spread_ms(delays: list[float]) -> tuple[float, float] | None:
    """(p50, p95)"""
    if not delays:
        return None
    delays = sorted(delays)
    return delays[len(delays) // 2] * 1000, delays[int(len(delays) * 0.95)] * 1000


class Crowd:
    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.delays: list[float] = []
        self.stamps: set[bytes] = set()
        self.lost = 0
        self.is_over = False
        self.clients: list[Client] = []
        self.talk = Talk()
        self.under_way: set[asyncio.Task[None]] = set()
        self.turned_away = 0

    async def open(self, address: str, count: int, greeting: str) -> None:
        gate = asyncio.Semaphore(OPENING_AT_ONCE)

        async def one() -> None:
            async with gate:
                self.clients.append(await self.open_one(address, greeting))

        await asyncio.gather(*(one() for _ in range(count)))

    async def open_one(self, address: str, greeting: str, *, is_visitor: bool = False) -> Client:
        url = urlsplit(address)
        client = Client(url.netloc, f"{url.path}?{url.query}", self, greeting.encode())
        client.is_visitor = is_visitor
        await self.loop.create_connection(lambda: client, url.hostname, url.port)
        await client.ready
        # Pages were not opened in step, and do not report in step.
        self.loop.call_later(random.uniform(0, REPORT_EVERY_S), client.beat)
        return client

    def start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)

    async def steadily(self, per_s: float, seconds: float, act: Callable[[], None]) -> None:
        began = time.monotonic()
        for number in range(int(per_s * seconds)):
            await asyncio.sleep(max(began + number / per_s - time.monotonic(), 0))
            act()

    def react(self) -> None:
        """One of the crowd, each in turn and so within what one socket may do."""
        client = self.clients[len(self.talk.reacted_at) % len(self.clients)]
        self.talk.reacted_at.append(time.monotonic())
        reaction = random.choice(REACTIONS)
        client.say(1, json.dumps({"do": "react", "reaction": reaction, "tone": 0}).encode())

    async def visit(self, address: str, greeting: str) -> None:
        try:
            client = await self.open_one(address, greeting, is_visitor=True)
        except ConnectionError:
            self.turned_away += 1
            return
        await asyncio.sleep(VISIT_S)
        client.transport.close()

    def start_talk(self, seconds: float, reactions: float, visits: float, **door: str) -> None:
        self.talk = Talk()
        if reactions:
            self.start(self.steadily(reactions, seconds, self.react))
        self.start(self.steadily(visits, seconds, lambda: self.start(self.visit(**door))))

    def figures(self) -> dict[str, Any]:
        delays, self.delays = self.delays, []
        stamps, self.stamps = self.stamps, set()
        used = resource.getrusage(resource.RUSAGE_SELF)
        spread = spread_ms(delays) or (None, None)
        return {
            "received": len(delays),
            "events": len(stamps),
            "p50_ms": spread[0],
            "p95_ms": spread[1],
            "lost": self.lost,
            "cpu_s": used.ru_utime + used.ru_stime,
        }


async def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    crowd = Crowd()
    while line := await asyncio.to_thread(sys.stdin.readline):
        command = json.loads(line)
        if "open" in command:
            await crowd.open(command["address"], command["open"], command["greeting"])
        if "talk" in command:
            crowd.start_talk(**command["talk"])
        answer = {"received": len(crowd.delays)} if "peek" in command else crowd.figures()
        if "talked" in command:
            answer |= crowd.talk.figures(len(crowd.clients)) | {"turned_away": crowd.turned_away}
        print(json.dumps(answer), flush=True)
    crowd.is_over = True


if __name__ == "__main__":
    asyncio.run(main())
