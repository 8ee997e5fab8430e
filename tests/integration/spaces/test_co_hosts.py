"""Who hosts together with the host: asked, seated, sent back."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import actions as people
from config.errors import Conflict, NotAllowed
from spaces import actions
from spaces.live.fragments import Reader, draw_room
from spaces.live.presence import Audience
from spaces.models import Invitation, Participant, Space
from tests.factories import (
    ask_to_co_host,
    make_co_host,
    make_participant,
    make_scheduled,
    make_space,
    make_user,
)

pytestmark = pytest.mark.django_db

Role, State = Participant.Role, Invitation.State


def role_of(space, user):
    return space.participants.get(user=user).role


def standing(space):
    return space.invitations.to_co_host().standing().count()


# --- Asking ---


def test_somebody_who_is_not_here_is_asked_too(space, hana, otto):
    invitation = actions.invite_co_host(actor=hana, space=space, user=otto)

    assert (invitation.kind, invitation.state) == (Invitation.Kind.CO_HOST, State.PENDING)


def test_who_was_asked_before_they_came_sees_the_question(
    space, hana, otto, news, django_capture_on_commit_callbacks
):
    """Their page was drawn before they had a row, and the stage shows the question by it."""
    actions.invite_co_host(actor=hana, space=space, user=otto)

    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            actions.come_in(actor=otto, space=space)

    (message,) = news.of(space)
    assert [event["name"] for event in message["events"]] == ["invitation.changed"]
    reader = Reader()
    html = draw_room(space.public_id, {"stage"}, {reader}, Audience()).html[reader]
    assert "Asked to co-host" in html


def test_who_comes_without_being_asked_is_no_news_of_the_stage(
    space, otto, news, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        actions.come_in(actor=otto, space=space)

    assert news.of(space) == []


def test_asking_twice_is_one_question(space, hana, otto):
    first = actions.invite_co_host(actor=hana, space=space, user=otto)

    assert actions.invite_co_host(actor=hana, space=space, user=otto) == first


def test_no_more_are_asked_than_a_space_has_co_hosts(space, hana, otto, settings, co_host, asked):
    settings.CO_HOSTS = 2

    with pytest.raises(Conflict, match="at most 2 co-hosts"):
        actions.invite_co_host(actor=hana, space=space, user=otto)

    assert standing(space) == 2


@pytest.mark.parametrize("way", ["decline_co_hosting", "withdraw_co_hosting"])
def test_place_that_is_free_again_is_somebody_elses(space, hana, sami, otto, settings, asked, way):
    settings.CO_HOSTS = 1
    if way == "decline_co_hosting":
        actions.decline_co_hosting(actor=sami, space=space)
    else:
        actions.withdraw_co_hosting(actor=hana, space=space, user=sami)

    assert actions.invite_co_host(actor=hana, space=space, user=otto).state == State.PENDING


def test_host_does_not_ask_themselves(space, hana):
    with pytest.raises(Conflict):
        actions.invite_co_host(actor=hana, space=space, user=hana)


@pytest.mark.parametrize("by_host", [True, False])
def test_nobody_is_asked_across_a_block(space, hana, otto, by_host):
    blocker, blocked = (hana, otto) if by_host else (otto, hana)
    people.block(actor=blocker, person=blocked)

    with pytest.raises(Conflict):
        actions.invite_co_host(actor=hana, space=space, user=otto)


def test_who_was_removed_is_not_asked(space, hana, lena, removed):
    with pytest.raises(Conflict, match="Let them back in first"):
        actions.invite_co_host(actor=hana, space=space, user=lena)


def test_co_host_asks_nobody_to_co_host(space, nadia, co_host, otto):
    with pytest.raises(NotAllowed, match="Only the host of this Space"):
        actions.invite_co_host(actor=nadia, space=space, user=otto)


# --- Answering ---


def test_speaker_who_accepts_co_hosts_at_once(space, sami, asked):
    actions.accept_co_hosting(actor=sami, space=space)

    assert role_of(space, sami) == Role.CO_HOST


def test_listener_who_accepts_comes_up_with_the_microphone_off(space, lena, listener):
    ask_to_co_host(space, lena)

    actions.accept_co_hosting(actor=lena, space=space)

    listener.refresh_from_db()
    assert (listener.role, listener.microphone) == (Role.CO_HOST, "muted")


def test_co_host_opens_the_microphone_although_it_was_muted_by_the_crew(
    space, sami, barred_speaker, asked
):
    actions.accept_co_hosting(actor=sami, space=space)

    assert actions.open_microphone(actor=sami, space=space).is_open


def test_declining_leaves_the_role_as_it_was(space, sami, asked):
    actions.decline_co_hosting(actor=sami, space=space)

    assert role_of(space, sami) == Role.SPEAKER
    assert standing(space) == 0


def test_who_co_hosts_steps_down_instead_of_declining(space, nadia, co_host):
    with pytest.raises(Conflict, match="Step down"):
        actions.decline_co_hosting(actor=nadia, space=space)


def test_question_that_was_taken_back_cannot_be_accepted(space, hana, sami, asked):
    actions.withdraw_co_hosting(actor=hana, space=space, user=sami)

    with pytest.raises(NotAllowed, match="not asked"):
        actions.accept_co_hosting(actor=sami, space=space)


# --- Coming in, going down ---


def test_who_accepted_before_the_start_is_on_stage_once_they_come(hana, otto, lena):
    space = make_scheduled(hana)
    actions.invite_co_host(actor=hana, space=space, user=otto)
    actions.accept_co_hosting(actor=otto, space=space)
    Space.objects.filter(pk=space.pk).update(state="live", started_at=space.scheduled_for)
    space.refresh_from_db()

    assert actions.come_in(actor=lena, space=space).role == Role.LISTENER
    assert actions.come_in(actor=otto, space=space).role == Role.CO_HOST
    assert Space.objects.get(pk=space.pk).version == space.version + 1


def test_coming_in_costs_the_others_one_question(space, lena, django_assert_num_queries):
    actions.join_space(actor=lena, space=space)

    with django_assert_num_queries(2):
        actions.come_in(actor=lena, space=space)


def test_co_host_who_was_lost_is_seated_again(space, nadia, co_host):
    space.participants.filter(pk=co_host.pk).update(role=Role.LISTENER, on_stage_since=None)

    assert actions.come_in(actor=nadia, space=space).role == Role.CO_HOST


def lose(space, participant):
    actions.sweep_absent(space=space, missing={str(participant.public_id): 61}, now=timezone.now())


def test_being_away_for_a_minute_does_not_undo_the_crews_mute(space, hana, nadia, co_host):
    actions.mute_participant(actor=hana, space=space, participant=co_host)
    lose(space, co_host)

    seated = actions.come_in(actor=nadia, space=space)

    assert (seated.role, seated.microphone) == (Role.CO_HOST, "muted_by_crew")
    with pytest.raises(NotAllowed, match="Muted by"):
        actions.open_microphone(actor=nadia, space=space)


def test_crew_lifts_the_mute_of_a_co_host_who_was_away(space, hana, nadia, co_host):
    actions.mute_participant(actor=hana, space=space, participant=co_host)
    lose(space, co_host)
    seated = actions.come_in(actor=nadia, space=space)

    actions.allow_microphone(actor=hana, space=space, participant=seated)

    lose(space, co_host)
    assert actions.come_in(actor=nadia, space=space).microphone == "muted"


def test_hosts_question_is_leave_also_to_who_waits_for_a_place(
    space, hana, lena, listener, full_small_stage
):
    space.participants.filter(pk=listener.pk).update(needs_leave=True)
    ask_to_co_host(space, lena)
    actions.accept_co_hosting(actor=lena, space=space)
    somebody = space.participants.filter(role=Role.SPEAKER).first()
    actions.step_down(actor=somebody.user, space=space)

    seated = actions.come_in(actor=lena, space=space)

    assert (seated.role, seated.microphone) == (Role.CO_HOST, "muted")


@pytest.mark.parametrize("way", ["step_down", "move_to_audience"])
def test_co_host_who_goes_down_co_hosts_no_longer(space, hana, nadia, co_host, way):
    if way == "step_down":
        actions.step_down(actor=nadia, space=space)
    else:
        actions.move_to_audience(actor=hana, space=space, participant=co_host)

    assert actions.come_in(actor=nadia, space=space).role == Role.LISTENER
    assert standing(space) == 0


def test_speaker_who_steps_down_is_still_asked(space, sami, asked):
    actions.step_down(actor=sami, space=space)

    assert standing(space) == 1


def test_co_host_who_is_sent_back_goes_on_speaking(space, hana, nadia, co_host):
    actions.open_microphone(actor=nadia, space=space)

    actions.withdraw_co_hosting(actor=hana, space=space, user=nadia)

    co_host.refresh_from_db()
    assert (co_host.role, co_host.microphone) == (Role.SPEAKER, "open")


def test_co_host_who_is_sent_back_listens_where_the_speakers_places_are_taken(
    space, hana, nadia, co_host, speaker, settings
):
    settings.STAGE_SPEAKERS = 1

    actions.withdraw_co_hosting(actor=hana, space=space, user=nadia)

    assert role_of(space, nadia) == Role.LISTENER


def test_acting_host_who_is_sent_back_acts_no_longer(space, hana, nadia, co_host):
    Space.objects.filter(pk=space.pk).update(acting_host=co_host, host_away_since=space.started_at)
    space.refresh_from_db()

    actions.withdraw_co_hosting(actor=hana, space=space, user=nadia)

    assert Space.objects.get(pk=space.pk).acting_host is None
    with pytest.raises(NotAllowed):
        actions.end_space(actor=nadia, space=space)


def test_private_space_closes_to_whom_it_was_open_by_this_question_alone(
    hana, otto, news, django_capture_on_commit_callbacks
):
    space = make_space(hana, visibility="invited")
    make_participant(space, user=otto)
    ask_to_co_host(space, otto)

    with django_capture_on_commit_callbacks(execute=True):
        actions.withdraw_co_hosting(actor=hana, space=space, user=otto)

    assert news.closed_for(otto) == [str(space.public_id)]


# --- The small stage ---


@pytest.fixture
def full_small_stage(space):
    """Hana and three speakers."""
    space.stage_size = Space.StageSize.SMALL
    space.save(update_fields=["stage_size"])
    for _ in range(3):
        make_participant(space, role=Role.SPEAKER)


def test_co_host_waits_for_a_place_on_a_full_stage(space, hana, lena, listener, full_small_stage):
    ask_to_co_host(space, lena)
    actions.accept_co_hosting(actor=lena, space=space)
    assert actions.come_in(actor=lena, space=space).role == Role.LISTENER

    somebody = space.participants.filter(role=Role.SPEAKER).first()
    actions.step_down(actor=somebody.user, space=space)

    assert actions.step_up(actor=lena, space=space).role == Role.CO_HOST


def test_co_hosts_take_no_speakers_place_on_the_standard_stage(space, hana, settings, lena):
    settings.STAGE_SPEAKERS = 1
    make_co_host(space, user=make_user())
    ask_to_co_host(space, lena)
    make_participant(space, role=Role.SPEAKER)

    actions.accept_co_hosting(actor=lena, space=space)

    assert role_of(space, lena) == Role.CO_HOST


# --- What co-hosts may and may not ---


def test_co_host_answers_the_queue(space, nadia, co_host, speak_request):
    actions.accept_request(actor=nadia, space=space, request=speak_request)

    assert role_of(space, speak_request.participant.user) == Role.SPEAKER


def test_co_host_does_not_end_the_space(space, nadia, co_host):
    with pytest.raises(NotAllowed, match="Only the host of this Space"):
        actions.end_space(actor=nadia, space=space)


# --- A small stage, and full ---


@pytest.fixture
def small_stage(space):
    space.stage_size = Space.StageSize.SMALL
    space.save(update_fields=["stage_size"])
    return actions.places(space)


def test_speaker_on_a_full_stage_becomes_a_co_host(space, small_stage, sami, asked):
    people, _speakers = small_stage
    for _ in range(people - space.participants.on_stage().count()):
        make_participant(space, role=Role.SPEAKER)

    actions.accept_co_hosting(actor=sami, space=space)

    assert role_of(space, sami) == Role.CO_HOST


def test_co_host_on_a_full_stage_is_sent_back_to_a_speakers_place(
    space, small_stage, hana, nadia, co_host
):
    people, _speakers = small_stage
    for _ in range(people - space.participants.on_stage().count()):
        make_participant(space, role=Role.SPEAKER)

    actions.withdraw_co_hosting(actor=hana, space=space, user=nadia)

    assert role_of(space, nadia) == Role.SPEAKER


def test_turn_of_a_co_host_who_is_sent_back_speaking_begins(space, hana, nadia, co_host, turns):
    co_host.microphone = Participant.Microphone.OPEN
    co_host.save(update_fields=["microphone"])

    actions.withdraw_co_hosting(actor=hana, space=space, user=nadia)

    co_host.refresh_from_db()
    assert co_host.turn_ends_at is not None


# --- The door of a private Space ---


@pytest.fixture
def private(space):
    space.visibility = Space.Visibility.INVITED
    space.save(update_fields=["visibility"])


def is_open_to(space, user):
    return Space.objects.visible_to(user).filter(pk=space.pk).exists()


def step_down(space, co_host):
    actions.step_down(actor=co_host.user, space=space)


def move(space, co_host):
    actions.move_to_audience(actor=space.host, space=space, participant=co_host)


def withdraw(space, co_host):
    actions.withdraw_co_hosting(actor=space.host, space=space, user=co_host.user)


def withdraw_and_step_down(space, co_host):
    withdraw(space, co_host)
    step_down(space, co_host)


def withdraw_on_a_full_stage(space, co_host):
    for _ in range(actions.places(space)[1]):
        make_participant(space, role=Role.SPEAKER)
    withdraw(space, co_host)


@pytest.mark.parametrize("invited_as", ["a co-host", "a listener, too"])
@pytest.mark.parametrize(
    "end", [step_down, move, withdraw, withdraw_and_step_down, withdraw_on_a_full_stage]
)
def test_who_co_hosted_may_go_on_listening(space, hana, nadia, co_host, private, end, invited_as):
    if invited_as != "a co-host":
        actions.invite_person(actor=hana, space=space, user=nadia)

    end(space, co_host)

    assert is_open_to(space, nadia)


def test_who_waited_for_a_place_may_go_on_listening(
    space, otto, private, news, django_capture_on_commit_callbacks
):
    ask_to_co_host(space, otto, state=State.ACCEPTED)
    waiting = make_participant(space, user=otto)

    with django_capture_on_commit_callbacks(execute=True):
        withdraw(space, waiting)

    assert is_open_to(space, otto)
    assert news.closed_for(otto) == []


def test_who_does_not_want_to_co_host_may_listen(space, otto, private):
    ask_to_co_host(space, otto)

    actions.decline_co_hosting(actor=otto, space=space)

    assert is_open_to(space, otto)


# --- A closed account ---


def test_invitation_of_a_closed_account_is_taken_back(client, space, hana, nadia, co_host):
    nadia.is_active = False
    nadia.save(update_fields=["is_active"])
    client.force_login(hana)

    client.post(reverse("spaces:co-host-withdraw", args=[space.public_id]), {"handle": "nadia"})

    assert not actions.is_co_hosting(space, nadia)
