"""A process that tells people is killed at each point where it can be: the next one goes on."""

import signal
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Follow, Notification, User
from spaces import tasks
from spaces.models import Bulletin
from tests.dying import Dying
from tests.factories import make_bulletin, make_host, make_scheduled
from tests.stack import Stack

from .told import settled, told, told_often

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]

PEOPLE = 30
# The database notices a moment later that who held a lock is gone; by the clock sweeps come again.
WITHIN_S = 20

# Name → where it dies. There are three batches of ten.
POINTS = {
    "before the claim": {"function": "_claim"},
    "after the claim": {"function": "_claim", "after": True},
    "in the middle of telling": {"function": "deliveries_of"},
    "told, not committed": {"function": "notify", "after": True},
    "between two batches": {"function": "_claim", "time": 2},
    "in the middle of the second batch": {"function": "deliveries_of", "time": 2},
    "second batch told, not committed": {"function": "notify", "time": 2, "after": True},
    "last batch told, not settled": {"function": "_settle"},
    "settled, not committed": {"function": "_settle", "after": True},
}
every_point = pytest.mark.parametrize("point", POINTS.values(), ids=POINTS)


@pytest.fixture(scope="module")
def dying(django_db_setup, services):
    dying = Dying(Stack(services.redis_url).environment)
    yield dying
    dying.stop()


@pytest.fixture
def space():
    """In nine minutes; thirty people want to know early, and follow its host."""
    space = make_scheduled(make_host(), scheduled_for=timezone.now() + timedelta(minutes=9))
    people = User.objects.bulk_create(
        User(handle=f"p{number}", name="P", email=f"p{number}@example.org")
        for number in range(PEOPLE)
    )
    Follow.objects.bulk_create(Follow(follower=person, followed=space.host) for person in people)
    space.reminders.bulk_create(
        space.reminders.model(space=space, user=person, wants_early=True) for person in people
    )
    return space


def sweep_until_all_is_settled():
    deadline = time.monotonic() + WITHIN_S
    while Bulletin.objects.waiting().filter(due_at__lte=timezone.now()).exists():
        assert time.monotonic() < deadline
        tasks.send_reminders()
        tasks.tell_followers()
        time.sleep(0.05)


def all_told_once(space, kind):
    assert told_often(space) == {}
    assert told(space).count(kind) == PEOPLE
    assert (kind, "sent", PEOPLE, 0, 0) in settled(space)


@every_point
def test_reminders_are_told_once_each(dying, space, point):
    make_bulletin(space, "soon")
    assert dying.run("send_reminders", **point) == -signal.SIGKILL

    sweep_until_all_is_settled()

    all_told_once(space, "soon")


@every_point
def test_followers_are_told_once_each(dying, space, point):
    space.reminders.all().delete()
    space.state, space.started_at = "live", timezone.now()
    space.save()
    make_bulletin(space, "live")
    assert dying.run("tell_followers", **point) == -signal.SIGKILL

    sweep_until_all_is_settled()

    all_told_once(space, "live")


def test_start_that_dies_before_it_wakes_the_sweeps_is_told_by_them(dying, space):
    assert dying.run("start", "_kick") == -signal.SIGKILL

    sweep_until_all_is_settled()

    all_told_once(space, "started")


def test_start_that_dies_before_it_is_committed_never_was(dying, space):
    assert dying.run("start", "_put", time=3, after=True) == -signal.SIGKILL

    sweep_until_all_is_settled()

    space.refresh_from_db()
    assert space.is_scheduled
    assert not Bulletin.objects.exists()
    assert not Notification.objects.exists()
