"""A worker is killed at each point where it can be: the next goes on, and nothing happens twice."""

import signal
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.dying import Dying
from tests.stack import Stack
from ticketing import actions
from ticketing.actions import outbox
from ticketing.models import StripeCall, StripeEvent

from . import marks
from .conftest import CONNECT_SECRET, SECRET, make_event
from .stripe_server import KEY, StripeServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]

CALLS = {
    "before the claim": {"function": "claim_call"},
    "after the claim": {"function": "claim_call", "after": True},
    "before the call": {"function": "call"},
    "after the call": {"function": "call", "after": True},
    "after the answer is written down": {"function": "_record_answer", "after": True},
    "after the answer is handled": {"function": "_handle", "after": True},
}
EVENTS = {
    "before the claim": {"function": "claim_event"},
    "after the claim": {"function": "claim_event", "after": True},
    "before looking": {"function": "fetch"},
    "after looking": {"function": "fetch", "after": True},
    "written down, not settled": {"function": "_settle_event"},
    "after it is settled": {"function": "_settle_event", "after": True},
}


@pytest.fixture(scope="module")
def server():
    server = StripeServer()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def dying(django_db_setup, services, server):
    environment = {
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_API_BASE": server.base,
        "STRIPE_WEBHOOK_SECRETS": SECRET,
        "STRIPE_CONNECT_WEBHOOK_SECRETS": CONNECT_SECRET,
        "STRIPE_AT_ONCE": "1",
    }
    dying = Dying(Stack(services.redis_url).environment | environment)
    yield dying
    dying.stop()


@pytest.fixture
def die(dying):
    def run(task, point):
        ended = dying.run(f"ticketing.{task}", **point, knows="tests.integration.ticketing.marking")
        assert ended == -signal.SIGKILL

    return run


@pytest.fixture
def stripe(settings, server):
    """The same for this process, which is the next worker."""
    server.requests, server.objects, server.answers = [], [], {}
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = KEY, server.base
    marks.take_over()
    return server


def time_passes():
    """The dead one's time is over."""
    over = timezone.now() - timedelta(seconds=1)
    StripeCall.objects.filter(next_try_at__isnull=False).update(next_try_at=over)
    StripeEvent.objects.update(next_try_at=over)


@pytest.mark.parametrize("point", CALLS.values(), ids=CALLS)
def test_call_is_made_once_and_its_answer_used_once(die, stripe, point):
    params = {"payment_intent": "pi_1", "metadata": {"refund": "1"}}
    call = actions.queue_call("refund.create", key="refund:1", params=params)

    die("send_stripe_calls", point)
    time_passes()
    actions.send_stripe_calls()

    call.refresh_from_db()
    assert (call.state, call.response_id) == (StripeCall.State.DONE, "re_1")
    assert set(stripe.keys()) == {"refund:1"}
    assert stripe.effects() == {"refund:1": 1}
    assert marks.marks() == ["answered:refund:1"]


def test_without_its_key_a_call_would_be_made_twice(die, stripe, monkeypatch):
    """The twin: a worker that makes keys up does again what the dead one did."""
    params = {"payment_intent": "pi_1", "metadata": {"refund": "1"}}
    actions.queue_call("refund.create", key="refund:1", params=params)
    die("send_stripe_calls", CALLS["after the call"])
    time_passes()

    real = outbox.stripe_gateway.call
    monkeypatch.setattr(
        outbox.stripe_gateway, "call", lambda *args, **more: real(*args, **more | {"key": "other"})
    )
    actions.send_stripe_calls()

    assert stripe.effects() == {"refund:1": 1, "other": 1}


@pytest.mark.parametrize("point", EVENTS.values(), ids=EVENTS)
def test_event_is_made_something_of(die, stripe, point):
    event = make_event()
    actions.accept_stripe_event(event=event)

    die("process_stripe_events", point)
    time_passes()
    actions.process_stripe_events()

    assert StripeEvent.objects.get().state == StripeEvent.State.DONE
    assert marks.marks() == [f"seen:{event['data']['object']['id']}"]
