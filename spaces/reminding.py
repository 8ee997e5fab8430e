"""What a reader of an announcement is shown of reminders."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from accounts.models import User

from .models import Reminder, Space


def for_reader(space: Space, reader: User | AnonymousUser) -> dict[str, Any]:
    """What `_reminder.html` takes."""
    reminder = None
    if reader.is_authenticated and reader.pk != space.host_id:
        reminder = Reminder.objects.filter(space=space, user=reader).first()
    return {
        "space": space,
        "reader": reader,
        "reminder": reminder,
        "reminded_count": space.reminders.count(),
        "early_min": settings.LISTENER_REMINDER_S // 60,
        "host_early_min": settings.HOST_REMINDER_S // 60,
    }
