"""Spaces announced for later: schedule, edit, start, cancel, take that back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from config.errors import Conflict

from .. import events, permissions
from ..models import Participant, Space, Topic
from ..permissions import Capability, Role
from .bulletins import (
    plan_change,
    plan_going_live,
    plan_no_show,
    plan_nothing,
    plan_reminders,
)
from .changes import SpaceOver, lock_any, publish
from .rooms import live_already, require_hosting, require_node


class BadTime(Conflict):
    """Too soon, too far ahead, or the host is somewhere else then."""

    code = "bad_time"


class TooManyScheduled(Conflict):
    code = "too_many_scheduled"


# A Space is announced for people who still have to hear of it.
SCHEDULE_LEAST_AHEAD = timedelta(minutes=5)


@transaction.atomic
def schedule_space(
    *,
    actor: User,
    title: str,
    topics: Sequence[Topic],
    who_may_speak: str,
    scheduled_for: datetime,
    **rules: Any,
) -> Space:
    """Announce a Space. Its page is there at once; the host opens the door when it is time.

    rules: how else it is set; what is not named is as `Space` has it.

    Raises: NotAllowed, BadTime, TooManyScheduled
    """
    require_hosting(actor)
    now = timezone.now()
    if scheduled_for < now + SCHEDULE_LEAST_AHEAD:
        raise BadTime(
            ngettext(
                "Choose a time at least %(count)s minute from now, or start now.",
                "Choose a time at least %(count)s minutes from now, or start now.",
                SCHEDULE_LEAST_AHEAD // timedelta(minutes=1),
            )
            % {"count": SCHEDULE_LEAST_AHEAD // timedelta(minutes=1)}
        )
    _require_near(scheduled_for, now)
    _require_slot(actor, scheduled_for)
    space = Space.objects.create(
        host=actor,
        title=title,
        who_may_speak=who_may_speak,
        state=Space.State.SCHEDULED,
        scheduled_for=scheduled_for,
        **rules,
    )
    space.set_topics(topics)
    Participant.objects.create(space=space, user=actor, role=Role.HOST, on_stage_since=now)
    plan_reminders(space, now=now)
    publish(space, events.SpaceAnnounced())
    return space


@transaction.atomic
def edit_announcement(
    *,
    actor: User,
    space: Space,
    title: str,
    topics: Sequence[Topic],
    scheduled_for: datetime,
) -> Space:
    """Announce a Space under another title, for other topics or another time.

    A time that stays may be as near as it is. Repeat: harmless.

    Raises: NotAllowed, BadTime, SpaceOver
    """
    permissions.require(Capability.EDIT_ANNOUNCEMENT, space=space, user=actor)
    # Somebody else's tab, or the clock, may start or cancel it at the same moment.
    space = lock_any(space)
    require_announced(space)
    is_moved = scheduled_for != space.scheduled_for
    if is_moved:
        _require_time_to_move_to(space, scheduled_for)
        space.moved_from, space.scheduled_for = space.scheduled_for, scheduled_for
    has_new_topics = {topic.pk for topic in topics} != {topic.pk for topic in space.topics.all()}
    if not is_moved and not has_new_topics and title == space.title:
        return space
    space.title = title
    if has_new_topics:
        space.set_topics(topics)
    _save_announcement(space, "title", "scheduled_for", "moved_from")
    if is_moved and space.moved_from:
        now = timezone.now()
        plan_reminders(space, now=now)
        plan_change(space, was=space.moved_from, now=now)
    publish(space, events.AnnouncementEdited())
    return space


def _require_time_to_move_to(space: Space, scheduled_for: datetime) -> None:
    now = timezone.now()
    if scheduled_for < now + SCHEDULE_LEAST_AHEAD:
        raise BadTime(
            ngettext(
                "Choose a time at least %(count)s minute from now.",
                "Choose a time at least %(count)s minutes from now.",
                SCHEDULE_LEAST_AHEAD // timedelta(minutes=1),
            )
            % {"count": SCHEDULE_LEAST_AHEAD // timedelta(minutes=1)}
        )
    _require_near(scheduled_for, now)
    _require_free_time(space.host, scheduled_for)


def _require_near(scheduled_for: datetime, now: datetime) -> None:
    if scheduled_for > now + timedelta(days=settings.SCHEDULE_DAYS_AHEAD):
        raise BadTime(
            ngettext(
                "Choose a time within the next %(count)s day.",
                "Choose a time within the next %(count)s days.",
                settings.SCHEDULE_DAYS_AHEAD,
            )
            % {"count": settings.SCHEDULE_DAYS_AHEAD}
        )


def _require_free_time(host: User, scheduled_for: datetime) -> None:
    """Locks: the host's row, so that two announcements at once count each other."""
    User.objects.select_for_update(no_key=True).get(pk=host.pk)
    if host.hosted_spaces.upcoming().filter(scheduled_for=scheduled_for).exists():
        raise BadTime(_("You have announced a Space for this time already."))


