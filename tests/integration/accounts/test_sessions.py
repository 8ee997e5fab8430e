"""Where one is signed in, and signing out there."""

import time

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse

from accounts.seen import SEEN_AT, WRITE_EVERY_S
from spaces import events
from tests.factories import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_rate_limits")]

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)


def signed_in(user_agent):
    client = Client(headers={"User-Agent": user_agent})
    client.post(reverse("account_login"), {"login": "nora", "password": PASSWORD})
    return client


@pytest.fixture
def here(nora):
    return signed_in(FIREFOX)


@pytest.fixture
def phone(nora):
    return signed_in(IPHONE)


def is_in(client):
    return client.get(reverse("account_email")).status_code == 200


def test_list_names_the_devices_and_marks_this_one(here, phone):
    page = here.get(reverse("usersessions_list")).content.decode()

    assert "Firefox on Linux" in page
    assert "Safari on iPhone" in page
    assert page.count("This one") == 1


def test_list_names_no_place(here):
    assert "127.0.0.1" not in here.get(reverse("usersessions_list")).content.decode()


def test_strangers_sessions_are_not_on_it(here, client, otto):
    client.force_login(otto)

    assert "Firefox" not in client.get(reverse("usersessions_list")).content.decode()


def test_signing_out_everywhere_else_keeps_this_one(here, phone):
    here.post(reverse("usersessions_list"))

    assert (is_in(here), is_in(phone)) == (True, False)


def test_signing_out_everywhere_else_twice_is_harmless(here, phone):
    for _ in range(2):
        here.post(reverse("usersessions_list"))

    assert is_in(here)


def test_ended_session_closes_its_open_pages_and_no_others(
    here, phone, nora, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr("config.news._send", sent.append)
    theirs, mine = phone.session.session_key, here.session.session_key

    with django_capture_on_commit_callbacks(execute=True):
        here.post(reverse("usersessions_list"))

    closed = [message["session"] for told in sent for message in told.values()]
    assert events.session_digest(theirs) in closed
    assert events.session_digest(mine) not in closed


def test_last_use_is_kept_to_the_quarter_of_an_hour(here):
    session = here.session
    session[SEEN_AT] = int(time.time()) - WRITE_EVERY_S
    session.save()
    before = UserSession.objects.get().last_seen_at

    here.get("/")

    assert UserSession.objects.get().last_seen_at > before


def test_pages_in_between_write_nothing(here):
    before = UserSession.objects.get().last_seen_at

    here.get("/")

    assert UserSession.objects.get().last_seen_at == before
