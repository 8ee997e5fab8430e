"""The server's side of passkeys; a device is in tests/browser/test_passkeys.py."""

import json

import pytest
from django.urls import reverse

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_rate_limits")]


def test_sign_in_page_asks_for_the_options_of_a_challenge(client):
    response = client.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})

    options = response.json()["request_options"]["publicKey"]
    assert options["rpId"] == "testserver"
    assert options["challenge"]


def test_new_passkey_is_filed_under_the_instance_and_the_person(nora_client):
    page = nora_client.get(reverse("mfa_add_webauthn"))

    options = page.context["js_data"]["creation_options"]["publicKey"]
    assert options["rp"]["name"] == "Rostrum"
    assert options["user"]["displayName"] == "Nora"


@pytest.mark.parametrize("credential", ["", "nonsense", "[]", "{}", '{"id": "x"}', "null"])
def test_what_is_no_passkey_signs_nobody_in(client, credential):
    client.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})

    response = client.post(reverse("mfa_login_webauthn"), {"credential": credential})

    assert response.url == reverse("account_login")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("credential", ["", "nonsense", "[]", "{}", json.dumps({"id": "x"})])
def test_what_is_no_passkey_is_not_added(nora, nora_client, credential):
    nora_client.get(reverse("mfa_add_webauthn"))

    response = nora_client.post(reverse("mfa_add_webauthn"), {"credential": credential})

    assert response.status_code == 200
    assert not nora.authenticator_set.exists()


def test_passkey_is_added_after_the_password_was_given_again_only(client, nora, sign_in):
    sign_in("nora")

    response = client.get(reverse("mfa_add_webauthn"))

    assert response.url.startswith(reverse("account_reauthenticate"))
