"""System checks for what leaves the site."""

from collections.abc import Sequence
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from .notifications import push


@register()
def push_key_is_one(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    if not settings.VAPID_PRIVATE_KEY:
        return []
    try:
        push.private(settings.VAPID_PRIVATE_KEY)
    except ValueError:
        return [
            Error(
                "VAPID_PRIVATE_KEY is no private key of P-256.",
                hint="manage.py make_vapid_key prints one.",
                id="rostrum.E011",
            )
        ]
    return []
