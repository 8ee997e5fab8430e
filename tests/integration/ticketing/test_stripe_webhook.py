"""What comes in from Stripe is taken down once, and from nobody else."""

import json
import time

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from ticketing import actions
from ticketing.actions import inbox
from ticketing.models import StripeEvent

from .conftest import CONNECT_SECRET, SECRET, make_event, sign

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stripe")]


@pytest.fixture(autouse=True)
def wants_charges():
    inbox.handles("charge.updated")(lambda event: None)


def encoded(event):
    return json.dumps(event).encode()


def test_event_is_taken_down(deliver):
    event = make_event(account="acct_1")

    assert deliver(event).status_code == 200
    row = StripeEvent.objects.get()
    assert (row.event_id, row.type, row.account, row.object_id, row.state, row.deliveries) == (
        event["id"],
        "charge.updated",
        "acct_1",
        event["data"]["object"]["id"],
        "new",
        1,
    )
    assert row.payload == event


def test_event_costs_four_queries(deliver, django_assert_num_queries):
    """The two, and a transaction around them; nothing of sessions or people."""
    with django_assert_num_queries(4):
        deliver(make_event())


def test_repeated_event_is_counted(deliver):
    event = make_event()

    for _ in range(3):
        assert deliver(event).status_code == 200

    assert StripeEvent.objects.get().deliveries == 3


def test_event_of_a_host_comes_in_by_its_own_endpoint(deliver):
    event = make_event(account="acct_1")

    response = deliver(event, CONNECT_SECRET, name="stripe-connect-webhook")

    assert response.status_code == 200
    assert StripeEvent.objects.get().account == "acct_1"


@pytest.mark.parametrize(
    "fields", [{"type": "never.heard_of"}, {"livemode": True}], ids=["type", "mode"]
)
def test_event_of_no_use_is_kept_and_ignored(deliver, fields):
    assert deliver(make_event(**fields)).status_code == 200
    assert StripeEvent.objects.get().state == "ignored"


def test_event_about_nothing_with_an_id_is_taken_down(deliver):
    assert deliver(make_event(data={"object": {"object": "balance"}})).status_code == 200
    assert StripeEvent.objects.get().object_id == ""


def test_event_that_says_more_than_text_holds_is_taken_down(deliver):
    event = make_event(name="I\0da \ud800 😀")

    assert deliver(event).status_code == 200
    assert StripeEvent.objects.get().payload["name"] == "I\ufffdda ? 😀"


def test_both_secrets_hold_while_one_is_replaced(deliver, settings):
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", SECRET]

    assert deliver(make_event(), "whsec_new").status_code == 200
    assert deliver(make_event(), SECRET).status_code == 200


# --- From nobody else ---


def bodies():
    event = make_event()
    body = encoded(event)
    yield "changed byte", body.replace(b"charge.updated", b"charge.Updated"), sign(body)
    yield "missing", body, ""
    yield "empty parts", body, "t=,v1="
    yield "no signature of the scheme", body, sign(body).replace("v1=", "v0=")
    yield "old", body, sign(body, at=time.time() - 301)
    yield "wrong secret", body, sign(body, "whsec_other")
    yield "the other endpoint's secret", body, sign(body, CONNECT_SECRET)
    yield "empty secret", body, sign(body, "")
    yield "no ascii", body, sign(body)[:-1] + "é"
    yield "not utf-8", b"\xff\xfe" + body, sign(b"\xff\xfe" + body)
    yield "no json", b"{", sign(b"{")
    yield "no object", b"[1]", sign(b"[1]")
    for name, fields in {
        "no event": {"object": "v2.core.event"},
        "no id": {"id": None},
        "empty id": {"id": ""},
        "long id": {"id": "e" * 256},
        "no type": {"type": 7},
        "no mode": {"livemode": "no"},
        "no time": {"created": "now"},
        "time out of time": {"created": 10**15},
        "no number": {"amount": float("nan")},
    }.items():
        odd = encoded(make_event(**fields))
        yield name, odd, sign(odd)


BODIES = {name: (body, header) for name, body, header in bodies()}


@pytest.mark.parametrize("name", BODIES)
def test_anything_else_is_refused_and_leaves_no_row(deliver, name):
    body, signature = BODIES[name]

    response = deliver(body, signature=signature)

    assert response.status_code == 400
    assert StripeEvent.objects.count() == 0


def test_without_a_secret_nothing_is_taken(deliver, settings):
    settings.STRIPE_WEBHOOK_SECRETS = []

    assert deliver(make_event()).status_code == 400
    assert StripeEvent.objects.count() == 0


def test_ten_mebibytes_are_refused(deliver):
    body = encoded(make_event(filler="x" * 10 * 1024 * 1024))

    assert deliver(body).status_code == 413
    assert StripeEvent.objects.count() == 0


def test_just_under_a_mebibyte_is_taken(deliver):
    event = make_event()
    event["filler"] = "x" * (1024 * 1024 - len(encoded(event)) - 16)

    assert deliver(event).status_code == 200


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_length_is_counted_and_not_believed():
    """As daphne brings a body in chunks: without a Content-Length."""
    from asgiref.testing import ApplicationCommunicator

    from config.asgi import application

    body = encoded(make_event(filler="x" * 2 * 1024 * 1024))
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": reverse("ticketing:stripe-webhook"),
        "query_string": b"",
        "headers": [(b"host", b"testserver"), (b"stripe-signature", sign(body).encode())],
        "server": ("testserver", 80),
    }
    web = ApplicationCommunicator(application, scope)
    await web.send_input({"type": "http.request", "body": body[:1000], "more_body": True})
    await web.send_input({"type": "http.request", "body": body[1000:]})

    assert (await web.receive_output(5))["status"] == 413


def test_link_is_no_webhook(client):
    assert client.get(reverse("ticketing:stripe-webhook")).status_code == 405


def test_webhook_has_no_token_of_a_form(deliver):
    assert deliver(make_event(), by=Client(enforce_csrf_checks=True)).status_code == 200


def test_database_that_is_away_has_stripe_come_again(deliver, monkeypatch):
    def away(**kwargs):
        raise OperationalError("no connection")

    monkeypatch.setattr(actions, "accept_stripe_event", away)

    response = deliver(make_event(), by=Client(raise_request_exception=False))

    # As for any page. Stripe repeats whatever is not a 2xx.
    assert response.status_code == 503


# --- At once ---


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("redis_server")
def test_hundred_deliveries_at_once_are_one_event(at_once):
    event = make_event()

    results = at_once(*[lambda: actions.accept_stripe_event(event=event)] * 20)
    for _ in range(4):
        results += at_once(*[lambda: actions.accept_stripe_event(event=event)] * 20)

    assert results == [None] * 100
    assert StripeEvent.objects.get().deliveries == 100
