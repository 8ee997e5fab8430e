"""Out of a Space: who was removed comes back when the crew lets them."""

import pytest

from accounts.models import Block
from config.errors import Conflict, NotAllowed
from spaces import actions, tasks
from spaces.models import Invitation, Participant, Space, SpeakRequest
from tests.factories import (
    ask_to_co_host,
    make_co_host,
    make_request,
    make_scheduled,
    make_space,
    make_user,
)

pytestmark = pytest.mark.django_db

Role = Participant.Role


def remove(by, space, whom, **how):
    return actions.remove_participant(actor=by, space=space, participant=whom, **how)


@pytest.mark.parametrize("whom", ["listener", "open_speaker"])
@pytest.mark.parametrize("by", ["hana", "nadia"])
def test_crew_removes_listeners_and_speakers(request, space, co_host, whom, by):
    crew = request.getfixturevalue(by)

    gone = remove(crew, space, request.getfixturevalue(whom))

    assert (gone.role, gone.microphone) == (Role.LISTENER, "muted")
    assert gone.removed_at is not None
    assert gone.removed_by == crew


def test_pages_close_and_the_node_hears_of_it_after_commit(
    space, hana, sami, speaker, news, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        remove(hana, space, speaker)
        assert (news.messages, news.stages) == ([], [])

    assert news.closed_for(sami) == [str(space.public_id)]
    assert news.stages == [space.public_id]


def test_removed_person_stands_in_no_line_and_by_no_invitation(space, hana, lena, speak_request):
    ask_to_co_host(space, lena)
    Invitation.objects.create(space=space, user=lena, kind=Invitation.Kind.LISTENER)

    remove(hana, space, speak_request.participant)

    assert not SpeakRequest.objects.in_space(space).pending().exists()
    assert not space.invitations.standing().exists()


@pytest.mark.parametrize("name", ["ask_to_speak", "step_up"])
def test_removed_person_does_nothing_here(space, lena, removed, open_stage, name):
    with pytest.raises(NotAllowed):
        getattr(actions, name)(actor=lena, space=space)


def test_removed_person_is_not_invited_to_the_stage(space, hana, removed):
    with pytest.raises(Conflict, match="Let them back in first"):
        actions.invite_to_stage(actor=hana, space=space, participant=removed)


def test_request_of_a_removed_person_cannot_be_accepted_by_a_late_click(space, hana, speak_request):
    remove(hana, space, speak_request.participant)

    with pytest.raises(Conflict):
        actions.accept_request(actor=hana, space=space, request=speak_request)


def test_host_removes_a_co_host_who_co_hosts_no_longer(space, hana, nadia, co_host):
    remove(hana, space, co_host)

    assert not actions.is_co_hosting(space, nadia)


def test_co_host_removes_no_co_host(space, nadia, co_host, sami):
    other = make_co_host(space, user=sami)

    with pytest.raises(NotAllowed, match="Only the host can do that with a co-host"):
        remove(nadia, space, other)


@pytest.mark.parametrize("by", ["hana", "nadia"])
def test_nobody_removes_the_host(request, space, hana, co_host, by):
    host = space.participants.get(user=hana)

    with pytest.raises(NotAllowed, match="Nobody can do that with the host"):
        remove(request.getfixturevalue(by), space, host)


def test_who_is_let_back_in_listens_and_may_ask(space, hana, lena, removed):
    back = actions.restore_participant(actor=hana, space=space, participant=removed)

    assert (back.removed_at, back.removed_by, back.role) == (None, None, Role.LISTENER)
    assert actions.ask_to_speak(actor=lena, space=space).state == SpeakRequest.State.PENDING


def test_who_is_let_back_in_finds_the_door_of_a_private_space_open(space, hana, lena, listener):
    space.visibility = Space.Visibility.INVITED
    space.save(update_fields=["visibility"])
    actions.invite_person(actor=hana, space=space, user=lena)
    remove(hana, space, listener)

    actions.restore_participant(actor=hana, space=space, participant=listener)

    assert Space.objects.visible_to(lena).filter(pk=space.pk).exists()


def test_who_is_blocked_is_not_let_back_in(space, hana, listener):
    remove(hana, space, listener, block=True)

    with pytest.raises(Conflict, match="Unblock them first"):
        actions.restore_participant(actor=hana, space=space, participant=listener)

    listener.refresh_from_db()
    assert listener.removed_at is not None


def test_others_stay_in_line(space, hana, listener):
    other = make_request(space)

    remove(hana, space, listener)

    assert list(SpeakRequest.objects.in_space(space).pending()) == [other]


# --- And blocked ---


def test_host_blocks_whom_they_remove(space, hana, lena, listener):
    gone = remove(hana, space, listener, block=True)

    assert Block.objects.filter(blocker=hana, blocked=lena).exists()
    assert gone.removed_at is not None


def test_host_blocks_who_was_removed_before(space, hana, lena, removed):
    remove(hana, space, removed, block=True)

    assert Block.objects.filter(blocker=hana, blocked=lena).exists()


def test_co_host_blocks_nobody_in_the_hosts_name(space, nadia, co_host, listener):
    with pytest.raises(NotAllowed, match="Only the host of this Space"):
        remove(nadia, space, listener, block=True)

    listener.refresh_from_db()
    assert (listener.removed_at, Block.objects.count()) == (None, 0)


# --- Blocked somewhere else ---


def test_who_is_blocked_while_inside_is_shut_out(
    space, hana, sami, speaker, listener, news, django_capture_on_commit_callbacks
):
    Block.objects.create(blocker=hana, blocked=sami)

    with django_capture_on_commit_callbacks(execute=True):
        tasks.remove_blocked()
        tasks.remove_blocked()

    assert list(space.participants.removed()) == [speaker]
    assert len(news.of(space)) == 1
    assert news.closed_for(sami) == [str(space.public_id)]


@pytest.mark.parametrize("make", [make_space, make_scheduled])
@pytest.mark.parametrize("state", [Invitation.State.PENDING, Invitation.State.ACCEPTED])
def test_who_is_blocked_takes_no_co_hosts_place(hana, otto, settings, make, state):
    settings.CO_HOSTS = 1
    space = make(hana)
    ask_to_co_host(space, otto, state=state)
    Block.objects.create(blocker=hana, blocked=otto)

    tasks.withdraw_blocked()

    assert not space.invitations.standing().exists()
    actions.invite_co_host(actor=hana, space=space, user=make_user())


def test_invitation_to_listen_of_who_is_blocked_is_taken_back_and_no_page_told(hana, otto):
    space = make_scheduled(hana, visibility=Space.Visibility.INVITED)
    actions.invite_person(actor=hana, space=space, user=otto)
    Block.objects.create(blocker=hana, blocked=otto)

    tasks.withdraw_blocked()
    tasks.withdraw_blocked()

    assert space.invitations.get().state == Invitation.State.WITHDRAWN
    assert Space.objects.get(pk=space.pk).version == space.version


def test_pages_hear_once_that_a_blocked_person_co_hosts_no_longer(
    hana, otto, news, django_capture_on_commit_callbacks
):
    space = make_scheduled(hana)
    ask_to_co_host(space, otto, state=Invitation.State.ACCEPTED)
    Block.objects.create(blocker=hana, blocked=otto)

    with django_capture_on_commit_callbacks(execute=True):
        tasks.withdraw_blocked()
        tasks.withdraw_blocked()

    assert len(news.of(space)) == 1


def test_invitation_of_who_is_not_blocked_any_more_stands(hana, otto):
    space = make_scheduled(hana)
    invitation = ask_to_co_host(space, otto)

    actions.withdraw_blocked(invitation=invitation)

    assert space.invitations.standing().exists()


def test_invitation_to_what_is_called_off_is_left_alone(hana, otto):
    space = make_scheduled(hana)
    invitation = ask_to_co_host(space, otto)
    Block.objects.create(blocker=hana, blocked=otto)
    actions.cancel_space(actor=hana, space=space)

    tasks.withdraw_blocked()
    actions.withdraw_blocked(invitation=invitation)

    assert space.invitations.standing().exists()


def test_block_by_a_guest_shuts_nobody_out(space, sami, hana, speaker, lena, listener):
    Block.objects.create(blocker=sami, blocked=lena)

    tasks.remove_blocked()

    assert not space.participants.removed().exists()


def test_block_after_the_end_changes_nothing(space, hana, sami, speaker):
    Block.objects.create(blocker=hana, blocked=sami)
    actions.end_space(actor=hana, space=space)

    tasks.remove_blocked()
    actions.remove_blocked(participant=speaker)

    assert not space.participants.removed().exists()
