"""Hands raised on stage."""

import pytest

from config.errors import Conflict
from spaces import actions
from tests.factories import make_participant

pytestmark = pytest.mark.django_db


def is_up(participant):
    participant.refresh_from_db()
    return participant.hand_raised_at is not None


def test_hand_stays_up_until_it_is_taken_down(space, sami, speaker):
    actions.raise_hand(actor=sami, space=space)
    assert is_up(speaker)

    actions.lower_hand(actor=sami, space=space)
    assert not is_up(speaker)


def test_raising_again_keeps_the_moment(space, sami, raised_hand):
    since = raised_hand.hand_raised_at

    assert actions.raise_hand(actor=sami, space=space).hand_raised_at == since


def test_who_is_heard_need_not_raise_a_hand(space, sami, open_speaker):
    with pytest.raises(Conflict, match="everybody hears you"):
        actions.raise_hand(actor=sami, space=space)


def test_opening_the_microphone_takes_the_hand_down_in_the_same_news(
    space, sami, raised_hand, news, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        actions.open_microphone(actor=sami, space=space)

    (message,) = news.of(space)
    assert [event["name"] for event in message["events"]] == [
        "participant.microphone_changed",
        "participant.hand_changed",
    ]
    assert not is_up(raised_hand)


@pytest.mark.parametrize("way", ["step_down", "move_to_audience", "remove_participant"])
def test_who_leaves_the_stage_has_no_hand_up(space, hana, sami, raised_hand, way):
    if way == "step_down":
        actions.step_down(actor=sami, space=space)
    else:
        getattr(actions, way)(actor=hana, space=space, participant=raised_hand)

    assert not is_up(raised_hand)


def test_co_host_takes_a_hand_down(space, nadia, co_host, raised_hand):
    actions.lower_hand(actor=nadia, space=space, participant=raised_hand)

    assert not is_up(raised_hand)


def test_hands_of_others_stay_up(space, sami, raised_hand):
    other = make_participant(space, role="speaker", hand_raised_at=raised_hand.hand_raised_at)

    actions.lower_hand(actor=sami, space=space)

    assert is_up(other)
