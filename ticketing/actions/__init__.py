"""What happens to tickets and money, whoever or whatever makes it happen."""

from .inbox import (
    accept_stripe_event,
    forget_stripe_events,
    process_stripe_events,
    pull_stripe_events,
    try_event_again,
)
from .outbox import call_now, queue_call, send_stripe_calls, try_call_again

__all__ = [
    "accept_stripe_event",
    "call_now",
    "forget_stripe_events",
    "process_stripe_events",
    "pull_stripe_events",
    "queue_call",
    "send_stripe_calls",
    "try_call_again",
    "try_event_again",
]
