"""Somebody whose microphone is connected is not away, whatever became of their page."""

import time

from config import news
from spaces.live import absence, on_air
from spaces.models import Participant
from tests.factories import make_participant


def note_on_air(space, participant: Participant) -> None:
    pipeline = news.connection().pipeline()
    on_air.note(pipeline, space.public_id, [str(participant.public_id)], now=time.time())
    pipeline.execute()


def missing(space) -> set[str]:
    return set(absence.look(news.connection(), space))


def test_speaker_without_page_and_microphone_is_missing(space, sami, redis_server):
    speaker = make_participant(space, user=sami, role=Participant.Role.SPEAKER)

    assert str(speaker.public_id) in missing(space)


def test_speaker_who_is_heard_is_not_missing(space, sami, redis_server):
    speaker = make_participant(space, user=sami, role=Participant.Role.SPEAKER)
    note_on_air(space, speaker)

    assert str(speaker.public_id) not in missing(space)
