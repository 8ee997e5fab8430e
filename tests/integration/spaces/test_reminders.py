"""Asking to be reminded, and being reminded by the clock."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Notification, User
from config.errors import NotAllowed
from spaces import actions
from spaces.actions import bulletins
from spaces.models import Invitation, Participant, Space
from tests.factories import (
    ask_to_co_host,
    make_bulletin,
    make_host,
    make_participant,
    make_reminder,
    make_scheduled,
    make_space,
)

from .told import settled, tell, told, waiting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]

State = Space.State
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def announced(hana):
    """Hana's, in three days, with what its people are told of it."""
    return announce(hana)


def announce(host, *, scheduled_for=None, **rules):
    return actions.schedule_space(
        actor=host,
        title="The price of a book",
        topics=[],
        who_may_speak="invited",
        scheduled_for=scheduled_for or timezone.now() + 3 * DAY,
        **rules,
    )


def move(space, ahead):
    fields = {"title": space.title, "topics": [], "scheduled_for": space.scheduled_for + ahead}
    return actions.edit_announcement(actor=space.host, space=space, **fields)


# --- Asking ---


def test_who_asks_is_reminded_once_however_often_they_ask(announced, lena):
    for wants_early in (False, True, True):
        actions.ask_reminder(actor=lena, space=announced, wants_early=wants_early)

    assert announced.reminders.get().wants_early


def test_who_thinks_better_of_it_is_not_reminded(announced, lena):
    make_reminder(announced, lena)

    for _ in range(2):
        actions.cancel_reminder(actor=lena, space=announced)

    assert not announced.reminders.exists()


def test_host_need_not_ask(announced, hana):
    with pytest.raises(NotAllowed, match="reminded of it anyway"):
        actions.ask_reminder(actor=hana, space=announced)


@pytest.mark.parametrize("state", [State.LIVE, State.CANCELLED])
def test_only_what_is_announced_reminds_anybody(lena, state):
    times = {"started_at": timezone.now()} if state == State.LIVE else {}
    space = make_scheduled(state=state, **times)

    with pytest.raises(actions.SpaceOver):
        actions.ask_reminder(actor=lena, space=space)


def test_private_space_reminds_nobody_outside(hana, otto):
    space = announce(hana, visibility="invited")

    with pytest.raises(NotAllowed, match="not open to you"):
        actions.ask_reminder(actor=otto, space=space)


# --- By the clock ---


def test_announced_space_reminds_its_host_twice_and_others_once(announced):
    time = announced.scheduled_for

    assert waiting(announced) == {
        "host_soon": time - 30 * MINUTE,
        "soon": time - 10 * MINUTE,
        "host_start": time,
    }


def test_moment_that_has_passed_when_it_is_announced_reminds_nobody(hana):
    space = announce(hana, scheduled_for=timezone.now() + 20 * MINUTE)

    assert set(waiting(space)) == {"soon", "host_start"}


def test_operator_says_how_early_and_whether_at_all(hana, settings):
    settings.HOST_REMINDER_S, settings.LISTENER_REMINDER_S = 3600, 0

    space = announce(hana)

    assert waiting(space) == {
        "host_soon": space.scheduled_for - 60 * MINUTE,
        "host_start": space.scheduled_for,
    }


def test_each_is_told_at_their_time(announced, hana, lena, sami):
    make_reminder(announced, lena, wants_early=True)
    make_reminder(announced, sami)
    time = announced.scheduled_for

    tell(time - 31 * MINUTE)
    assert told(announced) == []
    tell(time - 30 * MINUTE)
    assert told(announced) == ["host_soon"]
    tell(time - 10 * MINUTE)
    assert (told(announced, lena), told(announced, sami)) == (["soon"], [])
    tell(time)

    assert told(announced, hana) == ["host_soon", "host_start"]
    assert told(announced, lena) == ["soon"]


def test_swept_again_nobody_is_told_again(announced, lena):
    make_reminder(announced, lena, wants_early=True)

    for _ in range(3):
        tell(announced.scheduled_for - 10 * MINUTE)

    assert told(announced, lena) == ["soon"]


@pytest.mark.parametrize(("late", "state"), [(14, "sent"), (16, "dropped")])
def test_late_reminder_is_told_and_a_later_one_dropped_and_counted(hana, lena, late, state, caplog):
    space = make_scheduled(hana)
    make_reminder(space, lena, wants_early=True)
    make_bulletin(space, "soon", due_at=timezone.now() - late * MINUTE)

    tell()

    is_told = state == "sent"
    assert settled(space) == [("soon", state, int(is_told), 0, int(not is_told))]
    assert ("dropped soon, too late for 1 people" in caplog.text) is not is_told


