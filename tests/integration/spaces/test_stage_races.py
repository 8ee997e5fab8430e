"""Crew and people on stage press at the same moment: each with its twin without the row lock."""

import threading

import pytest
from django.db import transaction
from django.utils import timezone

from spaces import actions
from spaces.actions import co_hosts, queue, removal, stage, succession
from spaces.models import Invitation, Participant, Space, SpeakRequest
from tests.factories import ask_to_co_host, make_participant, make_request, make_space, make_user

from .outcomes import kinds, meet_after, meet_surely, within_s

pytestmark = pytest.mark.django_db(transaction=True)

Role = Participant.Role


def unlock(monkeypatch, *modules):
    meet_surely(monkeypatch)
    for module in modules:
        for name in ("lock", "lock_standing"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, lambda space: Space.objects.get(pk=space.pk))


# --- The last co-host's place ---


@pytest.fixture
def one_place(monkeypatch, settings):
    settings.CO_HOSTS = 1
    meet_after(monkeypatch, co_hosts, "_require_place")


def ask_both(at_once, space, people):
    return at_once(
        *[
            lambda user=user: actions.invite_co_host(actor=space.host, space=space, user=user)
            for user in people
        ]
    )


def test_last_co_hosts_place_is_offered_once(at_once, space, lena, otto, one_place):
    outcomes = ask_both(at_once, space, [lena, otto])

    assert kinds(outcomes) == ["CoHostsFull", "done"]
    assert space.invitations.count() == 1


def test_twin_without_the_row_lock_offers_the_last_co_hosts_place_twice(
    at_once, space, lena, otto, one_place, monkeypatch
):
    """Shows that the test above would see it."""
    unlock(monkeypatch, co_hosts)

    outcomes = ask_both(at_once, space, [lena, otto])

    assert kinds(outcomes) == ["done", "done"]


# --- Accepted by one of the crew, removed by another ---


def accept_and_remove(at_once, space, nadia, speak_request):
    return at_once(
        lambda: actions.accept_request(actor=space.host, space=space, request=speak_request),
        lambda: actions.remove_participant(
            actor=nadia, space=space, participant=speak_request.participant
        ),
    )


@pytest.fixture
def both_look_first(monkeypatch):
    meet_after(monkeypatch, stage, "require_room", removal, "require_below")


def test_removed_person_is_never_on_stage(
    at_once, space, nadia, co_host, speak_request, both_look_first
):
    accepted, removed = accept_and_remove(at_once, space, nadia, speak_request)

    person = Participant.objects.get(pk=speak_request.participant_id)
    assert (person.role, person.removed_at is None) == (Role.LISTENER, False)
    assert kinds([removed]) == ["done"]
    assert kinds([accepted]) in (["done"], ["Conflict"])


def test_twin_without_the_row_lock_leaves_it_to_the_database_to_refuse(
    at_once, space, nadia, co_host, speak_request, both_look_first, monkeypatch
):
    """Shows that the test above would see it: one of them gets an error instead of an answer."""
    unlock(monkeypatch, queue, removal)

    outcomes = accept_and_remove(at_once, space, nadia, speak_request)

    assert kinds(outcomes) == ["IntegrityError", "done"]


# --- Accepts to co-host while the host takes it back ---


def accept_and_take_back(at_once, space, sami, monkeypatch):
    """Taken back after Sami's action has read the question, and before it goes on if it can be."""
    has_read, is_taken_back = threading.Event(), threading.Event()
    read = co_hosts._own_invitation

    def read_and_wait(*whose):
        invitation = read(*whose)
        has_read.set()
        is_taken_back.wait(timeout=within_s())
        return invitation

    def take_back():
        has_read.wait(timeout=10)
        actions.withdraw_co_hosting(actor=space.host, space=space, user=sami)
        is_taken_back.set()

    monkeypatch.setattr(co_hosts, "_own_invitation", read_and_wait)
    return at_once(lambda: actions.accept_co_hosting(actor=sami, space=space), take_back)


def co_hosts_by_right(space):
    accepted = space.invitations.filter(state=Invitation.State.ACCEPTED)
    return set(accepted.values_list("user", flat=True))


def co_hosts_on_stage(space):
    return set(space.participants.filter(role=Role.CO_HOST).values_list("user", flat=True))


def test_nobody_co_hosts_whose_question_was_taken_back(at_once, space, sami, asked, monkeypatch):
    outcomes = accept_and_take_back(at_once, space, sami, monkeypatch)

    assert kinds(outcomes) == ["done", "done"]
    assert co_hosts_on_stage(space) == co_hosts_by_right(space) == set()


def test_twin_without_the_row_lock_has_a_co_host_whose_question_was_taken_back(
    at_once, space, sami, asked, monkeypatch
):
    """Shows that the test above would see it."""
    unlock(monkeypatch, co_hosts)

    accept_and_take_back(at_once, space, sami, monkeypatch)

    assert co_hosts_on_stage(space) == {sami.pk}


# --- The last place of a small stage, for a co-host who comes in and for somebody in line ---


@pytest.fixture
def small_stage(space, otto):
    """One place is left; Otto may co-host."""
    Space.objects.filter(pk=space.pk).update(stage_size=Space.StageSize.SMALL)
    for _ in range(2):
        make_participant(space, role=Role.SPEAKER)
    ask_to_co_host(space, otto, state=Invitation.State.ACCEPTED)
    make_participant(space, user=otto)
    space.refresh_from_db()
    return space


def come_in_and_accept(at_once, space, otto):
    request = make_request(space)
    return at_once(
        lambda: actions.come_in(actor=otto, space=space),
        lambda: actions.accept_request(actor=space.host, space=space, request=request),
    )


