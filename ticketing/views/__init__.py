from .stripe import stripe_connect_webhook, stripe_webhook

__all__ = ["stripe_connect_webhook", "stripe_webhook"]
