"""How long each speaker may speak, where the Space says so."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config.errors import Conflict
from spaces import actions
from spaces.models import Participant
from tests.factories import make_participant

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("turns")]

Role = Participant.Role
TURN = timedelta(minutes=2)


def ends_at(participant):
    participant.refresh_from_db()
    return participant.turn_ends_at


def is_a_turn_from_now(moment):
    return abs(moment - timezone.now() - TURN) < timedelta(seconds=30)


def move_back(participant, by):
    """As if the turn had begun so much earlier."""
    participant.turn_ends_at = ends_at(participant) - by
    participant.save(update_fields=["turn_ends_at"])
    return participant.turn_ends_at


@pytest.fixture
def speaking(space, sami, speaker):
    actions.open_microphone(actor=sami, space=space)
    return speaker


def test_turn_begins_when_the_microphone_opens(space, sami, speaker):
    assert ends_at(speaker) is None

    actions.open_microphone(actor=sami, space=space)

    assert is_a_turn_from_now(ends_at(speaker))


def test_muting_wins_no_time(space, sami, speaking):
    before = move_back(speaking, timedelta(minutes=1))

    actions.mute_microphone(actor=sami, space=space)
    actions.open_microphone(actor=sami, space=space)

    assert ends_at(speaking) == before


@pytest.mark.parametrize("role", [Role.HOST, Role.CO_HOST])
def test_crew_speaks_as_long_as_they_like(space, role):
    crew = (
        space.participants.get(role=role)
        if role == Role.HOST
        else make_participant(space, role=role)
    )

    actions.open_microphone(actor=crew.user, space=space)

    assert ends_at(crew) is None


def test_nobody_has_a_turn_where_the_timer_is_off(space, hana, sami, speaker):
    actions.change_settings(actor=hana, space=space, turn_s=0)

    actions.open_microphone(actor=sami, space=space)

    assert ends_at(speaker) is None


def test_turn_ends_with_the_way_down_and_a_new_one_begins(space, hana, sami, speaking):
    actions.step_down(actor=sami, space=space)
    assert ends_at(speaking) is None
    request = actions.ask_to_speak(actor=sami, space=space)
    actions.accept_request(actor=hana, space=space, request=request)

    actions.open_microphone(actor=sami, space=space)

    assert is_a_turn_from_now(ends_at(speaking))


def test_crew_gives_another_turn(space, hana, speaking):
    move_back(speaking, timedelta(minutes=5))

    actions.give_turn(actor=hana, space=space, participant=speaking)

    assert is_a_turn_from_now(ends_at(speaking))


def test_turn_given_to_who_is_muted_begins_when_they_speak(space, hana, sami, speaking):
    move_back(speaking, timedelta(minutes=5))
    actions.mute_microphone(actor=sami, space=space)

    actions.give_turn(actor=hana, space=space, participant=speaking)
    assert ends_at(speaking) is None
    actions.open_microphone(actor=sami, space=space)

    assert is_a_turn_from_now(ends_at(speaking))


def test_double_click_gives_one_turn(space, hana, speaking):
    move_back(speaking, timedelta(minutes=5))
    actions.give_turn(actor=hana, space=space, participant=speaking)
    first = ends_at(speaking)

    actions.give_turn(actor=hana, space=space, participant=speaking)

    assert ends_at(speaking) == first


def test_no_turn_is_given_where_the_timer_is_off(space, hana, speaking):
    actions.change_settings(actor=hana, space=space, turn_s=0)

    with pytest.raises(actions.NoTurns, match="as long as they like"):
        actions.give_turn(actor=hana, space=space, participant=speaking)


def test_no_turn_is_given_to_the_crew(space, hana):
    with pytest.raises(Conflict, match="not a speaker"):
        actions.give_turn(actor=hana, space=space, participant=space.participants.get(user=hana))


def test_other_length_starts_the_turn_of_who_speaks_anew(space, hana, sami, speaking):
    muted = make_participant(space, role=Role.SPEAKER, turn_ends_at=timezone.now())

    actions.change_settings(actor=hana, space=space, turn_s=60)

    left = ends_at(speaking) - timezone.now()
    assert timedelta(seconds=30) < left <= timedelta(seconds=60)
    assert ends_at(muted) is None


def test_timer_switched_off_takes_every_turn_away(space, hana, speaking):
    actions.change_settings(actor=hana, space=space, turn_s=0)

    assert ends_at(speaking) is None
