"""A local stand-in for Stripe's HTTP API, for the demo and for tests: no real money moves.

Nothing else imports it; the app talks to it as to Stripe, by its base address.
"""

from .server import StandIn

__all__ = ["StandIn"]
