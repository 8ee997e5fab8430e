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
    if not space.has_started:
        raise NotLive(_("This Space has not started."))
    if not space.is_live:
        raise SpaceOver(_("This Space has ended."))


def lock_any(space: Space) -> Space:
    return Space.objects.select_for_update().get(pk=space.pk)


def publish(space: Space, *news: events.Event, stage_changed: bool = False) -> None:
    """Raise the version under the caller's row lock: versions follow the order of commits."""
    space.version += 1
    space.save(update_fields=["version"])
    events.publish(space, *news)
    if stage_changed:
        transaction.on_commit(lambda: commands.tell_stage(space.public_id), robust=True)
