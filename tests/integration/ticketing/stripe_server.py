"""Something that answers as Stripe does, as far as sending and getting lost goes.

It knows keys: what is sent again under one is done once and answered alike.
"""

import json
import socket
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

KEY = "sk_test_standin_tests"


class StripeServer:
    """faults: what goes wrong with the next requests, one each; then all goes well.

    "drop", "cut" and "hang" come after the effect; "lose" and "429" before it; "500" is remembered
    with the key, as Stripe's are; "400" is a refusal; "502" comes from what stands in front.
    """

    def __init__(self):
        self.requests = []
        self.faults = []
        # Key → status and answer; what is listed is in `objects`.
        self.answers = {}
        self.objects = []
        self.events = []
        self.forgets_keys = False
        self.hang_s = 1.5
        self.lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                server.answer(self, b"")

            def do_POST(self):
                server.answer(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def log_message(self, *args): ...

        class Server(ThreadingHTTPServer):
            # Clients of another process may have been killed.
            def handle_error(self, *args): ...

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        # shutdown() waits for the next look.
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    # --- What tests ask ---

    def keys(self):
        """Of what was posted, in order."""
        return [
            headers["Idempotency-Key"]
            for method, _, headers, _ in self.requests
            if method == "POST"
        ]

    def effects(self):
        """How often each thing was made, by the key it was asked for under."""
        return Counter(thing["key"] for thing in self.objects)

    # --- How it answers ---

    def answer(self, handler, body):
        fault = ""
        with self.lock:
            self.requests.append(
                (handler.command, handler.path, dict(handler.headers), body.decode())
            )
            if self.faults:
                fault = self.faults.pop(0)
            if fault == "lose":
                return self.hang_up(handler)
            status, answer, headers = self.settle(handler, body.decode(), fault)
        if fault == "hang":
            time.sleep(self.hang_s)
        if fault == "drop":
            return self.hang_up(handler)
        content = answer.encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Request-Id", f"req_{len(self.requests)}")
        handler.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        if fault == "cut":
            handler.wfile.write(content[: len(content) // 2])
            return self.hang_up(handler)
        handler.wfile.write(content)

    def hang_up(self, handler):
        handler.close_connection = True
        handler.wfile.flush()
        handler.connection.shutdown(socket.SHUT_RDWR)

    def settle(self, handler, body, fault):
        error = {"type": "invalid_request_error", "code": "no_such_thing", "param": "amount"}
        before = {
            "400": (400, {"error": error | {"message": "Ask ida@example.org"}}),
            "401": (401, {"error": {"type": "invalid_request_error", "message": "no"}}),
            "402": (402, {"error": {"type": "card_error", "code": "card_declined", "param": ""}}),
            "409": (
                409,
                {"error": {"type": "idempotency_error", "code": "idempotency_key_in_use"}},
            ),
            "other params": (400, {"error": {"type": "idempotency_error", "message": "other"}}),
            "429": (429, {"error": {"type": "invalid_request_error", "code": "rate_limit"}}),
        }
        if fault in before:
            status, answer = before[fault]
            return status, json.dumps(answer), {"Stripe-Should-Retry": "false"}
        if fault == "502":
            return 502, "<html>Bad gateway</html>", {"Stripe-Should-Retry": "false"}
        if handler.command == "GET":
            return 200, json.dumps(self.look(handler.path)), {}
        key = handler.headers["Idempotency-Key"]
        if key in self.answers and not self.forgets_keys:
            status, answer = self.answers[key]
            return status, answer, {"Idempotent-Replayed": "true", "Stripe-Should-Retry": "false"}
        thing = self.make(key, body)
        status, answer = 200, json.dumps(thing)
        if fault in {"500", "500 before"}:
            status, answer = 500, json.dumps({"error": {"type": "api_error", "message": "oh"}})
        if fault != "500 before":
            self.objects.insert(0, thing)
        self.answers[key] = (status, answer)
        return status, answer, {"Stripe-Should-Retry": "false"} if status == 500 else {}

    def make(self, key, body):
        sent = dict(parse_qsl(body))
        metadata = {n[9:-1]: value for n, value in sent.items() if n.startswith("metadata[")}
        return {
            "id": f"re_{len(self.objects) + 1}",
            "object": "refund",
            "status": "succeeded",
            "key": key,
            "metadata": metadata,
        }

    def look(self, path):
        address = urlsplit(path)
        name = address.path.rpartition("/")[2]
        if name == "events":
            return self.page(self.events, dict(parse_qsl(address.query)))
        if name in {"refunds", "customers"}:
            return self.page(self.objects, dict(parse_qsl(address.query)))
        return {"id": name, "object": "charge", "amount": len(self.requests)}

    def page(self, things, asked):
        """The newest first."""
        ids = [thing["id"] for thing in things]
        start = ids.index(asked["starting_after"]) + 1 if "starting_after" in asked else 0
        end = start + int(asked.get("limit", 10))
        return {
            "object": "list",
            "data": things[start:end],
            "has_more": end < len(things),
            "url": "/v1/things",
        }
