"""Who is told of invitations and requests, and what they are told no longer."""

from collections.abc import Callable, Collection
from functools import partial

from django.db import transaction

from accounts.actions import mark_one_read, notify, take_back
from accounts.models import Mute, User
from config import news

from .. import notification_kinds as kinds
from ..live import presence
from ..models import Invitation, Space, SpeakRequest

KIND_OF = {Invitation.Kind.CO_HOST: kinds.CO_HOST, Invitation.Kind.LISTENER: kinds.INVITED}


def tell_invited(invitation: Invitation) -> None:
    """Nobody hears of it from whom they muted. Locks: the caller, the Space."""
    by = [invitation.invited_by_id, invitation.space.host_id]
    if Mute.objects.filter(muter=invitation.user, muted__in=by).exists():
        return
    kind = KIND_OF[Invitation.Kind(invitation.kind)]
    notify(
        kind=kind,
        recipients=[invitation.user_id],
        key=kinds.key_of(kind, invitation),
        actor=invitation.invited_by,
        space_id=invitation.space_id,
    )


def tell_answered(invitation: Invitation) -> None:
    """Read once it is answered, wherever that was; gone when it was taken back."""
    key = kinds.key_of(KIND_OF[Invitation.Kind(invitation.kind)], invitation)
    if invitation.state == Invitation.State.WITHDRAWN:
        take_back(recipients=[invitation.user_id], key=key)
    else:
        mark_one_read(recipient=invitation.user, key=key)


def tell_called(space: Space, request: SpeakRequest) -> None:
    """Of an invitation to the stage, who is not there to see it."""
    person, by = request.participant.user_id, request.invited_by
    if Mute.objects.filter(muter=person, muted=by).exists():
        return

    def tell(people: Collection[int]) -> None:
        notify(
            kind=kinds.TO_STAGE,
            recipients=people,
            key=kinds.key_of(kinds.TO_STAGE, request),
            actor=by,
            space_id=space.pk,
        )

    _tell_who_is_away(space, lambda: [person], tell)


def tell_of_request(space: Space, asker: User) -> None:
    """The crew, as far as they are not there to see it: one line a Space, naming the latest."""

    def tell(people: Collection[int]) -> None:
        notify(
            kind=kinds.REQUEST,
            recipients=people,
            key=kinds.key_of(kinds.REQUEST, space),
            actor=asker,
            space_id=space.pk,
            renew=True,
        )

    _tell_who_is_away(space, partial(_crew, space), tell)


def _crew(space: Space) -> list[int]:
    co_hosts = space.invitations.to_co_host().accepted().values_list("user", flat=True)
    return [space.host_id, *co_hosts]


def _tell_who_is_away(
    space: Space, people: Callable[[], list[int]], tell: Callable[[Collection[int]], None]
) -> None:
    """After commit: asking Redis who is there must neither hold the Space's lock nor undo anything.

    A process that dies in between tells nobody, who find it in the room all the same.
    """

    def look() -> None:
        asked = people()
        here = presence.present_users(news.connection(), space.public_id, asked)
        if away := [person for person in asked if person not in here]:
            tell(away)

    transaction.on_commit(look, robust=True)


def tell_answered_call(request: SpeakRequest) -> None:
    """As `tell_answered`, of an invitation to the stage."""
    person, key = request.participant.user, kinds.key_of(kinds.TO_STAGE, request)
    if request.state == SpeakRequest.State.WITHDRAWN:
        take_back(recipients=[person.pk], key=key)
    else:
        mark_one_read(recipient=person, key=key)


def tell_no_request(space: Space) -> None:
    """Once nobody waits any more the crew is told of none. Locks: the caller, the Space."""
    if SpeakRequest.objects.in_space(space).pending().asked_by_themselves().exists():
        return
    # Whoever was asked to co-host may have been of the crew when they were told.
    co_hosts = space.invitations.to_co_host().values_list("user", flat=True)
    take_back(recipients=[space.host_id, *co_hosts], key=kinds.key_of(kinds.REQUEST, space))
