"""What is told of a Space once it is over: to everybody, to one reader, and to its crew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser

from accounts.models import User

from .audience_chart import NARROW, WIDE, Point, draw
from .models import (
    Attendance,
    AudienceMinute,
    Participant,
    ReactionCount,
    Space,
    SpaceSource,
    SpeakRequest,
)
from .querysets import blockers_of

COMING_SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number as exact as it is known. is_about: it is not to the one."""

    number: int
    is_about: bool = False


def honest(number: int, *, is_estimate: bool = False) -> Figure:
    """Small numbers to the one, large ones to three figures, and of a guess only two."""
    figures = 2 if is_estimate else 3
    unit = 10 ** max(len(str(number)) - figures, 0)
    rounded = (number + unit // 2) // unit * unit
    return Figure(number=rounded, is_about=is_estimate or rounded != number)


def numbers_of(space: Space) -> dict[str, Any]:
    """What everybody may know. No peak and no total: nobody measured it."""
    row = Attendance.objects.filter(space=space).first()
    return {
        "total": row and honest(row.total, is_estimate=row.is_estimate),
        "peak": row and honest(row.peak),
        "comments": honest(space.comments.standing().count()),
        "reactions": honest(sum(space.reactions.totals().values())),
    }


def for_everybody(space: Space) -> dict[str, Any]:
    """What `_ended.html` takes besides the Space and its people, of what nobody is kept from."""
    coming = space.host.hosted_spaces.visible_to(AnonymousUser()).upcoming().with_host()
    return {"numbers": numbers_of(space), "coming": list(coming[:COMING_SHOWN])}


def for_reader(
    space: Space, reader: User | AnonymousUser, stage: Sequence[Participant]
) -> dict[str, Any]:
    """The same, as one reader may see it when the page is loaded."""
    coming = space.host.hosted_spaces.visible_to(reader).upcoming().with_host().reminding(reader)
    return {
        "numbers": numbers_of(space),
        "coming": list(coming[:COMING_SHOWN]),
        "reader": reader,
        "stage": _seen_by(reader, stage) if isinstance(reader, User) else stage,
    }


def _seen_by(reader: User, stage: Sequence[Participant]) -> list[Participant]:
    """Without whom the reader blocked, and who blocked the reader."""
    seen = User.objects.filter(pk__in=[participant.user_id for participant in stage])
    people = seen.seen_by(reader).not_blocked().exclude(pk__in=blockers_of(reader)).in_bulk()
    for participant in stage:
        participant.user = people.get(participant.user_id, participant.user)
    return [participant for participant in stage if participant.user_id in people]


# --- For the crew ---


def minutes_of(space: Space) -> list[AudienceMinute]:
    return list(space.audience_minutes.in_order())


def points_of(space: Space, minutes: Sequence[AudienceMinute]) -> list[Point]:
    start = (space.started_at or minutes[0].minute).replace(second=0, microsecond=0)
    return [
        Point(
            # A clock that was set back must not draw outside.
            minute=max(int((row.minute - start) / timedelta(minutes=1)), 0),
            listeners=row.listeners,
            joined=row.joined,
        )
        for row in minutes
    ]


def average_stay(
    minutes: Sequence[AudienceMinute], *, total: int, longest: timedelta
) -> timedelta | None:
    """About: every minute counts as if whoever was there in it stayed to its end."""
    if not total:
        return None
    stayed = timedelta(minutes=sum(row.listeners for row in minutes) / total)
    return min(stayed, longest)


def analytics_of(space: Space, *, now: datetime) -> dict[str, Any]:
    """What `space_analytics.html` takes."""
    row = Attendance.objects.filter(space=space).first() or Attendance(space=space)
    minutes = minutes_of(space)
    points = points_of(space, minutes)
    speakers = list(space.participants.ever_on_stage().with_people())
    lasted = (space.ended_at or now) - (space.started_at or now)
    stay = average_stay(minutes, total=row.total, longest=lasted)
    return {
        "space": space,
        "has_listeners": bool(row.total),
        "total": honest(row.total, is_estimate=row.is_estimate),
        "peak": honest(row.peak),
        "peak_at": _minute_of_peak(points),
        "stay_minutes": None if stay is None else round(stay / timedelta(minutes=1)),
        "charts": [draw("wide", points, WIDE), draw("narrow", points, NARROW)],
        "points": points,
        "sources": _sources(space),
        "speakers": speakers,
        "longest_talk_ms": max((person.talk_ms for person in speakers), default=0),
        "comments": space.comments.standing().count(),
        "reactions": _reactions(space),
        "requests": _requests(space),
    }


def _minute_of_peak(points: Sequence[Point]) -> int | None:
    """In which minute the most were there, the first such."""
    if not points:
        return None
    return max(points, key=lambda point: (point.listeners, -point.minute)).minute


def _requests(space: Space) -> dict[str, int]:
    """Of those who asked to speak: how many there were, and how many the crew answered."""
    counts = SpeakRequest.objects.in_space(space).counts_of_asked()
    states = SpeakRequest.State
    answered = counts.get(states.ACCEPTED, 0) + counts.get(states.DECLINED, 0)
    return {"asked": sum(counts.values()), "answered": answered}


def _sources(space: Space) -> list[dict[str, Any]]:
    rows = list(space.sources.most_first())
    known = sum(row.count for row in rows)
    return [
        {
            "label": SpaceSource.Kind(row.kind).label,
            "count": row.count,
            "percent": round(100 * row.count / known),
        }
        for row in rows
    ]


def _reactions(space: Space) -> list[tuple[str, int]]:
    totals = space.reactions.totals()
    return [
        (str(ReactionCount.Reaction(kind).label), count)
        for kind, count in sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))
        if count
    ]
