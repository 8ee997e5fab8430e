"""The page of a Space that is over: for everybody, and for one reader."""

from datetime import timedelta

import pytest

from accounts.models import Block, Follow
from spaces.live.fragments import CREW, EVERYONE, Reader, draw_room
from spaces.live.presence import Audience
from spaces.models import Participant, ReactionCount
from tests.factories import (
    ask_to_co_host,
    make_attendance,
    make_comment,
    make_participant,
    make_scheduled,
    make_space,
    make_user,
)

from .reading import page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]

Role = Participant.Role
FOLLOW = 'aria-pressed="false"'
FOLLOWING = 'aria-pressed="true"'


@pytest.fixture
def over(hana):
    return make_space(hana, ended=True)


@pytest.fixture
def on_stage(over, sami):
    return make_participant(over, user=sami, role=Role.SPEAKER)


def read(client, space, reader=None):
    if reader is not None:
        client.force_login(reader)
    return page(client, space.get_absolute_url())


def buttons(content):
    """How many of the people can be followed, and how many are."""
    people = content.partition('id="ended-people-heading"')[2].partition("</section>")[0]
    return people.count(FOLLOW), people.count(FOLLOWING)


def figures(content):
    """What the page says in numbers: name → figure."""
    found = content.partition('<dl class="figures">')[2].partition("</dl>")[0]
    rows = found.split("<dt>")[1:]
    return {
        row.partition("</dt>")[0]: row.partition("<dd>")[2].partition("</dd>")[0].strip()
        for row in rows
    }


def test_numbers_are_told_to_everybody(client, over, lena):
    make_attendance(over, minutes=[(3, 3), (12, 11)])
    make_comment(over, lena)
    make_comment(over, lena, deleted_at=over.ended_at)
    for reaction in (ReactionCount.Reaction.HEART, ReactionCount.Reaction.WAVE):
        over.reactions.create(reaction=reaction, count=20)

    assert figures(read(client, over)) == {
        "Listeners in all": "14",
        "At most at once": "12",
        "Comments": "1",
        "Reactions": "40",
    }


def test_large_number_and_a_guess_are_about(client, over):
    make_attendance(over, total=143, peak=12_345 - 12_300, is_estimate=True)

    assert figures(read(client, over))["Listeners in all"] == "about 140"


def test_space_that_nobody_measured_has_no_zeros(client, over):
    assert set(figures(read(client, over))) == {"Comments", "Reactions"}


def test_people_are_named_with_their_roles(client, over, on_stage):
    content = read(client, over)

    assert content.index("/@hana") < content.index("/@sami")
    assert ">Host</span>" in content
    assert ">Speaker</span>" in content


def test_reader_may_follow_who_was_on_stage(client, over, on_stage, lena, hana):
    Follow.objects.create(follower=lena, followed=hana)

    content = read(client, over, lena)

    assert buttons(content) == (1, 1)
    assert "/@sami/follow/" in content


def test_reader_does_not_follow_oneself(client, over, on_stage, sami):
    content = read(client, over, sami)

    assert buttons(content) == (1, 0)
    assert "/@sami/follow/" not in content
    assert '<span class="tag">You</span>' in content


@pytest.mark.parametrize("who", ["reader", "speaker"])
def test_blocked_people_are_left_out(client, over, on_stage, lena, sami, who):
    blocker, blocked = (lena, sami) if who == "reader" else (sami, lena)
    Block.objects.create(blocker=blocker, blocked=blocked)

    assert 'href="/@sami"' not in read(client, over, lena)


def test_visitor_has_no_follow_buttons(client, over, on_stage):
    content = read(client, over)

    assert buttons(content) == (0, 0)
    assert 'href="/@sami"' in content


def test_coming_spaces_are_those_that_the_reader_may_know_of(client, over, hana, lena):
    make_scheduled(hana, title="The open one")
    later = {"scheduled_for": over.ended_at + timedelta(days=5)}
    private = make_scheduled(hana, title="The private one", visibility="invited", **later)

    assert "The open one" in read(client, over)
    assert "The private one" not in read(client, over, lena)
    private.invitations.create(user=lena, kind="listener", invited_by=hana)
    assert "The private one" in read(client, over, lena)


def test_space_is_as_closed_as_it_was(client, hana, lena):
    over = make_space(hana, ended=True, visibility="followers")
    client.force_login(lena)

    assert client.get(over.get_absolute_url()).status_code == 403
    Follow.objects.create(follower=lena, followed=hana)
    assert client.get(over.get_absolute_url()).status_code == 200


class TestWayToTheAnalytics:
    def leads(self, client, space, reader):
        return f"/spaces/{space.public_id}/analytics/" in read(client, space, reader)

    def test_host_is_shown_it(self, client, over, hana):
        assert self.leads(client, over, hana)

    def test_co_host_is_shown_it_also_when_their_connection_was_lost(self, client, over, lena):
        make_participant(over, user=lena)
        ask_to_co_host(over, lena, state="accepted")

        assert self.leads(client, over, lena)

    def test_others_are_not(self, client, over, on_stage, sami, lena):
        assert not self.leads(client, over, sami)
        assert not self.leads(client, over, lena)
        assert not self.leads(client, over, None)


def drawn(space, audience=EVERYONE):
    reader = Reader(audience=audience)
    return draw_room(space.public_id, {"room"}, [reader], Audience()).html[reader]


def test_open_pages_are_told_the_numbers_and_nothing_of_one_reader(over, on_stage, hana):
    make_attendance(over)
    make_scheduled(hana, title="The open one")
    later = {"scheduled_for": over.ended_at + timedelta(days=5)}
    make_scheduled(hana, title="The private one", visibility="invited", **later)

    html = drawn(over)

    assert figures(html)["Listeners in all"] == "3"
    assert "The open one" in html
    assert not any(mine in html for mine in (FOLLOW, "csrf", "The private one", "/analytics/"))


def test_pages_of_the_crew_are_led_to_the_analytics(over):
    assert f"/spaces/{over.public_id}/analytics/" in drawn(over, CREW)


@pytest.mark.parametrize("people", [1, 9])
def test_page_takes_the_same_queries_for_any_number_of_people(
    client, over, hana, lena, django_assert_num_queries, people
):
    for number in range(people):
        make_participant(over, role=Role.SPEAKER)
        make_scheduled(hana, scheduled_for=over.ended_at + timedelta(days=number + 1))
        make_comment(over, make_user())
    make_attendance(over)
    client.force_login(lena)

    # Session and reader; the Space, who was on stage, their own row; attendance, comments,
    # reactions, coming Spaces, people as seen.
    with django_assert_num_queries(10):
        client.get(over.get_absolute_url())
