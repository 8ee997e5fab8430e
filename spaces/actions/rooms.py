"""Opening, joining and ending a Space; browsers that sign out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import eligibility
from accounts.models import User
from config.errors import Conflict, NotAllowed, Unavailable

from .. import events, permissions
from ..media import commands
from ..models import Participant, Space, SpeakRequest, Topic
from ..permissions import Capability, Role
from .attendance import measure_attendance
from .bulletins import plan_going_live
from .changes import lock, publish
from .telling import tell_no_request


class NoRoom(Unavailable):
    """Every media node is at its limit: one Space more would spoil the sound of the others."""

    code = "no_room"


@transaction.atomic
def open_space(
    *, actor: User, title: str, topics: Sequence[Topic], who_may_speak: str, **rules: Any
) -> Space:
    """Start a Space now. The host enters with the microphone off.

    rules: how else it is set; what is not named is as `Space` has it.

    Raises: NotAllowed, Conflict when the host has a live one, NoRoom
    """
    require_hosting(actor)
    require_node()
    now = timezone.now()
    try:
        with transaction.atomic():
            space = Space.objects.create(
                host=actor, title=title, who_may_speak=who_may_speak, started_at=now, **rules
            )
    except IntegrityError as error:
        raise live_already() from error
    space.set_topics(topics)
    Participant.objects.create(space=space, user=actor, role=Role.HOST, on_stage_since=now)
    plan_going_live(space, now=now)
    events.publish(space, events.SpaceStarted())
    return space


def require_hosting(actor: User) -> None:
    hosting = eligibility.hosting(actor)
    if hosting is None or not hosting.allowed:
        raise NotAllowed(
            _("You cannot host yet: %(followers)s of %(needed)s followers.")
            % {
                "followers": actor.follower_count,
                "needed": settings.HOST_MIN_FOLLOWERS,
            },
            code="may_not_host",
        )


def require_node() -> None:
    if commands.is_full():
        raise NoRoom(
            _(
                "As many Spaces are live as this place can carry without spoiling their sound. "
                "Try again when one has ended."
            )
        )


def live_already() -> Conflict:
    return Conflict(_("You have a live Space already. End it before you start another."))


def join_space(*, actor: User, space: Space) -> Participant:
    """The person's row in a live Space. Repeat: harmless. No new version: joins are not state."""
    return row_of(actor, space)[0]


def row_of(user: User, space: Space) -> tuple[Participant, bool]:
    """The person's row in a live Space, and whether it was made now."""
    return Participant.objects.get_or_create(
        space=space,
        user=user,
        defaults={"is_unnamed": space.allows_unnamed and user.listens_unnamed},
    )


@transaction.atomic
def end_space(*, actor: User, space: Space) -> Space:
    # Two clicks may end the Space at once; who acted for the host may not once they are back.
    space = lock(space)
    permissions.require(Capability.END_SPACE, space=space, user=actor)
    return end(space, reason=Space.EndReason.HOST, now=timezone.now())


def end(space: Space, *, reason: Space.EndReason, now: datetime) -> Space:
    """Locks: the caller, the Space."""
    space.state, space.ended_at, space.end_reason = Space.State.ENDED, now, reason
    space.save(update_fields=["state", "ended_at", "end_reason"])
    waiting = SpeakRequest.objects.in_space(space).pending()
    if waiting.update(state=SpeakRequest.State.WITHDRAWN, answered_at=now):
        tell_no_request(space)
    # Before the pages are told: they show how many came, and the sweep looks at live Spaces only.
    transaction.on_commit(lambda: measure_attendance(space=space, now=now), robust=True)
    publish(space, events.SpaceEnded(reason=reason), stage_changed=True)
    return space


def close_pages(*, user: User, session_key: str) -> None:
    """Close the sockets of a browser session that signed out; its pages come back as nobody's."""
    events.close_sockets(user_id=user.pk, session_key=session_key)
