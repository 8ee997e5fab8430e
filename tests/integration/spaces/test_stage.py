"""How people come to the stage and leave it."""

import pytest
from django.conf import settings as django_settings

from accounts.models import Follow
from config.errors import Conflict, NotAllowed
from spaces import actions
from spaces.models import Participant, Space, SpeakRequest
from tests.factories import make_request, make_space, make_user

pytestmark = pytest.mark.django_db

Role, Microphone = Participant.Role, Participant.Microphone


def test_ending_ends_and_takes_everybody_out_of_line(space, hana, speak_request):
    actions.end_space(actor=hana, space=space)

    space.refresh_from_db()
    speak_request.refresh_from_db()
    assert (space.state, space.ended_at is not None) == (Space.State.ENDED, True)
    assert speak_request.state == SpeakRequest.State.WITHDRAWN


def test_ending_twice_is_a_conflict(space, hana):
    actions.end_space(actor=hana, space=space)

    with pytest.raises(actions.SpaceOver) as refusal:
        actions.end_space(actor=hana, space=space)

    assert refusal.value.status == 409


def test_asking_stands_in_line_and_stays_in_the_audience(space, lena):
    request = actions.ask_to_speak(actor=lena, space=space)

    assert request.state == SpeakRequest.State.PENDING
    assert request.participant.role == Role.LISTENER


def test_asking_again_keeps_the_place_in_line(space, lena):
    first = actions.ask_to_speak(actor=lena, space=space)
    make_request(space, rank=2)

    again = actions.ask_to_speak(actor=lena, space=space)

    assert again == first
    assert SpeakRequest.objects.in_space(space).pending().first() == first


def test_person_who_withdrew_may_ask_again_at_the_end(space, lena):
    first = actions.ask_to_speak(actor=lena, space=space)
    other = make_request(space)
    actions.withdraw_request(actor=lena, space=space, request=first)

    again = actions.ask_to_speak(actor=lena, space=space)

    assert list(SpeakRequest.objects.in_space(space).pending()) == [other, again]


def test_accepting_brings_the_asker_up_with_the_microphone_off(space, hana, speak_request):
    participant = actions.accept_request(actor=hana, space=space, request=speak_request)

    speak_request.refresh_from_db()
    assert (participant.role, participant.microphone) == (Role.SPEAKER, Microphone.MUTED)
    assert speak_request.state == SpeakRequest.State.ACCEPTED


def test_declining_leaves_the_asker_in_the_audience(space, hana, speak_request, listener):
    actions.decline_request(actor=hana, space=space, request=speak_request)

    listener.refresh_from_db()
    speak_request.refresh_from_db()
    assert listener.role == Role.LISTENER
    assert speak_request.state == SpeakRequest.State.DECLINED


@pytest.mark.parametrize("second", ["accept_request", "decline_request"])
@pytest.mark.parametrize("first", ["accept_request", "decline_request"])
def test_answering_an_answered_request_is_a_conflict(space, hana, speak_request, first, second):
    getattr(actions, first)(actor=hana, space=space, request=speak_request)

    with pytest.raises(Conflict):
        getattr(actions, second)(actor=hana, space=space, request=speak_request)


def test_invitation_waits_for_its_answer(space, hana, listener):
    invitation = actions.invite_to_stage(actor=hana, space=space, participant=listener)

    listener.refresh_from_db()
    assert (invitation.is_invitation, invitation.state) == (True, SpeakRequest.State.PENDING)
    assert listener.role == Role.LISTENER


def test_inviting_who_already_asks_brings_them_up_at_once(space, hana, listener, speak_request):
    answered = actions.invite_to_stage(actor=hana, space=space, participant=listener)

    listener.refresh_from_db()
    assert answered.state == SpeakRequest.State.ACCEPTED
    assert listener.role == Role.SPEAKER


def test_asking_when_already_invited_leaves_the_invitation(space, lena, invitation):
    assert actions.ask_to_speak(actor=lena, space=space) == invitation


def test_inviting_who_is_on_stage_is_a_conflict(space, hana, speaker):
    with pytest.raises(Conflict, match="on stage already"):
        actions.invite_to_stage(actor=hana, space=space, participant=speaker)


def test_stepping_up_answers_the_request_that_waits(space, lena, speak_request, open_stage):
    actions.step_up(actor=lena, space=space)

    speak_request.refresh_from_db()
    assert speak_request.state == SpeakRequest.State.ACCEPTED


