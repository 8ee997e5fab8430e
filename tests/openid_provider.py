"""An OpenID provider on loopback, as far as signing in by it goes: the edge of the outside world.

It answers as its fields say. Its door is asked for a code by `sign_in()`, as a browser would.
"""

import base64
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt


class Provider:
    def __init__(self) -> None:
        self.person: dict[str, Any] = {
            "sub": "person-1",
            "email": "nora@example.org",
            "email_verified": True,
            "name": "Nora Beck",
            "preferred_username": "nora.b",
        }
        # What the token endpoint wants to be shown for a code: the request that fetched it.
        self.asked: dict[str, dict[str, str]] = {}
        self.replies: dict[str, tuple[int, str]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.answer(self, {})

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                form = parse_qs(self.rfile.read(length).decode())
                provider.answer(self, {key: values[0] for key, values in form.items()})

            def log_message(self, *args: object) -> None:
                """Not into the output of the tests."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        path = urlsplit(request.path).path
        status, body = self.replies.get(path) or self.reply(path, request, form)
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.end_headers()
        request.wfile.write(body.encode())

    def reply(
        self, path: str, request: BaseHTTPRequestHandler, form: dict[str, str]
    ) -> tuple[int, str]:
        if path == "/.well-known/openid-configuration":
            return 200, json.dumps(
                {
                    "issuer": self.url,
                    "authorization_endpoint": f"{self.url}/authorize",
                    "token_endpoint": f"{self.url}/token",
                    "userinfo_endpoint": f"{self.url}/userinfo",
                    "jwks_uri": f"{self.url}/keys",
                    "token_endpoint_auth_methods_supported": ["client_secret_post"],
                }
            )
        if path == "/token":
            return self.token(form)
        if path == "/userinfo" and request.headers["Authorization"] == "Bearer the-token":
            return 200, json.dumps(self.person)
        return 404, "{}"

    def token(self, form: dict[str, str]) -> tuple[int, str]:
        asked = self.asked.pop(form.get("code", ""), None)
        if (
            asked is None
            or form["client_secret"] != "the-secret"
            or form["redirect_uri"] != asked["redirect_uri"]
            or challenge_of(form["code_verifier"]) != asked["code_challenge"]
        ):
            return 400, json.dumps({"error": "invalid_grant"})
        claims = {"iss": self.url, "aud": "rostrum", "sub": self.person["sub"]}
        times = {"iat": 1_700_000_000, "exp": 4_000_000_000}
        return 200, json.dumps(
            {
                "access_token": "the-token",
                "token_type": "Bearer",
                "expires_in": 60,
                "id_token": jwt.encode(claims | times, "k" * 32, algorithm="HS256"),
            }
        )

    def sign_in(self, authorize_url: str) -> tuple[str, dict[str, str]]:
        """Somebody is sent to the door and signs in: the address to come back to, and its query."""
        query = {key: values[0] for key, values in parse_qs(urlsplit(authorize_url).query).items()}
        code = f"code-{len(self.asked)}-{query['state']}"
        self.asked[code] = query
        return urlsplit(query["redirect_uri"]).path, {"code": code, "state": query["state"]}


def challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
