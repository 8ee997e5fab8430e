"""The ring of who is live, around pictures of people: whom it tells of, and to whom."""

import pytest

from accounts.models import Block, Follow, Mute
from spaces.models import Participant, Space
from tests.factories import make_host, make_participant, make_space, make_user

from .private import invite
from .reading import page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]

SPEAKER = Participant.Role.SPEAKER


@pytest.fixture
def stage(hana):
    """Hana's Space, with Sami on its stage; Sami follows Otto."""
    return make_space(make_host("ines"))


@pytest.fixture
def sami_on_stage(stage, sami, otto):
    make_participant(stage, user=sami, role=SPEAKER)
    Follow.objects.create(follower=sami, followed=otto)
    return sami


def is_ringed(content):
    return "is-live" in content.partition("<main")[2]


PAGES = ["/@otto/followers/", "/@sami", "/search/?q=sami"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("is_signed_in", [True, False])
def test_who_is_on_stage_has_a_ring_and_the_way_there(
    client, lena, stage, sami_on_stage, path, is_signed_in
):
    if is_signed_in:
        client.force_login(lena)

    content = page(client, path)

    assert is_ringed(content)
    assert f'class="live-tag" href="{stage.get_absolute_url()}"' in content


def test_listener_has_no_ring(client, stage, sami, otto):
    make_participant(stage, user=sami)
    Follow.objects.create(follower=sami, followed=otto)

    assert not is_ringed(page(client, "/@otto/followers/"))


def test_host_who_is_live_again_has_a_ring_beside_what_ended(client, hana):
    make_space(hana, ended=True)
    make_space(hana)

    assert "is-live" in page(client).partition("Ended lately")[2]


@pytest.mark.parametrize("is_invited", [True, False])
def test_private_space_rings_for_whom_it_is_open_only(
    client, lena, stage, sami_on_stage, is_invited
):
    Space.objects.update(visibility=Space.Visibility.INVITED)
    if is_invited:
        invite(stage, lena)
    client.force_login(lena)

    assert is_ringed(page(client, "/@otto/followers/")) == is_invited


@pytest.mark.parametrize("hiding", ["host muted", "person muted", "host blocked", "by the host"])
def test_whom_lists_leave_out_has_no_ring(client, lena, stage, sami_on_stage, hiding):
    if hiding.endswith("muted"):
        muted = stage.host if hiding == "host muted" else sami_on_stage
        Mute.objects.create(muter=lena, muted=muted)
    else:
        pair = (lena, stage.host) if hiding == "host blocked" else (stage.host, lena)
        Block.objects.create(blocker=pair[0], blocked=pair[1])
    client.force_login(lena)

    assert not is_ringed(page(client, "/@otto/followers/"))


@pytest.mark.parametrize("count", [1, 10])
def test_rings_take_the_same_queries_for_any_number(
    client, lena, stage, otto, django_assert_num_queries, count
):
    for _ in range(count):
        speaker = make_user()
        make_participant(stage, user=speaker, role=SPEAKER)
        Follow.objects.create(follower=speaker, followed=otto)
    client.force_login(lena)

    # Session, reader, the person, the page of their list; what is live, of it what is new, whom
    # Lena follows; blocks and mutes, removals; the bell.
    with django_assert_num_queries(10):
        client.get("/@otto/followers/")
