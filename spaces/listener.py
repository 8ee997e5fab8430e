"""A listener without an account: a signed cookie, so that two tabs are one person."""

import re
import secrets

from django.core import signing
from django.http import HttpRequest, HttpResponse

LISTENER_COOKIE = "listener"
_SALT = "spaces.listener"
_TOKEN = re.compile(r"\A[0-9a-f]{16}\Z")


def listener_token(cookie: str | None) -> str | None:
    """The token of a cookie we signed, else None."""
    try:
        token = signing.Signer(salt=_SALT).unsign(cookie or "")
    except signing.BadSignature:
        return None
    return token if _TOKEN.match(token) else None


def remember_listener(request: HttpRequest, response: HttpResponse) -> None:
    if request.user.is_authenticated or listener_token(request.COOKIES.get(LISTENER_COOKIE)):
        return
    response.set_cookie(
        LISTENER_COOKIE,
        signing.Signer(salt=_SALT).sign(secrets.token_hex(8)),
        max_age=30 * 24 * 3600,
        httponly=True,
        secure=request.is_secure(),
        samesite="Lax",
    )
