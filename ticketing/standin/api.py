"""The v1 interface: keys, routes, parameters, idempotency, faults, and the answer."""

import hashlib
import json
import logging
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from . import errors, form, parameters
from .calls import Call, Route
from .errors import ApiError
from .expanding import expand
from .faults import AFTER, BEFORE, Fault
from .nouns import ROUTES
from .store import Object
from .world import API_VERSION, DAY_S, PLATFORM, World, new_id

KEY_PREFIX = "sk_test_standin"
IDEMPOTENCY_KEY_LENGTH = 255

_HTML = "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Request:
    method: str
    path: str
    query: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    # What the server does to it on its way: drop, cut, delay.
    faults: tuple[Fault, ...] = ()


class Api:
    def __init__(self, world: World) -> None:
        self.world = world
        self._lock = threading.Lock()
        self._keys_in_use: set[tuple[str, str]] = set()

    def answer(self, request: Request) -> Answer:
        request_id = new_id("req")
        try:
            found = self._answer(request, request_id)
        except ApiError as error:
            found = _said(error.status, error.body())
        except Exception:
            log.exception("answering %s %s", request.method, request.path)
            found = _said(500, errors.server_error().body())
        headers = {"Request-Id": request_id, "Stripe-Version": API_VERSION, **found.headers}
        return replace(found, headers=headers)

    def _answer(self, request: Request, request_id: str) -> Answer:
        account = self._account(request)
        struck = self.world.faults.strike(BEFORE, request.method, request.path)
        if early := _early(struck, request):
            return early
        route, ids = _route(request.method, request.path)
        if account != PLATFORM:
            self._require_scope(route, account)
        raw = request.body if request.method == "POST" else request.query.encode()
        given = form.decode(_text(raw))
        params = parameters.check(route.params, given, acts_on=route.acts_on)
        call = Call(world=self.world, account=account, path=request.path, ids=ids, params=params)
        key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        if not key:
            _wait(struck)
            return self._do(route, call, request, request_id, None, "")
        if len(key) > IDEMPOTENCY_KEY_LENGTH:
            raise ApiError("Idempotency keys can be up to 255 characters long.")
        asked = _fingerprint(request, given)
        with self._lock:
            if (account, key) in self._keys_in_use:
                raise errors.key_in_use(key)
            self._keys_in_use.add((account, key))
        try:
            if replay := self._replay(account, key, asked):
                return replay
            _wait(struck)
            return self._do(route, call, request, request_id, key, asked)
        finally:
            with self._lock:
                self._keys_in_use.discard((account, key))

    # --- Whose call it is ---

    def _account(self, request: Request) -> str:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if not key:
            raise errors.no_key()
        if scheme.lower() != "bearer" or not key.startswith(KEY_PREFIX):
            raise errors.wrong_key()
        return request.headers.get("Stripe-Account", PLATFORM)

    def _require_scope(self, route: Route, account: str) -> None:
        thing = self.world.store.get(account)
        if thing is None or thing["object"] != "account":
            raise errors.no_access(account)
        if not route.of_accounts:
            raise errors.not_offered(f"{route.method} {route.path} for connected accounts")

    # --- What it does ---

    def _do(
        self,
        route: Route,
        call: Call,
        request: Request,
        request_id: str,
        key: str | None,
        asked: str,
    ) -> Answer:
        world = self.world
        with world.store.transaction():
            world.request = {"id": request_id, "idempotency_key": key}
            try:
                status, body = self._run(route, call)
            finally:
                world.request = {"id": None, "idempotency_key": None}
            late: tuple[Fault, ...] = ()
            if status == 200:
                late = tuple(world.faults.strike(AFTER, request.method, request.path))
            if any(fault.kind == "fail_after" for fault in late):
                status, body = 500, errors.server_error().body()
            text = json.dumps(body, indent=2)
            if key:
                world.store.run(
                    "INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?, ?)",
                    *(call.account, key, asked, status, text, world.now()),
                )
        headers = {"Idempotency-Key": key} if key else {}
        if any(fault.kind == "bad_gateway_after" for fault in late):
            return Answer(status=502, body=_HTML, content_type="text/html", headers=headers)
        return Answer(status=status, body=text, headers=headers, faults=late)

    def _run(self, route: Route, call: Call) -> tuple[int, Object]:
        kept: ApiError | None = None
        try:
            with self.world.store.transaction():
                try:
                    return 200, expand(call, route.handler(call))
                except ApiError as error:
                    if not error.keeps:
                        raise
                    kept = error
        except ApiError as error:
            return error.status, error.body()
        assert kept is not None
        return kept.status, kept.body()

    def _replay(self, account: str, key: str, asked: str) -> Answer | None:
        rows = self.world.store.run(
            "SELECT asked, status, answer FROM idempotency "
            "WHERE account = ? AND key = ? AND created > ?",
            *(account, key, self.world.now() - DAY_S),
        )
        if not rows:
            return None
        ((first_asked, status, text),) = rows
        if first_asked != asked:
            raise errors.key_of_other_request(key)
        headers = {"Idempotent-Replayed": "true", "Idempotency-Key": key}
        return Answer(status=status, body=text, headers=headers)


def _early(struck: list[Fault], request: Request) -> Answer | None:
    """What the first fault that stops a request says before anything has happened."""
    for fault in struck:
        if fault.kind == "fail_before":
            return _said(500, errors.server_error().body())
        if fault.kind == "rate_limit":
            return _said(429, errors.rate_limited().body())
        if fault.kind == "conflict":
            key = request.headers.get("Idempotency-Key", "")
            return _said(409, errors.key_in_use(key).body())
        if fault.kind == "bad_gateway":
            return Answer(status=502, body=_HTML, content_type="text/html")
        if fault.kind == "drop_before":
            return Answer(status=500, body="", faults=(fault,))
    return None


def _wait(struck: list[Fault]) -> None:
    for fault in struck:
        if fault.kind == "slow":
            time.sleep(fault.seconds)


def _said(status: int, body: Object) -> Answer:
    return Answer(status=status, body=json.dumps(body, indent=2))


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise ApiError("The request is not UTF-8.") from error


def _fingerprint(request: Request, given: form.Nested) -> str:
    asked = json.dumps([request.method, request.path, given], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()


def _route(method: str, path: str) -> tuple[Route, dict[str, str]]:
    for route in ROUTES:
        if route.method == method and (match := _pattern(route.path).fullmatch(path)):
            return route, match.groupdict()
    raise errors.unknown_url(method, path)


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[A-Za-z0-9_]+)", path))
