"""Listeners that cost their machine little, in a process of their own: `Audience` starts it.

ICE and DTLS are aiortc's. Then the kernel drops the sound before it reaches Python, so that the
figures are the node's and not those of fifty decoders.
"""

import asyncio
import ctypes
import socket
import struct
import subprocess
import sys
import uuid

SO_ATTACH_FILTER = 26
TOGETHER = 5
CONNECTED_WITHIN_S = 20.0


class Audience:
    """Listeners of one Space; this side lives in the benchmark's process."""

    def __init__(self, environment: dict[str, str], space: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.audience", space],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def grow(self, size: int) -> None:
        """Return when so many are connected."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(size, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if answer.strip() != str(size):
            raise SystemExit(f"the audience answered {answer!r}, not {size}")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def drop_sound(receiving: socket.socket) -> None:
    """Keep STUN and DTLS, drop RTP: classic BPF on the first byte after the UDP header."""
    program = [
        (0x30, 0, 0, 8),  # load it
        (0x35, 0, 2, 128),  # below 128: keep
        (0x25, 1, 0, 191),  # above 191: keep
        (0x06, 0, 0, 0),  # drop
        (0x06, 0, 0, 0xFFFF_FFFF),  # keep
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
    head = struct.pack("HL", len(program), ctypes.addressof(code))
    receiving.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, head)


async def sit_down(space: str) -> object:
    """Connect one listener; gives what must be kept for it to stay."""
    from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
    from channels.layers import get_channel_layer
    from django.conf import settings
    from redis.asyncio import Redis

    from spaces.media.aiortc_inside import Network, confine
    from spaces.media.protocol import Command, send_command
    from spaces.media.registry import Registry

    layer = get_channel_layer()
    node = await Registry(Redis.from_url(settings.REDIS_URL, decode_responses=True)).place(space)
    assert node is not None
    peer, reply_to = uuid.uuid4().hex, await layer.new_channel()
    await send_command(node, Command(command="listen", space=space, peer=peer, reply_to=reply_to))
    offer = await layer.receive(reply_to)
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    await connection.setRemoteDescription(RTCSessionDescription(offer["sdp"], "offer"))
    confine(connection, Network(bind=settings.MEDIA_BIND))
    await connection.setLocalDescription(await connection.createAnswer())
    sdp = connection.localDescription.sdp
    await send_command(node, Command(command="answer", peer=peer, sdp=sdp))
    assert (await layer.receive(reply_to))["event"] == "connected"
    ice = connection.getReceivers()[0].transport.transport._connection
    for protocol in ice._protocols:
        drop_sound(protocol.transport.get_extra_info("socket"))
    return connection


async def seat(space: str) -> None:
    """Grow to each number read, and say it back."""
    seated: list[object] = []
    while line := await asyncio.to_thread(sys.stdin.readline):
        while len(seated) < int(line):
            coming = range(min(TOGETHER, int(line) - len(seated)))
            joins = asyncio.gather(*(sit_down(space) for _ in coming))
            seated += await asyncio.wait_for(joins, CONNECTED_WITHIN_S)
        print(len(seated), flush=True)


if __name__ == "__main__":
    import django

    django.setup()
    asyncio.run(seat(sys.argv[1]))
