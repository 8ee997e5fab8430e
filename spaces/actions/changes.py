"""What every action of a Space does: lock its row, change it, raise its version, publish."""

from django.db import transaction
from django.utils.translation import gettext as _

from config.errors import Conflict

from .. import events
from ..media import commands
from ..models import Space


class SpaceOver(Conflict):
    code = "space_over"


class NotLive(Conflict):
    """Announced, and not open yet."""

    code = "not_live"


def lock(space: Space) -> Space:
    """Serialise what changes one stage; a stale copy must not decide. Raises: SpaceOver, NotLive"""
    locked = lock_any(space)
    require_live(locked)
    return locked


def require_live(space: Space) -> None:
    """Raises: SpaceOver, NotLive"""
    require_started(space)
    if not space.is_live:
        raise SpaceOver(_("This Space has ended."))


def require_started(space: Space) -> None:
    """Live, or over. Raises: NotLive"""
    if not space.has_started:
        raise NotLive(_("This Space has not started."))


def lock_standing(space: Space) -> Space:
    """For what is arranged before the start as well as live. Raises: SpaceOver"""
    locked = lock_any(space)
    require_standing(locked)
    return locked


def require_standing(space: Space) -> None:
    """Announced, or live. Raises: SpaceOver"""
    if space.is_cancelled:
        raise SpaceOver(_("This Space was cancelled."))
    if not space.is_scheduled:
        require_live(space)


def lock_any(space: Space) -> Space:
    # Its key stays free: a comment, or somebody who comes in, refers to the row and need not wait.
    return Space.objects.select_for_update(no_key=True).get(pk=space.pk)


def publish(space: Space, *news: events.Event, stage_changed: bool = False) -> None:
    """Raise the version under the caller's row lock: versions follow the order of commits."""
    space.version += 1
    space.save(update_fields=["version"])
    events.publish(space, *news)
    if stage_changed:
        transaction.on_commit(lambda: commands.tell_stage(space.public_id), robust=True)