def test_crowd_is_told_in_parts(hana, monkeypatch):
    monkeypatch.setattr(bulletins, "TOLD_AT_ONCE", 2)
    space = make_scheduled(hana)
    people = {make_reminder(space, wants_early=True).user_id for _ in range(5)}
    make_bulletin(space, "soon")

    tell()

    assert settled(space) == [("soon", "sent", 5, 0, 0)]
    assert set(Notification.objects.values_list("recipient", flat=True)) == people


def test_crowd_that_is_late_in_the_middle_is_counted_from_there(hana, monkeypatch):
    monkeypatch.setattr(bulletins, "TOLD_AT_ONCE", 2)
    space = make_scheduled(hana)
    for _ in range(5):
        make_reminder(space, wants_early=True)
    make_bulletin(space, "soon")
    actions.tell_next(now=timezone.now())

    tell(timezone.now() + 16 * MINUTE)

    assert settled(space) == [("soon", "dropped", 2, 0, 3)]


def test_small_ones_do_not_stand_behind_a_crowd(hana, lena, monkeypatch):
    monkeypatch.setattr(bulletins, "TOLD_AT_ONCE", 2)
    crowded, small = make_scheduled(hana), make_scheduled(make_host("rival"))
    for _ in range(9):
        make_reminder(crowded, wants_early=True)
    make_reminder(small, lena, wants_early=True)
    make_bulletin(crowded, "soon", due_at=timezone.now() - MINUTE)
    actions.tell_next(now=timezone.now())
    make_bulletin(small, "soon")

    actions.tell_next(now=timezone.now())

    assert told(small, lena) == ["soon"]


# --- Who is not told ---


@pytest.fixture
def lena_asked(announced, lena):
    make_reminder(announced, lena, wants_early=True)


def is_blocked(space, lena):
    space.host.blocks_made.create(blocked=lena)


def has_blocked(space, lena):
    lena.blocks_made.create(blocked=space.host)


def is_removed(space, lena):
    make_participant(space, user=lena, removed_at=timezone.now(), removed_by=space.host)


def is_inactive(space, lena):
    User.objects.filter(pk=lena.pk).update(is_active=False)


def is_shut_out(space, lena):
    Space.objects.filter(pk=space.pk).update(visibility="invited")


@pytest.mark.parametrize(
    "became",
    [is_blocked, has_blocked, is_removed, is_inactive, is_shut_out],
    ids=lambda became: became.__name__,
)
def test_who_may_not_come_any_more_is_left_out_and_counted(announced, lena, lena_asked, became):
    became(announced, lena)

    tell(announced.scheduled_for - 10 * MINUTE)

    assert told(announced, lena) == []
    assert ("soon", "sent", 0, 1, 0) in settled(announced)


# --- Moved, cancelled, started meanwhile ---


def test_moved_space_reminds_at_its_new_time_also_who_was_reminded_of_the_old(
    announced, lena, lena_asked
):
    tell(announced.scheduled_for - 10 * MINUTE)

    moved = move(announced, DAY)
    tell(moved.scheduled_for - 10 * MINUTE)

    assert [kind for kind in told(moved, lena) if kind == "soon"] == ["soon", "soon"]


def test_moved_space_does_not_remind_at_its_old_time(announced, lena, lena_asked):
    old = announced.scheduled_for
    moved = move(announced, DAY)

    tell(old)

    assert told(moved) == ["moved"]


def test_new_title_moves_no_reminder(announced):
    before = waiting(announced)

    actions.edit_announcement(
        actor=announced.host,
        space=announced,
        title="The price of paper",
        topics=[],
        scheduled_for=announced.scheduled_for,
    )

    assert waiting(announced) == before


def test_cancelled_space_reminds_nobody(announced, lena_asked):
    actions.cancel_space(actor=announced.host, space=announced)

    tell(announced.scheduled_for)

    assert told(announced) == ["cancelled"]


def test_restored_space_reminds_as_before(announced, lena_asked):
    before = waiting(announced)
    actions.cancel_space(actor=announced.host, space=announced)

    actions.restore_space(actor=announced.host, space=announced)

    assert waiting(announced) == before


def test_started_space_does_not_tell_its_host_to_start_it(hana):
    space = announce(hana, scheduled_for=timezone.now() + 10 * MINUTE)
    actions.start_scheduled(actor=hana, space=space)

    tell(space.scheduled_for)

    assert told(space, hana) == []


# --- What became of it is told after a while ---


def after_the_grace():
    tell(timezone.now() + 61 * timedelta(seconds=1))


