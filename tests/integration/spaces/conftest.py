"""A Space in the middle of things, and what leaves it for pages and media nodes."""

import pytest

from spaces import events
from spaces.media import commands
from spaces.models import Participant, Space, SpeakRequest
from tests.factories import make_host, make_space

Microphone = Participant.Microphone


class News:
    """What left for pages and media nodes."""

    def __init__(self):
        self.messages = []
        self.stages = []

    def of(self, space):
        """The messages to the pages of one Space."""
        channel = events.space_channel(space.public_id)
        return [sent[channel] for sent in self.messages if channel in sent]

    @property
    def reached_home(self):
        return any(events.HOME_CHANNEL in sent for sent in self.messages)


@pytest.fixture
def news(monkeypatch):
    news = News()
    monkeypatch.setattr(events, "_send", news.messages.append)
    monkeypatch.setattr(commands, "tell_stage", news.stages.append)
    return news


@pytest.fixture
def open_speaker(speaker):
    return set_microphone(speaker, Microphone.OPEN)


@pytest.fixture
def barred_speaker(speaker):
    return set_microphone(speaker, Microphone.MUTED_BY_CREW)


def set_microphone(participant, microphone):
    participant.microphone = microphone
    participant.save(update_fields=["microphone"])
    return participant


@pytest.fixture
def open_stage(space):
    space.who_may_speak = Space.WhoMaySpeak.EVERYONE
    space.save(update_fields=["who_may_speak"])


@pytest.fixture
def invitation(space, hana, listener):
    return SpeakRequest.objects.create(participant=listener, invited_by=hana)


@pytest.fixture
def rival():
    """Hosts another Space at the same time."""
    return make_space(make_host("rival")).host
