"""The loop that need not wait keeps the order and the length of things."""

import asyncio
import socket
import time

from tests.stepped_loop import SteppedLoop


def run(doing):
    with asyncio.Runner(loop_factory=SteppedLoop) as runner:
        return runner.run(doing)


async def slept(*seconds):
    loop = asyncio.get_running_loop()
    loop.step()
    began, woken = loop.time(), []

    async def sleep(wanted):
        await asyncio.sleep(wanted)
        woken.append(round(loop.time() - began, 6))

    await asyncio.gather(*map(sleep, seconds))
    return woken


def test_an_hour_passes_in_its_order_and_at_once():
    began = time.monotonic()

    assert run(slept(3600, 0.02, 60)) == [0.02, 60, 3600]

    assert time.monotonic() - began < 60


def test_what_arrives_goes_before_the_next_timer():
    async def talk():
        loop = asyncio.get_running_loop()
        here, there = socket.socketpair(type=socket.SOCK_DGRAM)
        with here, there:
            for end in (here, there):
                end.setblocking(False)
            loop.step()
            began = loop.time()
            for _ in range(100):
                await loop.sock_sendall(here, b"a packet")
                await asyncio.wait_for(loop.sock_recv(there, 100), timeout=1)
            return loop.time() - began

    assert run(talk()) == 0


def test_until_it_steps_its_clock_is_the_real_one():
    async def wait():
        began = time.monotonic()
        await asyncio.sleep(0.02)
        return time.monotonic() - began

    assert run(wait()) >= 0.02
