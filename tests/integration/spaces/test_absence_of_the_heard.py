"""Somebody whose microphone is connected is not away, whatever became of their page."""

import time

from spaces import events
from spaces.live import absence, on_air
from spaces.models import Participant
from tests.factories import make_participant


def note_on_air(space, participant: Participant) -> None:
    pipeline = events.connection().pipeline()
    on_air.note(pipeline, space.public_id, [str(participant.public_id)], now=time.time())
    pipeline.execute()


def look_after_a_day(space) -> absence.Gone:
    client = events.connection()
    absence.look(client, space)
    return absence.look(client, space, now=time.time() + 86_400)


def test_speaker_without_page_and_microphone_is_gone(space, sami, redis_server):
    speaker = make_participant(space, user=sami, role=Participant.Role.SPEAKER)

    assert str(speaker.public_id) in look_after_a_day(space).speakers


def test_speaker_who_is_heard_is_not_gone(space, sami, redis_server):
    speaker = make_participant(space, user=sami, role=Participant.Role.SPEAKER)
    note_on_air(space, speaker)

    assert str(speaker.public_id) not in look_after_a_day(space).speakers