def cancel(space):
    return actions.cancel_space(actor=space.host, space=space)


def restore(space):
    return actions.restore_space(actor=space.host, space=space)


def changes_told_to(space, user):
    return [kind for kind in told(space, user) if kind in {"moved", "cancelled", "restored"}]


def test_cancelled_space_tells_who_asked_and_co_hosts_a_minute_later(
    announced, lena, lena_asked, sami
):
    ask_to_co_host(announced, sami, state=Invitation.State.ACCEPTED)
    cancel(announced)

    tell()
    assert told(announced) == []
    after_the_grace()

    assert changes_told_to(announced, lena) == changes_told_to(announced, sami) == ["cancelled"]


def test_cancel_and_undo_tell_nobody(announced, lena, lena_asked):
    restore(cancel(announced))

    after_the_grace()

    assert changes_told_to(announced, lena) == []


def test_restored_space_tells_who_was_told_that_it_is_off(announced, lena, lena_asked):
    cancel(announced)
    after_the_grace()

    restore(announced)
    after_the_grace()

    assert changes_told_to(announced, lena) == ["cancelled", "restored"]


def test_restored_and_cancelled_again_at_once_tells_nothing_more(announced, lena, lena_asked):
    cancel(announced)
    after_the_grace()

    cancel(restore(announced))
    after_the_grace()

    assert changes_told_to(announced, lena) == ["cancelled"]


def test_moved_twice_in_a_minute_tells_the_last_time_only(announced, lena, lena_asked):
    moved = move(move(announced, DAY), DAY)

    after_the_grace()

    note = Notification.objects.get(recipient=lena)
    assert (note.kind, note.speaks_of) == ("moved", moved.scheduled_for)


def test_moved_there_and_back_tells_nobody(announced, lena, lena_asked):
    move(move(announced, DAY), -DAY)

    after_the_grace()

    assert changes_told_to(announced, lena) == []


def test_moved_there_told_and_back_is_told_twice(announced, lena, lena_asked):
    moved = move(announced, DAY)
    after_the_grace()

    move(moved, -DAY)
    after_the_grace()

    assert changes_told_to(announced, lena) == ["moved", "moved"]


def test_moved_cancelled_and_restored_at_once_tells_the_new_time(announced, lena, lena_asked):
    moved = restore(cancel(move(announced, DAY)))

    after_the_grace()

    note = Notification.objects.get(recipient=lena)
    assert (note.kind, note.speaks_of) == ("moved", moved.scheduled_for)


def test_who_asked_after_it_was_moved_knows_the_time(announced, lena):
    moved = move(announced, DAY)
    make_reminder(moved, lena)

    after_the_grace()

    assert told(moved, lena) == []


# --- Its host never comes ---


@pytest.fixture
def overdue(hana, lena):
    space = make_scheduled(hana, scheduled_for=timezone.now() - 16 * MINUTE)
    make_reminder(space, lena)
    actions.cancel_overdue(space=space, now=timezone.now())
    return Space.objects.get(pk=space.pk)


def test_host_who_did_not_come_and_who_waited_are_told_so(overdue, hana, lena):
    tell()

    assert (told(overdue, hana), told(overdue, lena)) == (["host_no_show"], ["no_show"])


def test_looked_at_twice_it_is_told_once(overdue, lena):
    actions.cancel_overdue(space=overdue, now=timezone.now())

    tell()

    assert told(overdue, lena) == ["no_show"]


def test_restored_space_forgets_why_it_was_called_off(announced):
    assert cancel(announced).cancel_reason == "host"
    assert restore(announced).cancel_reason == ""


# --- Where else ---


def test_calendar_has_what_somebody_is_reminded_of(announced, lena):
    assert announced not in Space.objects.of_interest_to(lena)

    make_reminder(announced, lena)

    assert announced in Space.objects.of_interest_to(lena)


def test_staff_see_what_was_told_and_what_was_dropped(admin_client, hana, lena):
    space = make_scheduled(hana)
    make_reminder(space, lena, wants_early=True)
    make_bulletin(space, "soon", due_at=timezone.now() - 60 * MINUTE)
    tell()

    content = admin_client.get("/admin/spaces/bulletin/").content.decode()

    assert "dropped: too late" in content
    assert admin_client.get("/admin/spaces/reminder/").status_code == 200
    assert admin_client.get("/admin/spaces/bulletin/add/").status_code == 403


def test_space_started_without_notice_reminds_nobody(hana):
    space = make_space(hana)

    assert waiting(space) == {}
    assert Participant.objects.filter(space=space).count() == 1
