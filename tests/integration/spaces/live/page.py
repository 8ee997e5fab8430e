"""A page's websocket without the page: reads, reports what it read, remembers when what came."""

import json
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from socket import SHUT_RDWR

from django.conf import settings
from django.contrib.auth import login
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from config.news import connection
from spaces.listener import LISTENER_COOKIE
from spaces.live import presence
from tests.waiting import wait_until

REPORT_EVERY_S = 0.2


def sign_in(user) -> str:
    """A session as Django's login makes it. Gives its key."""
    request = HttpRequest()
    request.session = SessionStore()
    login(request, user, settings.AUTHENTICATION_BACKENDS[0])
    request.session.save()
    return request.session.session_key


def cookies(*, session: str | None = None, listener: str | None = None) -> str:
    named = {settings.SESSION_COOKIE_NAME: session, LISTENER_COOKIE: listener}
    return "; ".join(f"{name}={value}" for name, value in named.items() if value)


def wait_until_present(space, user) -> None:
    """Told to Redis by the hub of whichever process has their page."""
    client = connection()
    wait_until(lambda: presence.present_users(client, space.public_id, [user.pk]), within=10)


class Page:
    """frames: (moment of arrival by time.monotonic, frame), in order."""

    def __init__(
        self,
        address: str,
        *,
        session: str | None = None,
        listener: str | None = None,
        more_cookies: str = "",
        origin: str | None = "http://localhost",
        reports: bool = True,
    ) -> None:
        self.frames: list[tuple[float, dict]] = []
        self.code: int | None = None
        self.read_bytes = 0
        self._news = threading.Condition()
        cookie = "; ".join(
            filter(None, [more_cookies, cookies(session=session, listener=listener)])
        )
        self._exit = ExitStack()
        self.socket = self._exit.enter_context(
            connect(
                address,
                origin=origin,
                additional_headers={"Cookie": cookie} if cookie else None,
                compression=None,
                max_size=None,
                close_timeout=2,
            )
        )
        self._threads = [threading.Thread(target=self._read, daemon=True)]
        if reports:
            self._threads.append(threading.Thread(target=self._report, daemon=True))
        for thread in self._threads:
            thread.start()

    def _read(self) -> None:
        try:
            for text in self.socket:
                moment = time.monotonic()
                self.read_bytes += len(text)
                with self._news:
                    self.frames.append((moment, json.loads(text)))
                    self._news.notify_all()
        except ConnectionClosed:
            pass
        with self._news:
            self.code = self.socket.close_code
            self._news.notify_all()

    def _report(self) -> None:
        with suppress(ConnectionClosed):
            while self.code is None:
                self.say(do="heartbeat", read=self.read_bytes)
                time.sleep(REPORT_EVERY_S)

    def say(self, **message) -> None:
        self.socket.send(json.dumps(message))

    def wait(
        self, is_it: Callable[[dict], bool], *, within: float = 5, after: int = 0
    ) -> tuple[float, dict]:
        """The first such frame and when it came. after: how many frames to pass over."""
        deadline = time.monotonic() + within
        with self._news:
            while True:
                for moment, frame in self.frames[after:]:
                    if is_it(frame):
                        return moment, frame
                left = deadline - time.monotonic()
                if left <= 0 or self.code is not None:
                    seen = [frame["event"] for _, frame in self.frames[after:]]
                    raise AssertionError(f"not within {within} s; came: {seen}; {self.code}")
                self._news.wait(left)

    def wait_event(self, event: str, **options) -> dict:
        return self.wait(lambda frame: frame["event"] == event, **options)[1]

    def wait_html(self, text: str, **options) -> dict:
        return self.wait(lambda frame: text in frame.get("html", ""), **options)[1]

    def wait_count(self, listeners: int, **options) -> dict:
        return self.wait(
            lambda frame: (
                frame["event"] == "audience.changed" and frame["data"]["listeners"] == listeners
            ),
            **options,
        )[1]

    def wait_closed(self, *, within: float = 5) -> int:
        deadline = time.monotonic() + within
        with self._news:
            while self.code is None:
                left = deadline - time.monotonic()
                assert left > 0, f"still open after {within} s"
                self._news.wait(left)
        return self.code

    @property
    def seen(self) -> int:
        return len(self.frames)

    def leave(self) -> None:
        """The browser goes to another page."""
        self.socket.close(1001)

    def drop(self) -> None:
        """The network is gone: no goodbye."""
        self.socket.socket.shutdown(SHUT_RDWR)


class Pages:
    """Opens pages of a running instance and closes them after the test."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.opened: list[Page] = []

    def open(self, path: str, *, port: int | None = None, **options) -> Page:
        page = Page(f"ws://localhost:{port or self.port}{path}", **options)
        self.opened.append(page)
        return page

    def home(self, *, topic: str = "", **options) -> Page:
        return self.open(f"/ws/home/?topic={topic}", **options)

    def space(
        self, space, *, user=None, version: int = 0, is_at_door: bool = False, **options
    ) -> Page:
        """Open a Space's socket and wait until the hub has it."""
        if user is not None:
            options["session"] = sign_in(user)
        query = f"version={version}" + ("&gate=1" if is_at_door else "")
        page = self.open(f"/ws/spaces/{space.public_id}/?{query}", **options)
        page.wait_event("welcome")
        return page

    def close(self) -> None:
        for page in self.opened:
            with suppress(OSError):
                page._exit.close()
