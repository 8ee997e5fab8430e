"""Stripe, and the only importer of its package: plain dicts come out, errors say what is known."""

import json
import logging
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from typing import Any

import stripe
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from config.errors import Refusal, Unavailable

from . import stripe_record

logger = logging.getLogger(__name__)

Answer = dict[str, Any]

# What the code was written for; a newer package must not change it by itself.
API_VERSION = "2026-10-28.endive"
# The package makes none unless told. It never tries a 429 or an answer cut in the middle again.
RETRIES = 2
# How old a signature may be.
TOLERANCE_S = 300
_PAGE = 100
# The year 10000, which datetime does not have.
_END_OF_TIME = 253_402_300_800

# What we measure is nobody else's.
stripe.enable_telemetry = False


class Endpoint(StrEnum):
    """Where webhooks come in: events of the platform's own account, and of the hosts' accounts."""

    OWN = "own"
    CONNECT = "connect"


class NotFromStripe(Exception):
    """A webhook that is unsigned, signed by somebody else, too old, or no event."""


class StripeFault(Refusal):
    """What a call came to instead of an answer. A page shows `message`; the rest is for us."""

    retryable = False

    def __init__(
        self,
        message: "str | Promise",
        *,
        reason: str = "",
        param: str = "",
        request_id: str = "",
        is_unknown: bool = False,
        is_away: bool = False,
        is_replay: bool = False,
    ) -> None:
        super().__init__(message)
        # Stripe's word for it, or ours.
        self.reason = reason
        self.param = param
        self.request_id = request_id
        # The effect may have happened.
        self.is_unknown = is_unknown
        # Stripe does not answer anybody just now: another call would come to the same.
        self.is_away = is_away
        # The stored answer to an earlier call with this key, and so that of every later one.
        self.is_replay = is_replay

    def __str__(self) -> str:
        """For logs: Stripe's own sentences may name people, codes do not."""
        told = (self.reason, self.param, self.request_id)
        return " ".join(part for part in told if part) or type(self).__name__


class StripeUnavailable(StripeFault, Unavailable):
    code = "stripe_unavailable"
    retryable = True

    def __init__(self, **known: Any) -> None:
        message = _("The payment service cannot be reached just now. Try again in a minute.")
        super().__init__(message, **known)


class StripeRefused(StripeFault):
    """Stripe said no, and would say it again."""

    status = 502
    code = "stripe_refused"

    def __init__(self, **known: Any) -> None:
        super().__init__(_("The payment service did not accept this."), **known)


def is_on() -> bool:
    """Whether there is a Stripe account: without one nothing is sold and nothing calls out."""
    return bool(settings.STRIPE_SECRET_KEY)


def is_live() -> bool:
    """Whether money is real."""
    return settings.STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))


def call(
    path: str,
    params: Mapping[str, Any],
    *,
    key: str,
    object_id: "str | Sequence[str]" = "",
    account: str = "",
) -> Answer:
    """Change something. path: of the package's client, such as "checkout.sessions.create".

    Repeat: harmless with the same key and params, for 24 hours.
    Raises: StripeUnavailable, StripeRefused
    """
    options = {"idempotency_key": key} | _on_behalf_of(account)
    return _ask(path, *_ids(object_id), params=dict(params), options=options).to_dict(for_json=True)


def fetch(
    path: str,
    object_id: "str | Sequence[str]" = "",
    *,
    account: str = "",
    expand: Sequence[str] = (),
) -> Answer:
    """One object as it is now. path: such as "checkout.sessions".

    Raises: StripeUnavailable, StripeRefused
    """
    params = {"expand": list(expand)} if expand else {}
    ids = _ids(object_id)
    found = _ask(f"{path}.retrieve", *ids, params=params, options=_on_behalf_of(account))
    return found.to_dict(for_json=True)


def list_all(
    path: str,
    params: Mapping[str, Any] | None = None,
    *,
    object_id: str = "",
    account: str = "",
) -> Iterator[Answer]:
    """All of a list, however many pages, in Stripe's order: the newest first.

    Raises: StripeUnavailable, StripeRefused
    """
    asked = {"limit": _PAGE, **(params or {})}
    ids, options = _ids(object_id), _on_behalf_of(account)
    while True:
        page = _ask(f"{path}.list", *ids, params=asked, options=options).to_dict(for_json=True)
        yield from page["data"]
        if not page["has_more"] or not page["data"]:
            return
        asked["starting_after"] = page["data"][-1]["id"]


def construct_event(body: bytes, signature: str, *, endpoint: Endpoint) -> Answer:
    """The event that a webhook brings, once it is certain who sent it.

    Raises: NotFromStripe
    """
    secrets = {
        Endpoint.OWN: settings.STRIPE_WEBHOOK_SECRETS,
        Endpoint.CONNECT: settings.STRIPE_CONNECT_WEBHOOK_SECRETS,
    }[endpoint]
    # hmac compares only such text.
    if not signature.isascii():
        raise NotFromStripe
    if not any(_is_signed(body, signature, secret) for secret in secrets):
        raise NotFromStripe
    try:
        event = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise NotFromStripe from error
    if not _is_event(event):
        raise NotFromStripe
    return event


