from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_out
from django.contrib.postgres.indexes import OpClass
from django.db.models import OrderBy
from django.db.models.functions import Collate
from django.db.models.indexes import IndexExpression


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from allauth.account.signals import password_changed, password_set

        # All we need of django.contrib.postgres, which as an app asks two questions of every new
        # connection.
        IndexExpression.register_wrappers(OrderBy, OpClass, Collate)

        from . import checks, notifications, receivers  # noqa: F401  (checks register themselves)
        from .notifications import own

        notifications.register(*own.ALL)

        user_logged_out.connect(receivers.on_logged_out, dispatch_uid="accounts.on_logged_out")
        for signal in (password_changed, password_set):
            signal.connect(
                receivers.on_password_changed, dispatch_uid="accounts.on_password_changed"
            )
