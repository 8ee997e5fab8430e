"""A sale, and Stripe's stand-in to sell by."""

import pytest

from tests.factories import make_sale
from tests.stripe_standin import Controls
from ticketing import actions
from ticketing.standin import StandIn

from .desk import reserve


@pytest.fixture
def handlers():
    """The app's own, where tests of the inbox have theirs."""


@pytest.fixture
def stand_in(settings, monkeypatch):
    running = StandIn(webhook_workers=1)
    settings.STRIPE_SECRET_KEY = "sk_test_standin_tests"
    settings.STRIPE_API_BASE = running.url
    settings.STRIPE_WEBHOOK_SECRETS = settings.STRIPE_CONNECT_WEBHOOK_SECRETS = ["whsec_tests"]
    settings.STRIPE_TIMEOUT_S = 2
    # The package waits half a second before each try of its own.
    monkeypatch.setattr("stripe._http_client.HTTPClient._sleep_time_seconds", lambda *_: 0.01)
    yield running
    running.stop()


@pytest.fixture
def controls(stand_in):
    return Controls(stand_in.url)


@pytest.fixture
def sale(stand_in, db):
    return make_sale(price_minor=1000)


@pytest.fixture
def order(sale, lena):
    return reserve(lena, sale)


@pytest.fixture
def address(order):
    return actions.open_checkout(order=order)
