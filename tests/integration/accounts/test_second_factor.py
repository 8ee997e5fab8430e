"""An authenticator app and recovery codes."""

import re

import pytest
from django.core import mail
from django.urls import reverse

from tests.factories import PASSWORD
from tests.second_step import code_of, give_app

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_rate_limits")]


def signed_in(client):
    return "_auth_user_id" in client.session


@pytest.fixture
def set_up(nora_client):
    """Gives the secret that the page showed."""

    def post():
        url = reverse("mfa_activate_totp")
        secret = nora_client.get(url).context["form"].secret
        return secret, nora_client.post(url, {"code": code_of(secret)}, follow=True)

    return post


@pytest.fixture
def secret(nora):
    return give_app(nora)


@pytest.mark.django_db(transaction=True)
def test_app_is_set_up_by_its_first_code(nora, set_up):
    set_up()

    assert set(nora.authenticator_set.values_list("type", flat=True)) == {"totp", "recovery_codes"}
    assert mail.outbox[-1].subject == "An authenticator app was set up for Rostrum"


def test_app_files_the_secret_under_the_instance_and_the_address(nora_client):
    url = nora_client.get(reverse("mfa_activate_totp")).context["totp_url"]

    assert url.startswith("otpauth://totp/nora%40example.org?")
    assert "issuer=Rostrum" in url


def test_recovery_codes_are_shown_once(set_up, nora_client):
    _secret, page = set_up()
    codes = re.findall(r"<code>(\d+)</code>", page.content.decode())

    again = nora_client.get(reverse("mfa_view_recovery_codes")).content.decode()

    assert len(codes) == 10
    assert "They have been shown" in again
    assert [code for code in codes if code in again] == []


def test_recovery_codes_can_be_taken_along(set_up):
    _secret, page = set_up()
    codes = re.findall(r"<code>(\d+)</code>", page.content.decode())

    assert f"data:text/plain;charset=utf-8,{'%0A'.join(codes)}%0A" in page.content.decode()


def test_new_recovery_codes_replace_the_old(set_up, nora_client):
    _secret, page = set_up()
    old = re.findall(r"<code>(\d+)</code>", page.content.decode())

    page = nora_client.post(reverse("mfa_generate_recovery_codes"), follow=True)

    new = re.findall(r"<code>(\d+)</code>", page.content.decode())
    assert len(new) == 10
    assert not set(old) & set(new)


def test_wrong_code_sets_nothing_up(nora, nora_client):
    response = nora_client.post(reverse("mfa_activate_totp"), {"code": "000000"})

    assert "That code is not right" in response.content.decode()
    assert not nora.authenticator_set.exists()


def test_password_alone_no_longer_signs_in(client, nora, secret, sign_in):
    response = sign_in("nora")

    assert response.url == reverse("mfa_authenticate")
    assert not signed_in(client)


def test_password_and_code_sign_in(client, nora, secret, sign_in):
    sign_in("nora")

    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})

    assert signed_in(client)


def test_recovery_code_signs_in_once(client, nora, set_up, sign_in):
    _secret, page = set_up()
    code = re.findall(r"<code>(\d+)</code>", page.content.decode())[0]
    for expected in (True, False):
        client.post(reverse("account_logout"))
        sign_in("nora")

        client.post(reverse("mfa_authenticate"), {"code": code})

        assert signed_in(client) is expected


def test_app_is_turned_off_after_asking_again(client, nora, secret, sign_in):
    sign_in("nora")
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})

    response = client.post(reverse("mfa_deactivate_totp"))
    assert response.url.startswith(reverse("account_reauthenticate"))

    client.post(response.url, {"password": PASSWORD, "next": reverse("mfa_deactivate_totp")})
    client.post(reverse("mfa_deactivate_totp"))
    assert not nora.authenticator_set.exists()
