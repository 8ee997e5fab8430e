"""What happens by the clock."""

from celery import shared_task
from django.utils import timezone

from . import actions, events
from .live import absence
from .models import Space


@shared_task  # type: ignore[untyped-decorator]
def sweep_absent() -> None:
    """Look after Spaces whose speakers or host are gone. Repeat: harmless."""
    for space in Space.objects.live().newest_first():
        gone = absence.look(events.connection(), space)
        if gone.host or gone.speakers:
            actions.sweep_absent(
                space=space, absent=gone.speakers, host_gone=gone.host, now=timezone.now()
            )


@shared_task  # type: ignore[untyped-decorator]
def cancel_overdue() -> None:
    """Call off announced Spaces whose hosts did not come. Repeat: harmless."""
    now = timezone.now()
    for space in Space.objects.overdue(now):
        actions.cancel_overdue(space=space, now=now)
