"""A Space in the middle of things, and what leaves it for pages and media nodes."""

import pytest
from django.utils import timezone

from spaces import events
from spaces.media import commands
from spaces.models import CommentFilter, Participant, Space, SpeakRequest
from tests.factories import (
    ask_to_co_host,
    make_co_host,
    make_host,
    make_pin,
    make_request,
    make_space,
    make_user,
)

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

    def closed_for(self, user):
        """The Spaces whose pages were closed for somebody."""
        channel = events.user_channel(user.pk)
        return [sent[channel]["space"] for sent in self.messages if channel in sent]

    @property
    def reached_home(self):
        return any(events.HOME_CHANNEL in sent for sent in self.messages)


@pytest.fixture
def news(monkeypatch):
    news = News()
    monkeypatch.setattr("config.news._send", news.messages.append)
    monkeypatch.setattr(commands, "tell_stage", news.stages.append)
    return news


@pytest.fixture
def host(space):
    """Hana's row."""
    return space.participants.get(role=Participant.Role.HOST)


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
def unnamed_listener(listener):
    listener.is_unnamed = True
    listener.save(update_fields=["is_unnamed"])


@pytest.fixture
def open_stage(space):
    space.who_may_speak = Space.WhoMaySpeak.EVERYONE
    space.save(update_fields=["who_may_speak"])


@pytest.fixture
def invitation(space, hana, listener):
    return SpeakRequest.objects.create(participant=listener, invited_by=hana)


@pytest.fixture
def nobody():
    return Space.WhoMayComment.OFF


@pytest.fixture
def paused_comments(space):
    space.who_may_comment = Space.WhoMayComment.OFF
    space.save(update_fields=["who_may_comment"])


@pytest.fixture
def filtered(space):
    """Hana's filter holds these back."""
    CommentFilter.objects.create(host=space.host, words=["spam", "buy now"])


@pytest.fixture
def nadia(db):
    return make_user("nadia")


@pytest.fixture
def co_host(space, nadia):
    """Nadia co-hosts, microphone off."""
    return make_co_host(space, user=nadia)


@pytest.fixture
def asked(space, sami, speaker):
    """Sami, who speaks, is asked to co-host."""
    return ask_to_co_host(space, sami)


@pytest.fixture
def raised_hand(speaker):
    speaker.hand_raised_at = timezone.now()
    speaker.save(update_fields=["hand_raised_at"])
    return speaker


@pytest.fixture
def removed(listener, hana):
    """Lena is removed."""
    listener.removed_at, listener.removed_by = timezone.now(), hana
    listener.save(update_fields=["removed_at", "removed_by"])
    return listener


@pytest.fixture
def late_request(space, speak_request):
    """Stands behind Lena's."""
    return make_request(space)


@pytest.fixture
def question():
    return "Who pays for the night boat?"


@pytest.fixture
def first_place():
    return 1


@pytest.fixture
def turns(space):
    """Each speaker has two minutes."""
    space.turn_s = 120
    space.save(update_fields=["turn_s"])


@pytest.fixture
def rival():
    """Hosts another Space at the same time."""
    return make_space(make_host("rival")).host


@pytest.fixture
def link():
    return "https://harbour.example/winter"


@pytest.fixture
def line():
    return "Page four has the night boat"


@pytest.fixture
def pin(space, sami):
    """Held up by Sami."""
    return make_pin(space, sami)


@pytest.fixture
def pin_was_removed(pin):
    pin.unpinned_at, pin.unpinned_by = timezone.now(), pin.pinned_by
    pin.save(update_fields=["unpinned_at", "unpinned_by"])
