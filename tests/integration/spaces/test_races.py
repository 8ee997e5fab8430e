"""Two people press at the same moment: one of them is first, and the rows stay right."""

import pytest

from config.errors import Conflict, NotAllowed
from spaces import actions
from spaces.actions import microphones, pins, queue, stage
from spaces.models import Participant, Space, SpeakRequest
from tests.factories import make_host, make_participant, make_request, make_space, make_user

from .outcomes import kinds, meet_after

pytestmark = pytest.mark.django_db(transaction=True)

Role, Microphone = Participant.Role, Participant.Microphone


# --- The last free seat ---


@pytest.fixture
def last_seat(settings, space):
    """One seat left, and two people who ask for it."""
    settings.STAGE_SPEAKERS = 2
    make_participant(space, role=Role.SPEAKER)
    return [make_request(space) for _ in range(2)]


@pytest.fixture
def both_count_seats(monkeypatch):
    meet_after(monkeypatch, stage, "require_room")


def accept_both(at_once, space, requests):
    return at_once(
        *[
            lambda request=request: actions.accept_request(
                actor=space.host, space=space, request=request
            )
            for request in requests
        ]
    )


def speakers(space):
    return space.participants.filter(role=Role.SPEAKER).count()


def test_last_seat_is_given_once(at_once, space, last_seat, both_count_seats):
    outcomes = accept_both(at_once, space, last_seat)

    assert kinds(outcomes) == ["StageFull", "done"]
    assert speakers(space) == 2


def test_twin_without_the_row_lock_gives_the_last_seat_twice(
    at_once, space, last_seat, both_count_seats, monkeypatch
):
    """Shows that the test above would see it."""
    monkeypatch.setattr(queue, "lock", lambda space: Space.objects.get(pk=space.pk))

    outcomes = accept_both(at_once, space, last_seat)

    assert kinds(outcomes) == ["done", "done"]
    assert speakers(space) == 3


# --- The last free microphone ---


@pytest.fixture
def both_count_microphones(monkeypatch, settings):
    settings.MAX_OPEN_MICS = 1
    meet_after(monkeypatch, microphones, "_require_microphone")


def open_both(at_once, space, people):
    return at_once(
        *[lambda user=user: actions.open_microphone(actor=user, space=space) for user in people]
    )


def test_last_microphone_is_opened_once(at_once, space, sami, speaker, both_count_microphones):
    outcomes = open_both(at_once, space, [space.host, sami])

    assert kinds(outcomes) == ["MicrophonesFull", "done"]
    assert space.participants.with_open_microphone().count() == 1


def test_twin_without_the_row_lock_opens_the_last_microphone_twice(
    at_once, space, sami, speaker, both_count_microphones, monkeypatch
):
    """Shows that the test above would see it."""
    monkeypatch.setattr(microphones, "lock", lambda space: Space.objects.get(pk=space.pk))

    outcomes = open_both(at_once, space, [space.host, sami])

    assert kinds(outcomes) == ["done", "done"]


def test_crowd_that_steps_up_fills_the_stage_and_no_more(at_once, settings):
    settings.STAGE_SPEAKERS = 3
    space = make_space(who_may_speak=Space.WhoMaySpeak.EVERYONE)
    crowd = [make_user() for _ in range(8)]

    outcomes = at_once(
        *[lambda user=user: actions.step_up(actor=user, space=space) for user in crowd]
    )

    assert kinds(outcomes) == ["StageFull"] * 5 + ["done"] * 3
    assert speakers(space) == 3


def test_every_change_of_a_crowd_has_a_version_of_its_own(at_once, settings):
    settings.STAGE_SPEAKERS = 8
    space = make_space(who_may_speak=Space.WhoMaySpeak.EVERYONE)
    crowd = [make_user() for _ in range(8)]

    at_once(*[lambda user=user: actions.step_up(actor=user, space=space) for user in crowd])

    assert Space.objects.get(pk=space.pk).version == space.version + 8


# --- The same button twice ---


