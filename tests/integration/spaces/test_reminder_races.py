"""Sweeps, hosts and listeners at the same moment: each told once, and nothing that is not so."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Notification
from spaces import actions
from spaces.actions import bulletins, reminders
from spaces.models import Bulletin, Space
from tests.factories import make_bulletin, make_reminder, make_scheduled

from .outcomes import kinds, meet_before, meet_surely, within_s
from .told import tell, told, waiting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]

MINUTE = timedelta(minutes=1)


@pytest.fixture
def space(hana, lena):
    """Announced, about to start, and Lena wants to know early."""
    space = make_scheduled(hana, scheduled_for=timezone.now() + 9 * MINUTE)
    make_reminder(space, lena, wants_early=True)
    return space


def sweep():
    return actions.tell_next(now=timezone.now())


def claim_without_lock(kinds, *, now):
    bulletin = Bulletin.objects.next_due(kinds, now).first()
    if bulletin is not None:
        bulletin.space = Space.objects.with_host().get(pk=bulletin.space_id)
    return bulletin


@pytest.fixture
def without_claim(monkeypatch):
    meet_surely(monkeypatch)
    monkeypatch.setattr(bulletins, "_claim", claim_without_lock)


# --- Two sweeps ---


@pytest.fixture
def two_sweeps(at_once, space, monkeypatch):
    """Gives how often somebody was told, by two who both mean to."""
    make_bulletin(space, "soon")
    calls = []

    def notify(**told):
        calls.append(told["recipients"])
        send(**told)

    send = bulletins.notify
    monkeypatch.setattr(bulletins, "notify", notify)
    meet_before(monkeypatch, bulletins, "notify")

    def run():
        at_once(sweep, sweep)
        return len(calls)

    return run


def test_two_sweeps_tell_once(two_sweeps, space):
    assert two_sweeps() == 1
    assert told(space) == ["soon"]


def test_twin_without_the_claim_tells_twice_and_the_key_keeps_it_one(
    two_sweeps, space, without_claim
):
    """Shows that the test above would see it, and what the second guard is."""
    assert two_sweeps() == 2
    assert told(space) == ["soon"]


def test_twin_without_claim_and_key_tells_twice(two_sweeps, space, without_claim, monkeypatch):
    """Shows that the tests above would see it."""
    keys = iter("ab")
    monkeypatch.setattr(Bulletin, "key", property(lambda bulletin: next(keys)))

    two_sweeps()

    assert told(space) == ["soon", "soon"]


# --- Somebody does something in the middle of it ---


def hold_after(monkeypatch, module, name, event):
    """Whoever comes through this check waits for the event, as long as the lock lets it come."""
    check = getattr(module, name)

    def held(*args):
        outcome = check(*args)
        event.wait(within_s())
        return outcome

    monkeypatch.setattr(module, name, held)


def then(event, *deeds):
    def run():
        for deed in deeds:
            deed()
        event.set()

    return run


@pytest.fixture
def restored_meanwhile(at_once, space, hana, monkeypatch):
    """Hana takes back that it is off while the sweep is about to tell that it is."""
    Space.objects.filter(pk=space.pk).update(state=Space.State.CANCELLED)
    make_bulletin(space, "cancelled")

    def run():
        is_done = threading.Event()
        hold_after(monkeypatch, bulletins, "_holds", is_done)
        restore = then(is_done, lambda: actions.restore_space(actor=hana, space=space))
        at_once(sweep, lambda: (is_done.wait(0.1), restore()))
        return "cancelled" in told(space), "restored" in waiting(space)

    return run


def test_who_is_told_that_it_is_off_is_told_that_it_is_not(restored_meanwhile):
    was_told, is_put_right = restored_meanwhile()

    assert was_told == is_put_right


def test_twin_without_the_claim_leaves_them_with_what_is_not_so(restored_meanwhile, without_claim):
    """Shows that the test above would see it."""
    assert restored_meanwhile() == (True, False)


@pytest.fixture
def ask_and_start(at_once, space, hana, sami, monkeypatch):
    """Sami asks to be reminded in the moment in which Hana starts."""

    def run():
        is_done = threading.Event()
        hold_after(monkeypatch, reminders, "require_announced", is_done)
        start = then(is_done, lambda: actions.start_scheduled(actor=hana, space=space), tell)
        return at_once(
            lambda: actions.ask_reminder(actor=sami, space=space),
            lambda: (is_done.wait(0.1), start()),
        )

    return run


def test_who_asks_while_the_host_starts_is_told(ask_and_start, space, sami):
    outcomes = ask_and_start()

    assert kinds(outcomes) == ["done", "done"]
    assert told(space, sami) == ["started"]


def test_twin_without_the_row_lock_promises_what_nobody_does(
    ask_and_start, space, sami, monkeypatch
):
    """Shows that the test above would see it."""
    meet_surely(monkeypatch)
    monkeypatch.setattr(reminders, "lock_any", lambda space: Space.objects.get(pk=space.pk))

    outcomes = ask_and_start()

    assert kinds(outcomes) == ["done", "done"]
    assert told(space, sami) == []


def test_cancelled_in_the_middle_is_not_told_to_the_rest(space, hana, lena, monkeypatch):
    monkeypatch.setattr(bulletins, "TOLD_AT_ONCE", 1)
    make_reminder(space, wants_early=True)
    make_bulletin(space, "soon")
    sweep()

    actions.cancel_space(actor=hana, space=space)
    tell()

    assert Notification.objects.filter(kind="soon").count() == 1
    assert told(space, lena) == ["soon"]
