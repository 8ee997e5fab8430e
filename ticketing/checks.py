"""System checks for settings of money that must agree before it moves."""

from collections.abc import Sequence
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from . import money, shares

LOST_FEE_CARRIERS = ("platform", "host")
STAND_IN_KEY = "sk_test_standin"
LIVE_KEYS = ("sk_live_", "rk_live_")
STRIPES_OWN = "https://api.stripe.com"


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


@register(Tags.security)
def stripe_settings_agree(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    key, base = settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE
    if base == STRIPES_OWN:
        base = ""
    found: list[CheckMessage] = []
    for name in ("STRIPE_WEBHOOK_SECRETS", "STRIPE_CONNECT_WEBHOOK_SECRETS"):
        if key and not getattr(settings, name):
            found.append(
                Error(
                    f"STRIPE_SECRET_KEY without {name}: nobody could tell who sends an event.",
                    hint="Set it to the signing secret that Stripe shows for the endpoint "
                    "(docs/stripe.md).",
                    id="rostrum.E012",
                )
            )
    if base and not settings.STRIPE_MAY_STAND_IN:
        found.append(
            Error(
                f"STRIPE_API_BASE is {base}: whoever answers there is believed to move money.",
                hint="Unset it. Only demo mode has a stand-in for Stripe.",
                id="rostrum.E013",
            )
        )
    if key.startswith(STAND_IN_KEY) and not base:
        found.append(
            Error(
                "The key of the stand-in would be shown to Stripe itself.",
                hint="Set STRIPE_SECRET_KEY to a key of your own Stripe account.",
                id="rostrum.E014",
            )
        )
    if key.startswith(LIVE_KEYS) and base:
        found.append(
            Error(
                "A live key of Stripe's would be shown to whoever answers at STRIPE_API_BASE.",
                hint="Unset STRIPE_API_BASE.",
                id="rostrum.E015",
            )
        )
    return found
