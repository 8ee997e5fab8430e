"""Making an account, through the pages a browser would see."""

import re
from threading import Barrier
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.adapter import AccountAdapter
from accounts.models import User
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_rate_limits():
    cache.clear()


@pytest.fixture
def sign_up(client):
    def post(handle="Nora", email="nora@example.org", password=PASSWORD):
        form = {"username": handle, "email": email, "password1": password}
        return client.post(reverse("account_signup"), form)

    return post


def confirmation_path():
    """Where the letter's link leads."""
    return urlsplit(re.search(r"https?://\S+/confirm-email/\S+", mail.outbox[-1].body)[0]).path


def is_signed_in(client):
    return "_auth_user_id" in client.session


def test_signing_up_sends_a_letter_and_signs_nobody_in(client, sign_up):
    response = sign_up()

    assert response.url == reverse("account_email_verification_sent")
    assert mail.outbox[0].to == ["nora@example.org"]
    assert not is_signed_in(client)


def test_handle_keeps_its_case(sign_up):
    sign_up(handle="NoraB")

    assert User.objects.get().handle == "NoraB"


def test_unconfirmed_address_does_not_sign_in(client, sign_up):
    sign_up()

    response = client.post(reverse("account_login"), {"login": "Nora", "password": PASSWORD})

    assert response.url == reverse("account_email_verification_sent")
    assert not is_signed_in(client)


def test_opening_the_letters_link_confirms_nothing_yet(client, sign_up):
    """Mail scanners open links."""
    sign_up()

    response = client.get(confirmation_path())

    assert response.status_code == 200
    assert not User.objects.get().emailaddress_set.get().verified


def test_pressing_confirm_lets_the_person_in(client, sign_up):
    sign_up()

    client.post(confirmation_path())
    client.post(reverse("account_login"), {"login": "Nora", "password": PASSWORD})

    assert is_signed_in(client)


def test_forged_confirmation_is_refused(client, sign_up):
    sign_up()

    client.post(reverse("account_confirm_email", args=["MQ:forged:signature"]))

    assert not User.objects.get().emailaddress_set.get().verified


@pytest.mark.parametrize("handle", ["nora", "NORA", "nOrA"])
def test_handle_of_somebody_else_is_refused_in_any_case(sign_up, handle):
    make_user("Nora")

    response = sign_up(handle=handle, email="second@example.org")

    assert "username" in response.context["form"].errors
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "handle", ["", "ab", "a" * 31, "no ra", "no-ra", "no.ra", "@nora", "nöra", "ＮＯＲＡ", "nora/x"]
)
def test_bad_handle_is_refused(sign_up, handle):
    response = sign_up(handle=handle)

    assert "username" in response.context["form"].errors
    assert not User.objects.exists()


@pytest.mark.parametrize("handle", ["admin", "Admin", "support", "rostrum"])
def test_handle_that_sounds_official_is_refused(sign_up, handle):
    response = sign_up(handle=handle)

    assert "username" in response.context["form"].errors


@pytest.mark.parametrize("handle", ["abc", "a" * 30, "_nora_", "2024"])
def test_handle_at_the_edge_is_taken(sign_up, handle):
    sign_up(handle=handle)

    assert User.objects.get().handle == handle


@pytest.mark.parametrize("password", ["short", "12345678901", "password"])
def test_weak_password_is_refused(sign_up, password):
    response = sign_up(password=password)

    assert "password1" in response.context["form"].errors


def test_refused_form_keeps_what_was_typed(sign_up):
    response = sign_up(handle="no ra")

    assert 'value="no ra"' in response.content.decode()
    assert 'value="nora@example.org"' in response.content.decode()


def test_known_address_is_told_by_letter_and_not_on_the_page(sign_up):
    """The page must not say who has an account."""
    make_user("nora", password=PASSWORD)

    response = sign_up(handle="another", email="nora@example.org")

    assert response.url == reverse("account_email_verification_sent")
    assert User.objects.count() == 1
    assert mail.outbox[0].to == ["nora@example.org"]


@pytest.mark.django_db(transaction=True)
def test_two_who_take_one_handle_at_once_get_one_account_and_one_sentence(at_once, monkeypatch):
    both_forms_were_fine = Barrier(2, timeout=10)
    save = AccountAdapter.save_user

    def save_together(*args, **kwargs):
        both_forms_were_fine.wait()
        return save(*args, **kwargs)

    def post(address):
        form = {"email": address, "username": "nora", "password1": PASSWORD}
        return Client().post(reverse("account_signup"), form).status_code

    monkeypatch.setattr(AccountAdapter, "save_user", save_together)

    statuses = at_once(lambda: post("a@example.org"), lambda: post("b@example.org"))

    assert sorted(statuses) == [302, 409]
    assert User.objects.count() == 1
