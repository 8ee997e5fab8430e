"""The bar under the head: whom it tells of whom, and what it keeps to itself."""

import pytest
from django.utils import timezone

from accounts.models import Block, Follow, Mute
from spaces.live import bar, board
from spaces.models import Participant, Space
from tests.factories import make_host, make_participant, make_scheduled, make_space, make_user

from .private import invite
from .reading import page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]

INVITED = Space.Visibility.INVITED


def follow(follower, *people):
    for person in people:
        Follow.objects.create(follower=follower, followed=person)


@pytest.fixture
def lenas(client, lena, hana):
    """Lena, who follows Hana, reads a page: what its bar says."""
    follow(lena, hana)
    client.force_login(lena)

    def read(path="/topics/"):
        content = page(client, path)
        return content.partition('id="live-bar"')[2].partition("</aside>")[0]

    return read


def test_bar_names_whom_one_follows_and_leads_to_the_space(lenas, space):
    said = lenas()

    assert "<b><bdi>Hana</bdi></b> is live:" in said
    assert f'href="{space.get_absolute_url()}"' in said


def test_guest_on_stage_is_told_of_as_well(lenas, hana):
    other = make_space(make_host("otto"))
    make_participant(other, user=hana, role=Participant.Role.SPEAKER)

    assert "Hana" in lenas()


def test_listening_is_told_to_nobody(lenas, hana):
    make_participant(make_space(make_host("otto")), user=hana)

    assert lenas() == ""


@pytest.mark.parametrize("state", ["announced", "over"])
def test_what_is_not_live_has_no_bar(lenas, hana, state):
    make_scheduled(hana) if state == "announced" else make_space(hana, ended=True)

    assert lenas() == ""


def test_somebody_one_does_not_follow_has_no_bar(client, otto, space):
    client.force_login(otto)

    assert 'id="live-bar"' not in page(client, "/topics/")


def test_signed_out_page_has_no_place_for_one(client, space):
    assert "data-live-bar-place" not in page(client, "/topics/")


def test_most_people_one_follows_come_first_then_the_newest(lenas, lena, space):
    make_space(make_host("ines"), title="Alone")
    crowded = make_space(make_host("jun"), title="Two of them")
    follow(lena, crowded.host, Space.objects.get(title="Alone").host)
    guest = make_participant(crowded, role=Participant.Role.SPEAKER)
    follow(lena, guest.user)

    said = lenas()

    assert "Two of them" in said
    assert "and 2 more live" in said


# --- Where it is not ---


def test_pages_of_the_space_itself_have_no_bar_of_it(lenas, space):
    assert lenas(f"{space.get_absolute_url()}share/") == ""


def test_hosts_profile_has_no_bar_of_what_it_shows(lenas, hana, space):
    assert lenas(hana.get_absolute_url()) == ""


def test_bar_that_was_put_away_makes_room_for_the_next(client, lenas, lena, space):
    next_space = make_space(make_host("ines"))
    follow(lena, next_space.host)
    client.cookies[bar.PUT_AWAY_COOKIE] = f"{next_space.public_id}.nonsense"

    said = lenas()

    assert str(space.public_id) in said
    assert "more live" not in said


# --- What it must not tell ---


@pytest.mark.parametrize("is_invited", [True, False])
def test_private_space_is_told_to_whom_it_is_open_only(lenas, lena, hana, is_invited):
    space = make_space(hana, visibility=INVITED)
    if is_invited:
        invite(space, lena)

    assert (str(space.public_id) in lenas()) == is_invited


@pytest.mark.parametrize("who", ["host", "guest"])
def test_muted_people_are_left_out(lenas, lena, hana, who):
    other = make_space(make_host("otto"))
    make_participant(other, user=hana, role=Participant.Role.SPEAKER)
    Mute.objects.create(muter=lena, muted=other.host if who == "host" else hana)

    assert lenas() == ""


@pytest.mark.parametrize("by", ["reader", "host"])
def test_blocked_host_is_left_out_although_a_guest_is_followed(lenas, lena, hana, by):
    other = make_space(make_host("otto"))
    make_participant(other, user=hana, role=Participant.Role.SPEAKER)
    pair = (lena, other.host) if by == "reader" else (other.host, lena)
    Block.objects.create(blocker=pair[0], blocked=pair[1])

    assert lenas() == ""


# --- What it costs ---


@pytest.mark.parametrize("count", [1, 10])
def test_bar_takes_the_same_queries_for_any_number_of_spaces(
    lenas, lena, hana, django_assert_num_queries, count
):
    for _ in range(count):
        host = make_user(follower_count=600)
        make_space(host)
        follow(lena, host)

    board.read_board()

    # Session, reader; blocks and mutes, removals, what calls her in; the topics and their counts;
    # what is live, whom Lena follows, and whom the bar names; the bell.
    with django_assert_num_queries(11):
        lenas()


def test_page_while_nobody_is_live_takes_one_query_for_the_bar(lenas, django_assert_num_queries):
    # Session, reader; blocks and mutes, removals, what calls her in; the topics and their counts;
    # what is live; the bell.
    with django_assert_num_queries(9):
        lenas()


@pytest.mark.parametrize("count", [1, 5])
def test_many_readers_share_their_queries(space, django_assert_num_queries, count):
    readers = [make_user() for _ in range(count)]
    for reader in readers:
        follow(reader, space.host)
    live = board.read_board()

    # Who follows whom, hidden hosts, and whom the bars name.
    with django_assert_num_queries(3):
        found = bar.followed_live([reader.pk for reader in readers], live)
        bars = bar.read({bar.choose(followed, set()) for followed in found.values()})

    assert found.keys() == {reader.pk for reader in readers}
    assert [each.space for each in bars.values()] == [space.public_id]


def test_reader_who_was_removed_is_not_told(lenas, lena, space):
    make_participant(space, user=lena, removed_at=timezone.now())

    assert lenas() == ""