def test_double_click_on_start_opens_one_space(at_once):
    host = make_host()

    outcomes = at_once(
        *[
            lambda: actions.open_space(
                actor=host, title="Ferries", topics=[], who_may_speak="invited"
            )
        ]
        * 4
    )

    assert kinds(outcomes) == ["Conflict"] * 3 + ["done"]
    assert Space.objects.count() == Participant.objects.count() == 1


def test_double_click_on_end_ends_once(at_once, space):
    outcomes = at_once(*[lambda: actions.end_space(actor=space.host, space=space)] * 2)

    assert kinds(outcomes) == ["SpaceOver", "done"]
    assert Space.objects.get(pk=space.pk).version == space.version + 1


def test_double_click_on_ask_is_one_request(at_once, space, lena):
    first, second = at_once(*[lambda: actions.ask_to_speak(actor=lena, space=space)] * 2)

    assert first == second == SpeakRequest.objects.get()
    assert Space.objects.get(pk=space.pk).version == space.version + 1


def test_many_tabs_that_join_together_are_one_person(at_once, space, lena):
    outcomes = at_once(*[lambda: actions.join_space(actor=lena, space=space)] * 6)

    assert kinds(outcomes) == ["done"] * 6
    assert space.participants.filter(user=lena).count() == 1


# --- Two who want different things ---


@pytest.mark.parametrize("attempt", range(3))
def test_accepting_and_withdrawing_together_is_one_of_both(at_once, space, speak_request, attempt):
    lena = speak_request.participant.user

    outcomes = at_once(
        lambda: actions.accept_request(actor=space.host, space=space, request=speak_request),
        lambda: actions.withdraw_request(actor=lena, space=space, request=speak_request),
    )

    speak_request.refresh_from_db()
    is_speaker = Participant.objects.get(user=lena).role == Role.SPEAKER
    assert kinds(outcomes) == ["Conflict", "done"]
    assert is_speaker == (speak_request.state == SpeakRequest.State.ACCEPTED)
    assert isinstance(outcomes[0 if speak_request.state == "withdrawn" else 1], Conflict)


@pytest.mark.parametrize("attempt", range(3))
def test_hosts_mute_stands_whoever_is_first(at_once, space, sami, speaker, attempt):
    at_once(
        lambda: actions.open_microphone(actor=sami, space=space),
        lambda: actions.mute_participant(actor=space.host, space=space, participant=speaker),
    )

    speaker.refresh_from_db()
    assert speaker.microphone == Microphone.MUTED_BY_CREW


def test_nobody_comes_up_in_a_space_that_ends_meanwhile(at_once, space, speak_request):
    accepted, _ended = at_once(
        lambda: actions.accept_request(actor=space.host, space=space, request=speak_request),
        lambda: actions.end_space(actor=space.host, space=space),
    )

    speak_request.refresh_from_db()
    came_up = not isinstance(accepted, Exception)
    assert isinstance(accepted, Participant | actions.SpaceOver)
    assert (speak_request.state == SpeakRequest.State.ACCEPTED) == came_up


def test_moving_down_and_opening_together_leaves_no_open_listener(at_once, space, sami, speaker):
    opened, _moved = at_once(
        lambda: actions.open_microphone(actor=sami, space=space),
        lambda: actions.move_to_audience(actor=space.host, space=space, participant=speaker),
    )

    speaker.refresh_from_db()
    assert isinstance(opened, Participant | NotAllowed)
    assert (speaker.role, speaker.microphone) == (Role.LISTENER, Microphone.MUTED)


# --- The last place for a pin ---


@pytest.fixture
def both_count_pins(monkeypatch, settings):
    settings.MAX_PINS = 1
    meet_after(monkeypatch, pins, "require_place")


def pin_both(at_once, space, people):
    return at_once(
        *[
            lambda user=user: actions.add_pin(actor=user, space=space, url="", text=user.handle)
            for user in people
        ]
    )


