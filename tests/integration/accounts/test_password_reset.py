"""A forgotten password, and one that is changed."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from tests.factories import PASSWORD
from tests.second_step import path_in_last_letter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_rate_limits")]

NEW = "four other plain words"


@pytest.fixture
def ask(client):
    def post(email="nora@example.org"):
        return client.post(reverse("account_reset_password"), {"email": email})

    return post


def set_new(client, path):
    form_path = client.get(path).url
    return client.post(form_path, {"password1": NEW, "password2": NEW})


def test_link_of_the_letter_sets_a_new_password(client, nora, ask, sign_in):
    ask()

    set_new(client, path_in_last_letter("key"))

    assert sign_in("nora", PASSWORD).status_code == 200
    assert sign_in("nora", NEW).url == "/"


def test_letter_is_ours(nora, ask):
    ask()

    letter = mail.outbox[-1]
    assert letter.subject == "A new password for Rostrum"
    assert "Your handle is @Nora." in letter.body
    assert "example.com" not in letter.body


def test_link_works_once(client, nora, ask):
    ask()
    path = path_in_last_letter("key")
    set_new(client, path)

    page = client.get(path).content.decode()

    assert "This link is too old" in page


def test_forged_link_is_refused(client, nora):
    page = client.get(reverse("account_reset_password_from_key", args=["1", "forged"]))

    assert "This link is too old" in page.content.decode()


def test_page_does_not_tell_whether_an_address_has_an_account(nora, ask):
    answers = [ask("nora@example.org"), ask("nobody@example.org")]

    assert len({(answer.status_code, answer.url) for answer in answers}) == 1
    assert mail.outbox[-1].subject == "No account on Rostrum has this address"


def test_new_password_is_told_by_letter(client, nora, ask):
    ask()

    set_new(client, path_in_last_letter("key"))

    assert mail.outbox[-1].subject == "Your password on Rostrum has changed"


@pytest.fixture
def change_password(nora_client):
    def post(old=PASSWORD):
        form = {"oldpassword": old, "password1": NEW, "password2": NEW}
        return nora_client.post(reverse("account_change_password"), form)

    return post


def test_changed_password_signs_out_everywhere_else(nora, nora_client, change_password):
    elsewhere = Client()
    elsewhere.post(reverse("account_login"), {"login": "nora", "password": PASSWORD})

    change_password()

    assert nora_client.get(reverse("account_email")).status_code == 200
    assert elsewhere.get(reverse("account_email")).status_code == 302


def test_wrong_old_password_changes_nothing(nora, change_password):
    response = change_password(old="wrong")

    assert "That is not your current password." in response.content.decode()
    nora.refresh_from_db()
    assert nora.check_password(PASSWORD)