# --- The client ---


class _Client(stripe.RequestsClient):
    """Writes each try down, and knows whether any of a call's may have arrived unanswered."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.lost = threading.local()

    def request(  # type: ignore[override]  # the package's own answers bytes, and says str above
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        status, answer = None, ""
        try:
            content, status, answer_headers = super().request(method, url, headers, post_data)
            answer = content.decode(errors="replace")
        except stripe.APIConnectionError as error:
            self.lost.any = getattr(self.lost, "any", False) or not _never_arrived(error)
            answer = type(error.__cause__ or error).__name__
            raise
        finally:
            if settings.STRIPE_RECORD_FILE:
                stripe_record.write(
                    settings.STRIPE_RECORD_FILE,
                    method=method,
                    url=url,
                    headers=headers or {},
                    body=post_data or "",
                    status=status,
                    answer=answer,
                )
        return content, status, answer_headers


@lru_cache(maxsize=1)
def _client(
    key: str, base: str, timeout_s: float, process: int
) -> tuple[stripe.StripeClient, _Client]:
    """process: connections must not be shared with what this one was forked from."""
    http = _Client(timeout=timeout_s)
    client = stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        base_addresses={"api": base} if base else None,
        max_network_retries=RETRIES,
        http_client=http,
    )
    return client, http


def _ask(path: str, *ids: str, params: dict[str, Any], options: dict[str, str]) -> Any:
    if not is_on():
        raise StripeUnavailable(reason="off", is_away=True)
    client, http = _client(
        settings.STRIPE_SECRET_KEY,
        settings.STRIPE_API_BASE,
        settings.STRIPE_TIMEOUT_S,
        os.getpid(),
    )
    http.lost.any = False
    try:
        return attrgetter(path)(client.v1)(*ids, params=params, options=options)
    except stripe.StripeError as error:
        raise _fault(error, path, was_lost=http.lost.any) from None


def _fault(error: stripe.StripeError, path: str, *, was_lost: bool) -> StripeFault:
    """was_lost: an earlier try of this call may have arrived."""
    reason, status = error.code or "", error.http_status
    known: dict[str, Any] = {
        "param": getattr(error, "param", "") or "",
        "request_id": error.request_id or "",
    }
    is_replay = (error.headers or {}).get("Idempotent-Replayed") == "true"
    if isinstance(error, stripe.InvalidRequestError | stripe.CardError):
        return StripeRefused(reason=reason or f"http_{status}", **known)
    if isinstance(error, stripe.IdempotencyError):
        # Something was done under this key, though not quite what is asked for now.
        reason, is_replay = reason or "idempotency_error", True
        known |= {"is_unknown": True}
    elif isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        # Somebody has to change the key or what it may do; until then it is nobody's fault.
        logger.error("Stripe does not let us call %s: %s", path, reason or f"http_{status}")
        known |= {"is_unknown": was_lost, "is_away": status == 401}
    elif isinstance(error, stripe.APIConnectionError):
        reason = reason or "no_answer"
        known |= {"is_unknown": was_lost, "is_away": True}
    elif isinstance(error, stripe.RateLimitError):
        known |= {"is_unknown": was_lost, "is_away": True}
    else:
        # 409: the same key is at work elsewhere. 500: may come after the effect. Others are of what
        # stands in front. Whatever is no answer of Stripe's says nothing of the effect.
        known |= {"is_unknown": True, "is_away": status in {502, 503, 504}}
    return StripeUnavailable(reason=reason or f"http_{status}", is_replay=is_replay, **known)


def _never_arrived(error: stripe.APIConnectionError) -> bool:
    """Nobody took the connection."""
    why = error.__cause__.args[0] if error.__cause__ and error.__cause__.args else None
    return isinstance(getattr(why, "reason", None), NewConnectionError | ConnectTimeoutError)


def _on_behalf_of(account: str) -> dict[str, str]:
    return {"stripe_account": account} if account else {}


def _ids(object_id: "str | Sequence[str]") -> tuple[str, ...]:
    if isinstance(object_id, str):
        return (object_id,) if object_id else ()
    return tuple(object_id)


# --- Events ---


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    try:
        return stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE_S)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False


def _is_event(event: Any) -> bool:
    """What we rely on of its shape."""
    if not isinstance(event, dict) or event.get("object") != "event":
        return False
    fits = all(
        isinstance(event.get(name), str) and 0 < len(event[name]) <= 255 for name in ("id", "type")
    )
    return fits and isinstance(event.get("livemode"), bool) and _is_time(event.get("created"))


def _is_time(stamp: Any) -> bool:
    return isinstance(stamp, int) and 0 <= stamp < _END_OF_TIME


def _no_number(name: str) -> None:
    """NaN and its like are no JSON, and not the database's either."""
    raise ValueError(name)
