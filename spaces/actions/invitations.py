"""People called in by their handle, into a private Space or just so that they hear of it."""

from collections.abc import Iterable
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Block, User
from config.errors import Conflict, NotAllowed

from .. import events, permissions
from ..media import commands
from ..models import Invitation, Participant, Space
from ..permissions import Capability
from .changes import lock_standing
from .telling import tell_answered, tell_invited


class NotInvitable(Conflict):
    """This one cannot be called in, and the sentence says what is in the way."""

    code = "not_invitable"


@transaction.atomic
def invite_person(*, actor: User, space: Space, user: User) -> Invitation:
    """Let somebody come in, before the start or live. Repeat: harmless. No page is told.

    Raises: NotAllowed, NotInvitable
    """
    space = lock_standing(space)
    permissions.require(Capability.CALL_IN, space=space, user=actor)
    standing = space.invitations.to_listen().standing().filter(user=user).first()
    if standing is not None:
        return standing
    require_invitable(space, user, by=actor)
    invitation = Invitation.objects.create(
        space=space, user=user, kind=Invitation.Kind.LISTENER, invited_by=actor
    )
    tell_invited(invitation)
    return invitation


def require_invitable(space: Space, user: User, *, by: User) -> None:
    """Raises: NotInvitable"""
    if user.pk == by.pk:
        raise NotInvitable(_("You are in this Space yourself. Invite somebody else."))
    name = {"name": user.display_name}
    if user.pk == space.host_id:
        raise NotInvitable(_("%(name)s hosts this Space.") % name)
    if Block.objects.filter(blocker=by, blocked=user).exists():
        raise NotInvitable(_("You have blocked %(name)s. Unblock them first.") % name)
    blocks = Block.objects.filter(blocker=space.host_id, blocked=user) | Block.objects.filter(
        blocker=user, blocked__in=[space.host_id, by.pk]
    )
    if blocks.exists():
        # No reason: whoever blocks somebody need not tell a third.
        raise NotInvitable(_("%(name)s cannot be invited to this Space.") % name)
    if space.participants.filter(user=user, removed_at__isnull=False).exists():
        raise NotInvitable(
            _("%(name)s was removed from this Space. Let them back in first.") % name
        )


@transaction.atomic
def withdraw_invitation(*, actor: User, space: Space, invitation: Invitation) -> Invitation:
    """Take it back; to whom the Space is not open without it, it closes. Repeat: harmless."""
    space = lock_standing(space)
    permissions.require(Capability.CALL_IN, space=space, user=actor)
    invitation = Invitation.objects.select_related("user").get(pk=invitation.pk)
    if invitation.state == Invitation.State.WITHDRAWN:
        return invitation
    answer(invitation, Invitation.State.WITHDRAWN)
    close_door(space, invitation.user)
    return invitation


@transaction.atomic
def decline_invitation(*, actor: User, space: Space, invitation: Invitation) -> Invitation:
    """Turn down what calls somebody in; the crew may ask again. Repeat: harmless.

    To whom a private Space is not open otherwise, it closes. Raises: NotAllowed
    """
    space = lock_standing(space)
    invitation = Invitation.objects.to_listen().select_related("user").get(pk=invitation.pk)
    if invitation.user_id != actor.pk:
        raise NotAllowed(_("This invitation is for somebody else."))
    if invitation.is_standing:
        answer(invitation, Invitation.State.DECLINED)
        close_door(space, actor)
    return invitation


def answer(invitation: Invitation, state: Invitation.State) -> None:
    """By whom it is for, or by who takes it back. Locks: the caller, the Space."""
    invitation.state, invitation.answered_at = state, timezone.now()
    invitation.save(update_fields=["state", "answered_at"])
    tell_answered(invitation)


def keep_door(space: Space, user: User, *, by: User) -> None:
    """Who is no co-host any more, or let back in, may go on listening. Repeat: harmless.

    Locks: the caller, the Space.
    """
    if space.is_for_anybody:
        return
    Invitation.objects.to_listen().standing().get_or_create(
        space=space,
        user=user,
        defaults={"kind": Invitation.Kind.LISTENER, "invited_by": by},
    )


def close_door(space: Space, user: User) -> None:
    """To whom it is not open any more: their pages look again, the sound stops with them."""
    if Space.objects.visible_to(user).filter(pk=space.pk).exists():
        return
    participant = permissions.participant_of(space, user)
    if participant is not None:
        show_out(space=space, people=[participant])
    else:
        events.close_sockets(user_id=user.pk, space=space)


def show_out(*, space: Space, people: Iterable[Participant]) -> None:
    """End what they see and hear of the Space, after commit. It bars nobody. Repeat: harmless."""
    for participant in people:
        events.close_sockets(user_id=participant.user_id, space=space)
        remove = partial(commands.remove_person, space.public_id, participant.public_id)
        transaction.on_commit(remove, robust=True)
