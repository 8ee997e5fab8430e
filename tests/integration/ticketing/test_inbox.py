"""What Stripe told is made something of, in any order and however often; nothing is lost."""

import logging
import time
from datetime import timedelta

import pytest
from django.db import connection, models
from django.test.utils import isolate_apps
from django.utils import timezone

from config.errors import Conflict
from config.news import connection as redis
from ticketing import actions, stripe_gateway, tasks
from ticketing.actions import inbox
from ticketing.models import StripeCursor, StripeEvent

from .conftest import make_event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stripe")]
State = StripeEvent.State


def accept(**fields):
    event = make_event(**fields)
    actions.accept_stripe_event(event=event)
    return StripeEvent.objects.get(event_id=event["id"])


def process():
    return actions.process_stripe_events()


def due_now():
    """Time passes."""
    StripeEvent.objects.filter(state=State.NEW).update(next_try_at=timezone.now())


@pytest.fixture
def handled():
    """Object ids, in order; a handler that fails is given by `goes_wrong`."""

    class Handled(list):
        goes_wrong = None

    seen = Handled()

    @inbox.handles("charge.updated")
    def handle(event):
        seen.append(event.object_id)
        if seen.goes_wrong:
            raise seen.goes_wrong

    return seen


def test_event_is_handled_once_and_done(handled):
    event = accept()

    process()
    process()

    event.refresh_from_db()
    assert (event.state, handled) == (State.DONE, [event.object_id])
    assert event.settled_at is not None


def test_those_that_wait_longest_come_first(handled):
    events = [accept() for _ in range(3)]
    first = timezone.now() - timedelta(hours=1)
    StripeEvent.objects.filter(pk=events[2].pk).update(next_try_at=first)

    process()

    assert handled == [events[2].object_id, events[0].object_id, events[1].object_id]


def test_without_a_key_nothing_is_handled(handled, settings):
    accept()
    settings.STRIPE_SECRET_KEY = ""

    process()

    assert handled == []


def test_two_handlers_of_a_type_are_a_mistake(handled):
    with pytest.raises(RuntimeError):
        inbox.handles("charge.updated")(lambda event: None)


def test_another_version_is_handled_and_told(handled, caplog):
    event = accept(api_version="2020-01-01")

    process()

    assert handled == [event.object_id]
    assert "2020-01-01" in caplog.text


# --- Failing ---


def test_failed_one_waits_longer_each_time(handled):
    event = accept()
    handled.goes_wrong = ValueError("no such row")
    waits = []

    for _ in range(3):
        due_now()
        process()
        event.refresh_from_db()
        waits.append(round((event.next_try_at - timezone.now()).total_seconds()))

    assert (waits, event.state, event.attempts) == ([5, 10, 20], State.NEW, 3)
    assert event.error == "ValueError: no such row"


def test_no_wait_is_longer_than_six_hours():
    assert inbox.wait_after(inbox.TRIES - 1) == timedelta(hours=6)


def test_tried_too_often_is_given_up_and_told(handled, caplog):
    event = accept()
    handled.goes_wrong = ValueError("no such row")

    for _ in range(inbox.TRIES):
        due_now()
        process()

    event.refresh_from_db()
    assert (event.state, len(handled)) == (State.FAILED, 20)
    assert [r.levelname for r in caplog.records if "given up" in r.message] == ["ERROR"]


def test_one_that_fails_holds_up_no_other(handled):
    bad = accept()
    good = accept()
    real = inbox._handlers["charge.updated"]

    def handle(event):
        real(event)
        if event.pk == bad.pk:
            raise ValueError

    inbox._handlers["charge.updated"] = handle

    process()

    good.refresh_from_db()
    assert good.state == State.DONE


def test_given_up_one_can_be_tried_again(handled, hana):
    event = accept()
    StripeEvent.objects.update(state=State.FAILED, settled_at=timezone.now(), attempts=20)

    actions.try_event_again(actor=hana, event=event)
    process()

    event.refresh_from_db()
    assert (event.state, event.attempts) == (State.DONE, 1)


def test_done_one_is_not_tried_again(handled, hana):
    event = accept()
    process()

    with pytest.raises(Conflict):
        actions.try_event_again(actor=hana, event=event)


