"""What passes between Stripe and us, and what is kept for somebody, by the clock."""

from celery import shared_task
from django.utils import timezone

from . import actions


@shared_task  # type: ignore[untyped-decorator]
def process_stripe_events() -> None:
    """Repeat: harmless."""
    if actions.process_stripe_events():
        process_stripe_events.delay()


@shared_task  # type: ignore[untyped-decorator]
def send_stripe_calls() -> None:
    """Repeat: harmless."""
    if actions.send_stripe_calls():
        send_stripe_calls.delay()


@shared_task  # type: ignore[untyped-decorator]
def pull_stripe_events() -> None:
    """Repeat: harmless."""
    actions.pull_stripe_events()


@shared_task  # type: ignore[untyped-decorator]
def forget_stripe_events() -> None:
    """Repeat: harmless."""
    actions.forget_stripe_events(now=timezone.now())


@shared_task  # type: ignore[untyped-decorator]
def sweep_holds() -> None:
    """Seats whose buyers did not pay in time. Repeat: harmless."""
    actions.sweep_holds()


@shared_task  # type: ignore[untyped-decorator]
def sweep_offers() -> None:
    """Seats that were kept for people in line, who did not come. Repeat: harmless."""
    actions.sweep_offers()


@shared_task  # type: ignore[untyped-decorator]
def refund_called_off() -> None:
    """What was sold for Spaces that did not take place. Repeat: harmless."""
    actions.refund_called_off()
    actions.refund_seatless()
