"""By which ways each person is told something: what they chose, and when they may be disturbed."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.reader import zone

from ..models import Delivery, NotificationChoice, PushSubscription, Reach, User
from ..models.notifications import Channel
from .kinds import DEFAULTS, Kind


def deliveries_of(kind: Kind, told: Mapping[int, int], *, now: datetime) -> Iterator[Delivery]:
    """What leaves the site for a notification; told: user id → key of their row.

    A few queries for any number of people.
    """
    by_mail = _who_wants(kind, Channel.MAIL, told)
    by_push = _who_wants(kind, Channel.PUSH, told)
    expires_at = now + kind.lasts if kind.lasts is not None else None
    subscriptions = defaultdict(list)
    for key, user in PushSubscription.objects.filter(user__in=by_push).values_list("pk", "user"):
        subscriptions[user].append(key)
    reachable = User.objects.filter(pk__in=by_mail).exclude(email="")
    by_mail = set(reachable.active().values_list("pk", flat=True))
    wake_at = {} if kind.is_asked_for else quiet_until(by_mail | subscriptions.keys(), now=now)
    for user, notification in told.items():
        due_at = wake_at.get(user, now)
        if user in by_mail:
            yield Delivery(
                notification_id=notification,
                channel=Channel.MAIL,
                due_at=due_at,
                expires_at=expires_at,
            )
        for subscription in subscriptions.get(user, []):
            yield Delivery(
                notification_id=notification,
                channel=Channel.PUSH,
                subscription_id=subscription,
                due_at=due_at,
                expires_at=expires_at,
            )


def _who_wants(kind: Kind, channel: Channel, people: Collection[int]) -> set[int]:
    """Of these people, by their own choice or the default."""
    choices = NotificationChoice.objects.filter(
        user__in=people, subject=kind.subject, channel=channel
    )
    if kind.subject in DEFAULTS[channel]:
        return set(people) - set(choices.filter(is_on=False).values_list("user", flat=True))
    return set(choices.filter(is_on=True).values_list("user", flat=True))


def quiet_until(people: Collection[int], *, now: datetime) -> dict[int, datetime]:
    """Of these people those who are not to be disturbed now → until when."""
    rows = Reach.objects.filter(user__in=people, has_quiet_hours=True).with_zones()
    found = {}
    for reach in rows:
        here = zone(reach.user.time_zone) or zone(reach.time_zone)
        until = here and end_of_quiet(reach, here, now)
        if until:
            found[reach.user_id] = until
    return found


def end_of_quiet(reach: Reach, here: ZoneInfo, now: datetime) -> datetime | None:
    """When the quiet hours end that it is now, by that clock; none: it is not quiet."""
    local = now.astimezone(here)
    clock = local.time()
    starts, ends = reach.quiet_from, reach.quiet_until
    is_past_midnight = ends < starts
    since, before = clock >= starts, clock < ends
    is_quiet = (since or before) if is_past_midnight else (since and before)
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=1 if clock >= ends else 0)
    return datetime.combine(day, ends, tzinfo=here)
