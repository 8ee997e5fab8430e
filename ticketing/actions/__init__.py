"""What happens to tickets and money, whoever or whatever makes it happen."""

from .checkout import SeatGone, close_checkout, look_at_checkout, open_checkout, sweep_holds
from .inbox import (
    accept_stripe_event,
    forget_stripe_events,
    process_stripe_events,
    pull_stripe_events,
    try_event_again,
)
from .outbox import call_now, queue_call, send_stripe_calls, try_call_again
from .refunds import give_back, refund_called_off, refund_seatless
from .seats import AlreadyHeld, NotOnSale, SoldOut, release, reserve
from .waiting import join_line, leave_line, sweep_offers

__all__ = [
    "AlreadyHeld",
    "NotOnSale",
    "SeatGone",
    "SoldOut",
    "accept_stripe_event",
    "call_now",
    "close_checkout",
    "forget_stripe_events",
    "give_back",
    "join_line",
    "leave_line",
    "look_at_checkout",
    "open_checkout",
    "process_stripe_events",
    "pull_stripe_events",
    "queue_call",
    "refund_called_off",
    "refund_seatless",
    "release",
    "reserve",
    "send_stripe_calls",
    "sweep_holds",
    "sweep_offers",
    "try_call_again",
    "try_event_again",
]
