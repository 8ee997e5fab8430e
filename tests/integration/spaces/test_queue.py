"""The line of those who ask to speak: what they ask, and in which order they stand."""

import pytest
from django.urls import reverse

from config.errors import Conflict, NotAllowed
from spaces import actions
from spaces.actions import queue
from spaces.models import Participant, Space, SpeakRequest
from tests.factories import (
    ask_to_co_host,
    make_participant,
    make_request,
    make_scheduled,
    make_space,
    make_user,
)

pytestmark = pytest.mark.django_db

Role = Participant.Role


def line(space):
    return [request.participant.user.handle for request in queue.waiting(space)]


def ask(space, handle, **fields):
    return actions.ask_to_speak(actor=make_user(handle), space=space, **fields)


def ask_again(space, handle):
    """Somebody who was on a stage before."""
    user = make_user(handle)
    make_participant(make_space(make_user(), ended=True), user=user, role=Role.SPEAKER)
    return actions.ask_to_speak(actor=user, space=space)


@pytest.fixture
def first_timers_first(space):
    space.first_timers_first = True
    space.save(update_fields=["first_timers_first"])


@pytest.fixture
def three(space):
    return [ask(space, handle) for handle in ("aoife", "bert", "cleo")]


# --- The question ---


def test_question_stands_in_the_line(space):
    assert ask(space, "aoife", question="Who pays?").question == "Who pays?"


def test_question_is_changed_at_the_same_place(space, three):
    user = three[1].participant.user

    actions.change_question(actor=user, space=space, request=three[1], question="And in winter?")

    three[1].refresh_from_db()
    assert three[1].question == "And in winter?"
    assert line(space) == ["aoife", "bert", "cleo"]


def test_question_of_who_was_answered_is_not_changed(space, hana, lena, speak_request):
    actions.decline_request(actor=hana, space=space, request=speak_request)

    with pytest.raises(Conflict, match="answered already"):
        actions.change_question(actor=lena, space=space, request=speak_request, question="And?")


def test_filter_of_the_host_holds_a_question_back(space, filtered):
    with pytest.raises(actions.HeldBack, match="the filter that Hana set up for words"):
        ask(space, "aoife", question="Is this SPAM?")

    assert not SpeakRequest.objects.exists()


def test_filter_of_the_host_holds_a_changed_question_back(space, lena, speak_request, filtered):
    with pytest.raises(actions.HeldBack):
        actions.change_question(actor=lena, space=space, request=speak_request, question="Spam?")


def test_filter_lets_other_questions_pass_and_none_at_all(space, lena, speak_request, filtered):
    for question in ("Spamalot?", ""):
        actions.change_question(actor=lena, space=space, request=speak_request, question=question)
        speak_request.refresh_from_db()

        assert speak_request.question == question


@pytest.mark.parametrize("question", ["x" * 141, "a\0b"])
def test_question_that_does_not_fit_is_refused_with_a_sentence(client, space, lena, question):
    client.force_login(lena)

    response = client.post(
        reverse("spaces:ask", args=[space.public_id]),
        {"question": question},
        headers={"HX-Request": "true"},
    )

    assert (response.status_code, response.json()["code"]) == (400, "bad_field")
    assert not SpeakRequest.objects.exists()


# --- A line that is closed ---


def test_closed_line_takes_nobody_and_says_what_is_left_to_do(space, lena):
    Space.objects.filter(pk=space.pk).update(takes_requests=False)

    with pytest.raises(NotAllowed, match=r"Only people Hana invites .* write a comment") as refusal:
        actions.ask_to_speak(actor=lena, space=space)

    assert refusal.value.code == "takes_no_requests"


def test_closed_line_promises_no_comment_where_there_are_none(space, lena):
    Space.objects.filter(pk=space.pk).update(takes_requests=False, who_may_comment="off")

    with pytest.raises(NotAllowed, match=r"speak now\.$"):
        actions.ask_to_speak(actor=lena, space=space)


def test_closed_line_keeps_who_stands_in_it_and_who_is_invited(space, hana, lena, three):
    Space.objects.filter(pk=space.pk).update(takes_requests=False)
    listener = make_participant(space, user=lena)

    invitation = actions.invite_to_stage(actor=hana, space=space, participant=listener)

    assert actions.accept_request(actor=lena, space=space, request=invitation).is_on_stage
    assert line(space) == ["aoife", "bert", "cleo"]


# --- First-timers ---