@pytest.fixture
def both_count_places(monkeypatch):
    meet_after(monkeypatch, stage, "require_room")


def test_last_place_of_a_small_stage_is_taken_once(at_once, small_stage, otto, both_count_places):
    come_in_and_accept(at_once, small_stage, otto)

    assert small_stage.participants.on_stage().count() == 4


def test_twin_without_the_row_lock_takes_the_last_place_of_a_small_stage_twice(
    at_once, small_stage, otto, both_count_places, monkeypatch
):
    """Shows that the test above would see it."""
    unlock(monkeypatch, co_hosts, queue)

    come_in_and_accept(at_once, small_stage, otto)

    assert small_stage.participants.on_stage().count() == 5


@pytest.mark.parametrize(("size", "speakers"), [("small", 3), ("large", 2)])
def test_crowd_fills_a_stage_of_each_size_and_no_more(at_once, settings, size, speakers):
    settings.STAGE_LARGE = 5
    space = make_space(who_may_speak=Space.WhoMaySpeak.EVERYONE, stage_size=size)
    crowd = [make_user() for _ in range(6)]

    outcomes = at_once(
        *[lambda user=user: actions.step_up(actor=user, space=space) for user in crowd]
    )

    assert kinds(outcomes) == ["StageFull"] * (6 - speakers) + ["done"] * speakers


# --- Accepted, and leaving ---


@pytest.mark.parametrize("attempt", range(3))
def test_accepted_and_leaving_at_once_is_one_after_the_other(
    at_once, space, speak_request, attempt
):
    person = speak_request.participant
    outcomes = at_once(
        lambda: actions.accept_request(actor=space.host, space=space, request=speak_request),
        lambda: actions.step_down(actor=person.user, space=space),
    )

    person.refresh_from_db()
    # Whoever leaves first was not on stage yet, is told so, and comes up.
    assert kinds(outcomes) == (
        ["done", "done"] if not person.is_on_stage else ["NotAllowed", "done"]
    )
    assert Space.objects.get(pk=space.pk).version == space.version + kinds(outcomes).count("done")


# --- Accepted, and gone: the page is closed, and the sweep takes them out of the line ---


def accept_and_sweep(at_once, space, speak_request):
    missing = {str(speak_request.participant.public_id): 61}
    return at_once(
        lambda: actions.accept_request(actor=space.host, space=space, request=speak_request),
        lambda: actions.sweep_absent(space=space, missing=missing, now=timezone.now()),
    )


@pytest.fixture
def goes_first(monkeypatch):
    """The second asks for the Space's row when the first has it."""

    def goes_first(first, second):
        has_row = threading.Event()
        take, wait = first.lock, second.lock

        def take_and_tell(space):
            locked = take(space)
            has_row.set()
            return locked

        def wait_and_take(space):
            has_row.wait(timeout=10)
            return wait(space)

        monkeypatch.setattr(first, "lock", take_and_tell)
        monkeypatch.setattr(second, "lock", wait_and_take)

    return goes_first


def test_who_is_accepted_and_then_found_gone_is_moved_down(
    at_once, space, speak_request, goes_first
):
    goes_first(queue, succession)

    outcomes = accept_and_sweep(at_once, space, speak_request)

    speak_request.refresh_from_db()
    person = speak_request.participant
    assert kinds(outcomes) == ["done", "done"]
    assert (speak_request.state, person.role) == (SpeakRequest.State.ACCEPTED, Role.LISTENER)
    assert person.left_stage_at is not None


def test_who_is_found_gone_and_then_accepted_stays_down(at_once, space, speak_request, goes_first):
    goes_first(succession, queue)

    accepted, swept = accept_and_sweep(at_once, space, speak_request)

    speak_request.refresh_from_db()
    person = speak_request.participant
    assert (kinds([accepted]), kinds([swept])) == (["Conflict"], ["done"])
    assert (speak_request.state, person.role) == (SpeakRequest.State.WITHDRAWN, Role.LISTENER)
    assert person.left_stage_at is None


def test_twin_without_the_row_lock_seats_somebody_who_is_gone(
    at_once, space, speak_request, monkeypatch
):
    """Shows that the tests above would see it: out of the line, and on the stage."""
    unlock(monkeypatch, queue, succession)
    has_read, is_swept = threading.Event(), threading.Event()
    read, clear = queue._require_pending, succession._clear_line

    def read_and_wait(request):
        pending = read(request)
        has_read.set()
        is_swept.wait(timeout=10)
        return pending

    def wait_and_clear(*line, **at):
        has_read.wait(timeout=10)
        clear(*line, **at)
        transaction.on_commit(is_swept.set)

    monkeypatch.setattr(queue, "_require_pending", read_and_wait)
    monkeypatch.setattr(succession, "_clear_line", wait_and_clear)

    outcomes = accept_and_sweep(at_once, space, speak_request)

    person = Participant.objects.get(pk=speak_request.participant_id)
    assert kinds(outcomes) == ["done", "done"]
    assert person.role == Role.SPEAKER


@pytest.mark.parametrize("attempt", range(3))
def test_co_host_who_steps_down_while_they_are_sent_back_is_in_the_audience(
    at_once, space, nadia, co_host, attempt
):
    at_once(
        lambda: actions.withdraw_co_hosting(actor=space.host, space=space, user=nadia),
        lambda: actions.step_down(actor=nadia, space=space),
    )

    co_host.refresh_from_db()
    assert co_host.role == Role.LISTENER
    assert co_hosts_by_right(space) == set()
