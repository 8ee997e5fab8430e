"""Who is told of invitations and requests, and what is taken back."""

import time

import pytest

from accounts.models import Mute, Notification
from accounts.models.notifications import Subject
from config import news
from config.errors import NotAllowed
from spaces import actions
from spaces import notification_kinds as kinds
from spaces.live import presence
from spaces.models import Invitation, Space
from tests.factories import (
    make_co_host,
    make_participant,
    make_request,
    make_scheduled,
    make_space,
    make_user,
)

from .private import INVITED, TITLE, invite

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


def told(user):
    """Kind and actor of what somebody was told."""
    rows = Notification.objects.of(user).order_by("pk").select_related("actor")
    return [(row.kind, row.actor.handle) for row in rows]


def come(space, *users):
    """They have its page open."""
    here = [presence.signed_in(user.pk) for user in users]
    presence.add(news.connection(), str(space.public_id), here, now=time.time())


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    def run():
        return django_capture_on_commit_callbacks(execute=True)

    return run


# --- Invitations ---


@pytest.mark.parametrize(
    ("invite_by", "kind"),
    [(actions.invite_co_host, "co_host"), (actions.invite_person, "invited")],
)
def test_invited_person_is_told_once(space, hana, lena, invite_by, kind):
    for _ in range(2):
        invite_by(actor=hana, space=space, user=lena)

    assert told(lena) == [(kind, "hana")]


def test_invited_person_is_mailed_unless_they_chose_otherwise(space, hana, lena):
    actions.invite_person(actor=hana, space=space, user=lena)

    (delivery,) = Notification.objects.get().deliveries.all()
    assert (delivery.channel, kinds.INVITED.subject) == ("mail", Subject.INVITATIONS)


@pytest.mark.parametrize("muted", ["hana", "sami"])
def test_nobody_hears_of_it_from_whom_they_muted_or_of_their_spaces(
    request, space, hana, sami, lena, muted
):
    make_co_host(space, user=sami)
    Mute.objects.create(muter=lena, muted=request.getfixturevalue(muted))

    actions.invite_person(actor=sami, space=space, user=lena)

    assert told(lena) == []


def test_page_of_who_is_invited_is_told_after_commit(space, hana, lena, monkeypatch, committed):
    sent = []
    monkeypatch.setattr("config.news._send", sent.append)

    with committed():
        actions.invite_person(actor=hana, space=space, user=lena)
        assert sent == []

    assert {news.PEOPLE_CHANNEL: {"people": [lena.pk]}} in sent


def test_invitation_that_was_taken_back_is_told_no_longer(space, hana, lena):
    actions.invite_co_host(actor=hana, space=space, user=lena)
    actions.withdraw_co_hosting(actor=hana, space=space, user=lena)

    assert told(lena) == []


def test_who_is_removed_reads_of_no_invitation(space, hana, lena):
    participant = make_participant(space, user=lena)
    actions.invite_person(actor=hana, space=space, user=lena)

    actions.remove_participant(actor=hana, space=space, participant=participant)

    assert told(lena) == []


def test_answer_anywhere_reads_the_invitation(space, hana, lena):
    actions.invite_co_host(actor=hana, space=space, user=lena)
    actions.decline_co_hosting(actor=lena, space=space)

    assert not Notification.objects.of(lena).unread().exists()


def test_mail_of_an_answered_invitation_is_not_worth_sending(space, hana, lena):
    actions.invite_co_host(actor=hana, space=space, user=lena)
    notification = Notification.objects.get()
    assert kinds.CO_HOST.holds(notification)

    actions.accept_co_hosting(actor=lena, space=space)

    assert not kinds.CO_HOST.holds(notification)


# --- Declining ---


@pytest.fixture
def private(hana):
    return make_space(hana, visibility=INVITED, title=TITLE)


def test_declined_private_space_is_shut(private, lena):
    invitation = invite(private, lena)

    actions.decline_invitation(actor=lena, space=private, invitation=invitation)

    assert not Space.objects.visible_to(lena).filter(pk=private.pk).exists()


def test_declining_twice_changes_nothing_more(private, lena):
    invitation = invite(private, lena)
    first = actions.decline_invitation(actor=lena, space=private, invitation=invitation)

    again = actions.decline_invitation(actor=lena, space=private, invitation=invitation)

    assert again.answered_at == first.answered_at


def test_invitation_taken_back_stays_so(private, hana, lena):
    invitation = invite(private, lena)
    actions.withdraw_invitation(actor=hana, space=private, invitation=invitation)

    actions.decline_invitation(actor=lena, space=private, invitation=invitation)

    invitation.refresh_from_db()
    assert invitation.state == Invitation.State.WITHDRAWN


def test_nobody_declines_for_somebody_else(private, hana, lena, otto):
    invitation = invite(private, lena)

    for user in (otto, hana):
        with pytest.raises(NotAllowed):
            actions.decline_invitation(actor=user, space=private, invitation=invitation)


def test_who_is_inside_is_shown_out_after_commit(private, lena, monkeypatch, committed):
    sent = []
    monkeypatch.setattr("config.news._send", sent.append)
    invitation = invite(private, lena)

    with committed():
        actions.decline_invitation(actor=lena, space=private, invitation=invitation)

    assert any(f"user:{lena.pk}" in channel for message in sent for channel in message)


def test_who_declined_can_be_asked_again(private, hana, lena):
    actions.decline_invitation(actor=lena, space=private, invitation=invite(private, lena))

    actions.invite_person(actor=hana, space=private, user=lena)

    assert Space.objects.visible_to(lena).filter(pk=private.pk).exists()


