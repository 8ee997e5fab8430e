from .checkout import checkout_back
from .stripe import stripe_connect_webhook, stripe_webhook

__all__ = ["checkout_back", "stripe_connect_webhook", "stripe_webhook"]
