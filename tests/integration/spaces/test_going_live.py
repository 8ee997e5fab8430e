"""A Space goes live: who is told, as what, and in which order."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Follow, Notification, User
from spaces import actions, tasks
from spaces.actions import bulletins
from spaces.models import Invitation, Space
from tests.factories import (
    ask_to_co_host,
    make_bulletin,
    make_host,
    make_participant,
    make_reminder,
    make_scheduled,
    make_space,
    make_user,
)

from .private import invite
from .told import settled, tell, told, waiting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]

MINUTE = timedelta(minutes=1)


def follow(*people, host):
    Follow.objects.bulk_create(Follow(follower=person, followed=host) for person in people)


def soon(host, **fields):
    return make_scheduled(host, scheduled_for=timezone.now() + 5 * MINUTE, **fields)


def start(space):
    return actions.start_scheduled(actor=space.host, space=space)


def open_now(host, **rules):
    return actions.open_space(
        actor=host, title="Night boats", topics=[], who_may_speak="invited", **rules
    )


def live_to(space, user):
    return [kind for kind in told(space, user) if kind in {"started", "invited_live", "live"}]


# --- Who, and as what ---


def test_each_hears_of_it_for_the_nearest_reason_and_once(hana, lena, sami, otto):
    space = soon(hana)
    follow(lena, sami, otto, host=hana)
    make_reminder(space, lena)
    for person in (lena, sami):
        invite(space, person)

    start(space)
    tell()

    heard = [live_to(space, person) for person in (lena, sami, otto, hana)]
    assert heard == [["started"], ["invited_live"], ["live"], []]


def test_co_hosts_count_as_having_asked_and_who_has_not_answered_as_invited(hana, sami, otto):
    space = soon(hana)
    follow(sami, otto, host=hana)
    ask_to_co_host(space, sami, state=Invitation.State.ACCEPTED)
    ask_to_co_host(space, otto)

    start(space)
    tell()

    assert (live_to(space, sami), live_to(space, otto)) == (["started"], ["invited_live"])


def test_space_without_notice_is_told_to_followers(hana, lena):
    follow(lena, host=hana)

    space = open_now(hana)
    tell()

    assert settled(space) == [("live", "sent", 1, 0, 0)]
    assert live_to(space, lena) == ["live"]


@pytest.mark.parametrize(
    ("visibility", "heard"),
    [
        ("public", ["live"]),
        ("signed_in", ["live"]),
        ("followers", ["live"]),
        ("invited", []),
    ],
)
def test_followers_hear_of_what_they_may_come_into(hana, lena, visibility, heard):
    follow(lena, host=hana)

    space = open_now(hana, visibility=visibility)
    tell()

    assert live_to(space, lena) == heard


def has_muted(space, lena):
    lena.mutes_made.create(muted=space.host)


def is_inactive(space, lena):
    User.objects.filter(pk=lena.pk).update(is_active=False)


def is_removed(space, lena):
    make_participant(space, user=lena, removed_at=timezone.now(), removed_by=space.host)


@pytest.mark.parametrize("became", [has_muted, is_inactive, is_removed])
def test_who_is_muting_gone_or_removed_is_left_out_and_counted(hana, lena, became):
    follow(lena, host=hana)
    space = open_now(hana)
    became(space, lena)

    tell()

    assert settled(space) == [("live", "sent", 0, 1, 0)]


def test_who_asked_is_told_although_they_muted_the_host(hana, lena):
    space = soon(hana)
    make_reminder(space, lena)
    lena.mutes_made.create(muted=hana)

    start(space)
    tell()

    assert live_to(space, lena) == ["started"]


# --- How often ---


def test_second_space_within_the_hour_is_told_to_who_asked_only(hana, lena, sami):
    follow(lena, sami, host=hana)
    first = open_now(hana)
    tell()
    actions.end_space(actor=hana, space=first)
    second = soon(hana)
    make_reminder(second, lena)

    start(second)
    tell()

    assert (live_to(second, lena), live_to(second, sami)) == (["started"], [])


def test_space_after_an_hour_is_told_again(hana, lena):
    follow(lena, host=hana)
    first = open_now(hana)
    tell()
    actions.end_space(actor=hana, space=first)
    Notification.objects.update(created_at=timezone.now() - 61 * MINUTE)

    second = open_now(hana)
    tell()

    assert live_to(second, lena) == ["live"]


def test_started_twice_is_told_once(hana, lena):
    follow(lena, host=hana)
    space = soon(hana)

    for _ in range(2):
        start(space)
    tell()

    assert live_to(space, lena) == ["live"]
    assert space.bulletins.count() == 3


# --- A crowd ---


@pytest.fixture
def crowd(hana, monkeypatch):
    """Five who follow Hana, told two at a time."""
    monkeypatch.setattr(bulletins, "TOLD_AT_ONCE", 2)
    people = [make_user() for _ in range(5)]
    follow(*people, host=hana)
    return people


def one_batch():
    return actions.tell_next_followers(now=timezone.now())


def test_followers_are_told_in_the_order_of_their_rows(hana, crowd):
    space = open_now(hana)

    one_batch()

    names = Notification.objects.filter(space=space).values_list("recipient", flat=True)
    assert set(names) == {person.pk for person in crowd[:2]}
    bulletin = space.bulletins.get()
    assert bulletin.cursor == Follow.objects.order_by("pk")[1].pk
    assert bulletin.told_count == 2


def test_nobody_is_told_any_more_when_the_space_is_over(hana, crowd):
    space = open_now(hana)
    one_batch()
    actions.end_space(actor=hana, space=space)

    tell()

    assert settled(space) == [("live", "off", 2, 0, 3)]


def test_rest_of_a_crowd_is_dropped_and_counted_after_a_quarter_of_an_hour(hana, crowd):
    space = open_now(hana)
    one_batch()

    tell(timezone.now() + 16 * MINUTE)

    assert settled(space) == [("live", "dropped", 2, 0, 3)]


def test_crowds_take_turns(hana, crowd):
    rival = make_host("rival")
    follow(*crowd, host=rival)
    spaces = [open_now(hana), open_now(rival)]

    for _ in range(4):
        one_batch()

    assert [space.bulletins.get().told_count for space in spaces] == [4, 4]


def test_who_asked_waits_for_no_crowd(hana, crowd, lena):
    space = soon(hana)
    make_reminder(space, lena)
    start(space)

    actions.tell_next(now=timezone.now())

    assert told(space) == ["started"]
    assert "live" in waiting(space)


@pytest.mark.parametrize("people", [1, 50])
def test_crowd_costs_the_same_queries_however_big(hana, people, django_assert_num_queries):
    follow(*(make_user() for _ in range(people)), host=hana)
    open_now(hana)

    # Savepoints, turn, claim, Space, rows, whom it reaches, the bulletin, and seven of notify().
    with django_assert_num_queries(15):
        one_batch()


# --- One worker at a time ---


@pytest.mark.django_db(transaction=True)
def test_only_one_worker_tells_followers(hana, lena, at_once, monkeypatch):
    follow(lena, host=hana)
    open_now(hana)
    met = []

    def look(*args, **kwargs):
        # While this one has its turn another asks for it.
        met.extend(at_once(one_batch))
        return claim(*args, **kwargs)

    claim = bulletins._claim
    monkeypatch.setattr(bulletins, "_claim", look)

    assert one_batch()
    assert met == [False]


@pytest.mark.django_db(transaction=True)
def test_turn_ends_with_the_worker_that_has_it(hana, lena):
    follow(lena, host=hana)
    space = open_now(hana)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [bulletins.FOLLOWERS_LOCK])

    assert one_batch()
    assert live_to(space, lena) == ["live"]


# --- By which tasks ---


@pytest.fixture
def kicked(monkeypatch):
    names = []
    for name in ("send_reminders", "tell_followers"):
        task = getattr(tasks, name)
        monkeypatch.setattr(task, "delay", lambda name=name: names.append(name))
    return names


def test_going_live_wakes_both_sweeps_after_commit(
    hana, kicked, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        open_now(hana)
        assert kicked == []

    assert kicked == ["send_reminders", "tell_followers"]


def test_broker_that_is_away_keeps_the_space_and_the_sweeps_find_it(
    hana, lena, monkeypatch, django_capture_on_commit_callbacks
):
    def refuse():
        raise ConnectionError

    follow(lena, host=hana)
    for task in (tasks.send_reminders, tasks.tell_followers):
        monkeypatch.setattr(task, "delay", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        space = open_now(hana)

    tasks.tell_followers()

    assert live_to(space, lena) == ["live"]


def test_task_lets_others_in_after_a_while_and_queues_the_rest(hana, crowd, kicked, monkeypatch):
    monkeypatch.setattr(tasks, "TELLING_S", -1)
    space = open_now(hana)

    tasks.tell_followers()

    assert kicked == ["tell_followers"]
    assert space.bulletins.get().told_count == 2


def test_reminders_are_swept_as_far_as_there_is_time(kicked, monkeypatch):
    monkeypatch.setattr(tasks, "TELLING_S", -1)
    spaces = [make_space(make_host(f"host{number}")) for number in range(2)]
    for space in spaces:
        make_bulletin(space, "started")

    tasks.send_reminders()

    assert [len(waiting(space)) for space in spaces] == [0, 1]
    assert kicked == []
    assert Space.objects.live().count() == 2
