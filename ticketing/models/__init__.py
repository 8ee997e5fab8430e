"""Money and what is sold for it."""

from .ledger import Account, AppendOnly, Journal, Kind, Line
from .orders import Order, OrderChange, WaitingPlace
from .payments import Customer, Payment
from .refunds import Refund
from .sales import DiscountCode, RefundRule, Split, TicketSale
from .stripe import StripeCall, StripeCursor, StripeEvent

__all__ = [
    "Account",
    "AppendOnly",
    "Customer",
    "DiscountCode",
    "Journal",
    "Kind",
    "Line",
    "Order",
    "OrderChange",
    "Payment",
    "Refund",
    "RefundRule",
    "Split",
    "StripeCall",
    "StripeCursor",
    "StripeEvent",
    "TicketSale",
    "WaitingPlace",
]
