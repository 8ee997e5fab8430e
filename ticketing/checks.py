"""System checks for settings of money that must agree."""

from collections.abc import Sequence
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from . import money, shares

LOST_FEE_CARRIERS = ("platform", "host")


@register()
def shares_can_be_computed(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for currency in money.currencies():
        try:
            shares.Tiers.of(currency.code)
        except ValueError as error:
            found.append(
                Error(
                    f"The platform's part in {currency.name} is no part: {error}.",
                    hint="Set SHARE_BPS and SHARE_LATER_BPS to at most 10000.",
                    id="rostrum.E101",
                )
            )
    if settings.LOST_FEE_CARRIER not in LOST_FEE_CARRIERS:
        found.append(
            Error(
                f"LOST_FEE_CARRIER is {settings.LOST_FEE_CARRIER!r}.",
                hint="Set it to platform or host.",
                id="rostrum.E102",
            )
        )
    return found
