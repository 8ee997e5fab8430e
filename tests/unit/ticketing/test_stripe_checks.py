"""Settings of Stripe that do not agree stop the start."""

import pytest

from ticketing import checks

STAND_IN = {"STRIPE_SECRET_KEY": "sk_test_standin_1", "STRIPE_API_BASE": "http://127.0.0.1:1"}
LIVE = {"STRIPE_SECRET_KEY": "sk_live_1"}


@pytest.fixture
def found(settings):
    """The ids of what is wrong with these, besides what an instance has."""

    def check(**fields):
        usual = {
            "STRIPE_SECRET_KEY": "",
            "STRIPE_WEBHOOK_SECRETS": ["whsec_1"],
            "STRIPE_CONNECT_WEBHOOK_SECRETS": ["whsec_2"],
            "STRIPE_API_BASE": "",
            "STRIPE_MAY_STAND_IN": False,
        }
        for name, value in (usual | fields).items():
            setattr(settings, name, value)
        return [message.id for message in checks.stripe_settings_agree()]

    return check


def test_no_key_needs_nothing(found):
    assert found(STRIPE_WEBHOOK_SECRETS=[], STRIPE_CONNECT_WEBHOOK_SECRETS=[]) == []


@pytest.mark.parametrize("key", ["sk_live_1", "rk_live_1", "sk_test_1"])
def test_key_with_its_secrets_passes(found, key):
    assert found(STRIPE_SECRET_KEY=key) == []


@pytest.mark.parametrize("name", ["STRIPE_WEBHOOK_SECRETS", "STRIPE_CONNECT_WEBHOOK_SECRETS"])
def test_key_without_a_secret_is_an_error(found, name):
    assert found(**LIVE, **{name: []}) == ["rostrum.E012"]


def test_stand_in_passes_in_a_demo(found):
    assert found(**STAND_IN, STRIPE_MAY_STAND_IN=True) == []


def test_stand_in_is_an_error_elsewhere(found):
    assert found(**STAND_IN) == ["rostrum.E013"]


def test_stripes_own_address_is_no_stand_in(found):
    assert found(**LIVE, STRIPE_API_BASE="https://api.stripe.com") == []


@pytest.mark.parametrize("base", ["", "https://api.stripe.com"])
def test_key_of_the_stand_in_is_not_shown_to_stripe(found, base):
    assert found(**STAND_IN | {"STRIPE_API_BASE": base}) == ["rostrum.E014"]


@pytest.mark.parametrize("key", ["sk_live_1", "rk_live_1"])
def test_live_key_is_not_shown_to_a_stand_in(found, key):
    wrong = found(**STAND_IN | {"STRIPE_SECRET_KEY": key}, STRIPE_MAY_STAND_IN=True)

    assert wrong == ["rostrum.E015"]
