"""What leaves the site, and what happens to rows by the clock."""

from celery import shared_task
from django.utils import timezone

from . import actions
from .models.notifications import Channel


@shared_task  # type: ignore[untyped-decorator]
def send_mail() -> None:
    """Repeat: harmless."""
    if actions.send_due(channel=Channel.MAIL):
        send_mail.delay()


@shared_task  # type: ignore[untyped-decorator]
def send_push() -> None:
    """Repeat: harmless."""
    if actions.send_due(channel=Channel.PUSH):
        send_push.delay()


@shared_task  # type: ignore[untyped-decorator]
def settle_deliveries() -> None:
    """Repeat: harmless."""
    actions.settle_deliveries(now=timezone.now())


@shared_task  # type: ignore[untyped-decorator]
def forget_old() -> None:
    """Repeat: harmless."""
    actions.forget_old(now=timezone.now())


@shared_task  # type: ignore[untyped-decorator]
def forget_left_behind() -> None:
    """Repeat: harmless."""
    actions.forget_left_behind(now=timezone.now())


SENDING = {Channel.MAIL: send_mail, Channel.PUSH: send_push}
