"""What people are told of a Space: put down when something becomes of it, told when it is due."""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from accounts.actions import notify
from accounts.notifications import KINDS

from .. import audiences, tasks
from ..models import Bulletin, Space

logger = logging.getLogger(__name__)

Kind, State = Bulletin.Kind, Bulletin.State

BY_THE_CLOCK = frozenset({Kind.HOST_SOON, Kind.HOST_START, Kind.SOON})
CHANGES = frozenset({Kind.MOVED, Kind.CANCELLED, Kind.RESTORED})
GONE_LIVE = frozenset({Kind.STARTED, Kind.INVITED_LIVE, Kind.LIVE})
# A crowd, who did not ask. Everything else waits for nobody.
TO_FOLLOWERS = frozenset({Kind.LIVE})
AT_ONCE = frozenset(Kind) - TO_FOLLOWERS
# One statement for all of them, and one transaction.
TOLD_AT_ONCE = 2_000
# Whoever tells followers holds it, by this number of ours: one worker of the instance.
FOLLOWERS_LOCK = 0x52_4F_53_54


# --- Put down. Locks: the caller, the Space ---


def plan_reminders(space: Space, *, now: datetime) -> None:
    """By the time it is announced for; not those whose moment has passed."""
    assert space.scheduled_for is not None
    _call_off(space, BY_THE_CLOCK, now=now)
    before_s = {
        Kind.HOST_SOON: settings.HOST_REMINDER_S,
        Kind.SOON: settings.LISTENER_REMINDER_S,
    }
    moments = {
        kind: space.scheduled_for - timedelta(seconds=ahead_s)
        for kind, ahead_s in before_s.items()
        if ahead_s
    }
    moments[Kind.HOST_START] = space.scheduled_for
    for kind, due_at in moments.items():
        if due_at > now:
            _put(space, kind, due_at=due_at, now=now)


def plan_change(space: Space, *, was: datetime | None, now: datetime) -> None:
    """After it was moved, cancelled or restored: what its people do not know yet.

    It is told a little later, so that what is taken back at once is told to nobody.

    was: the time it was announced for until now.
    """
    assert space.scheduled_for is not None
    _call_off(space, CHANGES, now=now)
    told = space.bulletins.filter(kind__in=CHANGES).reached_people().order_by("-pk").first()
    first_move = space.bulletins.filter(kind=Kind.MOVED).order_by("pk").first()
    known = first_move.instead_of if first_move else was
    if told is not None:
        known = told.speaks_of if told.kind != Kind.CANCELLED else None
    if space.is_cancelled:
        kind = Kind.CANCELLED if known else None
    elif known is None:
        kind = Kind.RESTORED
    else:
        kind = Kind.MOVED if known != space.scheduled_for else None
    if kind is not None:
        due_at = now + timedelta(seconds=settings.CHANGE_NOTICE_S)
        instead_of = known if kind == Kind.MOVED else None
        _put(space, kind, due_at=due_at, instead_of=instead_of, now=now)


def plan_nothing(space: Space, *, now: datetime) -> None:
    """It is called off: nobody is reminded of it."""
    _call_off(space, BY_THE_CLOCK, now=now)


def plan_no_show(space: Space, *, now: datetime) -> None:
    """Its host did not come."""
    _call_off(space, BY_THE_CLOCK | CHANGES, now=now)
    for kind in (Kind.NO_SHOW, Kind.HOST_NO_SHOW):
        _put(space, kind, due_at=now, now=now)
    _kick_after_commit()


def plan_going_live(space: Space, *, now: datetime) -> None:
    """Who asked is told first, then who is invited, then who follows its host."""
    _call_off(space, BY_THE_CLOCK | CHANGES, now=now)
    was_announced = space.scheduled_for is not None
    for kind in (Kind.STARTED, Kind.INVITED_LIVE, Kind.LIVE):
        if was_announced or kind == Kind.LIVE:
            _put(space, kind, due_at=now, now=now)
    _kick_after_commit()


