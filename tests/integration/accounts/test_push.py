"""Messages to browsers: encrypted, signed, sent once, and to nowhere inside."""

import ipaddress
import socket
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from py_vapid import Vapid

from accounts import actions
from accounts.actions import sending
from accounts.models import Delivery, PushSubscription, Reach
from accounts.models.notifications import Channel
from accounts.notifications import push
from config import outside
from tests.factories import make_scheduled, make_space

from .deliveries import make_mail, make_push, make_subscription
from .push_service import PushService

pytestmark = pytest.mark.django_db
State = Delivery.State
KEY = push.generate_key()


@pytest.fixture(autouse=True)
def key(settings, monkeypatch):
    settings.VAPID_PRIVATE_KEY = KEY
    # Rows of a test's own transaction are seen by its own thread alone.
    monkeypatch.setattr(push.PushOutlet, "at_once", 1)


@pytest.fixture
def service(tmp_path, monkeypatch):
    service = PushService(tmp_path)
    monkeypatch.setattr(push, "REACH", service.reach)
    yield service
    service.stop()


@pytest.fixture
def browser(service, lena):
    return make_subscription(lena, service.endpoint())


def send():
    return actions.send_due(channel=Channel.PUSH)


def state_of(delivery):
    delivery.refresh_from_db()
    return delivery.state


def test_browser_reads_what_is_so(service, browser, hana, lena):
    space = make_scheduled(hana, title="The price of a book")
    delivery = make_push(lena, browser, actor=hana, space=space)

    send()

    assert state_of(delivery) == State.SENT
    assert service.messages() == [
        {
            "title": "Hana invites you to The price of a book",
            "body": "Rostrum",
            "path": space.get_absolute_url(),
            "tag": delivery.notification.key,
        }
    ]


def test_message_is_in_the_readers_language_and_time(service, browser, hana, lena):
    Reach.objects.create(user=lena, language="de", time_zone="Europe/Berlin")
    space = make_scheduled(hana)
    make_push(lena, browser, "soon", space=space, speaks_of=space.scheduled_for)

    send()

    (message,) = service.messages()
    assert "CE" in message["title"]
    assert message["path"] == space.get_absolute_url()


def test_service_learns_who_we_are_and_how_long_it_lasts(service, browser, hana, lena):
    space = make_scheduled(hana)
    now = timezone.now()
    make_push(
        lena,
        browser,
        "soon",
        space=space,
        speaks_of=space.scheduled_for,
        expires_at=now + timedelta(minutes=10),
    )

    send()

    path, headers, _body = service.requests[0]
    assert path == "/one"
    assert 590 <= int(headers["TTL"]) <= 600
    assert (headers["Urgency"], headers["Content-Encoding"]) == ("high", "aes128gcm")
    assert Vapid.verify(headers["Authorization"])
    assert push.public_key() in headers["Authorization"]


def test_message_without_an_end_is_kept_for_a_day_and_is_not_urgent(service, browser, lena):
    make_push(lena, browser)

    send()

    headers = service.requests[0][1]
    assert (headers["TTL"], headers["Urgency"]) == ("86400", "normal")


@pytest.mark.parametrize("status", [404, 410])
def test_browser_that_is_gone_is_forgotten(service, browser, lena, status):
    make_push(lena, browser)
    service.answers = [(status, {})]

    send()

    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_busy_service_is_asked_again_when_it_says(service, browser, lena, status):
    delivery = make_push(lena, browser)
    service.answers = [(status, {"Retry-After": "1200"})]

    send()
    assert state_of(delivery) == State.DUE
    wait = delivery.due_at - timezone.now()
    Delivery.objects.update(due_at=timezone.now())
    send()

    assert timedelta(seconds=1190) < wait <= timedelta(seconds=1200)
    assert (state_of(delivery), len(service.requests)) == (State.SENT, 2)


