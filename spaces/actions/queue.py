"""The speaking queue: asking, inviting, and the answers."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from config.errors import Conflict, NotAllowed

from .. import events, permissions
from ..models import Participant, Space, SpeakRequest
from ..permissions import Capability
from .changes import lock, publish
from .rooms import join_space
from .stage import bring_up, current, require_room


@transaction.atomic
def ask_to_speak(*, actor: User, space: Space) -> SpeakRequest:
    """Stand in line. Repeat: harmless, the place in line stays."""
    space = lock(space)
    join_space(actor=actor, space=space)
    participant = permissions.require(Capability.ASK_TO_SPEAK, space=space, user=actor)
    pending = SpeakRequest.objects.pending().filter(participant=participant).first()
    if pending is not None:
        return pending
    request = SpeakRequest.objects.create(participant=participant)
    publish(space, request_changed(request))
    return request


@transaction.atomic
def withdraw_request(*, actor: User, space: Space, request: SpeakRequest) -> SpeakRequest:
    """Leave the line, or turn down an invitation; the crew takes an invitation back."""
    space = lock(space)
    if request.participant.user_id != actor.pk:
        if not request.is_invitation:
            raise NotAllowed(_("This is somebody else's request."))
        permissions.require(Capability.INVITE, space=space, user=actor)
    return _answer(space, request, SpeakRequest.State.WITHDRAWN)


@transaction.atomic
def invite_to_stage(*, actor: User, space: Space, participant: Participant) -> SpeakRequest:
    """Call a listener up; they come when they accept. Who has asked already comes at once."""
    space = lock(space)
    permissions.require(Capability.INVITE, space=space, user=actor)
    participant = current(participant)
    if participant.is_on_stage:
        raise Conflict(_("%(name)s is on stage already.") % {"name": participant.user.display_name})
    pending = SpeakRequest.objects.pending().filter(participant=participant).first()
    if pending is None:
        pending = SpeakRequest.objects.create(participant=participant, invited_by=actor)
        publish(space, request_changed(pending))
    elif not pending.is_invitation:
        return _answer(space, pending, SpeakRequest.State.ACCEPTED)
    return pending


@transaction.atomic
def accept_request(*, actor: User, space: Space, request: SpeakRequest) -> Participant:
    """The crew says yes to who asked; who was invited says yes themselves."""
    space = lock(space)
    _require_answerer(actor=actor, space=space, request=request)
    _answer(space, request, SpeakRequest.State.ACCEPTED)
    return current(request.participant)


@transaction.atomic
def decline_request(*, actor: User, space: Space, request: SpeakRequest) -> SpeakRequest:
    space = lock(space)
    _require_answerer(actor=actor, space=space, request=request)
    return _answer(space, request, SpeakRequest.State.DECLINED)


def _require_answerer(*, actor: User, space: Space, request: SpeakRequest) -> None:
    if not request.is_invitation:
        permissions.require(Capability.ANSWER_REQUESTS, space=space, user=actor)
    elif request.participant.user_id != actor.pk:
        raise NotAllowed(_("This invitation is for somebody else."))


def _answer(space: Space, request: SpeakRequest, state: SpeakRequest.State) -> SpeakRequest:
    request = SpeakRequest.objects.select_related("participant__user").get(pk=request.pk)
    if request.state != SpeakRequest.State.PENDING:
        raise Conflict(_("This request has been answered already."))
    if state == SpeakRequest.State.ACCEPTED:
        # First: a full stage must leave the request standing in line.
        require_room(space)
    request.state, request.answered_at = state, timezone.now()
    request.save(update_fields=["state", "answered_at"])
    if state == SpeakRequest.State.ACCEPTED:
        bring_up(space, request.participant, request_changed(request))
    else:
        publish(space, request_changed(request))
    return request


def request_changed(request: SpeakRequest) -> events.RequestChanged:
    return events.RequestChanged(
        person=str(request.participant.public_id),
        state=request.state,
        is_invitation=request.is_invitation,
    )
