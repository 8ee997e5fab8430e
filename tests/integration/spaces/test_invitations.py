"""Calling people in by their handle, and handing a Space on."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Block
from config.errors import Conflict, NotAllowed
from spaces import actions, events
from spaces.media import commands
from spaces.models import Invitation, Space
from spaces.views import invitations
from tests.factories import make_co_host, make_host, make_participant, make_scheduled, make_space

from .private import FOLLOWERS, INVITED, PUBLIC, SIGNED_IN, TITLE, invite

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]

HTMX = {"HX-Request": "true"}


@pytest.fixture
def private(hana):
    return make_space(hana, visibility=INVITED, title=TITLE)


def url(name, space, *more):
    return reverse(f"spaces:{name}", args=[space.public_id, *(row.public_id for row in more)])


def is_open_to(space, user):
    return Space.objects.visible_to(user).filter(pk=space.pk).exists()


# --- The action ---


def test_invitation_opens_the_door(private, hana, lena):
    actions.invite_person(actor=hana, space=private, user=lena)

    assert is_open_to(private, lena)


def test_people_are_invited_before_the_start_as_well(hana, lena):
    space = make_scheduled(hana, visibility=INVITED)

    actions.invite_person(actor=hana, space=space, user=lena)

    assert is_open_to(space, lena)


def test_co_host_invites(private, sami, lena):
    make_co_host(private, user=sami)

    actions.invite_person(actor=sami, space=private, user=lena)

    assert is_open_to(private, lena)


def test_inviting_twice_is_one_invitation(private, hana, lena):
    first = actions.invite_person(actor=hana, space=private, user=lena)

    assert actions.invite_person(actor=hana, space=private, user=lena) == first


@pytest.mark.parametrize("role", ["speaker", "listener"])
def test_who_is_not_of_the_crew_invites_nobody(private, sami, lena, role):
    make_participant(private, user=sami, role=role)

    with pytest.raises(NotAllowed):
        actions.invite_person(actor=sami, space=private, user=lena)


def test_nobody_is_invited_to_what_is_over(private, hana, lena):
    actions.end_space(actor=hana, space=private)

    with pytest.raises(actions.SpaceOver):
        actions.invite_person(actor=hana, space=private, user=lena)


def test_nobody_invites_themselves_or_the_host(private, hana, sami):
    make_co_host(private, user=sami)

    for user in (sami, hana):
        with pytest.raises(Conflict):
            actions.invite_person(actor=sami, space=private, user=user)


@pytest.mark.parametrize(
    ("blocker", "blocked", "sentence"),
    [
        ("hana", "lena", "You have blocked Lena. Unblock them first."),
        ("lena", "hana", "Lena cannot be invited to this Space."),
    ],
)
def test_block_either_way_is_in_the_way(request, private, hana, lena, blocker, blocked, sentence):
    Block.objects.create(
        blocker=request.getfixturevalue(blocker), blocked=request.getfixturevalue(blocked)
    )

    with pytest.raises(Conflict, match=sentence):
        actions.invite_person(actor=hana, space=private, user=lena)


def test_co_host_is_not_told_whom_the_host_blocks(private, hana, sami, lena):
    make_co_host(private, user=sami)
    Block.objects.create(blocker=hana, blocked=lena)

    with pytest.raises(Conflict, match="Lena cannot be invited"):
        actions.invite_person(actor=sami, space=private, user=lena)


def test_who_was_removed_is_let_back_in_first(private, hana, lena):
    participant = make_participant(private, user=lena)
    actions.remove_participant(actor=hana, space=private, participant=participant)

    with pytest.raises(Conflict, match="Let them back in first"):
        actions.invite_person(actor=hana, space=private, user=lena)


# --- Taken back ---


@pytest.fixture
def shown_out(monkeypatch):
    """Whose sockets were closed, and whose sound."""
    out = []
    monkeypatch.setattr("config.news._send", lambda messages: out.extend(messages))
    monkeypatch.setattr(commands, "remove_person", lambda space, person: out.append(person))
    return out


def test_invitation_taken_back_shuts_the_door_on_who_is_inside(
    private, hana, lena, shown_out, django_capture_on_commit_callbacks
):
    invitation = actions.invite_person(actor=hana, space=private, user=lena)
    inside = make_participant(private, user=lena)

    with django_capture_on_commit_callbacks(execute=True):
        actions.withdraw_invitation(actor=hana, space=private, invitation=invitation)

    assert not is_open_to(private, lena)
    assert shown_out == [events.user_channel(lena.pk), inside.public_id]


def test_who_may_come_in_without_it_stays(
    space, hana, lena, shown_out, django_capture_on_commit_callbacks
):
    invitation = actions.invite_person(actor=hana, space=space, user=lena)

    with django_capture_on_commit_callbacks(execute=True):
        actions.withdraw_invitation(actor=hana, space=space, invitation=invitation)

    assert shown_out == []


@pytest.fixture
def uninvited_speaker(private, hana, lena):
    """Lena speaks in a Space to which she is not invited any more."""
    invitation = actions.invite_person(actor=hana, space=private, user=lena)
    participant = make_participant(private, user=lena, role="speaker")
    actions.withdraw_invitation(actor=hana, space=private, invitation=invitation)
    return participant


@pytest.mark.parametrize("way", ["moved down", "stepping down", "lost"])
def test_who_stayed_by_the_stage_alone_is_outside_once_they_leave_it(
    private, hana, lena, uninvited_speaker, shown_out, django_capture_on_commit_callbacks, way
):
    assert is_open_to(private, lena)

    with django_capture_on_commit_callbacks(execute=True):
        if way == "moved down":
            actions.move_to_audience(actor=hana, space=private, participant=uninvited_speaker)
        elif way == "stepping down":
            actions.step_down(actor=lena, space=private)
        else:
            missing = {str(uninvited_speaker.public_id): 61}
            actions.sweep_absent(space=private, missing=missing, now=timezone.now())

    assert not is_open_to(private, lena)
    assert shown_out[-2:] == [events.user_channel(lena.pk), uninvited_speaker.public_id]


def test_invited_person_who_leaves_the_stage_listens_on(
    private, lena, shown_out, django_capture_on_commit_callbacks
):
    invite(private, lena)
    speaker = make_participant(private, user=lena, role="speaker")

    with django_capture_on_commit_callbacks(execute=True):
        actions.step_down(actor=lena, space=private)

    assert speaker.public_id not in shown_out
    assert events.user_channel(lena.pk) not in shown_out


def test_taking_back_twice_changes_nothing_more(private, hana, lena):
    invitation = invite(private, lena)
    first = actions.withdraw_invitation(actor=hana, space=private, invitation=invitation)

    again = actions.withdraw_invitation(actor=hana, space=private, invitation=invitation)

    assert again.answered_at == first.answered_at


def test_listener_takes_no_invitation_back(private, lena, otto):
    invitation = invite(private, lena)
    make_participant(private, user=otto)

    with pytest.raises(NotAllowed):
        actions.withdraw_invitation(actor=otto, space=private, invitation=invitation)


# --- The pages ---


def test_handle_is_invited_with_or_without_its_sign(client, private, hana, lena):
    client.force_login(hana)

    response = client.post(url("person-invite", private), {"handle": "@LENA"}, headers=HTMX)

    assert "@lena" in response.content.decode()
    assert is_open_to(private, lena)


@pytest.mark.parametrize(
    ("handle", "sentence"),
    [
        ("nobody_here", "Nobody here has the handle @nobody_here."),
        ("", "Give the handle of the person you want to invite."),
        ("hana", "You are in this Space yourself."),
        ("a\x00b", "Null characters"),
        ("\udfff", ""),
        ("x" * 5000, "at most 31 characters"),
    ],
)
def test_wrong_handle_is_named_at_its_field(client, private, hana, handle, sentence):
    client.force_login(hana)

    response = client.post(
        url("person-invite", private),
        f"handle={handle}".encode("utf-8", "surrogatepass"),
        content_type="application/x-www-form-urlencoded",
        headers=HTMX,
    )

    assert response.status_code == 200
    assert 'class="wrong"' in response.content.decode()
    assert sentence in response.content.decode()


def test_browser_without_scripts_is_shown_the_page_again(client, private, hana, lena):
    client.force_login(hana)

    response = client.post(url("person-invite", private), {"handle": "lena"}, follow=True)

    assert response.redirect_chain == [(url("space-share", private), 302)]
    assert "Lena is invited." in response.content.decode()


def test_list_of_the_invited_is_the_crews(client, private, lena, otto):
    invite(private, lena)
    invite(private, otto)
    client.force_login(lena)

    assert "@otto" not in client.get(url("space-share", private)).content.decode()


def test_invitation_of_another_space_is_not_found(client, private, lena):
    invitation = invite(private, lena)
    rival = make_space(make_host("rival"))
    client.force_login(rival.host)

    response = client.post(url("invitation-withdraw", rival, invitation), headers=HTMX)

    assert response.status_code == 404
    assert Invitation.objects.get(pk=invitation.pk).state == Invitation.State.PENDING


def test_invited_person_finds_it_at_home(client, private, hana, lena):
    coming = make_scheduled(hana, visibility=INVITED, title="Another one")
    for space in (private, coming):
        invite(space, lena)
    client.force_login(lena)

    panel = client.get("/").content.decode().partition("You are invited")[2]

    assert TITLE in panel
    assert "Another one" in panel


# --- Link, message, code ---


def test_message_says_what_where_and_with_whom(client, space):
    page = client.get(url("space-share", space)).content.decode()

    link = f"http://testserver{space.get_absolute_url()}?via=link"
    assert f"Join “{space.title}”, hosted by Hana, live now: {link}" in page


@pytest.mark.parametrize(
    ("visibility", "sentence"),
    [
        (SIGNED_IN, "Only people with an account can come in by the link."),
        (FOLLOWERS, "Only people who follow <bdi>Hana</bdi> can come in by the link"),
        (INVITED, "Only people who are invited can come in by the link."),
        (PUBLIC, ""),
    ],
)
def test_link_says_for_whom_it_works(client, hana, visibility, sentence):
    space = make_space(hana, visibility=visibility)
    client.force_login(hana)

    page = client.get(url("space-share", space)).content.decode()

    assert sentence in page
    assert ("can come in by the link" in page) == bool(sentence)


def test_code_is_a_picture_that_is_no_page(client, space):
    response = client.get(url("space-qr", space))

    assert response.headers["Content-Type"] == "image/svg+xml"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'"
    assert response.content.startswith(b"<?xml")


def test_code_is_of_the_link(client, space, monkeypatch):
    made = []
    real = invitations.segno.make
    monkeypatch.setattr(
        invitations.segno, "make", lambda text, **how: made.append(text) or real(text, **how)
    )

    client.get(url("space-qr", space))

    assert made == [f"http://testserver{space.get_absolute_url()}?via=link"]
