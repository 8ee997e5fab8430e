"""Money and what is sold for it."""

from .orders import Order, OrderChange, WaitingPlace
from .sales import DiscountCode, RefundRule, Split, TicketSale

__all__ = [
    "DiscountCode",
    "Order",
    "OrderChange",
    "RefundRule",
    "Split",
    "TicketSale",
    "WaitingPlace",
]