def test_while_stripe_is_away_no_try_is_used_up(handled):
    events = [accept() for _ in range(3)]
    handled.goes_wrong = stripe_gateway.StripeUnavailable(reason="no_answer", is_away=True)

    for _ in range(50):
        due_now()
        process()
    handled.goes_wrong = None
    due_now()
    process()

    # One at a time asked whether it is back.
    assert len(handled) == 50 + len(events)
    assert set(StripeEvent.objects.values_list("state", "attempts")) == {(State.DONE, 1)}


# --- Lost and dead ---


def test_lost_message_is_healed_by_the_next_sweep(
    handled, redis_server, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        event = accept()
    redis().flushdb()

    tasks.process_stripe_events()

    assert handled == [event.object_id]


def test_dead_redis_refuses_no_event(handled, monkeypatch, django_capture_on_commit_callbacks):
    def dead():
        raise ConnectionError

    monkeypatch.setattr(tasks.process_stripe_events, "delay", dead)

    with django_capture_on_commit_callbacks(execute=True):
        event = accept()

    assert event.state == State.NEW


def test_what_a_dead_worker_had_is_the_next_ones(handled):
    event = accept()
    inbox.claim_event(now=timezone.now())
    process()
    before = list(handled)

    StripeEvent.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
    process()

    event.refresh_from_db()
    assert (before, handled, event.state) == ([], [event.object_id], State.DONE)


def test_slow_worker_that_was_taken_for_dead_settles_nothing(handled):
    event = accept()
    slow = inbox.claim_event(now=timezone.now())
    inbox.claim_event(now=timezone.now() + timedelta(hours=1))

    inbox._try_later(slow, ValueError())

    event.refresh_from_db()
    assert (event.error, event.attempts) == ("", 2)


# --- At once ---


def worker():
    while (event := inbox.claim_event(now=timezone.now())) is not None:
        inbox._work(event)


def test_process_makes_one_run_at_a_time(handled):
    """A Stripe that hangs takes one thread of the queue, whatever messages come meanwhile."""
    accept()

    with inbox._gate:
        assert process() is False

    assert handled == []


def test_what_is_left_after_a_run_is_for_the_next(handled, monkeypatch):
    accept()
    monkeypatch.setattr("config.runs.RUN_S", 0)
    called = []
    monkeypatch.setattr(tasks.process_stripe_events, "delay", lambda: called.append("again"))

    tasks.process_stripe_events()

    assert (called, handled) == (["again"], [])


@pytest.fixture
def slow_handled():
    seen = []

    @inbox.handles("charge.updated")
    def handle(event):
        time.sleep(0.02)
        seen.append(event.object_id)

    return seen


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("redis_server")
class TestAtOnce:
    def deliver(self, at_once):
        event = make_event()
        for _ in range(5):
            at_once(*[lambda: actions.accept_stripe_event(event=event)] * 20)

    def test_hundred_deliveries_are_one_effect(self, at_once, slow_handled):
        self.deliver(at_once)

        at_once(*[worker] * 8)

        assert (StripeEvent.objects.count(), len(slow_handled)) == (1, 1)

    def test_without_the_claim_it_would_be_more(self, at_once, slow_handled, monkeypatch):
        """The twin: who reads without a lock reads what others read, too."""
        self.deliver(at_once)

        def unlocked():
            event = StripeEvent.objects.due(timezone.now()).first()
            if event is not None:
                inbox._work(event)

        at_once(*[unlocked] * 8)

        assert len(slow_handled) > 1

    def test_two_workers_take_each_once(self, at_once, slow_handled):
        events = [accept() for _ in range(40)]

        at_once(worker, worker)

        assert sorted(slow_handled) == sorted(event.object_id for event in events)
        assert set(StripeEvent.objects.values_list("state", "attempts")) == {(State.DONE, 1)}

    def test_run_works_side_by_side(self, slow_handled, settings):
        settings.STRIPE_AT_ONCE = 4
        events = [accept() for _ in range(20)]

        assert process() is False
        assert sorted(slow_handled) == sorted(event.object_id for event in events)


# --- Fetched and projected ---


@pytest.fixture
def mirror(db):
    """A row that mirrors a charge."""
    with isolate_apps("ticketing"):

        class Mirror(models.Model):  # noqa: DJ008
            amount = models.IntegerField(default=0)
            synced_from = models.DateTimeField(null=True)

            class Meta:
                app_label = "ticketing"

    with connection.schema_editor() as editor:
        editor.create_model(Mirror)
    return Mirror.objects.create()


def write(row, fetched):
    row.amount = fetched["amount"]
    row.save(update_fields=["amount"])


def rows(mirror):
    return type(mirror).objects.filter(pk=mirror.pk)


def amount_of(mirror):
    mirror.refresh_from_db()
    return mirror.amount


def test_object_is_fetched_and_written_down(mirror):
    charge = lambda: stripe_gateway.fetch("charges", "ch_1")  # noqa: E731

    assert inbox.project(rows(mirror), fetch=charge, apply=write) is True
    assert amount_of(mirror) == 1


def test_older_look_is_not_written_over_a_newer_one(mirror):
    """A worker that was slow between looking and writing."""
    early = inbox.database_time()
    inbox.project(rows(mirror), fetch=lambda: {"amount": 2}, apply=write)

    was_applied = inbox.apply_if_newer(rows(mirror), {"amount": 1}, noted=early, apply=write)

    assert (was_applied, amount_of(mirror)) == (False, 2)


def test_without_the_note_the_older_look_would_win(mirror):
    """The twin: the time at which it is written says nothing of when it was looked at."""
    inbox.project(rows(mirror), fetch=lambda: {"amount": 2}, apply=write)

    late = inbox.database_time()
    inbox.apply_if_newer(rows(mirror), {"amount": 1}, noted=late, apply=write)

    assert amount_of(mirror) == 1


def test_event_about_no_row_of_ours_changes_nothing(mirror):
    nobodys = type(mirror).objects.filter(pk=0)

    assert inbox.project(nobodys, fetch=lambda: {"amount": 2}, apply=write) is False


# --- Pulled ---


def test_event_that_no_webhook_brought_is_found(stripe, handled, caplog):
    missed, known = make_event(), make_event()
    actions.accept_stripe_event(event=known)
    stripe.events = [missed, known]

    with caplog.at_level(logging.WARNING):
        assert actions.pull_stripe_events() == 1
    process()

    assert sorted(handled) == sorted(e["data"]["object"]["id"] for e in (missed, known))
    assert StripeEvent.objects.get(event_id=missed["id"]).deliveries == 0
    assert "1 events of Stripe came by no webhook." in caplog.text


def test_event_that_was_pulled_and_comes_late_is_one(stripe, deliver, handled):
    event = make_event()
    stripe.events = [event]
    actions.pull_stripe_events()
    process()

    deliver(event)
    process()

    assert (len(handled), StripeEvent.objects.get().deliveries) == (1, 1)


def test_all_pages_are_read(stripe, handled):
    stripe.events = [make_event() for _ in range(250)]

    assert actions.pull_stripe_events() == 250
    assert actions.pull_stripe_events() == 0


@pytest.mark.parametrize(
    ("read_until", "since"),
    [
        (timedelta(minutes=5), timedelta(hours=1, minutes=5)),
        (timedelta(days=3), timedelta(days=3, hours=1)),
        (timedelta(days=90), timedelta(days=29)),
    ],
)
def test_reading_goes_on_an_hour_before_it_ended(stripe, read_until, since):
    now = timezone.now()
    StripeCursor.objects.create(account="", read_until=now - read_until)

    actions.pull_stripe_events()

    address = stripe.requests[-1][1]
    asked = int(address.partition("created%5Bgte%5D=")[2].partition("&")[0])
    assert abs(asked - (now - since).timestamp()) < 3
    assert StripeCursor.objects.get().read_until >= now


def test_reading_that_breaks_off_is_done_again(stripe):
    stripe.events = [make_event() for _ in range(150)]
    stripe.faults = ["", "429"]

    with pytest.raises(stripe_gateway.StripeUnavailable):
        actions.pull_stripe_events()

    assert StripeCursor.objects.count() == 0
    assert actions.pull_stripe_events() == 50


def test_without_a_key_nothing_is_pulled(stripe, settings):
    settings.STRIPE_SECRET_KEY = ""

    assert (actions.pull_stripe_events(), stripe.requests) == (0, [])


def test_old_events_are_forgotten_and_open_ones_kept(handled):
    done, ignored, failed = accept(), accept(type_="never.heard_of"), accept()
    process()
    StripeEvent.objects.filter(pk=failed.pk).update(state=State.FAILED)
    StripeEvent.objects.update(received_at=timezone.now() - timedelta(days=91))
    young = accept()

    actions.forget_stripe_events(now=timezone.now())

    left = set(StripeEvent.objects.values_list("pk", flat=True))
    assert left == {failed.pk, young.pk}
    assert not {done.pk, ignored.pk} & left
