"""What leaves the site: each delivery once, and none silently."""

import logging
import time
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from accounts import actions, tasks
from accounts.actions import sending
from accounts.models import Block, Delivery, Mute, NotificationChoice, Reach
from accounts.models.notifications import Channel
from accounts.notifications import own
from spaces.models import Space
from tests.factories import make_host, make_scheduled, make_space, make_user

from .deliveries import make_mail
from .mail_server import MailServer

pytestmark = pytest.mark.django_db
State = Delivery.State
OURS = "accounts.actions.sending"


def send():
    return actions.send_due(channel=Channel.MAIL)


def state_of(delivery):
    delivery.refresh_from_db()
    return delivery.state


@pytest.fixture
def server(settings):
    server = MailServer()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_TIMEOUT = 1
    yield server
    server.stop()


# --- Once ---


def test_due_one_is_sent_and_settled(lena):
    delivery = make_mail(lena)

    send()

    assert (state_of(delivery), delivery.tries, len(mail.outbox)) == (State.SENT, 1, 1)
    assert delivery.settled_at is not None


def test_sending_twice_sends_once(lena):
    make_mail(lena)

    send()
    send()

    assert len(mail.outbox) == 1


def test_what_is_not_due_yet_stays(lena):
    delivery = make_mail(lena, due_in=timedelta(minutes=1))

    send()

    assert (state_of(delivery), mail.outbox) == (State.DUE, [])


def test_claimed_one_is_nobody_elses(lena):
    make_mail(lena)
    first = sending.claim(channel=Channel.MAIL, now=timezone.now())

    assert first.state == State.SENDING
    assert sending.claim(channel=Channel.MAIL, now=timezone.now()) is None


@pytest.fixture
def no_gate(monkeypatch):
    """As in ten processes, where each has its own."""

    class Open:
        def acquire(self, blocking):
            return True

        def release(self): ...

    monkeypatch.setattr(sending, "_gates", dict.fromkeys(sending.OUTLETS, Open()))


@pytest.mark.django_db(transaction=True)
def test_ten_workers_at_once_send_each_once(at_once, no_gate, lena):
    keys = [make_mail(lena).pk for _ in range(40)]

    results = at_once(*[send] * 10)

    assert [result for result in results if isinstance(result, Exception)] == []
    assert len(mail.outbox) == 40
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == 40
    assert Delivery.objects.filter(pk__in=keys, state=State.SENT, tries=1).count() == 40


@pytest.mark.django_db(transaction=True)
def test_twin_that_claims_without_a_lock_sends_more_than_once(at_once, no_gate, lena, monkeypatch):
    """The test above would see it."""

    def claim_by_looking(*, channel, now):
        delivery = Delivery.objects.due(now).by(channel).first()
        time.sleep(0.01)
        if delivery is not None:
            changed = {"state": State.SENDING, "claimed_at": now}
            Delivery.objects.filter(pk=delivery.pk).update(**changed)
        return delivery

    monkeypatch.setattr(sending, "claim", claim_by_looking)
    for _ in range(5):
        make_mail(lena)

    at_once(*[send] * 4)

    assert len(mail.outbox) > 5


@pytest.mark.django_db(transaction=True)
def test_row_that_somebody_locks_holds_nobody_up(at_once, lena):
    locked, free = make_mail(lena, due_in=timedelta(minutes=-5)), make_mail(lena)
    with transaction.atomic():
        Delivery.objects.select_for_update().get(pk=locked.pk)

        at_once(send)

        assert state_of(free) == State.SENT
    assert state_of(locked) == State.DUE


def test_one_run_of_a_channel_in_a_process(lena):
    make_mail(lena)
    with sending._gates[Channel.MAIL]:
        assert send() is False

    assert mail.outbox == []


# --- Not silently ---


def test_claimed_one_whose_worker_died_becomes_unknown_and_is_not_sent_again(lena, caplog):
    delivery = make_mail(lena)
    now = timezone.now()
    sending.claim(channel=Channel.MAIL, now=now)

    actions.settle_deliveries(now=now + sending.LOST_AFTER - timedelta(seconds=1))
    assert state_of(delivery) == State.SENDING
    actions.settle_deliveries(now=now + sending.LOST_AFTER + timedelta(seconds=1))
    send()

    assert (state_of(delivery), mail.outbox) == (State.UNKNOWN, [])
    assert "1 unknown" in caplog.text


def test_worker_that_was_taken_for_dead_leaves_it_unknown(lena, monkeypatch):
    delivery = make_mail(lena)
    late = timezone.now() + timedelta(hours=1)
    send_messages = mail.backends.locmem.EmailBackend.send_messages

    def slowly(self, messages):
        actions.settle_deliveries(now=late)
        return send_messages(self, messages)

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", slowly)
    send()

    assert (state_of(delivery), len(mail.outbox)) == (State.UNKNOWN, 1)


