"""Sockets of Spaces that are not for everyone, and of the lists that must not tell of them."""

import pytest

from accounts import actions as people
from accounts.models import Follow
from spaces import actions, tasks
from spaces.models import Participant
from tests.factories import make_host, make_participant, make_space

from ..private import FOLLOWERS, INVITED, TITLE, invite
from .page import sign_in, wait_until_present


@pytest.fixture
def private(hana):
    return make_space(hana, visibility=INVITED, title=TITLE)


def start(host, **fields):
    return actions.open_space(actor=host, title=TITLE, topics=[], who_may_speak="invited", **fields)


def tells_of(page, space):
    """By anything that came down its socket."""
    return any(str(space.public_id) in str(frame) for _, frame in page.frames)


def test_home_tells_its_own_people_alone(pages, hana, lena, otto):
    Follow.objects.create(follower=lena, followed=hana)
    own, strangers, nobodys = (
        pages.home(session=sign_in(lena)),
        pages.home(session=sign_in(otto)),
        pages.home(),
    )
    for page in (own, strangers, nobodys):
        page.wait_event("resync")

    space = start(hana, visibility=FOLLOWERS)
    own.wait_html(f"space-card-{space.public_id}")
    listener = pages.space(space, user=lena, version=space.version)
    own.wait(lambda frame: frame.get("data", {}).get(str(space.public_id)) == 1)
    public = start(make_host("rival"))

    for page in (strangers, nobodys):
        page.wait_html(f"space-card-{public.public_id}")
        assert not any(str(space.public_id) in str(frame) for _, frame in page.frames)
    assert listener.code is None


def test_invited_person_who_comes_later_is_shown_it_at_once(pages, private, lena):
    invite(private, lena)

    page, nobodys = pages.home(session=sign_in(lena)), pages.home()

    assert TITLE in page.wait_event("resync")["html"]
    public = start(make_host("rival"))
    nobodys.wait_html(f"space-card-{public.public_id}")
    assert not tells_of(nobodys, private)


@pytest.mark.parametrize("who", ["nobody", "a stranger"])
def test_who_is_not_admitted_is_told_to_look_again_and_nothing_else(pages, private, otto, who):
    session = sign_in(otto) if who == "a stranger" else None

    page = pages.open(f"/ws/spaces/{private.public_id}/", session=session)

    assert page.wait_closed() == 4410
    assert page.frames == []
    assert not Participant.objects.filter(space=private, user=otto).exists()


def test_invitation_taken_back_closes_the_open_page(pages, private, hana, lena):
    invitation = actions.invite_person(actor=hana, space=private, user=lena)
    inside = pages.space(private, user=lena, version=private.version)

    actions.withdraw_invitation(actor=hana, space=private, invitation=invitation)

    assert inside.wait_closed() == 4410


def test_follower_who_unfollows_is_out_after_the_sweep_and_in_again_once_they_follow(
    pages, hana, lena
):
    space = make_space(hana, visibility=FOLLOWERS, title=TITLE)
    people.follow(actor=lena, person=hana)
    inside = pages.space(space, user=lena, version=space.version)
    wait_until_present(space, lena)
    people.unfollow(actor=lena, person=hana)

    tasks.show_out()

    assert inside.wait_closed() == 4410
    people.follow(actor=lena, person=hana)
    assert pages.space(space, user=lena, version=space.version).code is None


def test_speaker_whose_invitation_was_taken_back_is_out_once_moved_down(pages, private, hana, lena):
    speaker = make_participant(private, user=lena, role=Participant.Role.SPEAKER)
    page = pages.space(private, user=lena, version=private.version)

    actions.move_to_audience(actor=hana, space=private, participant=speaker)

    assert page.wait_closed() == 4410


def test_sound_is_asked_for_at_the_same_door(pages, private, lena):
    """The message that closes sockets may be lost."""
    invitation = invite(private, lena)
    inside = pages.space(private, user=lena, version=private.version)
    invitation.delete()

    inside.say(do="listen")

    assert inside.wait_closed() == 4410


def test_unnamed_listener_is_counted_and_in_nobodys_frame(pages, space, hana, lena):
    make_participant(space, user=lena, is_unnamed=True)
    crew, other = (pages.space(space, user=user, version=0) for user in (hana, None))

    pages.space(space, user=lena, version=space.version)

    for page in (crew, other):
        frame = page.wait_count(2)
        assert 'class="faces"' not in frame["html"]


def test_switch_takes_the_name_off_open_pages(pages, space, hana, lena):
    crew = pages.space(space, user=hana, version=space.version)
    pages.space(space, user=lena, version=space.version)
    crew.wait_html('class="faces"')
    before = crew.seen

    actions.listen_unnamed(actor=lena, space=space)

    assert 'class="faces"' not in crew.wait_html('id="audience"', after=before)["html"]