def _require_slot(host: User, scheduled_for: datetime) -> None:
    """Locks: the host's row."""
    _require_free_time(host, scheduled_for)
    if host.hosted_spaces.upcoming().count() >= settings.MAX_SCHEDULED:
        raise TooManyScheduled(
            ngettext(
                "%(count)s of your Spaces is coming up, and no more can be. Cancel it first.",
                "%(count)s of your Spaces are coming up, and no more can be. Cancel one first.",
                settings.MAX_SCHEDULED,
            )
            % {"count": settings.MAX_SCHEDULED}
        )


@transaction.atomic
def start_scheduled(*, actor: User, space: Space) -> Space:
    """Open the door of an announced Space. Repeat: harmless.

    Raises: NotAllowed, BadTime, SpaceOver, NoRoom, Conflict when the host has a live one
    """
    host = permissions.require(Capability.START_SPACE, space=space, user=actor)
    # Start and Cancel may be pressed at once, in two tabs.
    space = lock_any(space)
    if space.is_live:
        return space
    require_announced(space)
    require_hosting(actor)
    now = timezone.now()
    if space.may_start_at and now < space.may_start_at:
        opens_at = date_format(timezone.localtime(space.may_start_at), "DATETIME_FORMAT")
        raise BadTime(_("You can start from %(time)s on.") % {"time": opens_at})
    require_node()
    space.state, space.started_at = Space.State.LIVE, now
    try:
        with transaction.atomic():
            space.save(update_fields=["state", "started_at"])
    except IntegrityError as error:
        raise live_already() from error
    host.on_stage_since = now
    host.save(update_fields=["on_stage_since"])
    plan_going_live(space, now=now)
    publish(space, events.SpaceStarted())
    return space


@transaction.atomic
def cancel_space(*, actor: User, space: Space) -> Space:
    """Call an announced Space off; restore_space takes that back. Repeat: harmless."""
    permissions.require(Capability.CANCEL_SPACE, space=space, user=actor)
    space = lock_any(space)
    if space.is_cancelled:
        return space
    require_announced(space)
    now = timezone.now()
    _cancel(space, reason=Space.CancelReason.HOST)
    plan_nothing(space, now=now)
    plan_change(space, was=space.scheduled_for, now=now)
    return space


@transaction.atomic
def restore_space(*, actor: User, space: Space) -> Space:
    """Announce a cancelled Space again, until its time has come. Repeat: harmless."""
    permissions.require(Capability.CANCEL_SPACE, space=space, user=actor)
    space = lock_any(space)
    if space.is_scheduled:
        return space
    if not space.is_cancelled or space.scheduled_for is None:
        raise SpaceOver(_("This Space was not cancelled."))
    now = timezone.now()
    if space.scheduled_for < now:
        raise BadTime(_("Its time has passed. Announce it anew."))
    _require_slot(actor, space.scheduled_for)
    space.state, space.cancel_reason = Space.State.SCHEDULED, ""
    _save_announcement(space, "state", "cancel_reason")
    plan_reminders(space, now=now)
    plan_change(space, was=space.scheduled_for, now=now)
    publish(space, events.SpaceRestored())
    return space


@transaction.atomic
def cancel_overdue(*, space: Space, now: datetime) -> None:
    """Call off what its host did not come to. Repeat: harmless."""
    space = lock_any(space)
    if space.is_overdue(now):
        _cancel(space, reason=Space.CancelReason.HOST_LATE)
        plan_no_show(space, now=now)


def require_announced(space: Space) -> None:
    """Raises: SpaceOver"""
    if space.is_cancelled:
        raise SpaceOver(_("This Space was cancelled."))
    if not space.is_scheduled:
        raise SpaceOver(_("This Space has started already."))


def _cancel(space: Space, *, reason: Space.CancelReason) -> None:
    space.state, space.cancel_reason = Space.State.CANCELLED, reason
    _save_announcement(space, "state", "cancel_reason")
    publish(space, events.SpaceCancelled())


def _save_announcement(space: Space, *fields: str) -> None:
    """What calendars are told changes, and they are told when."""
    space.announced_at = timezone.now()
    space.save(update_fields=[*fields, "announced_at"])
