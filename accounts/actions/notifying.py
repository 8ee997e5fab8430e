"""Telling people things: the row is the fact, what leaves the site are its deliveries."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from config import news

from ..models import Delivery, Notification, User
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
    Delivery.objects.bulk_create(
        deliveries_of(kind, dict(rows.values_list("recipient", "pk")), now=now),
        ignore_conflicts=True,
    )
    news.tell_people(recipients)


@transaction.atomic
def mark_read(*, actor: User, until: datetime) -> None:
    """Everything they were told up to a moment. Repeat: harmless."""
    unread = Notification.objects.of(actor).unread().filter(created_at__lte=until)
    if unread.update(read_at=timezone.now()):
        news.tell_people([actor.pk])


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
