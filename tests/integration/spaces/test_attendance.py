"""How many came, when and from where: rows that only grow, whatever is repeated or lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config.news import connection
from spaces import actions, tasks
from spaces.actions.attendance import SETTLED_AFTER
from spaces.live import attendance, presence
from spaces.models import Attendance, Space
from tests.factories import make_host, make_scheduled, make_space, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]

A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def start():
    """At the full minute: what follows within the next is in one row."""
    return timezone.now().replace(second=0, microsecond=0)


@pytest.fixture
def space(hana, start):
    return make_space(hana, started_at=start)


def come_in(space, *people, at, **came_from):
    """As a web process tells of its pages. came_from: person → kind."""
    pipeline = connection().pipeline()
    presence.add(pipeline, str(space.public_id), people, now=at.timestamp())
    attendance.add(pipeline, str(space.public_id), people, now=at.timestamp())
    attendance.add_sources(pipeline, str(space.public_id), came_from)
    pipeline.execute()


def leave(space, *people):
    presence.remove(connection(), str(space.public_id), people)


def measure(space, at):
    actions.measure_attendance(space=space, now=at)


def totals(space):
    row = Attendance.objects.get(space=space)
    return row.peak, row.total


def minutes(space):
    return list(space.audience_minutes.in_order().values_list("listeners", "joined"))


def sources(space):
    return dict(space.sources.values_list("kind", "count"))


def test_those_there_and_those_who_ever_came_are_counted(space, start):
    come_in(space, "u900001", "aff", at=start)
    measure(space, start)
    leave(space, "aff")
    come_in(space, "u900002", at=start)
    measure(space, start)

    assert totals(space) == (2, 3)
    assert minutes(space) == [(2, 3)]


def test_each_minute_has_its_most_and_who_came_in_it(space, start):
    come_in(space, "a1", "a2", at=start)
    measure(space, start + timedelta(seconds=1))
    leave(space, "a1")
    measure(space, start + timedelta(seconds=11))
    come_in(space, "a2", "a3", at=start + A_MINUTE)
    measure(space, start + A_MINUTE)

    assert minutes(space) == [(2, 2), (2, 1)]


def test_sweep_that_runs_twice_counts_once(space, start):
    come_in(space, "a1", "a2", at=start, a1="topic", a2="direct")

    for _ in range(3):
        measure(space, start)

    assert totals(space) == (2, 2)
    assert minutes(space) == [(2, 2)]
    assert sources(space) == {"topic": 1, "direct": 1}


@pytest.mark.django_db(transaction=True)
def test_sweeps_of_two_workers_at_once_count_once(at_once, space, start):
    come_in(space, "a1", "a2", at=start, a1="topic")

    outcomes = at_once(*[lambda: measure(space, start)] * 4)

    assert outcomes == [None] * 4
    assert (totals(space), minutes(space)) == ((2, 2), [(2, 2)])


def test_person_in_pages_of_two_processes_is_one(space, start):
    """Each tells of its own, again and again."""
    for moment in (start, start + timedelta(seconds=4)):
        come_in(space, "u900001", "a1", at=moment)
        come_in(space, "u900001", "a2", at=moment)
    measure(space, start + timedelta(seconds=5))

    assert totals(space) == (3, 3)
    assert minutes(space) == [(3, 3)]


def test_who_comes_back_came_once(space, start):
    come_in(space, "a1", at=start, a1="profile")
    measure(space, start)
    leave(space, "a1")
    come_in(space, "a1", at=start + A_MINUTE, a1="direct")
    measure(space, start + A_MINUTE)

    assert totals(space) == (1, 1)
    assert minutes(space) == [(1, 1), (1, 0)]
    assert sources(space) == {"profile": 1}


def test_who_is_on_stage_listens_to_nobody(space, hana, start):
    come_in(space, "a1", at=start)
    presence.add(
        connection(),
        str(space.public_id),
        [presence.signed_in(hana.pk)],
        now=start.timestamp(),
    )

    measure(space, start)

    assert totals(space) == (1, 1)


def test_worker_that_was_away_finds_who_came_meanwhile(space, start):
    come_in(space, "a1", at=start)
    measure(space, start)
    come_in(space, "a2", at=start + A_MINUTE)
    come_in(space, "a3", at=start + 3 * A_MINUTE)

    measure(space, start + 4 * A_MINUTE)

    joined = space.audience_minutes.in_order().values_list("minute", "joined")
    assert [((minute - start) // A_MINUTE, count) for minute, count in joined] == [
        (0, 1),
        (1, 1),
        (3, 1),
        (4, 0),
    ]
    assert totals(space)[1] == 3


class TestLostRedis:
    """It comes back empty, and its people are told of anew by their pages."""

    @pytest.fixture
    def lost_at(self, space, start):
        """Four came, two are there still."""
        come_in(space, "a1", "a2", "a3", "a4", at=start)
        measure(space, start)
        connection().flushdb()
        return start + 2 * A_MINUTE

    def test_no_number_falls(self, space, lost_at):
        measure(space, lost_at)

        assert totals(space) == (4, 4)

    def test_who_is_there_still_has_not_come_anew(self, space, lost_at):
        come_in(space, "a1", "a2", at=lost_at)
        measure(space, lost_at)
        measure(space, lost_at + SETTLED_AFTER)

        assert totals(space) == (4, 4)
        assert sum(joined for _, joined in minutes(space)) == 4

    def test_who_comes_after_it_is_counted_and_the_total_is_a_guess(self, space, lost_at):
        come_in(space, "a1", "a2", at=lost_at)
        later = lost_at + A_MINUTE
        come_in(space, "a5", at=later)

        measure(space, later)

        assert totals(space) == (4, 5)
        assert Attendance.objects.get(space=space).is_estimate
        assert minutes(space)[-1] == (1, 1)

    def test_it_may_be_lost_again(self, space, lost_at):
        come_in(space, "a1", "a2", at=lost_at)
        measure(space, lost_at + SETTLED_AFTER)
        connection().flushdb()
        later = lost_at + 5 * A_MINUTE
        come_in(space, "a1", at=later)
        come_in(space, "a6", at=later + A_MINUTE)

        measure(space, later + A_MINUTE)

        assert totals(space)[1] == 5


def test_kinds_of_places_are_counted_and_nothing_else_is(space, start):
    come_in(space, "a1", "a2", "a3", at=start, a1="site", a2="site", a3="forged")

    measure(space, start)

    assert sources(space) == {"site": 2}


def test_sweep_looks_at_live_spaces_only(space, start):
    over = make_space(make_host("rival"), ended=True)
    announced = make_scheduled(make_host("other"))
    for each in (space, over, announced):
        come_in(each, "a1", at=start)

    tasks.measure_attendance()

    assert list(Attendance.objects.values_list("space", flat=True)) == [space.pk]


def test_end_counts_who_came_since_the_last_look(
    space, hana, start, django_capture_on_commit_callbacks
):
    now = timezone.now()
    come_in(space, "a1", "a2", at=now)

    with django_capture_on_commit_callbacks(execute=True):
        actions.end_space(actor=hana, space=space)

    assert totals(space) == (2, 2)


@pytest.mark.django_db(transaction=True)
def test_end_is_kept_without_redis(space, hana, monkeypatch):
    def away(*_args, **_kwargs):
        raise ConnectionError

    monkeypatch.setattr(attendance, "look", away)

    actions.end_space(actor=hana, space=space)

    assert not Space.objects.live().exists()


def test_rows_name_nobody_and_redis_forgets(space, start):
    lena = make_user("lena")
    come_in(space, presence.signed_in(lena.pk), at=start, **{f"u{lena.pk}": "home"})
    measure(space, start)

    fields = {field.name for field in Attendance._meta.fields}
    assert fields == {"space", "peak", "total", "is_estimate", "counted_since", "counted_before"}
    for key in (attendance.key_people(space.public_id), attendance.key_sources(space.public_id)):
        assert 0 < connection().ttl(key) <= attendance.LIFETIME_S


def test_sweep_takes_few_queries_however_many_came(space, start, django_assert_num_queries):
    come_in(space, *(f"a{number}" for number in range(500)), at=start, a1="home", a2="topic")
    measure(space, start)

    # Stage, last minute; savepoint, row, lock, row, minutes, sources, savepoint.
    with django_assert_num_queries(9):
        measure(space, start + A_MINUTE)
