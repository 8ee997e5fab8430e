"""All that changes what is sold and what is owed."""

from .seats import AlreadyHeld, NotOnSale, SoldOut, release, reserve
from .waiting import join_line, leave_line, sweep_offers

__all__ = [
    "AlreadyHeld",
    "NotOnSale",
    "SoldOut",
    "join_line",
    "leave_line",
    "release",
    "reserve",
    "sweep_offers",
]
