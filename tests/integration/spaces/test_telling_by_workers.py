"""Reminders and followers' news by real workers and a real clock, some of which are killed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Follow, User
from spaces.models import Bulletin
from tests.factories import make_bulletin, make_host, make_scheduled, make_space
from tests.own_redis import OwnRedis
from tests.sample import sampled
from tests.stack import Stack
from tests.waiting import wait_until

from .told import settled, told, told_often

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]

WITHIN_S = 100
# Batches are of two thousand.
CROWD = sampled(90_000, part=20)
MINUTE = timedelta(minutes=1)


class Programs:
    """Workers and the clock, on a Redis."""

    def __init__(self, redis_url):
        self.stack = Stack(redis_url)

    def work(self, name):
        arguments = ["--concurrency", "2", "-n", f"{name}@%h", "--loglevel", "INFO"]
        return self.stack.run(name, "-m", "celery", "-A", "config", "worker", *arguments)

    def clock(self):
        return self.stack.run("beat", "-m", "celery", "-A", "config", "beat", "--loglevel", "INFO")

    def wait_until(self, is_so):
        wait_until(is_so, within=WITHIN_S, says=self.logs)

    def logs(self):
        return "\n".join(self.stack.tail(name) for name in self.stack.programs)


@pytest.fixture
def programs(services):
    programs = Programs(services.redis_url)
    yield programs
    programs.stack.stop()


def make_crowd(size):
    number = User.objects.count()
    return User.objects.bulk_create(
        User(handle=f"c{number + each}", name="C", email=f"c{number + each}@example.org")
        for each in range(size)
    )


def make_followed():
    """A live Space whose host a crowd follows."""
    space = make_space(make_host())
    people = make_crowd(CROWD)
    Follow.objects.bulk_create(Follow(follower=person, followed=space.host) for person in people)
    return space


def make_reminded(host, size):
    space = make_scheduled(host, scheduled_for=timezone.now() + 9 * MINUTE)
    space.reminders.bulk_create(
        space.reminders.model(space=space, user=person, wants_early=True)
        for person in make_crowd(size)
    )
    return space


def is_all_settled():
    return not Bulletin.objects.waiting().exists()


def supervised(worker):
    """Started anew when it is over, as the instance's supervisor does: kombu 5.7 ends a worker that
    says of a task on a connection it has lost that it is done (`'NoneType' has no 'hostname'`).
    """
    if worker.process.poll() is not None:
        worker.start()
    return True


def is_in_the_middle(space):
    return lambda: space.bulletins.filter(kind="live", told_count__gt=0).exists()


def test_clock_that_was_away_for_an_hour_tells_what_is_not_too_late(programs):
    late, later = (make_reminded(make_host(f"host{number}"), 5) for number in range(2))
    make_bulletin(late, "soon", due_at=timezone.now() - 10 * MINUTE)
    make_bulletin(later, "soon", due_at=timezone.now() - 60 * MINUTE)

    programs.work("worker")
    programs.clock()
    programs.wait_until(is_all_settled)

    assert settled(late) == [("soon", "sent", 5, 0, 0)]
    assert settled(later) == [("soon", "dropped", 0, 0, 5)]


def test_two_workers_one_of_them_killed_tell_each_once_and_reminders_meanwhile(programs):
    crowded, small = make_followed(), make_reminded(make_host("rival"), 5)
    workers = [programs.work(name) for name in ("first", "second")]
    programs.clock()
    make_bulletin(crowded, "live")
    programs.wait_until(is_in_the_middle(crowded))

    workers[0].kill()
    make_bulletin(small, "soon")
    programs.wait_until(is_all_settled)

    assert settled(crowded) == [("live", "sent", CROWD, 0, 0)]
    assert settled(small) == [("soon", "sent", 5, 0, 0)]
    assert (told_often(crowded), told_often(small)) == ({}, {})
    assert len(told(crowded)) == CROWD


@pytest.fixture
def own_redis(tmp_path_factory):
    # A socket's path is short: Linux takes 107 bytes.
    own = OwnRedis(tmp_path_factory.mktemp("r"))
    own.start()
    yield own
    own.program.stop()


def test_redis_that_starts_anew_in_the_middle_loses_nobody(own_redis):
    programs = Programs(own_redis.url)
    crowded = make_followed()
    try:
        worker = programs.work("worker")
        programs.clock()
        make_bulletin(crowded, "live")
        programs.wait_until(is_in_the_middle(crowded))

        own_redis.program.kill()
        own_redis.start()
        programs.wait_until(lambda: supervised(worker) and is_all_settled())
    finally:
        programs.stack.stop()

    assert settled(crowded) == [("live", "sent", CROWD, 0, 0)]
    assert told_often(crowded) == {}
    assert len(told(crowded)) == CROWD