def _put(
    space: Space, kind: str, *, due_at: datetime, now: datetime, instead_of: datetime | None = None
) -> None:
    speaks_of = (space.started_at if kind in GONE_LIVE else space.scheduled_for) or now
    too_late_at = due_at + timedelta(seconds=settings.REMINDER_LATE_S)
    Bulletin.objects.create(
        space=space,
        kind=kind,
        speaks_of=speaks_of,
        instead_of=instead_of,
        created_at=now,
        due_at=due_at,
        # That it is off, or moved, is worth knowing until then.
        expires_at=max(too_late_at, speaks_of) if kind in CHANGES else too_late_at,
    )


def _call_off(space: Space, kinds: Collection[str], *, now: datetime) -> None:
    """What somebody is being told of this moment is told first, and stays told."""
    waiting = space.bulletins.waiting().filter(kind__in=kinds)
    waiting.update(state=State.OFF, settled_at=now)


def _kick_after_commit() -> None:
    """The sweeps come by themselves, too, should this be lost."""
    transaction.on_commit(_kick, robust=True)


def _kick() -> None:
    tasks.send_reminders.delay()
    tasks.tell_followers.delay()


# --- Told ---


@transaction.atomic
def tell_next(*, now: datetime) -> bool:
    """Tell the next of those who are reminded. Gives whether anybody was left to tell.

    Any number of workers may do so at once: each takes another bulletin.
    """
    return _tell(AT_ONCE, now=now)


@transaction.atomic
def tell_next_followers(*, now: datetime) -> bool:
    """The same of followers, of one Space after another in turn. One worker does so at a time: the
    others are there for who asked.
    """
    return _has_turn() and _tell(TO_FOLLOWERS, now=now)


def _has_turn() -> bool:
    """Until the transaction ends, whatever ends it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [FOLLOWERS_LOCK])
        return bool(cursor.fetchone()[0])


def _tell(kinds: Collection[str], *, now: datetime) -> bool:
    bulletin = _claim(kinds, now=now)
    if bulletin is None:
        return False
    if now > bulletin.expires_at:
        _drop(bulletin, State.DROPPED, now=now)
    elif not _holds(bulletin):
        _drop(bulletin, State.OFF, now=now)
    else:
        _tell_some(bulletin, now=now)
    return True


def _claim(kinds: Collection[str], *, now: datetime) -> Bulletin | None:
    """The next one that nobody else is at. Locks: the bulletin."""
    due = Bulletin.objects.next_due(kinds, now).select_for_update(skip_locked=True)
    bulletin = due.first()
    if bulletin is not None:
        # Apart: a Space that changes this moment would hold up who looks for what is due.
        bulletin.space = Space.objects.with_host().get(pk=bulletin.space_id)
    return bulletin


def _holds(bulletin: Bulletin) -> bool:
    space = bulletin.space
    if bulletin.kind in GONE_LIVE:
        return space.is_live
    if bulletin.kind in {Kind.CANCELLED, Kind.NO_SHOW, Kind.HOST_NO_SHOW}:
        return space.is_cancelled
    return space.is_scheduled and space.scheduled_for == bulletin.speaks_of


def _tell_some(bulletin: Bulletin, *, now: datetime) -> None:
    people, cursor = audiences.next_of(bulletin, limit=TOLD_AT_ONCE)
    reached = audiences.reachable(bulletin, people, now=now)
    if reached:
        notify(
            kind=KINDS[bulletin.kind],
            recipients=reached,
            key=bulletin.key,
            actor=bulletin.space.host,
            space_id=bulletin.space_id,
            speaks_of=bulletin.speaks_of,
            now=now,
        )
    bulletin.told_count += len(reached)
    bulletin.left_out_count += len(people) - len(reached)
    bulletin.worked_at = now
    if cursor is None:
        _settle(bulletin, State.SENT, now=now)
    else:
        bulletin.cursor = cursor
        bulletin.save()


def _drop(bulletin: Bulletin, state: Bulletin.State, *, now: datetime) -> None:
    bulletin.untold_count = audiences.count_left(bulletin)
    if state == State.DROPPED:
        logger.warning(
            "dropped %s, too late for %s people",
            bulletin.kind,
            bulletin.untold_count,
            extra={"bulletin": bulletin.pk, "space": bulletin.space_id},
        )
    _settle(bulletin, state, now=now)


def _settle(bulletin: Bulletin, state: Bulletin.State, *, now: datetime) -> None:
    bulletin.state, bulletin.settled_at = state, now
    bulletin.save()
