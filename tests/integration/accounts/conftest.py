"""Nora, who has an account with a password."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from tests.factories import PASSWORD, make_user


@pytest.fixture
def fresh_rate_limits(services):
    cache.clear()


@pytest.fixture
def nora(db):
    return make_user("Nora", password=PASSWORD)


@pytest.fixture
def sign_in(client):
    def post(login, password=PASSWORD):
        return client.post(reverse("account_login"), {"login": login, "password": password})

    return post


@pytest.fixture
def nora_client(client, nora, sign_in):
    """Signed in by the form, and asked for her password again a moment ago."""
    sign_in("nora")
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client
