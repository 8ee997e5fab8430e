"""What everybody in the room is told of the Space itself, and why it is over."""

from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from spaces.models import Participant, Space
from tests.factories import make_participant

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def notices(space, acting=None):
    return render_to_string("spaces/_notices.html", {"space": space, "acting": acting})


def ended(space, reason):
    space.state, space.end_reason = Space.State.ENDED, reason
    space.ended_at = space.started_at + timedelta(hours=4)
    return render_to_string("spaces/_ended.html", {"space": space, "people": []})


def test_space_as_it_should_be_has_nothing_to_say(space):
    assert "banner" not in notices(space)


def test_lost_host_without_anybody_acting_says_until_when(space):
    space.host_away_since = NOW

    html = notices(space)

    until = f"{NOW + timedelta(minutes=5):%H:%M}"
    assert "<bdi>Hana</bdi> is reconnecting." in html
    assert f'data-style="time">{until}</time>' in html
    assert 'role="timer"' in html


def test_acting_host_is_named_and_nothing_runs_out(space, sami):
    acting = make_participant(space, user=sami, role=Participant.Role.CO_HOST)
    space.host_away_since, space.acting_host = NOW, acting

    html = notices(space, acting)

    assert "<bdi>Sami</bdi> holds the Space until <bdi>Hana</bdi> is back." in html
    assert "You hold the Space" in html
    assert 'role="timer"' not in html


def test_near_end_says_when_and_how_long_is_the_longest(space):
    space.end_announced_at = NOW

    html = notices(space)

    assert f"{space.started_at + timedelta(hours=4):%H:%M}" in html
    assert "4\N{NO-BREAK SPACE}hours is the longest here." in html


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (Space.EndReason.HOST, "This Space has ended."),
        (Space.EndReason.HOST_LOST, "connection was lost and did not come back."),
        (Space.EndReason.MAX_LENGTH, "it was as long as a Space may be here."),
    ],
)
def test_ended_page_says_why(space, reason, sentence):
    assert sentence in ended(space, reason)


def test_notices_of_the_open_page_know_who_acts(client, space, sami):
    acting = make_participant(space, user=sami, role=Participant.Role.CO_HOST)
    Space.objects.filter(pk=space.pk).update(host_away_since=NOW, acting_host=acting)

    html = client.get(space.get_absolute_url()).content.decode()

    assert "<bdi>Sami</bdi> holds the Space" in html
