"""Removal: somebody is out of this Space, their sound too, until the crew lets them back in."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import block as block_person
from accounts.models import User
from config.errors import NotAllowed

from .. import events, permissions
from ..models import Invitation, Participant, Space, SpeakRequest
from ..permissions import Capability, Role
from .changes import NotLive, SpaceOver, lock, lock_standing, publish
from .co_hosts import invitation_changed
from .invitations import answer, keep_door, require_invitable, show_out
from .stage import current, leave_stage, require_below
from .telling import tell_no_request


@transaction.atomic
def remove_participant(
    *, actor: User, space: Space, participant: Participant, block: bool = False
) -> Participant:
    """Bar somebody from this Space; the host may block them as well. Repeat: harmless.

    Raises: NotAllowed. Locks: Space; both people when they are blocked
    """
    space = lock(space)
    crew = permissions.require(Capability.REMOVE, space=space, user=actor)
    participant = current(participant)
    require_below(participant, by=crew)
    if block:
        if crew.role != Role.HOST:
            raise NotAllowed(
                _("Only the host of this Space can do that."), code="not_allowed_block"
            )
        block_person(actor=actor, person=participant.user)
    if participant.removed_at is None:
        _bar(space, participant, by=actor)
    return participant


def _bar(space: Space, participant: Participant, *, by: User) -> None:
    now = timezone.now()
    left = leave_stage(space, participant) if participant.is_on_stage else []
    asked = SpeakRequest.objects.pending().filter(participant=participant)
    if asked.update(state=SpeakRequest.State.WITHDRAWN, answered_at=now):
        tell_no_request(space)
    # Of either kind: an invitation would let them in again.
    for invitation in space.invitations.standing().filter(user=participant.user_id):
        answer(invitation, Invitation.State.WITHDRAWN)
    participant.removed_at, participant.removed_by = now, by
    participant.save(update_fields=["removed_at", "removed_by"])
    removed = events.ParticipantRemoved(person=str(participant.public_id))
    publish(space, *left, removed, stage_changed=True)
    show_out(space=space, people=[participant])


@transaction.atomic
def remove_blocked(*, participant: Participant) -> None:
    """Bar somebody whom the host blocked elsewhere while they were inside. Repeat: harmless."""
    try:
        space = lock(participant.space)
    except (SpaceOver, NotLive):
        return
    blocked = space.participants.blocked_by_host().filter(pk=participant.pk)
    for participant in blocked.select_related("user"):
        _bar(space, participant, by=space.host)


@transaction.atomic
def withdraw_blocked(*, invitation: Invitation) -> None:
    """Take back what calls in somebody whom the host blocked since. Repeat: harmless."""
    try:
        space = lock_standing(invitation.space)
    except SpaceOver:
        return
    blocked = space.invitations.standing().of_blocked().filter(pk=invitation.pk)
    for invitation in blocked.select_related("space", "user"):
        answer(invitation, Invitation.State.WITHDRAWN)
        if invitation.kind == Invitation.Kind.CO_HOST:
            publish(space, invitation_changed(invitation))


@transaction.atomic
def restore_participant(*, actor: User, space: Space, participant: Participant) -> Participant:
    """Let somebody back in, as a listener. Repeat: harmless.

    Raises: NotAllowed, NotInvitable when the host has blocked them
    """
    space = lock(space)
    permissions.require(Capability.REMOVE, space=space, user=actor)
    participant = current(participant)
    if participant.removed_at is not None:
        participant.removed_at = participant.removed_by = None
        participant.save(update_fields=["removed_at", "removed_by"])
        require_invitable(space, participant.user, by=actor)
        keep_door(space, participant.user, by=actor)
        restored = events.ParticipantRestored(person=str(participant.public_id))
        publish(space, restored, stage_changed=True)
    return participant