@pytest.mark.parametrize(
    ("who_may_speak", "is_followed", "allowed"),
    [
        ("invited", True, False),
        ("followed", False, False),
        ("followed", True, True),
        ("everyone", False, True),
    ],
)
def test_who_steps_up_without_asking_is_the_hosts_choice(
    hana, lena, who_may_speak, is_followed, allowed
):
    space = make_space(hana, who_may_speak=who_may_speak)
    if is_followed:
        Follow.objects.create(follower=hana, followed=lena)

    assert actions.may_step_up(space=space, user=lena) is allowed
    if allowed:
        assert actions.step_up(actor=lena, space=space).role == Role.SPEAKER
    else:
        with pytest.raises(NotAllowed, match="Ask to speak"):
            actions.step_up(actor=lena, space=space)


def test_following_the_host_is_not_being_followed_by_the_host(hana, lena):
    space = make_space(hana, who_may_speak="followed")
    Follow.objects.create(follower=lena, followed=hana)

    assert not actions.may_step_up(space=space, user=lena)


# --- A full stage ---


@pytest.fixture
def full_stage(space, speaker, settings):
    settings.STAGE_SPEAKERS = 1


def speakers(space):
    return space.participants.filter(role=Role.SPEAKER).count()


def test_full_stage_refuses_and_leaves_the_request_in_line(space, hana, speak_request, full_stage):
    with pytest.raises(actions.StageFull, match="The stage is full"):
        actions.accept_request(actor=hana, space=space, request=speak_request)

    speak_request.refresh_from_db()
    assert speak_request.state == SpeakRequest.State.PENDING


@pytest.mark.parametrize(
    ("name", "takes", "by"),
    [
        ("step_up", {}, "lena"),
        ("accept_request", {"request": "invitation"}, "lena"),
        ("invite_to_stage", {"participant": "asking"}, "hana"),
    ],
)
def test_no_way_leads_to_a_full_stage(request, space, open_stage, full_stage, name, takes, by):
    taken = {key: request.getfixturevalue(value) for key, value in takes.items()}

    with pytest.raises(actions.StageFull):
        getattr(actions, name)(actor=request.getfixturevalue(by), space=space, **taken)

    assert speakers(space) == 1


@pytest.fixture
def asking(speak_request):
    return speak_request.participant


def test_full_stage_still_takes_requests_and_invitations(space, hana, lena, listener, full_stage):
    actions.invite_to_stage(actor=hana, space=space, participant=listener)
    actions.ask_to_speak(actor=make_user(), space=space)

    assert SpeakRequest.objects.in_space(space).pending().count() == 2


def test_seat_left_by_one_is_free_for_the_next(space, hana, sami, speak_request, full_stage):
    actions.step_down(actor=sami, space=space)

    actions.accept_request(actor=hana, space=space, request=speak_request)

    assert speakers(space) == 1


def test_host_takes_no_speakers_seat(space, hana):
    for _ in range(django_settings.STAGE_SPEAKERS):
        request = make_request(space)
        actions.accept_request(actor=hana, space=space, request=request)

    assert space.participants.on_stage().count() == django_settings.STAGE_SPEAKERS + 1


@pytest.mark.parametrize("deed", ["mute_participant", "move_to_audience"])
def test_stepping_up_again_does_not_undo_what_the_crew_did(space, hana, speaker, open_stage, deed):
    getattr(actions, deed)(actor=hana, space=space, participant=speaker)
    if deed == "mute_participant":
        actions.step_down(actor=speaker.user, space=space)

    with pytest.raises(NotAllowed) as refused:
        actions.step_up(actor=speaker.user, space=space)

    assert refused.value.code == "must_ask"


def test_crews_yes_opens_the_way_up_again(space, hana, speaker, open_stage):
    actions.move_to_audience(actor=hana, space=space, participant=speaker)
    request = actions.ask_to_speak(actor=speaker.user, space=space)
    actions.accept_request(actor=hana, space=space, request=request)
    actions.step_down(actor=speaker.user, space=space)

    assert actions.step_up(actor=speaker.user, space=space).role == Role.SPEAKER


def test_host_takes_an_invitation_back(space, hana, lena, invitation):
    actions.withdraw_request(actor=hana, space=space, request=invitation)

    with pytest.raises(Conflict):
        actions.accept_request(actor=lena, space=space, request=invitation)
