"""Rows of tickets and money."""

from .stripe import StripeCall, StripeCursor, StripeEvent

__all__ = ["StripeCall", "StripeCursor", "StripeEvent"]
