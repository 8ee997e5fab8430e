"""Whose microphone is open, and who says so."""

import pytest
from django.db import IntegrityError

from config.errors import Conflict, NotAllowed
from spaces import actions
from spaces.models import Participant
from tests.factories import make_co_host, make_participant, make_space

pytestmark = pytest.mark.django_db

Role, Microphone = Participant.Role, Participant.Microphone


def test_speaker_opens_and_mutes(space, sami, speaker):
    assert actions.open_microphone(actor=sami, space=space).is_open

    assert not actions.mute_microphone(actor=sami, space=space).is_open


def test_host_opens_their_own_microphone(space, hana):
    assert actions.open_microphone(actor=hana, space=space).is_open


def test_next_microphone_is_refused_when_as_many_as_may_be_are_open(
    space, hana, sami, speaker, settings, news
):
    settings.MAX_OPEN_MICS = 1
    actions.open_microphone(actor=hana, space=space)
    news.stages.clear()

    with pytest.raises(actions.MicrophonesFull, match="1 microphone is open, and no more") as full:
        actions.open_microphone(actor=sami, space=space)

    assert full.value.code == "microphones_full"
    assert news.stages == []
    assert actions.open_microphone(actor=hana, space=space).is_open


def test_microphone_that_is_muted_makes_room_for_another(space, hana, sami, speaker, settings):
    settings.MAX_OPEN_MICS = 1
    actions.open_microphone(actor=hana, space=space)
    actions.mute_microphone(actor=hana, space=space)

    assert actions.open_microphone(actor=sami, space=space).is_open


def test_person_muted_by_the_host_cannot_open_until_allowed(space, hana, sami, barred_speaker):
    with pytest.raises(NotAllowed, match="Muted by Hana") as refusal:
        actions.open_microphone(actor=sami, space=space)
    assert refusal.value.code == "muted_by_crew"

    actions.allow_microphone(actor=hana, space=space, participant=barred_speaker)

    assert actions.open_microphone(actor=sami, space=space).is_open


def test_muting_oneself_does_not_lift_the_hosts_mute(space, sami, barred_speaker):
    actions.mute_microphone(actor=sami, space=space)

    barred_speaker.refresh_from_db()
    assert barred_speaker.microphone == Microphone.MUTED_BY_CREW


def test_host_mutes_who_has_muted_themselves(space, hana, speaker):
    muted = actions.mute_participant(actor=hana, space=space, participant=speaker)

    assert muted.microphone == Microphone.MUTED_BY_CREW


def test_allowing_opens_nobodys_microphone(space, hana, barred_speaker):
    allowed = actions.allow_microphone(actor=hana, space=space, participant=barred_speaker)

    assert allowed.microphone == Microphone.MUTED


@pytest.mark.parametrize("given", ["open_speaker", "barred_speaker"])
def test_moving_down_resets_the_microphone(request, space, hana, given):
    participant = request.getfixturevalue(given)

    moved = actions.move_to_audience(actor=hana, space=space, participant=participant)

    assert (moved.role, moved.microphone) == (Role.LISTENER, Microphone.MUTED)
    assert moved.on_stage_since is None


def test_person_who_stepped_down_cannot_open(space, sami, speaker):
    actions.step_down(actor=sami, space=space)

    with pytest.raises(NotAllowed):
        actions.open_microphone(actor=sami, space=space)


handling = pytest.mark.parametrize(
    "name", ["mute_participant", "allow_microphone", "move_to_audience", "lower_hand"]
)


@handling
def test_crew_handles_who_is_on_stage_only(space, hana, listener, name):
    with pytest.raises(Conflict, match="Lena is not on stage now"):
        getattr(actions, name)(actor=hana, space=space, participant=listener)


@handling
@pytest.mark.parametrize("by", ["hana", "nadia"])
def test_nobody_handles_the_host(request, space, hana, co_host, name, by):
    host = space.participants.get(user=hana)

    with pytest.raises(NotAllowed, match="Nobody can do that with the host"):
        getattr(actions, name)(actor=request.getfixturevalue(by), space=space, participant=host)


@handling
def test_co_host_handles_speakers(space, nadia, co_host, speaker, name):
    getattr(actions, name)(actor=nadia, space=space, participant=speaker)


@handling
def test_co_host_is_the_hosts_alone_to_handle(space, hana, nadia, co_host, sami, name):
    other = make_co_host(space, user=sami)

    with pytest.raises(NotAllowed, match="Only the host can do that with a co-host"):
        getattr(actions, name)(actor=nadia, space=space, participant=other)
    getattr(actions, name)(actor=hana, space=space, participant=other)


def test_muting_everyone_leaves_the_crew_and_lets_speakers_open_again(
    space, hana, nadia, co_host, sami, open_speaker
):
    actions.open_microphone(actor=hana, space=space)
    actions.open_microphone(actor=nadia, space=space)

    actions.mute_all(actor=nadia, space=space)

    heard = space.participants.with_open_microphone()
    assert {participant.user for participant in heard} == {hana, nadia}
    assert actions.open_microphone(actor=sami, space=space).is_open


def test_muting_everyone_does_not_lift_a_mute_by_the_crew(space, hana, barred_speaker):
    actions.mute_all(actor=hana, space=space)

    barred_speaker.refresh_from_db()
    assert barred_speaker.microphone == Microphone.MUTED_BY_CREW


def test_stale_copy_of_a_participant_does_not_decide(space, hana, sami, speaker):
    actions.step_down(actor=sami, space=space)

    with pytest.raises(Conflict):
        actions.mute_participant(actor=hana, space=space, participant=speaker)


def test_database_keeps_the_audience_muted():
    """Whoever writes."""
    with pytest.raises(IntegrityError, match="listener_is_muted"):
        make_participant(make_space(), microphone=Microphone.OPEN)
