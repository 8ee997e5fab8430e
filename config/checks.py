"""System checks for settings that must agree."""

import ipaddress
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from . import brand, embedded, env, instance, procfile

_LEAST_MEDIA_PORTS = 20


@register(Tags.security)
def demo_mode_is_harmless(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Demo people have one known password, so nothing real may be within their reach."""
    if not settings.DEMO:
        return []
    found: list[CheckMessage] = []
    for name, address in (
        ("BIND", env.text("BIND", "127.0.0.1")),
        ("MEDIA_BIND", settings.MEDIA_BIND),
    ):
        if not _is_loopback(address):
            found.append(
                Error(
                    f"Demo mode may not listen on {address}.",
                    hint=f"Unset {name}, or set DATABASE_URL, SECRET_KEY and ALLOWED_HOSTS.",
                    id="rostrum.E001",
                )
            )
    key = env.text("STRIPE_SECRET_KEY", "")
    # The stand-in's moves no money.
    if key and not key.startswith("sk_test_standin"):
        found.append(
            Error(
                "Demo mode may not have a STRIPE_SECRET_KEY.",
                hint="Start with script/server, which leaves demo mode when there is one.",
                id="rostrum.E002",
            )
        )
    if settings.DATABASES["default"]["HOST"] != str(embedded.socket_dir(settings.VAR_DIR)):
        found.append(
            Error(
                "Demo mode may use the embedded database only.",
                hint="Start with script/server, which leaves demo mode when DATABASE_URL is set.",
                id="rostrum.E003",
            )
        )
    return found


@register(Tags.database)
def pools_fit_the_database(
    app_configs: Sequence[AppConfig] | None = None,
    databases: Sequence[str] | None = None,
    **kwargs: Any,
) -> list[CheckMessage]:
    """Every process may fill its own pool; together they must leave the database room."""
    if "default" not in (databases or ()):
        return []
    pool = connections["default"].settings_dict["OPTIONS"].get("pool")
    if not pool:
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('max_connections')::int"
            " - current_setting('superuser_reserved_connections')::int"
        )
        room = cursor.fetchone()[0]
    here = sum(program.size for program in procfile.read(env.BASE_DIR / "Procfile"))
    processes = env.number("DATABASE_PROCESSES", here, least=1)
    if processes * pool["max_size"] <= room:
        return []
    return [
        Error(
            f"{processes} processes with {pool['max_size']} connections each are more than the "
            f"{room} that the database gives.",
            hint="Lower DATABASE_POOL_SIZE, or raise max_connections. DATABASE_PROCESSES says how "
            "many processes use the database if there are more than the Procfile names.",
            id="rostrum.E004",
        )
    ]


@register()
def media_settings_agree(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.TURN_URLS and not settings.TURN_SECRET:
        found.append(
            Error(
                "TURN_URLS without TURN_SECRET: no browser could log in there.",
                hint="Set TURN_SECRET to the static-auth-secret of the TURN server.",
                id="rostrum.E005",
            )
        )
    ports = re.fullmatch(r"(\d+)-(\d+)", settings.MEDIA_PORTS)
    first, last = (int(ports[1]), int(ports[2])) if ports else (0, 0)
    if not 1024 <= first <= last <= 65_535:
        found.append(
            Error(
                f"MEDIA_PORTS must be two ports from 1024 to 65535, like 40000-40999, "
                f"not {settings.MEDIA_PORTS!r}.",
                id="rostrum.E006",
            )
        )
    elif last - first + 1 < _LEAST_MEDIA_PORTS:
        found.append(
            Warning(
                f"MEDIA_PORTS has {last - first + 1} ports, and each connection takes one.",
                hint="Give it a thousand for a few hundred listeners.",
                id="rostrum.W001",
            )
        )
    return found


@register(Tags.security)
def staff_have_a_second_factor(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    if settings.STAFF_SECOND_FACTOR or settings.DEMO:
        return []
    return [
        Error(
            "STAFF_SECOND_FACTOR is off: whoever learns one password has the admin.",
            hint="Unset it. Staff set their second factor up on their own settings pages.",
            id="rostrum.E007",
        )
    ]


@register(Tags.security, deploy=True)
def links_in_letters_lead_here(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    address = urlsplit(settings.SITE_URL)
    if address.scheme in {"https", "http"} and address.hostname and not address.path:
        return []
    return [
        Error(
            f"SITE_URL is {settings.SITE_URL!r}: links in mails would lead nowhere.",
            hint="Set it to the address of this site, like https://talks.example.",
            id="rostrum.E010",
        )
    ]


@register()
def colours_can_be_read(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Whoever re-brands in tokens.css keeps the ratios of the design."""
    return [
        Error(fault, hint=f"Change it in {brand.TOKENS_CSS}.", id="rostrum.E008")
        for fault in brand.faults(brand.house())
    ]


@register(Tags.database)
def accent_can_be_read(
    app_configs: Sequence[AppConfig] | None = None,
    databases: Sequence[str] | None = None,
    **kwargs: Any,
) -> list[CheckMessage]:
    """The accent was derived for the surfaces of its day; tokens.css may have others now."""
    if "default" not in (databases or ()):
        return []
    accent = instance.current().accent
    try:
        faults = brand.faults(brand.house() | brand.derive(accent)) if accent else []
    except brand.NoReadableShade:
        faults = ["No shade of it can be read on the surfaces of tokens.css."]
    return [
        Error(
            f"The accent colour {accent}: {fault}",
            hint="Choose another in the admin, under Instance.",
            id="rostrum.E009",
        )
        for fault in faults
    ]


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
