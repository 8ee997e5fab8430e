"""Trying too often: how often, by whom it is counted, and what the page says."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts import rate_limits
from tests.factories import PASSWORD, make_user
from tests.second_step import give_app

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_rate_limits")]


def signed_in(client):
    return "_auth_user_id" in client.session


def test_sixth_try_of_a_password_waits(client, nora, sign_in):
    for _ in range(5):
        sign_in("nora", "wrong")

    page = sign_in("nora").content.decode()

    assert "Too many tries. The next one is possible in 5 minutes." in page
    assert not signed_in(client)


def test_fifth_try_is_the_last(nora, sign_in):
    for _ in range(4):
        sign_in("nora", "wrong")

    assert "The next try is possible in 5 minutes." in sign_in("nora", "wrong").content.decode()


def test_one_persons_tries_are_not_anothers(client, nora, sign_in):
    make_user("sami", password=PASSWORD)
    for _ in range(5):
        sign_in("nora", "wrong")

    sign_in("sami")

    assert signed_in(client)


def test_right_password_is_no_try(client, nora, sign_in):
    for _ in range(6):
        sign_in("nora")
        client.post(reverse("account_logout"))

    sign_in("nora")

    assert signed_in(client)


def ask_for_password(client, **more):
    return client.post(reverse("account_reset_password"), {"email": "nora@example.org"}, **more)


def test_page_says_how_long_to_wait(client):
    for _ in range(3):
        ask_for_password(client)

    response = ask_for_password(client)

    assert response.status_code == 429
    assert 3500 < int(response["Retry-After"]) <= 3600
    assert "possible in 60 minutes" in response.content.decode()


def test_short_wait_is_told_in_seconds(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"reset_password": "1/30s/ip"}
    ask_for_password(client)

    assert "seconds." in ask_for_password(client).content.decode()


def test_tries_of_two_addresses_are_counted_apart(settings):
    settings.ACCOUNT_RATE_LIMITS = {"reset_password": "1/m/ip"}

    answers = [ask_for_password(Client(), REMOTE_ADDR=f"192.0.2.{n}") for n in (1, 2)]

    assert [answer.status_code for answer in answers] == [302, 302]


@pytest.mark.parametrize(("proxies", "expected"), [(0, 429), (1, 302)])
def test_behind_a_proxy_of_ours_its_word_for_the_address_counts(settings, proxies, expected):
    settings.ACCOUNT_RATE_LIMITS = {"reset_password": "1/m/ip"}
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    answers = [
        ask_for_password(Client(), headers={"X-Forwarded-For": f"198.51.100.7, 192.0.2.{n}"})
        for n in (1, 2)
    ]

    assert answers[-1].status_code == expected


@pytest.fixture
def always_too_many(monkeypatch):
    monkeypatch.setattr("allauth.core.internal.ratelimit.consume", lambda *args, **kwargs: None)


OUTSIDE = ["account_login", "account_signup", "account_reset_password", "mfa_login_webauthn"]
FROM_A_LETTER = "account_reset_password_from_key"


@pytest.mark.parametrize("name", OUTSIDE)
def test_page_comes_out_at_every_door(client, always_too_many, name):
    response = client.post(reverse(name), {"email": "nora@example.org"})

    assert response.status_code == 429
    assert "Too many tries" in response.content.decode()


def test_page_comes_out_at_the_link_of_a_letter(client, always_too_many):
    assert client.post(reverse(FROM_A_LETTER, args=["1", "forged"])).status_code == 429


@pytest.mark.parametrize("name", sorted(rate_limits.ACTIONS.keys() - {*OUTSIDE, FROM_A_LETTER}))
def test_page_comes_out_inside(client, nora, monkeypatch, request, name):
    give_app(nora)
    nora.authenticator_set.create(type="webauthn", data={})
    if name == "account_set_password":
        nora.set_unusable_password()
        nora.save()
    client.force_login(nora)
    request.getfixturevalue("always_too_many")

    assert client.post(reverse(name)).status_code == 429


def test_counts_are_in_redis_for_all_processes(client):
    ask_for_password(client)

    assert cache._cache.get_client().keys("*allauth:rl*")
