"""Whom a bulletin is for: read by key, so many at a time, however many they are."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Follow, Notification, User

from .models import Bulletin, Invitation, Reminder, Space

Kind = Bulletin.Kind

TO_HOST = frozenset({Kind.HOST_SOON, Kind.HOST_START, Kind.HOST_NO_SHOW})
# To who wants to be reminded, and to co-hosts, who need not ask.
TO_ASKED = frozenset({Kind.STARTED, Kind.MOVED, Kind.CANCELLED, Kind.RESTORED, Kind.NO_SHOW})
# Who asked after that knows it already.
OF_A_CHANGE = frozenset({Kind.MOVED, Kind.RESTORED})
# Nobody asked to be told this: who muted its host is not.
UNASKED = frozenset({Kind.INVITED_LIVE, Kind.LIVE})


def next_of(bulletin: Bulletin, *, limit: int) -> tuple[list[int], int | None]:
    """The people after its cursor, and the cursor after them; none: these are the last."""
    rows, person = _rows(bulletin)
    after = rows.filter(pk__gt=bulletin.cursor).order_by("pk").values_list("pk", person)
    found = list(after[:limit])
    people = [user for _row, user in found]
    if not bulletin.cursor:
        people += _co_hosts(bulletin)
    return people, found[-1][0] if len(found) == limit else None


def count_left(bulletin: Bulletin) -> int:
    """How many there are after its cursor."""
    rows, _person = _rows(bulletin)
    left = rows.filter(pk__gt=bulletin.cursor).count()
    return left if bulletin.cursor else left + len(_co_hosts(bulletin))


def reachable(bulletin: Bulletin, people: Collection[int], *, now: datetime) -> list[int]:
    """Those of them who may know of the Space, and want to."""
    space = bulletin.space
    sees_it = Space.objects.visible_to(OuterRef("pk")).filter(pk=space.pk)
    found = User.objects.active().filter(Exists(sees_it), pk__in=people)
    found = found.exclude(blocks_made__blocked=space.host_id)
    if bulletin.kind in UNASKED:
        found = found.exclude(mutes_made__muted=space.host_id).exclude(pk=space.host_id)
        # They are told for that reason, or have asked for it.
        found = found.exclude(reminders__space=space)
        found = found.exclude(Exists(_co_hosting(space).filter(user=OuterRef("pk"))))
    if bulletin.kind == Kind.LIVE:
        found = found.exclude(Exists(_standing(space).filter(user=OuterRef("pk"))))
        found = found.exclude(Exists(_told_lately(space, now)))
    return sorted(found.values_list("pk", flat=True))


def _rows(bulletin: Bulletin) -> tuple["QuerySet[Any]", str]:
    """What names them, and by which field."""
    space = bulletin.space
    if bulletin.kind in TO_HOST:
        return User.objects.filter(pk=space.host_id), "pk"
    if bulletin.kind == Kind.LIVE:
        return Follow.objects.filter(followed=space.host_id), "follower"
    if bulletin.kind == Kind.INVITED_LIVE:
        return _standing(space), "user"
    reminders = Reminder.objects.filter(space=space)
    if bulletin.kind == Kind.SOON:
        return reminders.filter(wants_early=True), "user"
    if bulletin.kind in OF_A_CHANGE:
        return reminders.filter(asked_at__lt=bulletin.created_at), "user"
    return reminders, "user"


def _co_hosts(bulletin: Bulletin) -> list[int]:
    """Who counts as having asked, besides who did."""
    if bulletin.kind not in TO_ASKED:
        return []
    asked = Reminder.objects.filter(space=OuterRef("space"), user=OuterRef("user"))
    others = _co_hosting(bulletin.space).exclude(Exists(asked))
    return list(others.values_list("user", flat=True))


def _co_hosting(space: Space) -> "QuerySet[Invitation]":
    return Invitation.objects.to_co_host().accepted().filter(space=space)


def _standing(space: Space) -> "QuerySet[Invitation]":
    return Invitation.objects.standing().filter(space=space)


def _told_lately(space: Space, now: datetime) -> "QuerySet[Notification]":
    """Of another Space of the same host, in a query of people."""
    since = now - timedelta(seconds=settings.LIVE_NOTICE_EVERY_S)
    return Notification.objects.filter(
        recipient=OuterRef("pk"), kind=Kind.LIVE, actor=space.host_id, created_at__gt=since
    ).exclude(space=space)
