"""The way out of letters, from a letter: a page with one button, and what mail programs post."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import NotificationChoice
from accounts.notifications.mail import letter, read_stop, stop_url

from .deliveries import make_mail

pytestmark = pytest.mark.django_db


def chosen(user):
    return dict(NotificationChoice.objects.filter(user=user).values_list("subject", "is_on"))


@pytest.fixture
def path(lena):
    return stop_url(lena, "invitations").removeprefix("https://talks.example")


def test_looking_at_it_changes_nothing(client, path, lena):
    response = client.get(path)

    assert response.status_code == 200
    assert "No more e-mails about this? Invitations" in response.content.decode()
    assert chosen(lena) == {}


def test_button_ends_letters_about_that_subject_alone(client, path, lena):
    response = client.post(path)

    assert "You get no e-mails about this now: Invitations" in response.content.decode()
    assert chosen(lena) == {"invitations": False}


def test_undo_brings_them_back(client, path, lena):
    client.post(path)

    client.post(path, {"again": "yes"})

    assert chosen(lena) == {"invitations": True}


def test_mail_program_needs_no_cookie_and_no_token_of_a_form(lena):
    """RFC 8058: the header's address, the body as it says."""
    header = letter(make_mail(lena)).extra_headers["List-Unsubscribe"]
    path = re.fullmatch(r"<https://talks\.example(/\S+)>", header)[1]

    response = Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"})

    assert response.status_code == 200
    assert chosen(lena) == {"invitations": False}


def test_posting_twice_is_harmless(client, path, lena):
    for _ in range(2):
        client.post(path)

    assert chosen(lena) == {"invitations": False}


@pytest.mark.parametrize("method", ["get", "post"])
def test_changed_token_is_nobodys(client, path, otto, lena, method):
    forged = path.replace("invitations", "reminders")

    assert getattr(client, method)(forged).status_code == 404
    assert chosen(lena) == {}


def test_token_of_somebody_who_left_is_nobodys(client, path, lena):
    lena.is_active = False
    lena.save()

    assert client.post(path).status_code == 404


def test_token_says_whose_and_about_what(lena):
    token = stop_url(lena, "live").rstrip("/").rpartition("/")[2]

    assert read_stop(token) == (lena, "live")
    assert read_stop("nonsense") is None
    assert reverse("accounts:mail-stop", args=[token])


def test_page_is_kept_by_nobody(client, path):
    assert "no-store" in client.get(path)["Cache-Control"]


def test_letters_on_their_way_are_stopped_too(client, path, lena):
    from accounts import actions
    from accounts.models.notifications import Channel

    delivery = make_mail(lena)
    client.post(path)

    actions.send_due(channel=Channel.MAIL)

    delivery.refresh_from_db()
    assert delivery.state == "dropped"
