"""Telling people things: the row is the fact, what leaves the site are its deliveries."""

from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from config import news

from .. import tasks
from ..models import Delivery, Notification, NotificationChoice, Reach, User
from ..models.notifications import Channel, Subject
from ..notifications import Kind
from ..notifications.ways import deliveries_of

# Deleted in one statement at most.
FORGOTTEN_AT_ONCE = 5_000


@transaction.atomic
def notify(
    *,
    kind: Kind,
    recipients: Collection[int],
    key: str,
    actor: User | None = None,
    space_id: int | None = None,
    speaks_of: datetime | None = None,
    renew: bool = False,
    now: datetime | None = None,
) -> None:
    """Tell each of these people, by the ways they chose. Repeat: harmless, by `key`.

    recipients: user ids, a few thousand at most: it is one statement for all of them.
    renew: who was told before is told anew, by the site alone.
    """
    now = now or timezone.now()
    told = [
        Notification(
            recipient_id=recipient,
            kind=kind.name,
            key=key,
            actor=actor,
            space_id=space_id,
            speaks_of=speaks_of,
            created_at=now,
        )
        for recipient in recipients
    ]
    if renew:
        Notification.objects.bulk_create(
            told,
            update_conflicts=True,
            unique_fields=["recipient", "key"],
            update_fields=["kind", "actor", "created_at", "read_at", "speaks_of"],
        )
    else:
        Notification.objects.bulk_create(told, ignore_conflicts=True)
    # Of all who have it now, whoever told them: deliveries that exist stay as they are.
    rows = Notification.objects.filter(recipient__in=recipients, key=key)
    deliveries = list(deliveries_of(kind, dict(rows.values_list("recipient", "pk")), now=now))
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    for channel in {delivery.channel for delivery in deliveries if delivery.due_at <= now}:
        _send_after_commit(channel)
    news.tell_people(recipients)


def _send_after_commit(channel: str) -> None:
    """Sooner than the sweep would, which heals what is lost here."""
    task = tasks.SENDING[Channel(channel)]
    transaction.on_commit(lambda: task.apply_async(retry=False, expires=60), robust=True)


@transaction.atomic
def choose_notifications(
    *,
    actor: User,
    choices: Mapping[Channel, Collection[str]],
    has_quiet_hours: bool,
    quiet_from: time,
    quiet_until: time,
    time_zone: str = "",
) -> None:
    """By which ways they are told of which subjects, and when not. Repeat: harmless.

    choices: channel → subjects. All of them are stored, so that what somebody saw and saved stays
    theirs when the defaults change. time_zone: of their browser, for people who chose none.
    """
    NotificationChoice.objects.bulk_create(
        (
            NotificationChoice(
                user=actor, subject=subject, channel=channel, is_on=subject in choices[channel]
            )
            for channel in choices
            for subject in Subject
        ),
        update_conflicts=True,
        unique_fields=["user", "subject", "channel"],
        update_fields=["is_on"],
    )
    reach = {
        "has_quiet_hours": has_quiet_hours,
        "quiet_from": quiet_from,
        "quiet_until": quiet_until,
    }
    if time_zone:
        reach["time_zone"] = time_zone
    Reach.objects.update_or_create(user=actor, defaults=reach)


@transaction.atomic
def mark_read(*, actor: User, until: datetime) -> None:
    """Everything they were told up to a moment. Repeat: harmless."""
    unread = Notification.objects.of(actor).unread().filter(created_at__lte=until)
    if unread.update(read_at=timezone.now()):
        news.tell_people([actor.pk])


@transaction.atomic
def mark_one_read(*, recipient: User, key: str) -> None:
    """What they have answered elsewhere. Repeat: harmless."""
    unread = Notification.objects.of(recipient).unread().filter(key=key)
    if unread.update(read_at=timezone.now()):
        news.tell_people([recipient.pk])


@transaction.atomic
def take_back(*, recipients: Collection[int], key: str) -> None:
    """What is not so any more is gone, and so is what has not left the site yet of it.

    Repeat: harmless.
    """
    told = Notification.objects.filter(recipient__in=recipients, key=key)
    deleted, _by_model = told.delete()
    if deleted:
        news.tell_people(recipients)


def forget_old(*, now: datetime) -> int:
    """Delete what was told long ago, by the thousand. Returns how many. Repeat: harmless."""
    before = now - timedelta(days=settings.NOTIFICATION_DAYS)
    total = 0
    while True:
        old = Notification.objects.older_than(before)[:FORGOTTEN_AT_ONCE]
        deleted, _by_model = Notification.objects.filter(pk__in=list(old)).delete()
        total += deleted
        if not deleted:
            return total
