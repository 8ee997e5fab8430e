"""A stand-in for each test, in memory, and the real stripe package on it."""

import pytest
import stripe

from tests.stripe_standin import Controls, Receiver, onboard, pay
from ticketing.standin import StandIn

KEY = "sk_test_standin_tests"


def client_of(url: str, *, timeout_s: float = 5, key: str = KEY) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": url},
        http_client=stripe.RequestsClient(timeout=timeout_s),
        max_network_retries=0,
    )


@pytest.fixture
def stand_in():
    running = StandIn(webhook_workers=1)
    yield running
    running.stop()


@pytest.fixture
def controls(stand_in):
    return Controls(stand_in.url)


@pytest.fixture
def api(stand_in):
    """The `v1` of a client that makes no retries."""
    return client_of(stand_in.url).v1


@pytest.fixture
def receiver():
    running = Receiver()
    yield running
    running.stop()


@pytest.fixture
def make_session(api):
    def make(amount=1000, currency="usd", options=None, **changed):
        item = {
            "price_data": {
                "currency": currency,
                "unit_amount": amount,
                "product_data": {"name": "Harbour talk"},
            },
            "quantity": 1,
        }
        params = {
            "mode": "payment",
            "line_items": [item],
            "success_url": "http://localhost/done?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://localhost/left",
            "payment_intent_data": {"transfer_group": "order_1", "metadata": {"order": "1"}},
        }
        return api.checkout.sessions.create(params | changed, options)

    return make


@pytest.fixture
def make_charge(api, make_session):
    """A paid session's charge."""

    def make(amount=1000, currency="usd", number="4242 4242 4242 4242"):
        session = make_session(amount, currency)
        assert pay(session.url, number).status == 303
        paid = api.checkout.sessions.retrieve(
            session.id, {"expand": ["payment_intent.latest_charge"]}
        )
        return paid.payment_intent.latest_charge

    return make


@pytest.fixture
def new_host(api):
    """An account that has told nothing yet."""
    return api.accounts.create(
        {
            "country": "US",
            "email": "hana@example.org",
            "controller": {
                "fees": {"payer": "application"},
                "losses": {"payments": "application"},
                "stripe_dashboard": {"type": "express"},
            },
            "capabilities": {"transfers": {"requested": True}},
        }
    )


@pytest.fixture
def link_of(api):
    def make(account):
        return api.account_links.create(
            {
                "account": account.id,
                "type": "account_onboarding",
                "refresh_url": "http://localhost/again",
                "return_url": "http://localhost/back",
            }
        ).url

    return make


@pytest.fixture
def host(new_host, link_of):
    """An account that is ready to be paid."""
    onboard(link_of(new_host))
    return new_host