def test_what_comes_too_late_is_dropped_also_while_nobody_takes_it(lena, caplog):
    delivery = make_mail(lena, expires_at=timezone.now())

    actions.settle_deliveries(now=timezone.now())

    assert (state_of(delivery), delivery.tries) == (State.DROPPED, 0)
    assert "1 dropped" in caplog.text


def test_counts_name_every_state(lena):
    make_mail(lena)
    make_mail(lena, state=State.SENT, settled_at=timezone.now())

    counts = Delivery.objects.counts_by_state()

    assert counts == {**dict.fromkeys(State.values, 0), "due": 1, "sent": 1}


# --- Still true ---


def is_expired(mail_):
    mail_.expires_at = timezone.now()
    mail_.save()


def is_not_true_any_more(mail_):
    Space.objects.filter(pk=mail_.notification.space_id).update(
        scheduled_for=timezone.now() + timedelta(days=9)
    )


def recipient_left(mail_):
    mail_.notification.recipient.is_active = False
    mail_.notification.recipient.save()


def actor_left(mail_):
    mail_.notification.actor.is_active = False
    mail_.notification.actor.save()


def actor_blocks(mail_):
    notification = mail_.notification
    Block.objects.create(blocker=notification.actor, blocked=notification.recipient)


def recipient_blocks(mail_):
    notification = mail_.notification
    Block.objects.create(blocker=notification.recipient, blocked=notification.actor)


def recipient_mutes(mail_):
    notification = mail_.notification
    Mute.objects.create(muter=notification.recipient, muted=notification.actor)


def space_is_private_now(mail_):
    spaces = Space.objects.filter(pk=mail_.notification.space_id)
    spaces.update(visibility=Space.Visibility.INVITED)


def recipient_switched_it_off(mail_):
    recipient = mail_.notification.recipient
    actions.choose_mail(actor=recipient, subject="reminders", is_on=False)


def address_is_not_confirmed(mail_):
    recipient = mail_.notification.recipient
    recipient.emailaddress_set.create(email=recipient.email, verified=False, primary=True)


def kind_is_of_another_release(mail_):
    mail_.notification.kind = "from_tomorrow"
    mail_.notification.save()


@pytest.mark.parametrize(
    "change",
    [
        is_expired,
        is_not_true_any_more,
        recipient_left,
        actor_left,
        actor_blocks,
        recipient_blocks,
        recipient_mutes,
        space_is_private_now,
        recipient_switched_it_off,
        address_is_not_confirmed,
        kind_is_of_another_release,
    ],
)
def test_what_is_not_for_them_any_more_is_dropped(hana, lena, change, caplog):
    caplog.set_level(logging.INFO, OURS)
    space = make_scheduled(hana)
    delivery = make_mail(lena, "soon", actor=hana, space=space, speaks_of=space.scheduled_for)
    change(delivery)

    send()

    assert (state_of(delivery), mail.outbox) == (State.DROPPED, [])
    assert "'dropped': 1" in caplog.text


def test_what_still_holds_leaves(hana, lena):
    space = make_scheduled(hana)
    delivery = make_mail(lena, "soon", actor=hana, space=space, speaks_of=space.scheduled_for)

    send()

    assert state_of(delivery) == State.SENT


def test_held_till_morning_and_over_by_then_is_dropped(hana, lena):
    space = make_space(hana)
    delivery = make_mail(lena, "live", actor=hana, space=space, due_in=timedelta(hours=-1))
    Space.objects.filter(pk=space.pk).update(
        state=Space.State.ENDED, ended_at=timezone.now(), started_at=timezone.now()
    )
    NotificationChoice.objects.create(user=lena, subject="live", channel="mail", is_on=True)

    send()

    assert state_of(delivery) == State.DROPPED


# --- Told, and sent ---


@pytest.fixture
def wants_mail(lena):
    NotificationChoice.objects.create(user=lena, subject="followers", channel="mail", is_on=True)


@pytest.fixture
def kicked(monkeypatch):
    """Kicks that were given."""
    found = []
    for task in tasks.SENDING.values():
        monkeypatch.setattr(
            task, "apply_async", lambda task=task, **options: found.append(task.name)
        )
    return found


