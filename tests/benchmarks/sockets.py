"""Many websockets in one process, as light as they can be: they read, report and measure.

Run by live.py: commands and answers are lines of JSON on standard input and output.
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
from typing import Any
from urllib.parse import urlsplit

REPORT_EVERY_S = 2.0
OPENING_AT_ONCE = 50
# Every measured event carries the moment it was published, by the clock all processes share.
STAMP = b'"at": '


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
        self.read_bytes = 0

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
        if self.greeting and self.greeting in payload and not self.ready.done():
            self.ready.set_result(None)
        at = payload.find(STAMP)
        if at > 0:
            stamp = payload[at + len(STAMP) : payload.index(b",", at)]
            self.crowd.delays.append(now - float(stamp))
            self.crowd.stamps.add(stamp)

    def say(self, opcode: int, payload: bytes) -> None:
        mask = b"\0\0\0\0"  # masking with zeros is the payload itself
        self.transport.write(struct.pack("!BB", 128 | opcode, 128 | len(payload)) + mask + payload)

    def report(self) -> None:
        if self.transport.is_closing():
            return
        self.say(1, json.dumps({"do": "heartbeat", "read": self.read_bytes}).encode())
        self.crowd.loop.call_later(REPORT_EVERY_S, self.report)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(error or ConnectionError("closed at the door"))
        elif not self.crowd.is_over:
            self.crowd.lost += 1


class Crowd:
    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.delays: list[float] = []
        self.stamps: set[bytes] = set()
        self.lost = 0
        self.is_over = False

    async def open(self, address: str, count: int, greeting: str) -> None:
        url = urlsplit(address)
        gate = asyncio.Semaphore(OPENING_AT_ONCE)

        async def one() -> None:
            async with gate:
                client = Client(url.netloc, f"{url.path}?{url.query}", self, greeting.encode())
                await self.loop.create_connection(lambda: client, url.hostname, url.port)
                await client.ready
                # Pages were not opened in step, and do not report in step.
                self.loop.call_later(random.uniform(0, REPORT_EVERY_S), client.report)

        await asyncio.gather(*(one() for _ in range(count)))

    def figures(self) -> dict[str, Any]:
        delays, self.delays = sorted(self.delays), []
        stamps, self.stamps = self.stamps, set()
        used = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "received": len(delays),
            "events": len(stamps),
            "p50_ms": delays[len(delays) // 2] * 1000 if delays else None,
            "p95_ms": delays[int(len(delays) * 0.95)] * 1000 if delays else None,
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
        answer = {"received": len(crowd.delays)} if "peek" in command else crowd.figures()
        print(json.dumps(answer), flush=True)
    crowd.is_over = True


if __name__ == "__main__":
    asyncio.run(main())
