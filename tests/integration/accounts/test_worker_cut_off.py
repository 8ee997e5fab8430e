"""A worker that is killed at any step sends nothing twice, and nothing is lost without a word.

The worker is a real one, of Celery, with letters in a folder. Locks stop it at a step.
"""

import threading
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection as database
from django.db import connections, transaction
from django.utils import timezone

from accounts import actions, mailbox, tasks
from accounts.actions import sending
from accounts.models import Delivery
from config import env, news
from config.celery import app
from tests.integration.spaces.live.test_redis_away import OwnRedis
from tests.integration.spaces.test_sweep_cut_off import wait_for_a_waiting_lock
from tests.stack import Stack
from tests.waiting import wait_until

from .deliveries import make_mail

pytestmark = pytest.mark.django_db(transaction=True)
State = Delivery.State
WITHIN_S = 30
WORKER = ("-m", "celery", "-A", "config", "worker", "-Q", "outside", "--pool", "threads")


@pytest.fixture
def folder():
    """Where the worker's letters are."""
    folder = Path(settings.MAILBOX_DIR)
    for letter in folder.glob("*.log"):
        letter.unlink()
    return folder


@pytest.fixture
def stack(services, redis_server, folder):
    stack = Stack(services.redis_url)
    yield stack
    stack.stop()


@pytest.fixture
def own_redis(tmp_path_factory):
    # A socket's path is short: Linux takes 107 bytes.
    own = OwnRedis(tmp_path_factory.mktemp("r"))
    own.start()
    yield own
    own.program.stop()


@pytest.fixture
def start_worker(stack):
    names = iter(("outside", "outside-after"))
    return lambda: stack.run(next(names), *WORKER, "--concurrency", "4", "--loglevel", "INFO")


@contextmanager
def standing_still(table):
    """Whoever reads it waits."""
    with transaction.atomic():
        with database.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield


class Holder(threading.Thread):
    """Locks one delivery, on a connection of its own."""

    def __init__(self, key):
        super().__init__()
        self.key = key
        self.has_it, self.may_go = threading.Event(), threading.Event()

    def start(self):
        super().start()
        assert self.has_it.wait(WITHIN_S)

    def run(self):
        try:
            with transaction.atomic():
                Delivery.objects.select_for_update().get(pk=self.key)
                self.has_it.set()
                self.may_go.wait(WITHIN_S)
        finally:
            connections.close_all()

    def let_go(self):
        self.may_go.set()
        self.join()


until = partial(wait_until, within=WITHIN_S)


def state_of(delivery):
    delivery.refresh_from_db()
    return delivery.state


def end_waiting_statements():
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )


def sweep_later():
    """What beat would bring, when the dead worker's time is over."""
    actions.settle_deliveries(now=timezone.now() + sending.LOST_AFTER + timedelta(minutes=1))


def test_killed_before_it_claims_anything(start_worker, lena, folder):
    delivery = make_mail(lena)
    with standing_still("accounts_delivery"):
        worker = start_worker()
        tasks.send_mail.delay()
        wait_for_a_waiting_lock()
        worker.kill()
    assert state_of(delivery) == State.DUE

    start_worker()
    tasks.send_mail.delay()
    until(lambda: state_of(delivery) == State.SENT)

    assert len(mailbox.messages(folder)) == 1


def test_killed_between_claiming_and_sending(start_worker, lena, folder):
    delivery = make_mail(lena)
    with standing_still("accounts_notificationchoice"):
        worker = start_worker()
        tasks.send_mail.delay()
        wait_for_a_waiting_lock()
        worker.kill()
    assert state_of(delivery) == State.SENDING

    sweep_later()
    other = make_mail(lena)
    start_worker()
    tasks.send_mail.delay()
    until(lambda: state_of(other) == State.SENT)

    assert (state_of(delivery), len(mailbox.messages(folder))) == (State.UNKNOWN, 1)


def test_killed_between_sending_and_writing_it_down(start_worker, lena, folder):
    delivery = make_mail(lena)
    # The second lock has to outlive the first.
    with standing_still("accounts_notificationchoice"):
        worker = start_worker()
        tasks.send_mail.delay()
        wait_for_a_waiting_lock()
        holder = Holder(delivery.pk)
        holder.start()
    until(lambda: mailbox.messages(folder))
    wait_for_a_waiting_lock()
    worker.kill()
    # A statement that has reached the database would be done for the dead.
    end_waiting_statements()
    holder.let_go()
    assert (state_of(delivery), len(mailbox.messages(folder))) == (State.SENDING, 1)

    sweep_later()
    other = make_mail(lena)
    start_worker()
    tasks.send_mail.delay()
    until(lambda: state_of(other) == State.SENT)

    assert (state_of(delivery), len(mailbox.messages(folder))) == (State.UNKNOWN, 2)


def test_lost_messages_are_healed_by_the_next_sweep(start_worker, redis_server, lena, folder):
    """Redis forgets everything: rows are what is due, not messages."""
    deliveries = [make_mail(lena) for _ in range(3)]
    tasks.send_mail.delay()
    news.connection().flushdb()
    start_worker()
    assert [state_of(delivery) for delivery in deliveries] == [State.DUE] * 3

    tasks.send_mail.delay()
    until(lambda: [state_of(delivery) for delivery in deliveries] == [State.SENT] * 3)

    assert len(mailbox.messages(folder)) == 3


def test_two_workers_send_each_once(start_worker, lena, folder):
    deliveries = [make_mail(lena) for _ in range(30)]
    start_worker()
    start_worker()

    for _ in range(10):
        tasks.send_mail.delay()
    until(lambda: not Delivery.objects.filter(state__in=[State.DUE, State.SENDING]).exists())

    assert len(mailbox.messages(folder)) == len(deliveries)
    assert Delivery.objects.filter(state=State.SENT, tries=1).count() == len(deliveries)


def test_worker_outlives_a_redis_that_goes_and_comes_back(stack, own_redis, lena, folder):
    worker = stack.run(
        "outside", *WORKER, "--concurrency", "4", "--loglevel", "INFO", REDIS_URL=own_redis.url
    )
    broker = env.celery_url(own_redis.url)

    def kick():
        with app.connection_for_write(broker) as connection:
            tasks.send_mail.apply_async(connection=connection)

    first = make_mail(lena)
    kick()
    until(lambda: state_of(first) == State.SENT)
    own_redis.program.kill()
    own_redis.start()
    second = make_mail(lena)
    # Again and again, as beat does: what Redis forgets is due all the same.
    until(lambda: kick() or state_of(second) == State.SENT)

    assert worker.process.poll() is None
    assert len(mailbox.messages(folder)) == 2
