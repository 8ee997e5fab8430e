"""Money and what is sold for it."""

from .ledger import Account, AppendOnly, Journal, Kind, Line
from .orders import Order, OrderChange, WaitingPlace
from .payments import Customer, Payment
from .refunds import Refund
from .sales import RefundRule, TicketSale
from .stripe import StripeCall, StripeCursor, StripeEvent

__all__ = [
    "Account",
    "AppendOnly",
    "Customer",
    "Journal",
    "Kind",
    "Line",
    "Order",
    "OrderChange",
    "Payment",
    "Refund",
    "RefundRule",
    "StripeCall",
    "StripeCursor",
    "StripeEvent",
    "TicketSale",
    "WaitingPlace",
]
