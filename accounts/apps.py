from django.apps import AppConfig
from django.contrib.postgres.indexes import OpClass
from django.db.models import OrderBy
from django.db.models.functions import Collate
from django.db.models.indexes import IndexExpression


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # All we need of django.contrib.postgres, which as an app asks two questions of every new
        # connection.
        IndexExpression.register_wrappers(OrderBy, OpClass, Collate)

        from . import notifications
        from .notifications import own

        notifications.register(*own.ALL)
