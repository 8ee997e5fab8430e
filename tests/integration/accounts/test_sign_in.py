"""Signing in and out."""

import pytest
from django.urls import reverse

from tests.factories import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_rate_limits")]


def signed_in_as(client):
    return client.session.get("_auth_user_id")


@pytest.mark.parametrize(
    "login", ["Nora", "nora", "NORA", "Nora@example.org", "nora@example.org", "NORA@EXAMPLE.ORG"]
)
def test_person_signs_in_by_handle_or_address_in_any_case(client, nora, sign_in, login):
    response = sign_in(login)

    assert response.url == "/"
    assert signed_in_as(client) == str(nora.pk)


@pytest.mark.parametrize(
    ("login", "password"),
    [("nora", "wrong"), ("nobody", PASSWORD), ("nora@example.com", PASSWORD), ("nora", "")],
)
def test_wrong_handle_or_password_is_refused_and_the_handle_kept(
    client, nora, sign_in, login, password
):
    response = sign_in(login, password)

    assert response.status_code == 200
    assert f'value="{login}"' in response.content.decode()
    assert signed_in_as(client) is None


@pytest.mark.parametrize(
    ("login", "sentence"),
    [
        ("nora", "That password does not go with this handle. 4 tries left"),
        ("nobody", "That password does not go with this handle. 4 tries left"),
        ("nora@example.org", "That password does not go with this address. 4 tries left"),
    ],
)
def test_refusal_says_what_does_not_fit_and_how_many_tries_are_left(nora, sign_in, login, sentence):
    assert sentence in sign_in(login, "wrong").content.decode()


def test_barred_account_does_not_sign_in(client, nora, sign_in):
    nora.is_active = False
    nora.save(update_fields=["is_active"])

    sign_in("nora")

    assert signed_in_as(client) is None


def test_signing_in_leads_back_to_where_it_was_asked_for(client, nora):
    form = {"login": "nora", "password": PASSWORD, "next": "/spaces/start/"}

    response = client.post(reverse("account_login"), form)

    assert response.url == "/spaces/start/"


def test_signing_in_never_leads_to_another_site(client, nora):
    form = {"login": "nora", "password": PASSWORD, "next": "https://example.com/"}

    response = client.post(reverse("account_login"), form)

    assert response.url == "/"


def test_person_signs_out(client, nora):
    client.force_login(nora)

    response = client.post(reverse("account_logout"))

    assert response.url == "/"
    assert signed_in_as(client) is None


def test_following_a_link_signs_nobody_out(client, nora):
    client.force_login(nora)

    client.get(reverse("account_logout"))

    assert signed_in_as(client) == str(nora.pk)


def test_home_names_who_is_signed_in(client, nora):
    client.force_login(nora)

    assert "@Nora" in client.get("/").content.decode()
