"""The stand-in for Stripe as tests use it: a buyer and a host without a browser, its controls,
and somebody who receives webhooks.

Everything goes by HTTP: it works as well on a stand-in that is another process.
"""

import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from tests.waiting import wait_until

OK = "4242 4242 4242 4242"
DECLINED = "4000 0000 0000 0002"
INSUFFICIENT_FUNDS = "4000 0000 0000 9995"
AUTHENTICATE = "4000 0027 6000 3155"
DISPUTED_LATER = "4000 0000 0000 0259"
PAYS_LATER = "000123456789"
FAILS_LATER = "000111111116"

HOUR_S = 3600
DAY_S = 24 * HOUR_S


class Reply(NamedTuple):
    status: int
    text: str
    location: str | None
    headers: Any


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirects)


def fetch(
    url: str,
    form: dict[str, str] | None = None,
    *,
    method: str | None = None,
    data: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    """One request, whatever the answer; redirects are not followed."""
    if form is not None:
        data = urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(url, data, headers or {}, method=method)
    try:
        answer = _opener.open(request, timeout=10)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        text = answer.read().decode()
        return Reply(answer.status, text, answer.headers.get("Location"), answer.headers)


# --- A buyer ---


def pay(session_url: str, number: str = OK, *, email: str = "lena@example.org") -> Reply:
    """Post the form of the hosted checkout; a 303 leads to where it went on."""
    return fetch(session_url, {"number": number, "email": email, "name": "Lena Sommer"})


def authenticate(session_url: str, answer: str = "yes") -> Reply:
    """The bank's page: "yes" or "no"."""
    return fetch(session_url.replace("/c/pay/", "/c/authenticate/"), {"answer": answer})


# --- A host ---


def onboard(link_url: str, choice: str = "finish") -> Reply:
    """Visit the onboarding and choose: finish, review, restrict or leave."""
    fetch(link_url)
    return fetch(link_url, {"choice": choice})


# --- Controls ---


class Controls:
    def __init__(self, url: str) -> None:
        self.url = f"{url}/_standin"

    def get(self, path: str) -> Any:
        return json.loads(fetch(f"{self.url}/{path}").text)

    def post(self, control: str, /, **given: Any) -> Any:
        headers = {"Content-Type": "application/json"}
        reply = fetch(f"{self.url}/{control}", data=json.dumps(given).encode(), headers=headers)
        assert reply.status == 200, reply.text
        return json.loads(reply.text)

    def now(self) -> int:
        return self.get("clock")["now"]

    def advance(self, seconds: int) -> int:
        return self.post("clock", advance_s=seconds)["now"]

    def fault(self, kind: str, method: str = "*", path: str = "*", **how: Any) -> None:
        self.post("faults", kind=kind, method=method, path=path, **how)

    def webhook_fault(self, kind: str, type_: str = "*", **how: Any) -> None:
        self.post("faults", kind=kind, method="WEBHOOK", path=type_, **how)

    def clear_faults(self) -> None:
        fetch(f"{self.url}/faults", method="DELETE")

    def happen(self, noun: str, name: str, verb: str, **given: Any) -> Any:
        """What the app did not start, such as `happen("charges", "ch_1", "dispute")`."""
        return self.post(f"{noun}/{name}/{verb}", **given)

    def wait_until_delivered(self, timeout_s: float = 10) -> None:
        wait_until(lambda: self.get("deliveries")["idle"], within=timeout_s)


# --- Webhooks ---


class Delivery(NamedTuple):
    body: bytes
    signature: str

    @property
    def event(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """Takes webhooks down; `statuses` are answered first, then 200."""

    def __init__(self) -> None:
        self.received: list[Delivery] = []
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append(Delivery(body, self.headers["Stripe-Signature"]))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Not into the output of the tests."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhook"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def types(self) -> list[str]:
        return [delivery.event["type"] for delivery in self.received]
