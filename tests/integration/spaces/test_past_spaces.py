"""What stays of a Space: when, for how long, who was heard."""

from datetime import UTC, datetime, timedelta

import pytest

from spaces import actions
from spaces.models import Participant, Space
from tests.factories import make_host, make_participant, make_space, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]

Role = Participant.Role
STARTED_AT = datetime(2026, 11, 20, 21, 48, tzinfo=UTC)


@pytest.fixture
def past(hana):
    space = make_space(hana, title="Last boat home", started_at=STARTED_AT, ended=True)
    space.ended_at = STARTED_AT + timedelta(minutes=58)
    space.save(update_fields=["ended_at"])
    return space


def read(client, space):
    return client.get(space.get_absolute_url()).content.decode()


def test_page_says_when_and_for_how_long(client, past):
    content = read(client, past)

    assert all(t in content for t in ("Last boat home", "Friday, 20 November", "21:48"))
    assert "hosted it for 58\xa0minutes" in content


def test_page_names_who_was_on_stage_and_nobody_else(client, past):
    make_participant(past, user=make_user("sami"), role=Role.SPEAKER)
    make_participant(past, user=make_user("lena"))

    content = read(client, past)

    assert "/@sami" in content
    assert "/@lena" not in content


def test_who_stepped_down_before_the_end_is_named_as_well(client, space, sami, speaker):
    actions.step_down(actor=sami, space=space)
    actions.end_space(actor=space.host, space=space)

    assert "/@sami" in read(client, space)


def test_host_is_named_first(past):
    make_participant(past, user=make_user("aaron"), role=Role.SPEAKER)

    assert [p.role for p in past.participants.ever_on_stage()] == [Role.HOST, Role.SPEAKER]


def test_what_ended_last_is_first_and_live_ones_are_not_among_them(past, space):
    rival = make_space(make_host("rival"), ended=True)

    assert list(Space.objects.ended_lately()) == [rival, past]


@pytest.mark.parametrize("speakers", [1, 9])
def test_page_takes_the_same_queries_for_any_number_of_speakers(
    client, past, django_assert_num_queries, speakers
):
    for _ in range(speakers):
        make_participant(past, role=Role.SPEAKER)

    # The Space with its host; who was on stage; attendance, comments, reactions, what comes next.
    with django_assert_num_queries(6):
        client.get(past.get_absolute_url())
