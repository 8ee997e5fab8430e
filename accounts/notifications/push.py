"""Notifications for browsers that are not on the site, by their push services (RFC 8030).

A browser names its own service, so that is an address somebody else chose: `config.outside`.
"""

import base64
import http.client
import json
import math
import time
from datetime import datetime, timedelta
from email.utils import parseaddr, parsedate_to_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import SplitResult, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.utils import timezone

from config import instance, outside

from ..models import Delivery
from ..models.notifications import Subject
from .outlets import Away, Gone, NotSent, Unclear
from .telling import as_read_by, tell

# Only https, and only where it usually is. Tests have a service of their own.
REACH = outside.Reach(ports=frozenset({443}))
WITHIN_S = 10.0
MAX_ANSWER_BYTES = 64_000
# How long a service keeps what has no end of its own, for a browser that is not running.
LASTS = timedelta(days=1)
MAX_WAIT = timedelta(hours=6)
# Of the letters of the payload: all of it fits into what every service takes (4,096 bytes).
MAX_TEXT = 300


def public_key() -> str:
    """What browsers subscribe with; "" where the instance has no key."""
    return _public_key(settings.VAPID_PRIVATE_KEY)


@lru_cache(maxsize=2)
def _public_key(private_key: str) -> str:
    if not private_key:
        return ""
    point = private(private_key).public_key()
    return _encode(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def private(key: str) -> ec.EllipticCurvePrivateKey:
    """Raises: ValueError for what is no key of P-256."""
    raw = _decode(key, 32)
    return ec.derive_private_key(int.from_bytes(raw), ec.SECP256R1())


def generate_key() -> str:
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return _encode(number.to_bytes(32))


def check_public_key(key: str) -> None:
    """Of a browser: a point of P-256. Raises: ValueError"""
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decode(key, 65))


def check_secret(secret: str) -> None:
    """Raises: ValueError"""
    _decode(secret, 16)


def check_endpoint(endpoint: str) -> None:
    """Where a browser may have us post to, before it is looked up. Raises: ValueError"""
    url = urlsplit(endpoint)
    try:
        if url.scheme != "https":
            raise outside.Closed("not https")
        outside.checked(url, REACH)
    except outside.Closed as error:
        raise ValueError(str(error)) from error


def payload(delivery: Delivery) -> dict[str, str]:
    """What the service worker shows. tag: a renewed one takes the place of the one before."""
    notification = delivery.notification
    with as_read_by(notification.recipient):
        told = tell(notification)
        return {
            "title": told.sentence[:MAX_TEXT],
            "body": told.note or instance.current().name,
            "path": told.path,
            "tag": notification.key,
        }


class PushOutlet:
    """A visit for each, a few side by side: a service answers in a tenth of a second or two."""

    at_once = 4

    def open(self) -> None:
        if not settings.VAPID_PRIVATE_KEY:
            raise Away("VAPID_PRIVATE_KEY is not set")

    def write(self, delivery: Delivery, *, now: datetime) -> dict[str, Any]:
        # Slow to import, and of use to the worker alone.
        from pywebpush import WebPusher

        subscription = delivery.subscription
        assert subscription is not None
        keys = {"p256dh": subscription.p256dh, "auth": subscription.auth}
        pusher = WebPusher({"endpoint": subscription.endpoint, "keys": keys})
        content = json.dumps(payload(delivery), ensure_ascii=False).encode()
        ends = delivery.expires_at or now + LASTS
        url = urlsplit(subscription.endpoint)
        is_urgent = tell(delivery.notification).kind.subject == Subject.REMINDERS
        return {
            "url": url,
            "body": pusher.encode(content)["body"],
            "headers": {
                **_signed(url),
                "Host": outside.host_header(url),
                "Content-Encoding": "aes128gcm",
                "Content-Type": "application/octet-stream",
                "TTL": str(max(0, math.ceil((ends - now).total_seconds()))),
                "Urgency": "high" if is_urgent else "normal",
                "Connection": "close",
            },
        }

    def send(self, message: dict[str, Any]) -> None:
        is_on_its_way = False
        try:
            with outside.connection(
                message["url"],
                reach=REACH,
                deadline=time.monotonic() + WITHIN_S,
                most_bytes=MAX_ANSWER_BYTES,
            ) as connection:
                is_on_its_way = True
                connection.request(
                    "POST", outside.target(message["url"]), message["body"], message["headers"]
                )
                response = connection.getresponse()
                status, retry_after = response.status, response.headers.get("Retry-After")
        except (outside.Closed, ValueError) as error:
            raise NotSent(str(error), retryable=False) from error
        except (OSError, http.client.HTTPException, outside.TooMuch) as error:
            words = f"{type(error).__name__}: {error}"
            if is_on_its_way:
                raise Unclear(words) from error
            raise NotSent(words, retryable=True) from error
        _judge(status, retry_after)

    def close(self) -> None: ...


def _judge(status: int, retry_after: str | None) -> None:
    """Source: RFC 8030 §5, §7.3, §8.4."""
    if 200 <= status < 300:
        return
    if status in {404, 410}:
        raise Gone
    may_come_later = status == 429 or status >= 500
    raise NotSent(
        f"status {status}",
        retryable=may_come_later,
        after=_wait(retry_after) if may_come_later else None,
    )


def _wait(retry_after: str | None) -> timedelta | None:
    """Seconds, or a date. Source: RFC 9110 §10.2.3."""
    if not retry_after:
        return None
    try:
        if retry_after.strip().isdecimal():
            wait = timedelta(seconds=min(int(retry_after), MAX_WAIT.total_seconds()))
        else:
            wait = parsedate_to_datetime(retry_after) - timezone.now()
    except (ValueError, TypeError):
        return None
    return min(max(wait, timedelta()), MAX_WAIT)


def _signed(url: SplitResult) -> dict[str, str]:
    """Who we are, so that a service knows whom to write to (RFC 8292)."""
    from py_vapid import Vapid

    claims = {
        "aud": f"https://{outside.host_header(url)}",
        "sub": _contact(),
        "exp": int(time.time()) + 12 * 3600,
    }
    return Vapid(private(settings.VAPID_PRIVATE_KEY)).sign(claims)


def _contact() -> str:
    contact = instance.current().contact_url
    # Some services want a mailbox, and one without a name.
    is_mailbox = contact.startswith("mailto:")
    return contact if is_mailbox else f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"


def _decode(text: str, size: int) -> bytes:
    """Raises: ValueError"""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except UnicodeError as error:
        raise ValueError("not base64") from error
    if len(raw) != size:
        raise ValueError(f"not {size} bytes")
    return raw


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