def test_crew_reads_who_declined_until_they_are_asked_again(private, hana, lena):
    first = invite(private, lena)
    actions.decline_invitation(actor=lena, space=private, invitation=first)
    assert [each.pk for each in private.invitations.known_to_crew()] == [first.pk]

    second = actions.invite_person(actor=hana, space=private, user=lena)

    assert [each.pk for each in private.invitations.known_to_crew()] == [second.pk]


# --- To the stage ---


def test_who_is_called_up_and_not_there_is_told(space, hana, listener, lena, committed):
    with committed():
        actions.invite_to_stage(actor=hana, space=space, participant=listener)

    assert told(lena) == [("to_stage", "hana")]


def test_who_is_there_sees_it_in_the_room(space, hana, listener, lena, committed):
    come(space, lena)

    with committed():
        actions.invite_to_stage(actor=hana, space=space, participant=listener)

    assert told(lena) == []


def test_nobody_is_called_up_by_whom_they_muted(space, hana, listener, lena, committed):
    Mute.objects.create(muter=lena, muted=hana)

    with committed():
        actions.invite_to_stage(actor=hana, space=space, participant=listener)

    assert told(lena) == []


def test_call_taken_back_is_told_no_longer(space, hana, listener, lena, committed):
    with committed():
        call = actions.invite_to_stage(actor=hana, space=space, participant=listener)

    actions.withdraw_request(actor=hana, space=space, request=call)

    assert told(lena) == []


def test_answered_call_is_read(space, hana, listener, lena, committed):
    with committed():
        call = actions.invite_to_stage(actor=hana, space=space, participant=listener)
    assert kinds.TO_STAGE.holds(Notification.objects.get())

    actions.decline_request(actor=lena, space=space, request=call)

    assert not Notification.objects.of(lena).unread().exists()
    assert not kinds.TO_STAGE.holds(Notification.objects.get())


# --- Requests to speak ---


def ask(space, user, committed):
    with committed():
        return actions.ask_to_speak(actor=user, space=space)


def test_crew_that_is_away_is_told_of_a_request(space, hana, co_host, nadia, lena, committed):
    ask(space, lena, committed)

    assert told(hana) == told(nadia) == [("request", "lena")]
    assert not Notification.objects.filter(deliveries__isnull=False).exists()


def test_crew_that_is_there_is_not(space, hana, co_host, nadia, lena, committed):
    come(space, hana)

    ask(space, lena, committed)

    assert (told(hana), told(nadia)) == ([], [("request", "lena")])


def test_next_request_renews_the_row(space, hana, lena, otto, committed):
    ask(space, lena, committed)
    Notification.objects.update(read_at=space.started_at)

    ask(space, otto, committed)

    (row,) = Notification.objects.of(hana)
    assert (row.actor, row.is_new) == (otto, True)


def test_asking_twice_is_told_once(space, hana, lena, committed):
    ask(space, lena, committed)
    Notification.objects.update(read_at=space.started_at)

    ask(space, lena, committed)

    assert not Notification.objects.of(hana).unread().exists()


@pytest.mark.parametrize("way", ["accepted", "declined", "withdrawn", "removed", "ended"])
def test_nobody_waits_and_nobody_is_told(space, hana, lena, committed, way):
    request = ask(space, lena, committed)
    assert kinds.REQUEST.holds(Notification.objects.get())

    match way:
        case "accepted":
            actions.accept_request(actor=hana, space=space, request=request)
        case "declined":
            actions.decline_request(actor=hana, space=space, request=request)
        case "withdrawn":
            actions.withdraw_request(actor=lena, space=space, request=request)
        case "removed":
            person = request.participant
            actions.remove_participant(actor=hana, space=space, participant=person)
        case "ended":
            actions.end_space(actor=hana, space=space)

    assert told(hana) == []


def test_row_stays_while_somebody_else_waits(space, hana, lena, committed):
    make_request(space)
    request = ask(space, lena, committed)

    actions.decline_request(actor=hana, space=space, request=request)

    assert told(hana) == [("request", "lena")]


def test_dead_redis_loses_the_news_and_not_the_request(space, lena, monkeypatch, committed):
    def refuse(*_args):
        raise ConnectionError("no Redis")

    monkeypatch.setattr("spaces.live.presence.present_users", refuse)

    request = ask(space, lena, committed)

    assert request.state == "pending"


# --- The pages of it ---


def test_declining_leads_back_to_the_list_it_stood_on(client, private, lena):
    invitation = invite(private, lena)
    client.force_login(lena)

    response = client.post(
        f"/spaces/{private.public_id}/invitations/{invitation.public_id}/decline/",
        headers={"Referer": "http://testserver/upcoming/"},
        follow=True,
    )

    assert response.redirect_chain == [("/upcoming/", 302)]
    assert f"You declined the invitation to “{TITLE}”." in response.content.decode()


def test_home_offers_to_decline_what_calls_in_to_listen(client, hana, private, lena):
    invitation = invite(private, lena)
    announced = make_scheduled(make_user("nadia"), title="Co-hosted evening")
    actions.invite_co_host(actor=announced.host, space=announced, user=lena)
    client.force_login(lena)

    content = client.get("/").content.decode()

    assert f"/invitations/{invitation.public_id}/decline/" in content
    assert content.count("/decline/") == 1


def test_share_page_says_who_declined(client, private, hana, lena):
    actions.decline_invitation(actor=lena, space=private, invitation=invite(private, lena))
    client.force_login(hana)

    content = client.get(f"/spaces/{private.public_id}/share/").content.decode()

    assert "Declined" in content
    assert "Invite again" in content
