"""The host is lost or comes back, and somebody acts for them, all at the same moment."""

from datetime import timedelta

import pytest
from django.utils import timezone

from spaces import actions
from spaces.actions import rooms, stage, succession
from spaces.models import Participant, Space
from tests.factories import make_participant

from .outcomes import kinds, meet_before, meet_surely

pytestmark = pytest.mark.django_db(transaction=True)

Role = Participant.Role
NOW = timezone.now()
GRACE_OVER = NOW + timedelta(minutes=5)


@pytest.fixture
def co_host(space, sami):
    return make_participant(space, user=sami, role=Role.CO_HOST)


@pytest.fixture
def lost(space):
    """Hana is lost, and nobody acts for her."""
    Space.objects.filter(pk=space.pk).update(host_away_since=NOW)
    return Space.objects.get(pk=space.pk)


@pytest.fixture
def held(lost, co_host):
    """Hana is lost, and Sami acts for her."""
    Space.objects.filter(pk=lost.pk).update(acting_host=co_host)
    return Space.objects.get(pk=lost.pk)


@pytest.fixture
def without_locks(monkeypatch):
    meet_surely(monkeypatch)
    for module in (rooms, stage, succession):
        monkeypatch.setattr(module, "lock", lambda space: Space.objects.get(pk=space.pk))


def sweep(space, missing, *, at=NOW):
    actions.sweep_absent(space=space, missing={str(missing.public_id): 400}, now=at)


# --- The host comes back at the moment the Space ends without them ---


@pytest.fixture
def back_and_end(at_once, lost, hana, host, monkeypatch):
    meet_before(monkeypatch, succession, "release", succession, "_see_to_host")
    return lambda: at_once(
        lambda: actions.host_came_back(actor=hana, space=lost),
        lambda: sweep(lost, host, at=GRACE_OVER),
    )


def test_host_who_is_back_in_time_has_their_space(back_and_end, space):
    back, _swept = back_and_end()

    assert Space.objects.get(pk=space.pk).is_live == (back is None)


def test_twin_without_the_row_lock_ends_the_space_of_a_host_who_is_back(
    back_and_end, space, without_locks
):
    """Shows that the test above would see it."""
    back, _swept = back_and_end()

    assert (back, Space.objects.get(pk=space.pk).is_live) == (None, False)


# --- Two sweeps ---


@pytest.fixture
def two_sweeps(at_once, lost, host, co_host, monkeypatch):
    meet_before(monkeypatch, succession, "_see_to_host")
    return lambda: at_once(*[lambda: sweep(lost, host)] * 2)


def test_two_sweeps_choose_one_acting_host_once(two_sweeps, space, co_host, news):
    two_sweeps()

    assert len(news.of(space)) == 1
    assert Space.objects.get(pk=space.pk).acting_host == co_host


def test_twin_without_the_row_lock_tells_the_choice_twice(two_sweeps, space, news, without_locks):
    """Shows that the test above would see it."""
    two_sweeps()

    assert len(news.of(space)) == 2


# --- Chosen, and stepping down ---


@pytest.fixture
def chosen_and_down(at_once, lost, sami, host, co_host, monkeypatch):
    meet_before(monkeypatch, succession, "_see_to_host", stage, "resign")
    return lambda: at_once(
        lambda: sweep(lost, host),
        lambda: actions.step_down(actor=sami, space=lost),
    )


def test_nobody_acts_from_the_audience(chosen_and_down, space):
    outcomes = chosen_and_down()

    assert kinds(outcomes) == ["done", "done"]
    assert Space.objects.get(pk=space.pk).acting_host is None


def test_twin_without_the_row_lock_leaves_a_listener_acting(
    chosen_and_down, space, co_host, without_locks
):
    """Shows that the test above would see it."""
    chosen_and_down()

    acting = Space.objects.get(pk=space.pk).acting_host
    assert (acting, acting.role) == (co_host, Role.LISTENER)


# --- Two who end it ---


@pytest.fixture
def both_end(at_once, held, hana, sami, monkeypatch):
    meet_before(monkeypatch, rooms, "end")
    return lambda: at_once(
        lambda: actions.end_space(actor=hana, space=held),
        lambda: actions.end_space(actor=sami, space=held),
    )


def test_host_and_acting_host_end_the_space_once(both_end):
    assert kinds(both_end()) == ["SpaceOver", "done"]


def test_twin_without_the_row_lock_ends_it_twice(both_end, without_locks):
    """Shows that the test above would see it."""
    assert kinds(both_end()) == ["done", "done"]


# --- The host is back while the acting one ends ---


@pytest.fixture
def back_and_acted(at_once, held, hana, sami, monkeypatch):
    meet_before(monkeypatch, succession, "release", rooms, "end")
    return lambda: at_once(
        lambda: actions.host_came_back(actor=hana, space=held),
        lambda: actions.end_space(actor=sami, space=held),
    )


def test_nobody_ends_the_space_of_a_host_who_is_back(back_and_acted):
    assert kinds(back_and_acted()) in (["NotAllowed", "done"], ["SpaceOver", "done"])


def test_twin_without_the_row_lock_ends_it_for_a_host_who_is_back(back_and_acted, without_locks):
    """Shows that the test above would see it."""
    assert kinds(back_and_acted()) == ["done", "done"]
