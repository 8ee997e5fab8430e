"""The HTTP server: the API, the pages and the controls on one port of 127.0.0.1."""

import contextlib
import json
import logging
import secrets
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import controls, errors, pages
from .api import Answer, Api, Request
from .delivery import Postman
from .nouns import webhook_endpoints
from .pages import desk
from .recording import Recorder
from .store import Store
from .world import Terms, World

BODY_LIMIT_BYTES = 1 << 20
_IDLE_S = 65
_HOSTS = {"127.0.0.1", "localhost"}

log = logging.getLogger(__name__)


class StandIn:
    """Runs as soon as it is made, until `stop`. Without a path its world is in memory."""

    def __init__(
        self,
        store: Path | None = None,
        *,
        port: int = 0,
        public_url: str | None = None,
        record: Path | None = None,
        terms: Terms | None = None,
        webhook_workers: int = 4,
    ) -> None:
        self.world = World(Store(store), terms=terms)
        self.api = Api(self.world)
        self.recorder = Recorder(record) if record else None
        # Of the forms on its desk.
        self.token = secrets.token_urlsafe(16)
        self._server = _Server(self, port)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        # What browsers are sent to; the same unless something stands in front of it.
        self.world.url = (public_url or self.url).rstrip("/")
        self.hosts = _HOSTS | {urlsplit(self.world.url).hostname or ""}
        self.postman = Postman(self.world, workers=webhook_workers)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="stand-in", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.end_connections()
        self._server.server_close()
        self._thread.join()
        self.postman.stop()
        self.world.store.close()
        if self.recorder:
            self.recorder.close()

    def add_webhook_endpoint(
        self, url: str, *, secret: str | None = None, connect: bool = False
    ) -> str:
        """As the dashboard does; gives its secret. Repeat: the same URL is changed, not doubled."""
        with self.world.store.transaction():
            for endpoint in self.world.store.select("webhook_endpoint", ""):
                if endpoint["url"] == url and endpoint["_connect"] == connect:
                    endpoint["_secret"] = secret or endpoint["_secret"]
                    return self.world.store.save(endpoint)["_secret"]
            return webhook_endpoints.add(self.world, url, secret=secret, connect=connect)["_secret"]

    def wait_until_delivered(self, timeout_s: float = 10) -> None:
        """Until nothing more is due now. Raises: TimeoutError."""
        deadline = time.monotonic() + timeout_s
        while not self.postman.is_idle():
            if time.monotonic() > deadline:
                raise TimeoutError("Webhooks are still under way.")
            time.sleep(0.01)

    def reply(self, request: Request) -> Answer:
        if request.path.startswith("/v1/"):
            answer = self.api.answer(request)
            if self.recorder:
                self.recorder.write(request, answer)
            return answer
        if request.path == desk.PATH:
            return desk.answer(self, request)
        if request.path.startswith(desk.PATH):
            return controls.answer(self, request)
        return pages.answer(self.world, request)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A crowd that buys at once.
    request_queue_size = 256

    def __init__(self, stand_in: StandIn, port: int) -> None:
        self.stand_in = stand_in
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def end_connections(self) -> None:
        """Those that are kept alive would answer from a closed store."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("a connection ended", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "StripeStandIn"
    sys_version = ""
    timeout = _IDLE_S
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._reply()

    def do_POST(self) -> None:
        self._reply()

    def do_DELETE(self) -> None:
        self._reply()

    def _reply(self) -> None:
        if (body := self._read()) is None:
            return
        path, _, query = self.path.partition("?")
        headers = {name.title(): value for name, value in self.headers.items()}
        request = Request(method=self.command, path=path, query=query, body=body, headers=headers)
        # A page elsewhere could point its own name at 127.0.0.1.
        host = urlsplit(f"//{self.headers.get('Host', '')}").hostname
        if host not in self.server.stand_in.hosts:
            self._send(Answer(status=421, body="", content_type="text/plain"))
            return
        answer = self.server.stand_in.reply(request)
        for fault in answer.faults:
            if fault.kind == "delay":
                time.sleep(fault.seconds)
        kinds = {fault.kind for fault in answer.faults}
        if kinds & {"drop", "drop_before"}:
            self._end()
        else:
            self._send(answer, cut="cut" in kinds)

    def _read(self) -> bytes | None:
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            length = -1
        if self.headers.get("Transfer-Encoding") or not 0 <= length <= BODY_LIMIT_BYTES:
            self._send(Answer(status=413, body=json.dumps(errors.ApiError("Too large.").body())))
            self.close_connection = True
            return None
        return self.rfile.read(length)

    def _send(self, answer: Answer, *, cut: bool = False) -> None:
        content = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if cut else content)
        if cut:
            self._end()

    def _end(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        log.debug(format, *args)
