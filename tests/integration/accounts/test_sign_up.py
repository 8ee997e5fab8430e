"""Making an account, through the pages a browser would see."""

from threading import Barrier

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.adapter import AccountAdapter
from accounts.models import User
from tests.factories import PASSWORD, make_user
from tests.second_step import path_in_last_letter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_rate_limits")]


@pytest.fixture
def sign_up(client):
    def post(handle="Nora", email="nora@example.org", password=PASSWORD, **more):
        form = {"username": handle, "email": email, "password1": password, "agreement": "on"}
        return client.post(reverse("account_signup"), form | more)

    return post


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

    response = client.get(path_in_last_letter("confirm-email"))

    assert response.status_code == 200
    assert not User.objects.get().emailaddress_set.get().verified


def test_pressing_confirm_lets_the_person_in(client, sign_up):
    sign_up()

    client.post(path_in_last_letter("confirm-email"))
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
        form = {"email": address, "username": "nora", "password1": PASSWORD, "agreement": "on"}
        return Client().post(reverse("account_signup"), form).status_code

    monkeypatch.setattr(AccountAdapter, "save_user", save_together)

    statuses = at_once(lambda: post("a@example.org"), lambda: post("b@example.org"))

    assert sorted(statuses) == [302, 409]
    assert User.objects.count() == 1


def test_letter_names_the_instance_and_the_newcomer(sign_up):
    sign_up()

    letter = mail.outbox[0]
    assert letter.subject == "Welcome to Rostrum: confirm your address"
    assert "Welcome, @Nora." in letter.body


# --- The agreement ---


EVERYTHING = {"minimum_age": 18, "terms": "Be kind.", "privacy": "We keep little."}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (EVERYTHING, ["at least 18", "terms</a>", "privacy policy</a>"]),
        (EVERYTHING | {"privacy": ""}, ["at least 18", "terms</a>"]),
        (EVERYTHING | {"terms": ""}, ["at least 18", "privacy policy</a>"]),
        ({"minimum_age": 18}, ["I am at least 18 years old."]),
        (EVERYTHING | {"minimum_age": 0}, ["I agree to", "terms</a>", "privacy policy</a>"]),
        ({"minimum_age": 0, "terms": "Be kind."}, ["I agree to", "terms</a>"]),
        ({"minimum_age": 0, "privacy": "We keep little."}, ["have read", "privacy policy</a>"]),
    ],
)
def test_newcomer_agrees_to_what_the_operator_has_said(client, instance_with, fields, words):
    instance_with(**fields)

    label = client.get(reverse("account_signup")).context["form"].fields["agreement"].label

    assert [word for word in words if word not in label] == []
    assert label.count("</a>") == sum("</a>" in word for word in words)


def test_where_nothing_is_said_nothing_is_asked(client, instance_with):
    instance_with(minimum_age=0)

    assert "agreement" not in client.get(reverse("account_signup")).context["form"].fields


def test_without_the_agreement_there_is_no_account(sign_up):
    response = sign_up(agreement="")

    assert "agreement" in response.context["form"].errors
    assert not User.objects.exists()


def test_agreement_is_kept_with_its_date_and_age(sign_up, instance_with):
    instance_with(**EVERYTHING)

    sign_up()

    user = User.objects.get()
    assert user.confirmed_age == 18
    assert user.terms_accepted_at is not None


def test_age_alone_is_no_agreement_to_terms(sign_up, instance_with):
    instance_with(minimum_age=18)

    sign_up()

    user = User.objects.get()
    assert (user.confirmed_age, user.terms_accepted_at) == (18, None)
