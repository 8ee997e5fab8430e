"""What a browser without an account carries of itself, in signed cookies.

Who it is, so that two tabs are one person; and where it was turned away while it was signed in.
"""

import re
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.core import signing
from django.http import HttpRequest, HttpResponse

LISTENER_COOKIE = "listener"
MARKS_COOKIE = "turned-away"
KEPT_S = 30 * 24 * 3600
# The newest win.
MAX_MARKS = 20
_SALT = "spaces.listener"
_MARKS_SALT = "spaces.turned-away"
_TOKEN = re.compile(r"\A[0-9a-f]{16}\Z")
_MARK = re.compile(r"\A[sh][0-9a-f]{32}\Z")


def listener_token(cookie: str | None) -> str | None:
    """The token of a cookie we signed, else None."""
    token = _unsigned(cookie, _SALT)
    return token if _TOKEN.match(token) else None


def remember_listener(request: HttpRequest, response: HttpResponse) -> None:
    if request.user.is_authenticated or listener_token(request.COOKIES.get(LISTENER_COOKIE)):
        return
    _keep(request, response, LISTENER_COOKIE, secrets.token_hex(8), _SALT)


@dataclass(frozen=True)
class Marks:
    """Spaces that somebody was removed from (s…) and hosts who blocked them (h…), oldest first.

    The person may sign out in the same browser; a fresh one is nobody we can know.
    """

    entries: tuple[str, ...] = ()

    def has_space(self, public_id: uuid.UUID) -> bool:
        return f"s{public_id.hex}" in self.entries

    def has_host(self, public_id: uuid.UUID) -> bool:
        return f"h{public_id.hex}" in self.entries

    def and_space(self, public_id: uuid.UUID) -> "Marks":
        return self._with(f"s{public_id.hex}")

    def and_host(self, public_id: uuid.UUID) -> "Marks":
        return self._with(f"h{public_id.hex}")

    def without(self, *, space: uuid.UUID, host: uuid.UUID) -> "Marks":
        gone = {f"s{space.hex}", f"h{host.hex}"}
        return Marks(tuple(entry for entry in self.entries if entry not in gone))

    def _with(self, entry: str) -> "Marks":
        others = [other for other in self.entries if other != entry]
        return Marks((*others, entry)[-MAX_MARKS:])


def marks_of(cookies: Mapping[str, str]) -> Marks:
    entries = _unsigned(cookies.get(MARKS_COOKIE), _MARKS_SALT).split(".")
    return Marks(tuple(entry for entry in entries if _MARK.match(entry))[-MAX_MARKS:])


def mark(request: HttpRequest, response: HttpResponse, marks: Marks) -> None:
    _keep(request, response, MARKS_COOKIE, ".".join(marks.entries), _MARKS_SALT)


def _unsigned(cookie: str | None, salt: str) -> str:
    """What we signed, else nothing."""
    try:
        return signing.Signer(salt=salt).unsign(cookie or "")
    except signing.BadSignature:
        return ""


def _keep(request: HttpRequest, response: HttpResponse, name: str, value: str, salt: str) -> None:
    response.set_cookie(
        name,
        signing.Signer(salt=salt).sign(value),
        max_age=KEPT_S,
        httponly=True,
        secure=request.is_secure(),
        samesite="Lax",
    )
