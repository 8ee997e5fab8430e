"""Changing the address: the new one is verified first, the old one is told."""

import pytest
from django.core import mail
from django.urls import reverse

from tests.second_step import path_in_last_letter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_rate_limits")]

NEW = "nora@new.example"


@pytest.fixture
def change(nora_client):
    def post(action, email=NEW):
        return nora_client.post(reverse("account_email"), {"email": email, action: ""}, follow=True)

    return post


def primary_of(user):
    user.refresh_from_db()
    return user.email, user.emailaddress_set.get(primary=True).email


def add_and_confirm(client, change):
    change("action_add")
    client.post(path_in_last_letter("confirm-email"))


def test_new_address_gets_a_letter_and_is_not_yet_used(change, nora):
    change("action_add")

    assert mail.outbox[-1].to == [NEW]
    assert mail.outbox[-1].subject == "Confirm your address for Rostrum"
    assert not nora.emailaddress_set.get(email=NEW).verified


def test_unconfirmed_address_does_not_become_the_first(change, nora):
    change("action_add")

    page = change("action_primary").content.decode()

    assert "Confirm this address first." in page
    assert primary_of(nora) == ("nora@example.org", "nora@example.org")


def test_confirmed_address_becomes_the_first_and_the_old_one_is_told(change, nora, nora_client):
    add_and_confirm(nora_client, change)

    change("action_primary")

    assert primary_of(nora) == (NEW, NEW)
    assert mail.outbox[-1].to == ["nora@example.org"]
    assert f"now go to {NEW}, no longer to nora@example.org" in mail.outbox[-1].body


def test_first_address_is_not_removed(change, nora):
    page = change("action_remove", "nora@example.org").content.decode()

    assert "Make another address the first" in page
    assert nora.emailaddress_set.count() == 1


def test_other_address_is_removed_and_the_first_one_told(change, nora, nora_client):
    add_and_confirm(nora_client, change)

    change("action_remove")

    assert not nora.emailaddress_set.filter(email=NEW).exists()
    assert mail.outbox[-1].to == ["nora@example.org"]


def test_nothing_changes_before_the_password_is_given_again(client, nora, sign_in):
    sign_in("nora")

    response = client.post(reverse("account_email"), {"email": NEW, "action_add": ""})

    assert response.url.startswith(reverse("account_reauthenticate"))
    assert nora.emailaddress_set.count() == 1


def test_strangers_address_is_not_touched(change, nora):
    change("action_remove", "otto@example.org")

    assert nora.emailaddress_set.count() == 1


def test_fourth_address_is_refused(change, nora):
    for number in range(3):
        change("action_add", f"nora{number}@new.example")

    assert nora.emailaddress_set.count() == 3


def test_refused_address_stays_in_the_form(change):
    page = change("action_add", "not an address").content.decode()

    assert 'value="not an address"' in page
