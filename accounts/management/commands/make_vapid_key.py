"""A key for messages to browsers, for the environment."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.notifications import push


class Command(BaseCommand):
    help = "Prints a new VAPID_PRIVATE_KEY. Another one ends what browsers subscribed to with it."
    requires_system_checks = ()

    def handle(self, **options: Any) -> None:
        self.stdout.write(f"VAPID_PRIVATE_KEY={push.generate_key()}")
