"""The switch for one browser: whose it is, and when it ends."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import tasks
from accounts.models import Delivery, PushSubscription
from accounts.notifications import push
from tests.factories import PASSWORD, make_user

from .deliveries import AUTH, P256DH, make_push

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_rate_limits")]
ENDPOINT = "https://push.example/one"
FIELDS = {"endpoint": ENDPOINT, "p256dh": P256DH, "auth": AUTH}
NEW_PASSWORD = "a new horse for the battery"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def signed_in(login):
    client = Client(headers={"User-Agent": FIREFOX})
    client.post(reverse("account_login"), {"login": login, "password": PASSWORD})
    return client


@pytest.fixture(autouse=True)
def key(settings):
    settings.VAPID_PRIVATE_KEY = push.generate_key()


@pytest.fixture
def here(nora):
    return signed_in("nora")


def subscribe(client, **fields):
    return client.post(reverse("accounts:push-subscribe"), FIELDS | fields)


def state(client):
    return client.get(reverse("accounts:push-state")).json()


def test_browser_that_subscribes_is_known_by_name(here, nora):
    assert subscribe(here).status_code == 204

    subscription = nora.push_subscriptions.get()
    assert (subscription.endpoint, subscription.browser) == (ENDPOINT, "Firefox on Linux")


def test_state_has_the_key_and_what_we_know(here):
    assert state(here) == {"key": push.public_key(), "endpoint": None}

    subscribe(here)

    assert state(here)["endpoint"] == ENDPOINT


def test_other_browsers_of_the_same_person_are_not_here(here):
    subscribe(here)

    assert state(signed_in("nora"))["endpoint"] is None


def test_subscribing_twice_is_harmless(here, nora):
    subscribe(here)
    subscribe(here)

    assert nora.push_subscriptions.count() == 1


def test_new_address_of_a_browser_takes_the_place_of_the_old(here, nora):
    subscribe(here)

    subscribe(here, endpoint="https://push.example/two")

    assert nora.push_subscriptions.get().endpoint == "https://push.example/two"


def test_unsubscribing_ends_it_and_twice_is_harmless(here, nora):
    subscribe(here)

    for _ in range(2):
        assert here.post(reverse("accounts:push-unsubscribe")).status_code == 204

    assert not nora.push_subscriptions.exists()


def test_somebody_else_in_the_same_browser_takes_it_over_without_what_was_on_its_way(here, nora):
    subscribe(here)
    make_push(nora, nora.push_subscriptions.get())
    make_user("mira", password=PASSWORD)

    subscribe(signed_in("mira"))

    assert PushSubscription.objects.get().user.handle == "mira"
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"endpoint": "http://push.example/one"},
        {"endpoint": "https://push.example:22/one"},
        {"endpoint": ""},
        {"p256dh": "short"},
        {"p256dh": P256DH[:-2] + "AA"},
        {"p256dh": "ü" * 87},
        {"auth": "short"},
        {"auth": ""},
    ],
)
def test_what_no_browser_says_is_refused(here, nora, fields):
    response = here.post(
        reverse("accounts:push-subscribe"), FIELDS | fields, headers={"HX-Request": "true"}
    )

    assert (response.status_code, response.json()["code"]) == (400, "no_browser")
    assert not nora.push_subscriptions.exists()


def test_signing_out_ends_it(here, nora):
    subscribe(here)

    here.post(reverse("account_logout"))

    assert not nora.push_subscriptions.exists()


def test_session_that_is_ended_elsewhere_takes_it_along(here, nora):
    phone = signed_in("nora")
    subscribe(phone)

    here.post(reverse("usersessions_list"))

    assert not nora.push_subscriptions.exists()


def test_new_password_keeps_this_browsers_and_ends_the_others(here, nora):
    other = signed_in("nora")
    subscribe(here)
    subscribe(other, endpoint="https://push.example/two")

    here.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
    )
    UserSession.objects.purge_and_list(nora)

    assert [each.endpoint for each in nora.push_subscriptions.all()] == [ENDPOINT]
    assert state(here)["endpoint"] == ENDPOINT


def test_browsers_that_were_left_behind_are_forgotten(here, nora, monkeypatch):
    monkeypatch.setattr("accounts.actions.browsers.MOST_BROWSERS", 2)
    for number in range(3):
        subscribe(signed_in("nora"), endpoint=f"https://push.example/{number}")

    endpoints = sorted(each.endpoint for each in nora.push_subscriptions.all())

    assert endpoints == ["https://push.example/1", "https://push.example/2"]


@pytest.mark.parametrize("name", ["push-subscribe", "push-unsubscribe"])
def test_visitors_are_led_to_the_door(client, name):
    response = client.post(reverse(f"accounts:{name}"), FIELDS)

    assert response.url.startswith(reverse("account_login"))


def test_visitor_sees_no_state(client):
    assert client.get(reverse("accounts:push-state")).status_code == 302


def test_session_that_came_to_its_end_takes_it_along(here, nora):
    subscribe(here)
    subscribe(signed_in("nora"), endpoint="https://push.example/two")
    ended = Session.objects.filter(session_key=here.session.session_key)
    ended.update(expire_date=timezone.now() - timedelta(minutes=1))

    tasks.forget_left_behind()

    assert [each.endpoint for each in nora.push_subscriptions.all()] == ["https://push.example/two"]


def test_operators_command_prints_a_key_that_holds(capsys):
    call_command("make_vapid_key")

    name, _, key = capsys.readouterr().out.strip().partition("=")
    assert name == "VAPID_PRIVATE_KEY"
    assert push.private(key)