@pytest.mark.parametrize(
    ("fields", "is_first_time"),
    [
        (None, True),
        ({}, True),
        ({"role": Role.SPEAKER}, False),
        ({"left_stage_at": "2026-01-01T00:00Z"}, False),
    ],
)
def test_first_time_is_never_having_been_on_stage_anywhere(space, fields, is_first_time):
    aoife = make_user("aoife")
    if fields is not None:
        make_participant(make_space(make_user(), ended=True), user=aoife, **fields)

    assert actions.ask_to_speak(actor=aoife, space=space).is_first_time is is_first_time


def test_announcing_a_space_is_not_having_spoken(space):
    host = make_user("aoife")
    make_scheduled(host)

    assert actions.ask_to_speak(actor=host, space=space).is_first_time


def test_line_goes_by_when_people_asked(space):
    ask_again(space, "aoife")
    ask(space, "bert")

    assert line(space) == ["aoife", "bert"]


def test_first_timers_come_before_the_others_where_the_host_wants_it(space, first_timers_first):
    ask_again(space, "aoife")
    ask(space, "bert")
    ask_again(space, "cleo")
    ask(space, "dora")

    assert line(space) == ["bert", "dora", "aoife", "cleo"]


def test_first_timer_does_not_undo_what_the_crew_arranged(space, hana, first_timers_first):
    ask(space, "bert")
    regular = ask_again(space, "aoife")
    actions.move_request(actor=hana, space=space, request=regular, to=1)

    ask(space, "dora")

    assert line(space) == ["aoife", "bert", "dora"]


def test_line_is_sorted_when_the_host_switches_it_on_and_stays_when_off(space, hana):
    for number, handle in enumerate("abcdef"):
        (ask if number % 2 else ask_again)(space, f"{handle}_{handle}_{handle}")

    actions.change_settings(actor=hana, space=space, first_timers_first=True)
    switched_on = line(space)
    actions.change_settings(actor=hana, space=space, first_timers_first=False)

    assert switched_on == [f"{each}_{each}_{each}" for each in "bdface"]
    assert line(space) == switched_on


# --- The crew arranges it ---


@pytest.mark.parametrize(
    ("who", "to", "after"),
    [
        (0, 2, "bert aoife cleo"),
        (2, 1, "cleo aoife bert"),
        (2, 2, "aoife cleo bert"),
        (0, 99, "bert cleo aoife"),
        (1, 2, "aoife bert cleo"),
    ],
)
def test_person_is_moved_to_that_place(space, hana, three, who, to, after):
    actions.move_request(actor=hana, space=space, request=three[who], to=to)

    assert line(space) == after.split()


def test_moving_to_where_they_stand_is_no_news(space, hana, three):
    before = Space.objects.get(pk=space.pk).version

    actions.move_request(actor=hana, space=space, request=three[1], to=2)

    assert Space.objects.get(pk=space.pk).version == before


def test_who_left_the_line_is_not_moved(space, hana, three):
    actions.withdraw_request(actor=three[0].participant.user, space=space, request=three[0])

    with pytest.raises(Conflict, match="Aoife is no longer in the queue"):
        actions.move_request(actor=hana, space=space, request=three[0], to=1)


def test_invitation_has_no_place_in_the_line(space, hana, invitation):
    make_request(space)

    with pytest.raises(Conflict):
        actions.move_request(actor=hana, space=space, request=invitation, to=1)


def test_newcomer_stands_behind_a_line_that_was_moved(space, hana, three):
    actions.move_request(actor=hana, space=space, request=three[0], to=3)

    ask(space, "dora")

    assert line(space) == ["bert", "cleo", "aoife", "dora"]


def test_button_sends_the_place(client, space, hana, three):
    client.force_login(hana)
    address = reverse("spaces:request-move", args=[space.public_id, three[0].public_id])

    response = client.post(address, {"to": 2}, headers={"HX-Request": "true"})

    assert response.status_code == 204
    assert line(space) == ["bert", "aoife", "cleo"]


def test_move_counts_from_where_the_request_stands_now(space, hana, three):
    stale = SpeakRequest.objects.get(pk=three[2].pk)
    actions.move_request(actor=hana, space=space, request=three[2], to=1)

    actions.move_request(actor=hana, space=space, request=stale, to=3)

    assert line(space) == ["aoife", "bert", "cleo"]


def test_co_host_in_the_audience_comes_up_though_the_speakers_places_are_taken(space, hana, otto):
    waiting = make_participant(space, user=otto)
    ask_to_co_host(space, otto, state="accepted")
    for _ in range(actions.places(space)[1]):
        make_participant(space, role=Role.SPEAKER)
    invitation = actions.invite_to_stage(actor=hana, space=space, participant=waiting)

    seated = actions.accept_request(actor=otto, space=space, request=invitation)

    assert seated.role == Role.CO_HOST
