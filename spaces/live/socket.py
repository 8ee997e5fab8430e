"""One page's websocket as the hub sees it: what it has read, and what it may still be sent."""

import asyncio
import contextlib
import functools
import json
import time
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

from .. import events
from .fragments import Reader

# Bytes a socket may have under way before the page has said that it read them. Below the 64 KiB at
# which asyncio's transports start to wait, so that one stuck phone never holds the others.
WINDOW = 48_000
# Who talks and who reacts gets no more than this of it: the rest is kept for state.
PASSING_WINDOW = 32_000
# Comments more, and not all: who loses some asks for them, and need not be drawn a room for it.
COMMENT_WINDOW = 40_000
# A server may wait for a stuck phone before it closes; nobody else waits with it.
CLOSE_WITHIN_S = 5.0

CLOSE_RESYNC = 4408
CLOSE_REMOVED = events.CLOSE_SIGNED_OUT
CLOSE_LOOK_AGAIN = events.CLOSE_LOOK_AGAIN


class Socket:
    """One page's websocket, as the hub sees it."""

    __slots__ = (
        "acked",
        "behind_since",
        "came_from",
        "close",
        "is_blocked",
        "is_inside",
        "person",
        "reader",
        "sent",
        "session",
        "space",
        "user_id",
        "write",
    )

    def __init__(
        self,
        *,
        write: Callable[[str], Coroutine[Any, Any, None]],
        close: Callable[[int], Awaitable[None]],
        reader: Reader,
        person: str = "",
        user_id: int | None = None,
        session: str | None = None,
        space: str | None = None,
        is_inside: bool = True,
        came_from: str | None = None,
    ) -> None:
        self.write = write
        self.close = close
        self.reader = reader
        self.person = person
        self.user_id = user_id
        self.session = session
        self.space = space
        # Past the page's own door: before that its person is neither counted nor named.
        self.is_inside = is_inside
        # What led them to a live Space; none: to one that is not, where nobody listens.
        self.came_from = came_from
        self.sent = 0
        self.acked = 0
        self.behind_since: float | None = None
        # The server waits for this page to take its last frame.
        self.is_blocked = False

    def has_room(self, size: int, window: int = WINDOW) -> bool:
        if self.is_blocked:
            return False
        under_way = self.sent - self.acked
        return under_way <= 0 or under_way + size <= window

    def read_so_far(self, total: int) -> bool:
        """The page's report of bytes read. True when it lacks state and may have room for it."""
        self.acked = min(max(total, self.acked), self.sent)
        return self.behind_since is not None and self.has_room(0)

    def fall_behind(self) -> None:
        """Nothing more goes out until the whole state does; the time of the first loss counts."""
        if self.behind_since is None:
            self.behind_since = time.monotonic()


def begin(coroutine: Coroutine[Any, Any, None]) -> Awaitable[None] | None:
    """Run a coroutine to its first wait. None when it needed none, else what is left to await.

    Servers write without waiting as long as their buffers have room: no task, no turn of the loop.
    """
    try:
        waits_for = coroutine.send(None)
    except StopIteration:
        return None
    return _rest(coroutine, waits_for)


@types.coroutine
def _rest(coroutine: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    while True:
        try:
            value = yield waits_for
        except BaseException as error:  # noqa: BLE001 - passed on into the coroutine
            step = functools.partial(coroutine.throw, error)
        else:
            step = functools.partial(coroutine.send, value)
        try:
            waits_for = step()
        except StopIteration:
            return


async def close(socket: Socket, code: int) -> None:
    # However the server refuses: the socket is over in any case.
    with contextlib.suppress(Exception):
        await asyncio.wait_for(socket.close(code), CLOSE_WITHIN_S)


def state_frame(seq: int, event: str, html: str) -> str:
    return json.dumps({"seq": seq, "event": event, "html": html, "data": {}})


def signal_frame(event: str, data: dict[str, Any]) -> str:
    return json.dumps({"event": event, "data": data})
