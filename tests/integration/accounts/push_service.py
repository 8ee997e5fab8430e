"""A push service of a test's own, over TLS; it reads messages as a browser would."""

import json
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import http_ece

from config.outside import Reach
from tests.integration.spaces.test_link_preview import Everywhere, certificate

from .deliveries import AUTH_SECRET, PRIVATE_KEY

HOST = "push.example"


class PushService:
    """answers: (status, headers) for the next ones, then 201. Requests are kept."""

    def __init__(self, folder):
        path = certificate(folder, HOST)
        self.requests = []
        self.answers = []
        self.delay_s = 0.0
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.requests.append((self.path, dict(self.headers), body))
                time.sleep(service.delay_s)
                status, headers = service.answers.pop(0) if service.answers else (201, {})
                if status is None:
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args): ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.reach = Reach(
            resolve=lambda host, port, within_s: [(socket.AF_INET, ("127.0.0.1", port))],
            is_allowed=lambda address: True,
            ports=Everywhere(),
            tls=lambda: ssl.create_default_context(cafile=path),
        )

    def endpoint(self, name="one"):
        return f"https://{HOST}:{self.port}/{name}"

    def messages(self):
        """Decrypted with the browser's own key."""
        return [
            json.loads(http_ece.decrypt(body, private_key=PRIVATE_KEY, auth_secret=AUTH_SECRET))
            for _path, _headers, body in self.requests
        ]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
