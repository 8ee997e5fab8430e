from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from . import notifications
        from .notifications import own

        notifications.register(*own.ALL)