def test_what_is_due_now_is_sent_after_commit(
    lena, hana, wants_mail, kicked, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        actions.notify(kind=own.FOLLOWED, recipients=[lena.pk], key="one", actor=hana)

    assert kicked == ["accounts.tasks.send_mail"]


def test_quiet_hours_are_kept(lena, hana, wants_mail, kicked, django_capture_on_commit_callbacks):
    Reach.objects.create(user=lena, time_zone="UTC")
    night = timezone.now().replace(hour=23)
    with django_capture_on_commit_callbacks(execute=True):
        actions.notify(kind=own.FOLLOWED, recipients=[lena.pk], key="one", actor=hana, now=night)

    assert kicked == []
    assert Delivery.objects.get().due_at > night


def test_lost_kick_is_healed_by_the_sweep(
    lena, hana, wants_mail, monkeypatch, django_capture_on_commit_callbacks
):
    def lost(**options):
        raise ConnectionError

    monkeypatch.setattr(tasks.send_mail, "apply_async", lost)
    with django_capture_on_commit_callbacks(execute=True):
        actions.notify(kind=own.FOLLOWED, recipients=[lena.pk], key="one", actor=hana)
    assert mail.outbox == []

    tasks.send_mail()

    assert [message.subject for message in mail.outbox] == ["Hana follows you"]


def test_run_that_has_no_time_left_is_followed_by_another(lena, monkeypatch):
    make_mail(lena)
    monkeypatch.setattr("config.runs.RUN_S", -1.0)
    followed = []
    monkeypatch.setattr(tasks.send_mail, "delay", lambda: followed.append("again"))

    tasks.send_mail()

    assert (followed, mail.outbox) == (["again"], [])


def test_letter_that_cannot_be_written_fails_once_and_is_loud(lena, monkeypatch):
    delivery = make_mail(lena)

    def broken(*args):
        raise ZeroDivisionError

    monkeypatch.setattr("accounts.notifications.mail.letter", broken)
    with pytest.raises(ZeroDivisionError):
        send()

    assert state_of(delivery) == State.FAILED


# --- The mail server ---


def test_letters_of_a_run_share_one_connection(server, lena):
    for _ in range(5):
        make_mail(lena)

    send()

    assert (len(server.taken), server.connections) == (5, 1)


def test_server_that_cannot_be_reached_costs_no_delivery(server, lena, caplog):
    delivery = make_mail(lena)
    server.stop()

    assert send() is False

    assert (state_of(delivery), delivery.tries) == (State.DUE, 0)
    assert "Nothing can leave by mail" in caplog.text


def test_server_that_says_nothing_holds_a_run_up_for_its_timeout_only(server, lena):
    delivery = make_mail(lena)
    server.says = {"hello": ["silence"]}
    began = time.monotonic()

    send()

    assert time.monotonic() - began < 3
    assert (state_of(delivery), delivery.tries) == (State.DUE, 0)


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("rcpt", "450 greylisted, come back"),
        ("data", "451 not now"),
        ("dot", "452 no room"),
        ("rcpt", "421 closing"),
        ("mail", "hang up"),
        ("rcpt", "hang up"),
        ("data", "hang up"),
        ("mail", "550 we do not take from you"),
    ],
)
def test_what_fails_in_passing_is_tried_again_and_taken_once(server, lena, step, answer):
    delivery = make_mail(lena)
    server.says = {step: [answer]}

    send()
    assert (state_of(delivery), delivery.tries, server.taken) == (State.DUE, 1, [])
    assert delivery.due_at > timezone.now()
    Delivery.objects.update(due_at=timezone.now())
    send()

    assert (state_of(delivery), len(server.taken)) == (State.SENT, 1)


@pytest.mark.parametrize("step", ["rcpt", "data", "dot"])
def test_what_is_refused_for_good_fails_and_the_next_goes_on(server, lena, step):
    refused, next_one = make_mail(lena, due_in=timedelta(minutes=-5)), make_mail(lena)
    server.says = {step: ["550 nobody of that name"]}

    send()

    assert (state_of(refused), state_of(next_one)) == (State.FAILED, State.SENT)
    assert (len(server.taken), server.connections) == (1, 1)


@pytest.mark.parametrize("answer", ["taken, hang up", "taken, silence", "hang up", "silence"])
def test_connection_lost_after_the_letter_leaves_it_unknown_and_unsent(server, lena, answer):
    """The server may have it or not, and says nothing: a second one would be a risk."""
    delivery = make_mail(lena)
    server.says = {"dot": [answer]}

    send()
    send()

    assert state_of(delivery) == State.UNKNOWN
    assert len(server.taken) == answer.count("taken")


def test_tries_come_to_an_end(server, lena):
    delivery = make_mail(lena)
    server.says = {"rcpt": ["450 greylisted"] * 20}
    for _ in range(len(sending.TRY_AGAIN_AFTER) + 3):
        Delivery.objects.update(due_at=timezone.now())
        send()

    assert state_of(delivery) == State.FAILED
    assert delivery.tries == len(sending.TRY_AGAIN_AFTER) + 1


def test_dot_at_the_start_of_a_line_arrives(server, hana, lena):
    make_mail(lena, actor=hana, space=make_scheduled(hana, title=".hidden"))
    hana.name = ""
    hana.save()

    send()

    assert b"\r\n.\r\n" not in server.taken[0]


# --- Query counts ---


def test_each_letter_costs_a_fixed_number_of_queries(lena, django_assert_max_num_queries):
    for number in range(5):
        make_mail(lena, actor=make_user(f"actor{number}"))

    with django_assert_max_num_queries(3 + 5 * 16):
        send()

    assert len(mail.outbox) == 5


def test_host_is_told_of_nothing_that_a_stranger_may_not_know(lena):
    space = make_scheduled(make_host("ines"), visibility=Space.Visibility.INVITED)
    delivery = make_mail(lena, "moved", space=space, speaks_of=space.scheduled_for)

    send()

    assert state_of(delivery) == State.DROPPED
