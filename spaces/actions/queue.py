"""The speaking queue: asking, the order of the line, inviting, and the answers."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from config.errors import Conflict, NotAllowed

from .. import events, permissions
from ..models import Participant, Space, SpeakRequest
from ..permissions import Capability
from .changes import lock, publish
from .filtering import require_passing
from .rooms import join_space
from .stage import bring_up, current, require_admitted
from .telling import tell_answered_call, tell_called, tell_no_request, tell_of_request


@transaction.atomic
def ask_to_speak(*, actor: User, space: Space, question: str = "") -> SpeakRequest:
    """Stand in line, at its end or behind the first-timers. Repeat: harmless, the place stays.

    Raises: NotAllowed, also when the line is closed; HeldBack
    """
    space = lock(space)
    join_space(actor=actor, space=space)
    participant = permissions.require(Capability.ASK_TO_SPEAK, space=space, user=actor)
    pending = SpeakRequest.objects.pending().filter(participant=participant).first()
    if pending is not None:
        return pending
    _require_open_line(space)
    require_passing(question, author=participant, space=space)
    line = waiting(space)
    request = SpeakRequest.objects.create(
        participant=participant,
        question=question,
        rank=line[-1].rank + 1 if line else 1,
        is_first_time=not Participant.objects.ever_heard().filter(user=actor).exists(),
    )
    if space.first_timers_first and request.is_first_time:
        # Not sorted anew: whom the crew has moved stays where they were put.
        place = max(
            (at for at, other in enumerate(line, start=1) if other.is_first_time), default=0
        )
        _put_in_order([*line[:place], request, *line[place:]])
    tell_of_request(space, actor)
    publish(space, request_changed(request))
    return request


def _require_open_line(space: Space) -> None:
    if space.takes_requests:
        return
    if space.who_may_comment == Space.WhoMayComment.OFF:
        sentence = _("Only people %(host)s invites may speak now.")
    else:
        sentence = _("Only people %(host)s invites may speak now. You can still write a comment.")
    raise NotAllowed(sentence % {"host": space.host.display_name}, code="takes_no_requests")


@transaction.atomic
def change_question(*, actor: User, space: Space, request: SpeakRequest, question: str) -> None:
    """Ask something else, or nothing, at the same place in line. Repeat: harmless.

    Raises: NotAllowed, Conflict, HeldBack
    """
    space = lock(space)
    if request.participant.user_id != actor.pk:
        raise NotAllowed(_("This is somebody else's request."))
    request = _require_pending(request)
    if request.question == question:
        return
    require_passing(question, author=request.participant, space=space)
    request.question = question
    request.save(update_fields=["question"])
    publish(space, request_changed(request))


def waiting(space: Space) -> list[SpeakRequest]:
    """The line, without those who were invited."""
    return list(SpeakRequest.objects.in_space(space).pending().asked_by_themselves())


@transaction.atomic
def move_request(*, actor: User, space: Space, request: SpeakRequest, to: int) -> None:
    """Put somebody at another place in the line. to: from 1; past its end is its end.

    Repeat: harmless.
    """
    space = lock(space)
    permissions.require(Capability.ARRANGE_QUEUE, space=space, user=actor)
    before = waiting(space)
    if request not in before:
        raise Conflict(
            _("%(name)s is no longer in the queue.")
            % {"name": request.participant.user.display_name}
        )
    after = list(before)
    # The row as it is now: the caller's may be from before another move.
    after.insert(to - 1, after.pop(before.index(request)))
    if after == before:
        return
    _put_in_order(after)
    publish(space, events.QueueArranged())


def sort_first_timers(space: Space) -> None:
    """Put those in front who were never on a stage, else as they stand. Locks: the caller."""
    _put_in_order(sorted(waiting(space), key=lambda request: not request.is_first_time))


def _put_in_order(line: Sequence[SpeakRequest]) -> None:
    moved = []
    for rank, request in enumerate(line, start=1):
        if request.rank != rank:
            request.rank = rank
            moved.append(request)
    SpeakRequest.objects.bulk_update(moved, ["rank"])


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
    participant = require_admitted(current(participant))
    if participant.is_on_stage:
        raise Conflict(_("%(name)s is on stage already.") % {"name": participant.user.display_name})
    pending = SpeakRequest.objects.pending().filter(participant=participant).first()
    if pending is None:
        pending = SpeakRequest.objects.create(participant=participant, invited_by=actor)
        tell_called(space, pending)
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
    request = _require_pending(request)
    request.state, request.answered_at = state, timezone.now()
    request.save(update_fields=["state", "answered_at"])
    if request.is_invitation:
        tell_answered_call(request)
    else:
        tell_no_request(space)
    if state == SpeakRequest.State.ACCEPTED:
        # A full stage takes the answer back with it: the request stands in line.
        bring_up(space, request.participant, request_changed(request))
    else:
        publish(space, request_changed(request))
    return request


def _require_pending(request: SpeakRequest) -> SpeakRequest:
    """The row as it is now, read under the Space's lock."""
    request = SpeakRequest.objects.select_related("participant__user").get(pk=request.pk)
    if request.state != SpeakRequest.State.PENDING:
        raise Conflict(_("This request has been answered already."))
    return request


def request_changed(request: SpeakRequest) -> events.RequestChanged:
    return events.RequestChanged(
        person=str(request.participant.public_id),
        state=request.state,
        is_invitation=request.is_invitation,
    )
