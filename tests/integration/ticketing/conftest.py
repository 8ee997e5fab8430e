"""An account at something like Stripe."""

import hashlib
import hmac
import json
import time
from itertools import count

import pytest
from django.urls import reverse

from ticketing.actions import inbox, outbox

from .stripe_server import KEY, StripeServer
from .till import Till

SECRET, CONNECT_SECRET = "whsec_own", "whsec_connect"
_numbers = count(1)


@pytest.fixture
def stripe(settings, monkeypatch):
    server = StripeServer()
    settings.STRIPE_SECRET_KEY = KEY
    settings.STRIPE_API_BASE = server.base
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    settings.STRIPE_CONNECT_WEBHOOK_SECRETS = [CONNECT_SECRET]
    settings.STRIPE_TIMEOUT_S = 0.5
    # The package waits half a second before each of its own.
    monkeypatch.setattr("stripe._http_client.HTTPClient._sleep_time_seconds", lambda *_: 0.01)
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def handlers(monkeypatch):
    """Nobody's but the test's own."""
    monkeypatch.setattr(inbox, "_handlers", {})
    monkeypatch.setattr(outbox, "_handlers", {})
    monkeypatch.setattr(outbox, "_finders", {})


def make_event(type_="charge.updated", **fields):
    number = next(_numbers)
    return {
        "id": f"evt_{number}",
        "object": "event",
        "type": type_,
        "livemode": False,
        "created": int(time.time()),
        "api_version": "2026-10-28.endive",
        "data": {"object": {"id": f"ch_{number}", "object": "charge"}},
        **fields,
    }


def sign(body, secret=SECRET, *, at=None):
    """Stripe's header, by its documentation and not by its package."""
    stamp = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), b"%d." % stamp + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


@pytest.fixture
def deliver(client):
    """Post an event, or any bytes, to a webhook as Stripe does."""

    def post(event, secret=SECRET, *, name="stripe-webhook", signature=None, by=client):
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        signature = sign(body, secret) if signature is None else signature
        return by.post(
            reverse(f"ticketing:{name}"),
            body,
            content_type="application/json",
            headers={"Stripe-Signature": signature} if signature else {},
        )

    return post


@pytest.fixture
def till(hana):
    return Till(hana)