@pytest.mark.parametrize("status", [400, 403, 413, 302])
def test_refused_one_fails(service, browser, lena, status):
    delivery = make_push(lena, browser)
    service.answers = [(status, {"Location": "https://127.0.0.1/"})]

    send()

    assert (state_of(delivery), len(service.requests)) == (State.FAILED, 1)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("99999999999999", 21_600),
        ("soon", None),
        ("-5", None),
        (None, None),
    ],
)
def test_retry_after_is_read_with_care(value, seconds):
    assert push._wait(value) == (None if seconds is None else timedelta(seconds=seconds))


def test_retry_after_may_be_a_date():
    assert push._wait("Wed, 21 Oct 2015 07:28:00 GMT") == timedelta()


def test_service_that_never_answers_leaves_it_unknown(service, browser, lena, monkeypatch):
    monkeypatch.setattr(push, "WITHIN_S", 0.5)
    delivery = make_push(lena, browser)
    service.delay_s = 3.0
    began = time.monotonic()

    send()

    assert time.monotonic() - began < 2
    assert state_of(delivery) == State.UNKNOWN


def test_service_that_cannot_be_reached_is_tried_again(service, browser, lena):
    delivery = make_push(lena, browser)
    service.stop()

    send()

    assert state_of(delivery) == State.DUE


def test_browsers_of_one_person_are_told_each(service, browser, lena):
    make_push(lena, browser)
    make_push(lena, make_subscription(lena, service.endpoint("two")))

    send()

    assert {path for path, _headers, _body in service.requests} == {"/one", "/two"}


@pytest.mark.django_db(transaction=True)
def test_many_go_side_by_side_and_each_once(service, lena, monkeypatch):
    monkeypatch.setattr(push.PushOutlet, "at_once", 4)
    service.delay_s = 0.1
    for number in range(12):
        make_push(lena, make_subscription(lena, service.endpoint(str(number))))
    began = time.monotonic()

    send()

    assert sorted(path for path, *_ in service.requests) == sorted(f"/{n}" for n in range(12))
    assert time.monotonic() - began < 12 * 0.35
    assert Delivery.objects.filter(state=State.SENT, tries=1).count() == 12


def test_without_a_key_nothing_is_claimed(service, browser, lena, settings):
    settings.VAPID_PRIVATE_KEY = ""
    delivery = make_push(lena, browser)

    send()

    assert (state_of(delivery), delivery.tries, service.requests) == (State.DUE, 0, [])


# --- Nothing holds the other up ---


def test_dead_mail_server_does_not_hold_up_push(service, browser, lena, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    letter, message = make_mail(lena), make_push(lena, browser)

    # As while its run waits for it.
    with sending._gates[Channel.MAIL]:
        send()

    assert (state_of(letter), state_of(message)) == (State.DUE, State.SENT)


# --- Not into the operator's network ---


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "192.168.1.1", "::1", "fd00::1"]
)
def test_service_inside_is_never_connected_to(service, lena, monkeypatch, address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    asked = []
    monkeypatch.setattr(
        push,
        "REACH",
        outside.Reach(
            resolve=lambda host, port, within_s: [(family, (address, service.port))],
            is_allowed=lambda found: asked.append(found) or outside.is_public(found),
            ports=service.reach.ports,
            tls=service.reach.tls,
        ),
    )
    delivery = make_push(lena, make_subscription(lena, service.endpoint()))

    send()

    assert asked == [ipaddress.ip_address(address)]
    assert (state_of(delivery), service.requests) == (State.FAILED, [])


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example/one",
        "https://push.example:8443/one",
        "https://user:word@push.example/one",
        "https:///one",
        "ftp://push.example/one",
        "/one",
        "https://push.example:99999/one",
        "https://[nonsense/one",
    ],
)
def test_endpoint_of_another_kind_is_none(endpoint):
    with pytest.raises(ValueError, match=r"."):
        push.check_endpoint(endpoint)


def test_usual_endpoint_is_one():
    assert push.check_endpoint("https://fcm.push.example/fcm/send/abc:def") is None


def test_live_one_that_is_over_is_dropped(service, browser, hana, lena):
    space = make_space(hana, ended=True)
    delivery = make_push(lena, browser, "live", actor=hana, space=space)

    send()

    assert (state_of(delivery), service.requests) == (State.DROPPED, [])
