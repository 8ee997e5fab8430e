"""Co-hosts: asked by the host, standing by their invitation, on stage whenever they are here."""

from collections.abc import Sequence
from contextlib import suppress

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from config.errors import Conflict, NotAllowed

from .. import events, permissions
from ..models import Invitation, Participant, Space
from ..permissions import Capability, Role
from .acting import resign
from .changes import NotLive, SpaceOver, lock, lock_standing, publish
from .invitations import answer, close_door, keep_door, require_invitable
from .rooms import join_space, row_of
from .stage import (
    StageFull,
    bring_up,
    current,
    is_co_hosting,
    leave_stage,
    places,
    require_room,
    role_changed,
)
from .telling import tell_invited
from .turns import begin


class CoHostsFull(Conflict):
    code = "co_hosts_full"


@transaction.atomic
def invite_co_host(*, actor: User, space: Space, user: User) -> Invitation:
    """Ask somebody to co-host, here or not, before the start or live. Repeat: harmless.

    Raises: NotAllowed, Conflict, CoHostsFull
    """
    space = lock_standing(space)
    permissions.require(Capability.MANAGE_CO_HOSTS, space=space, user=actor)
    standing = _standing_of(space, user)
    if standing is not None:
        return standing
    require_invitable(space, user, by=actor)
    _require_place(space)
    invitation = Invitation.objects.create(
        space=space, user=user, kind=Invitation.Kind.CO_HOST, invited_by=actor
    )
    tell_invited(invitation)
    publish(space, invitation_changed(invitation))
    return invitation


def _require_place(space: Space) -> None:
    if space.invitations.to_co_host().standing().count() < settings.CO_HOSTS:
        return
    raise CoHostsFull(
        ngettext(
            "A Space has at most %(count)s co-host. Take that invitation back first.",
            "A Space has at most %(count)s co-hosts. Take one of their invitations back first.",
            settings.CO_HOSTS,
        )
        % {"count": settings.CO_HOSTS}
    )


@transaction.atomic
def accept_co_hosting(*, actor: User, space: Space) -> Invitation:
    """Co-host from now on: on stage at once where the Space is live. Repeat: harmless.

    A full stage leaves them in the audience, from where they come up when there is room.
    """
    space = lock_standing(space)
    invitation = _own_invitation(actor, space)
    if invitation.state == Invitation.State.ACCEPTED:
        return invitation
    answer(invitation, Invitation.State.ACCEPTED)
    news = invitation_changed(invitation)
    here = _participant(space, actor)
    if here is not None:
        _give_leave(here)
    is_on_stage = here is not None and here.is_on_stage
    if space.is_live and (is_on_stage or _has_room(space)):
        _seat(space, current(join_space(actor=actor, space=space)), news)
    else:
        publish(space, news)
    return invitation


@transaction.atomic
def decline_co_hosting(*, actor: User, space: Space) -> Invitation:
    """They may listen, and the host may ask again.

    Raises: NotAllowed, Conflict when it was accepted
    """
    space = lock_standing(space)
    invitation = _own_invitation(actor, space)
    if invitation.state == Invitation.State.ACCEPTED:
        raise Conflict(_("You co-host this Space already. Step down to end that."))
    answer(invitation, Invitation.State.DECLINED)
    keep_door(space, actor, by=space.host)
    publish(space, invitation_changed(invitation))
    return invitation


@transaction.atomic
def withdraw_co_hosting(*, actor: User, space: Space, user: User) -> None:
    """Take the invitation back; who co-hosted is a speaker from now on. Repeat: harmless."""
    space = lock_standing(space)
    permissions.require(Capability.MANAGE_CO_HOSTS, space=space, user=actor)
    invitation = _standing_of(space, user)
    if invitation is None:
        return
    co_hosted = invitation.state == Invitation.State.ACCEPTED
    answer(invitation, Invitation.State.WITHDRAWN)
    news = invitation_changed(invitation)
    participant = _participant(space, user)
    if participant is not None and participant.role == Role.CO_HOST:
        _unseat(space, participant, news)
        return
    publish(space, news)
    if co_hosted:
        # They waited for a place on stage.
        keep_door(space, user, by=space.host)
    close_door(space, user)


def come_in(*, actor: User, space: Space) -> Participant:
    """The person's row in a live Space, on stage if they co-host it. Repeat: harmless."""
    participant, is_new = row_of(actor, space)
    if is_new:
        with suppress(SpaceOver, NotLive):
            _show_question(space, actor)
    if permissions.is_crew(participant) or not is_co_hosting(space, actor):
        return participant
    try:
        return _take_seat(space, participant)
    except (StageFull, SpaceOver, NotLive):
        return participant


@transaction.atomic
def _show_question(space: Space, user: User) -> None:
    """Who was asked to co-host before they came has a place on the stage's pages from now on, where
    they are asked; their own was drawn before."""
    asked = space.invitations.to_co_host().pending().filter(user=user).first()
    if asked is not None:
        publish(lock(space), invitation_changed(asked))


@transaction.atomic
def _take_seat(space: Space, participant: Participant) -> Participant:
    space = lock(space)
    participant = current(participant)
    # They may have come in by two pages at once, or been called back meanwhile.
    if permissions.is_crew(participant) or not is_co_hosting(space, participant.user):
        return participant
    return _seat(space, participant)


def _give_leave(participant: Participant) -> None:
    """The host's question is the crew's leave, also to who finds no place on stage yet."""
    if participant.needs_leave:
        participant.needs_leave = False
        participant.save(update_fields=["needs_leave"])


def _has_room(space: Space) -> bool:
    try:
        require_room(space, Role.CO_HOST)
    except StageFull:
        return False
    return True


def _seat(space: Space, participant: Participant, *news: events.Event) -> Participant:
    """Give a listener or a speaker the co-host's place. Locks: the caller, the Space."""
    if not participant.is_on_stage:
        return bring_up(space, participant, *news)
    participant.role, participant.turn_ends_at, participant.needs_leave = Role.CO_HOST, None, False
    if not participant.is_open:
        participant.microphone = Participant.Microphone.MUTED
    participant.save(update_fields=["role", "turn_ends_at", "needs_leave", "microphone"])
    publish(space, *news, role_changed(participant), stage_changed=True)
    return participant


def _unseat(space: Space, participant: Participant, *news: events.Event) -> None:
    """Make a co-host a speaker, where one of the speakers' places is free, else a listener."""
    keep_door(space, participant.user, by=space.host)
    _people, speakers = places(space)
    if space.participants.filter(role=Role.SPEAKER).count() >= speakers:
        left: Sequence[events.Event] = leave_stage(space, participant)
    else:
        now = timezone.now()
        left = resign(space, participant, now=now)
        participant.role = Role.SPEAKER
        participant.save(update_fields=["role"])
        if participant.is_open:
            begin(space, participant, now)
    publish(space, *news, *left, role_changed(participant), stage_changed=True)


def _own_invitation(actor: User, space: Space) -> Invitation:
    invitation = _standing_of(space, actor)
    if invitation is None:
        raise NotAllowed(_("You are not asked to co-host this Space."), code="not_asked")
    return invitation


def _standing_of(space: Space, user: User) -> Invitation | None:
    return space.invitations.to_co_host().standing().filter(user=user).first()


def _participant(space: Space, user: User) -> Participant | None:
    return space.participants.filter(user=user).select_related("user").first()


def invitation_changed(invitation: Invitation) -> events.InvitationChanged:
    participant = _participant(invitation.space, invitation.user)
    return events.InvitationChanged(
        person=str(participant.public_id) if participant else "", state=invitation.state
    )
