"""STUN and TURN servers for browsers."""

import base64
import hashlib
import hmac
import time
from typing import Any

from django.conf import settings


def ice_servers(user_id: int | None, *, now: float | None = None) -> list[dict[str, Any]]:
    """RTCIceServer dictionaries; TURN with time-limited credentials.

    Source: coturn's `use-auth-secret` (draft-uberti-behave-turn-rest-00 §2.2): the user name is the
    expiry in seconds, the credential base64(HMAC-SHA1(secret, user name)).
    """
    servers: list[dict[str, Any]] = []
    if settings.STUN_URLS:
        servers.append({"urls": settings.STUN_URLS})
    if settings.TURN_URLS:
        expires = int(time.time() if now is None else now) + settings.TURN_LIFETIME_S
        username = f"{expires}:{user_id or 'listener'}"
        digest = hmac.new(settings.TURN_SECRET.encode(), username.encode(), hashlib.sha1).digest()
        servers.append(
            {
                "urls": settings.TURN_URLS,
                "username": username,
                "credential": base64.b64encode(digest).decode(),
            }
        )
    return servers
