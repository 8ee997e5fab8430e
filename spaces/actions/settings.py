"""How the host has set the Space, before it starts and while it is live."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import ngettext

from accounts.models import User

from .. import events, permissions
from ..models import CommentFilter, Space
from ..permissions import Capability, Role
from .changes import lock_standing, publish
from .queue import sort_first_timers
from .stage import StageFull, places
from .turns import reset_turns

CHANGEABLE = frozenset(
    {
        "who_may_speak",
        "takes_requests",
        "first_timers_first",
        "turn_s",
        "stage_size",
        "who_may_comment",
        "comment_every_s",
        "allows_unnamed",
    }
)


@transaction.atomic
def change_settings(
    *, actor: User, space: Space, words: Iterable[str] | None = None, **changes: Any
) -> Space:
    """Set anew what is named, of CHANGEABLE; words: the actor's own comment filter, folded.

    Who waits in line stays there when requests are turned off. Repeat: harmless.

    Raises: NotAllowed, SpaceOver, StageFull when more people are on stage than the new one holds
    """
    space = _lock(actor, space)
    if words is not None:
        CommentFilter.objects.update_or_create(host=actor, defaults={"words": list(words)})
    _change(space, changes)
    return space


@transaction.atomic
def pause_comments(*, actor: User, space: Space) -> Space:
    """Nobody comments until they are resumed. Repeat: harmless."""
    space = _lock(actor, space)
    _change(space, {"who_may_comment": Space.WhoMayComment.OFF})
    return space


@transaction.atomic
def resume_comments(*, actor: User, space: Space) -> Space:
    """Let those comment who could before the pause. Repeat: harmless."""
    space = _lock(actor, space)
    if space.who_may_comment == Space.WhoMayComment.OFF:
        _change(space, {"who_may_comment": space.comments_resume_for})
    return space


def _lock(actor: User, space: Space) -> Space:
    space = lock_standing(space)
    permissions.require(Capability.CHANGE_SETTINGS, space=space, user=actor)
    return space


def _change(space: Space, changes: dict[str, Any]) -> None:
    """Locks: the caller, the Space."""
    unknown = changes.keys() - CHANGEABLE
    if unknown:
        raise TypeError(f"no settings of a Space: {sorted(unknown)}")
    changed = {name for name, value in changes.items() if getattr(space, name) != value}
    if not changed:
        return
    if "who_may_comment" in changed and space.who_may_comment != Space.WhoMayComment.OFF:
        space.comments_resume_for = space.who_may_comment
    for name in changed:
        setattr(space, name, changes[name])
    if "stage_size" in changed:
        _require_fit(space)
    space.save(update_fields=[*changed, "comments_resume_for"])
    if "turn_s" in changed:
        reset_turns(space, timezone.now())
    if "first_timers_first" in changed and space.first_timers_first:
        sort_first_timers(space)
    publish(space, events.SettingsChanged())


def _require_fit(space: Space) -> None:
    """Raises: StageFull"""
    people, speakers = places(space)
    roles = list(space.participants.on_stage().values_list("role", flat=True))
    too_many = max(len(roles) - people, roles.count(Role.SPEAKER) - speakers)
    if too_many > 0:
        raise StageFull(
            ngettext(
                "This stage is too small for who is on it. "
                "%(count)s person has to step down first.",
                "This stage is too small for who is on it. "
                "%(count)s people have to step down first.",
                too_many,
            )
            % {"count": too_many}
        )
