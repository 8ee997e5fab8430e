"""What happens by the clock, and what takes too long for a page."""

from itertools import groupby

from celery import Task, shared_task
from django.utils import timezone

from config import instance, news

from . import actions, link_preview
from .live import absence, presence
from .models import Invitation, Participant, Pin, Space


@shared_task  # type: ignore[untyped-decorator]
def sweep_absent() -> None:
    """Look after Spaces whose speakers or host are gone. Repeat: harmless."""
    for space in Space.objects.live().newest_first():
        missing = absence.look(news.connection(), space)
        actions.sweep_absent(space=space, missing=missing, now=timezone.now())


@shared_task  # type: ignore[untyped-decorator]
def remove_blocked() -> None:
    """Shut out who was blocked by the host while inside. Repeat: harmless."""
    live = Participant.objects.filter(space__in=Space.objects.live())
    for participant in live.blocked_by_host().select_related("space"):
        actions.remove_blocked(participant=participant)


@shared_task  # type: ignore[untyped-decorator]
def withdraw_blocked() -> None:
    """Take back what calls in people whom the host blocked since. Repeat: harmless."""
    called_in = Invitation.objects.standing().filter(space__in=Space.objects.standing())
    for invitation in called_in.of_blocked().select_related("space"):
        actions.withdraw_blocked(invitation=invitation)


@shared_task  # type: ignore[untyped-decorator]
def show_out() -> None:
    """Shut the doors of private Spaces behind people inside to whom they are not open any more.

    Who unfollowed, or was blocked for a moment, is told by nothing else; and what is told once may
    be lost. Repeat: harmless.
    """
    private = Space.objects.live().not_for_anybody()
    shut_out = Participant.objects.filter(space__in=private).shut_out().select_related("space")
    for space, people in groupby(shut_out, key=lambda participant: participant.space):
        users = {participant.user_id: participant for participant in people}
        present = presence.present_users(news.connection(), space.public_id, list(users))
        actions.show_out(space=space, people=[users[user] for user in present])


@shared_task  # type: ignore[untyped-decorator]
def measure_attendance() -> None:
    """Write down how many listen to each Space, and how many came. Repeat: harmless."""
    for space in Space.objects.live().newest_first():
        actions.measure_attendance(space=space, now=timezone.now())


@shared_task  # type: ignore[untyped-decorator]
def limit_length() -> None:
    """Announce the end of Spaces that near the longest time, and end them. Repeat: harmless."""
    now = timezone.now()
    for space in Space.objects.near_longest(now):
        actions.limit_length(space=space, now=now)


@shared_task  # type: ignore[untyped-decorator]
def cancel_overdue() -> None:
    """Call off announced Spaces whose hosts did not come. Repeat: harmless."""
    now = timezone.now()
    for space in Space.objects.overdue(now):
        actions.cancel_overdue(space=space, now=now)


@shared_task  # type: ignore[untyped-decorator]
def fetch_missed_titles() -> None:
    """Look anew at links whose visit was lost with a worker or a broker. Repeat: harmless."""
    for pin_id in Pin.objects.left_fetching(timezone.now()).values_list("pk", flat=True):
        fetch_pin_title.delay(pin_id)


@shared_task(bind=True, max_retries=2, default_retry_delay=5)  # type: ignore[untyped-decorator]
def fetch_pin_title(self: Task, pin_id: int) -> None:
    """Visit a pinned link, and put its title on the card. Repeat: harmless."""
    pin = Pin.objects.fetching().filter(pk=pin_id).first()
    if pin is None:
        return
    agent = f"{instance.current().name} (link preview)"
    preview = None
    try:
        preview = link_preview.fetch(pin.url, agent=agent)
    except link_preview.Unreadable as error:
        if error.retryable and self.request.retries < self.max_retries:
            raise self.retry(exc=error) from error
    actions.describe_pin(pin=pin, preview=preview)
