from django.apps import AppConfig


class TicketingConfig(AppConfig):
    name = "ticketing"

    def ready(self) -> None:
        # Registered by being there: system checks, and what is made of Stripe's news.
        from . import actions, checks  # noqa: F401
