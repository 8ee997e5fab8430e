"""How many listen, and how many ever came: from Redis into rows that only grow."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from config import news

from ..live import attendance
from ..live.attendance import SETTLED_AFTER_S, Seen
from ..models import Attendance, Space, SpaceSource

SETTLED_AFTER = timedelta(seconds=SETTLED_AFTER_S)
# Two web processes' clocks may differ by so much.
CLOCKS_DIFFER = timedelta(seconds=2)

_KEEP_MINUTES = """
    INSERT INTO spaces_audienceminute AS known (space_id, minute, listeners, joined)
    SELECT %s, fresh.minute, fresh.listeners, fresh.joined
    FROM unnest(%s::timestamptz[], %s::int[], %s::int[]) AS fresh (minute, listeners, joined)
    ON CONFLICT (space_id, minute) DO UPDATE SET
        listeners = greatest(known.listeners, excluded.listeners),
        joined = greatest(known.joined, excluded.joined)
"""
_KEEP_SOURCES = """
    INSERT INTO spaces_spacesource AS known (space_id, kind, count)
    SELECT %s, fresh.kind, fresh.count
    FROM unnest(%s::text[], %s::int[]) AS fresh (kind, count)
    ON CONFLICT (space_id, kind) DO UPDATE SET count = greatest(known.count, excluded.count)
"""


def measure_attendance(*, space: Space, now: datetime) -> None:
    """Write down who listens to a Space now, and who came. Repeat: harmless.

    Redis is asked first: nobody waits for it with a lock.
    """
    stage = list(space.participants.on_stage().values_list("user_id", flat=True))
    latest = space.audience_minutes.latest_minute() or space.started_at or now
    # A minute more: who came at its end may have been told of after it was looked at.
    lately = latest - timedelta(minutes=1)
    seen = attendance.look(news.connection(), space.public_id, stage, lately=lately, now=now)
    keep_attendance(space=space, seen=seen, now=now)


@transaction.atomic
def keep_attendance(*, space: Space, seen: Seen, now: datetime) -> Attendance:
    """Raise the rows to what was seen. Repeat: harmless. Locks: Attendance"""
    Attendance.objects.get_or_create(space=space)
    # One sweep at a time: what Redis lost must be added once.
    row = Attendance.objects.select_for_update(no_key=True).get(space=space)
    newly_since = _count(row, seen, now)
    row.peak = max(row.peak, seen.listeners)
    row.total = max(row.total, row.peak)
    row.save()
    _keep_minutes(space, seen, newly_since, now)
    _keep_sources(space, seen.sources)
    return row


def _count(row: Attendance, seen: Seen, now: datetime) -> datetime | None:
    """Raise the total. Gives from when on who is told of came for the first time; none: not known.

    A Redis that was lost begins anew with everybody who is there. Those were counted before; who
    else had come by then is put down in `counted_before`.
    """
    if seen.since is None:
        return None
    if row.counted_since is None:
        row.counted_since = seen.since
    elif seen.since > row.counted_since + CLOCKS_DIFFER:
        settled_at = seen.since + SETTLED_AFTER
        if now < settled_at:
            return None
        back = sum(moment <= settled_at for moment in seen.came_at)
        row.counted_before = max(row.total - back, 0)
        row.counted_since, row.is_estimate = seen.since, True
    row.total = max(row.total, row.counted_before + seen.total)
    if row.is_estimate:
        return row.counted_since + SETTLED_AFTER
    return row.counted_since - CLOCKS_DIFFER


def _keep_minutes(space: Space, seen: Seen, newly_since: datetime | None, now: datetime) -> None:
    joined: Counter[datetime] = Counter()
    if newly_since is not None:
        joined.update(_minute(moment) for moment in seen.came_at if moment >= newly_since)
    this = _minute(now)
    # Always in one order: two sweeps must not wait for each other's rows.
    minutes = sorted({this, *joined})
    with connection.cursor() as cursor:
        cursor.execute(
            _KEEP_MINUTES,
            [
                space.pk,
                minutes,
                [seen.listeners if minute == this else 0 for minute in minutes],
                [joined[minute] for minute in minutes],
            ],
        )


def _minute(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def _keep_sources(space: Space, sources: Mapping[str, int]) -> None:
    known = sorted((kind, n) for kind, n in sources.items() if kind in SpaceSource.Kind.values)
    if known:
        with connection.cursor() as cursor:
            cursor.execute(
                _KEEP_SOURCES, [space.pk, [kind for kind, _ in known], [n for _, n in known]]
            )
