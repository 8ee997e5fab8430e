"""The longest time a Space may last here: announced, then over."""

from datetime import timedelta

import pytest
from django.utils import timezone

from spaces import actions, tasks
from spaces.models import Space
from tests.factories import make_host, make_space

pytestmark = pytest.mark.django_db

HOURS_4 = timedelta(hours=4)
SECOND = timedelta(seconds=1)


def limit(space, *, after):
    """As the sweep does it so long after the start."""
    now = space.started_at + after
    for due in Space.objects.near_longest(now):
        actions.limit_length(space=due, now=now)
    space.refresh_from_db()


def test_nothing_is_said_before_the_last_ten_minutes(space):
    limit(space, after=HOURS_4 - timedelta(minutes=10) - SECOND)

    assert (space.end_announced_at, space.version) == (None, 1)


def test_end_is_announced_ten_minutes_ahead(space, news, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        limit(space, after=HOURS_4 - timedelta(minutes=10))

    (message,) = news.of(space)
    assert [event["name"] for event in message["events"]] == ["space.end_announced"]
    assert (space.is_live, space.ends_by) == (True, space.started_at + HOURS_4)


def test_end_is_announced_once(space):
    limit(space, after=HOURS_4 - timedelta(minutes=10))
    version = space.version

    limit(space, after=HOURS_4 - timedelta(minutes=9))

    assert space.version == version


def test_space_lasts_until_its_longest_time(space):
    limit(space, after=HOURS_4 - SECOND)

    assert space.is_live


def test_space_ends_at_its_longest_time(space):
    limit(space, after=HOURS_4)

    assert (space.state, space.end_reason) == (Space.State.ENDED, Space.EndReason.MAX_LENGTH)
    assert space.ended_at == space.started_at + HOURS_4


def test_space_whose_sweep_was_away_for_an_hour_ends_at_the_next(space):
    limit(space, after=timedelta(hours=5))

    assert not space.is_live


def test_ending_again_changes_nothing_more(space):
    stale = Space.objects.get(pk=space.pk)
    limit(space, after=HOURS_4)
    version = space.version

    actions.limit_length(space=stale, now=space.started_at + HOURS_4)

    assert Space.objects.get().version == version


def test_without_a_limit_a_space_lasts_as_long_as_it_likes(space, settings):
    settings.MAX_LENGTH_S = 0

    limit(space, after=timedelta(days=2))

    assert (space.is_live, space.ends_by) == (True, None)


def test_warning_longer_than_the_limit_is_given_at_the_start(space, settings):
    settings.MAX_LENGTH_S, settings.END_WARNING_S = 300, 600

    limit(space, after=timedelta())

    assert (space.is_live, space.end_announced_at) == (True, space.started_at)


def test_task_ends_what_lasted_too_long_and_nothing_else():
    now = timezone.now()
    long, short = make_space(started_at=now - HOURS_4), make_space(make_host("rival"))

    tasks.limit_length()

    assert list(Space.objects.live()) == [short]
    assert Space.objects.get(pk=long.pk).end_reason == Space.EndReason.MAX_LENGTH
