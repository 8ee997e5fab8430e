"""People who vanish: since when they are missed."""

import time

import pytest

from config.news import connection
from spaces import actions
from spaces.live import absence, presence
from spaces.models import Invitation
from tests.factories import ask_to_co_host, make_host, make_space

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


def come_in(space, *users):
    pipeline = connection().pipeline()
    people = [presence.signed_in(user.pk) for user in users]
    presence.add(pipeline, str(space.public_id), people, now=time.time())
    pipeline.execute()


def leave(space, user):
    presence.remove(connection(), str(space.public_id), [presence.signed_in(user.pk)])


def look(space, at):
    return absence.look(connection(), space, now=at)


def test_people_who_are_there_are_not_missing(space, hana, sami, speaker):
    come_in(space, hana, sami)

    assert look(space, at=0) == look(space, at=10_000) == {}


def test_person_is_missing_since_the_first_look_that_missed_them(space, hana, speaker):
    """However long the sweep itself was away."""
    come_in(space, hana)

    assert look(space, at=50_000) == {str(speaker.public_id): 0}
    assert look(space, at=50_060) == {str(speaker.public_id): 60}


def test_host_is_missed_like_everybody_on_stage(space):
    look(space, at=0)

    assert look(space, at=16) == {str(space.participants.get().public_id): 16}


def test_who_came_back_is_missed_anew(space, hana, sami, speaker):
    come_in(space, hana)
    look(space, at=0)
    come_in(space, sami)
    look(space, at=50)
    leave(space, sami)

    assert look(space, at=100) == {str(speaker.public_id): 0}
    assert look(space, at=160) == {str(speaker.public_id): 60}


def test_listener_is_never_missing(space, hana, listener):
    come_in(space, hana)

    assert look(space, at=0) == look(space, at=10_000) == {}


def test_who_is_on_the_way_to_the_stage_is_missed_like_who_is_there(space, hana, speak_request):
    come_in(space, hana)
    look(space, at=0)

    assert look(space, at=61) == {str(speak_request.participant.public_id): 61}


def test_co_host_is_missed_in_the_audience_as_well(space, hana, lena, listener):
    come_in(space, hana)
    ask_to_co_host(space, lena, state=Invitation.State.ACCEPTED)

    assert look(space, at=0) == {str(listener.public_id): 0}


def test_who_was_answered_is_missed_no_longer(space, hana, speak_request):
    come_in(space, hana)
    look(space, at=0)
    actions.decline_request(actor=hana, space=space, request=speak_request)

    assert look(space, at=61) == {}


def test_lost_redis_lets_everybody_come_back_first(space, hana, speaker):
    look(space, at=0)
    connection().flushdb()

    assert set(look(space, at=1000).values()) == {0}


def test_absence_in_one_space_is_none_in_another(space):
    other = make_space(make_host("rival"))
    look(space, at=0)

    assert set(look(other, at=1000).values()) == {0}