def test_last_place_for_a_pin_is_given_once(at_once, space, sami, speaker, both_count_pins):
    outcomes = pin_both(at_once, space, [space.host, sami])

    assert kinds(outcomes) == ["PinsFull", "done"]
    assert space.pins.standing().count() == 1


def test_twin_without_the_row_lock_gives_the_last_place_for_a_pin_twice(
    at_once, space, sami, speaker, both_count_pins, monkeypatch
):
    """Shows that the test above would see it."""
    monkeypatch.setattr(pins, "lock", lambda space: Space.objects.get(pk=space.pk))

    outcomes = pin_both(at_once, space, [space.host, sami])

    assert kinds(outcomes) == ["done", "done"]


# --- The line ---


@pytest.fixture
def line_of_four(space):
    return [actions.ask_to_speak(actor=make_user(), space=space) for _ in range(4)]


@pytest.fixture
def both_see_the_line(monkeypatch):
    meet_after(monkeypatch, queue, "waiting")


def ranks(space):
    return sorted(request.rank for request in SpeakRequest.objects.in_space(space).pending())


def move_second_and_third(at_once, space, line):
    """Two of the crew at once, each for somebody else: one place later."""
    co_host = make_participant(space, role=Role.CO_HOST).user
    moves = [(space.host, line[1], 3), (co_host, line[2], 4)]
    return at_once(
        *[
            lambda actor=actor, request=request, to=to: actions.move_request(
                actor=actor, space=space, request=request, to=to
            )
            for actor, request, to in moves
        ]
    )


def test_two_of_the_crew_who_move_at_once_leave_one_line(
    at_once, space, line_of_four, both_see_the_line
):
    outcomes = move_second_and_third(at_once, space, line_of_four)

    assert kinds(outcomes) == ["done", "done"]
    assert ranks(space) == [1, 2, 3, 4]


def test_twin_without_the_row_lock_leaves_two_at_one_place(
    at_once, space, line_of_four, both_see_the_line, monkeypatch
):
    """Shows that the test above would see it."""
    monkeypatch.setattr(queue, "lock", lambda space: Space.objects.get(pk=space.pk))

    move_second_and_third(at_once, space, line_of_four)

    assert ranks(space) != [1, 2, 3, 4]


def ask_both(at_once, space):
    return at_once(*[lambda: actions.ask_to_speak(actor=make_user(), space=space)] * 2)


def test_two_who_ask_at_once_stand_behind_each_other(at_once, space, both_see_the_line):
    outcomes = ask_both(at_once, space)

    assert kinds(outcomes) == ["done", "done"]
    assert ranks(space) == [1, 2]


def test_twin_without_the_row_lock_gives_one_place_to_two(
    at_once, space, both_see_the_line, monkeypatch
):
    """Shows that the test above would see it."""
    monkeypatch.setattr(queue, "lock", lambda space: Space.objects.get(pk=space.pk))

    ask_both(at_once, space)

    assert ranks(space) == [1, 1]


@pytest.fixture
def both_see_it_wait(monkeypatch):
    meet_after(monkeypatch, queue, "_require_pending")


def both_accept(at_once, space, request):
    co_host = make_participant(space, role=Role.CO_HOST).user
    return at_once(
        *[
            lambda actor=actor: actions.accept_request(actor=actor, space=space, request=request)
            for actor in (space.host, co_host)
        ]
    )


def came_up(space):
    return Space.objects.get(pk=space.pk).version - space.version


def test_person_accepted_by_two_at_once_comes_up_once_and_the_second_hears_so(
    at_once, space, speak_request, both_see_it_wait
):
    outcomes = both_accept(at_once, space, speak_request)

    assert kinds(outcomes) == ["Conflict", "done"]
    assert came_up(space) == 1


def test_twin_without_the_row_lock_brings_one_person_up_twice(
    at_once, space, speak_request, both_see_it_wait, monkeypatch
):
    """Shows that the test above would see it."""
    monkeypatch.setattr(queue, "lock", lambda space: Space.objects.get(pk=space.pk))

    outcomes = both_accept(at_once, space, speak_request)

    assert kinds(outcomes) == ["done", "done"]
