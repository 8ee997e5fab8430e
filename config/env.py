"""Typed reading of the environment: the only place that looks at os.environ for settings."""

import os
from email.utils import formataddr
from pathlib import Path
from urllib.parse import quote, urlsplit

import dj_email_url
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}
_MAIL_SCHEMES = {"smtp", "submission", "smtps", "console", "file"}
# A person waits for the page that sends it.
_MAIL_TIMEOUT_S = 10


def text(name: str, default: str | None = None) -> str:
    """Raises: ImproperlyConfigured when it is missing and has no default."""
    value = os.environ.get(name, "")
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"Set {name} in the environment.")
    return default


def flag(name: str, *, default: bool = False) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    if value.lower() in _TRUE:
        return True
    if value.lower() in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be yes or no, not {value!r}.")


def number(name: str, default: int, *, least: int = 0) -> int:
    value = os.environ.get(name, "")
    if not value:
        return default
    try:
        parsed = int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from error
    if parsed < least:
        raise ImproperlyConfigured(f"{name} must be at least {least}, not {parsed}.")
    return parsed


def csv(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def mail(name: str, default: str) -> dict[str, object]:
    """Django's settings of the mail server that a URL names.

    Two schemes mean what they mean elsewhere, not what dj-email-url takes them for: smtps:// is TLS
    from the start, and the path of file:/// is absolute.
    """
    url = text(name, default)
    address = urlsplit(url)
    try:
        if address.scheme not in _MAIL_SCHEMES:
            raise ValueError(address.scheme)
        if address.scheme == "smtps":
            url = address._replace(scheme="submission", query=f"{address.query}&ssl=yes").geturl()
        found = dj_email_url.parse(url)
    except ValueError as error:
        # The URL holds a password: it is not repeated.
        raise ImproperlyConfigured(
            f"{name} must be like submission://user:password@mail.example, smtps://mail.example, "
            "smtp://localhost, console:// or file:///folder."
        ) from error
    if address.scheme == "smtps":
        found["EMAIL_PORT"] = address.port or 465
    if address.scheme == "file":
        found["EMAIL_FILE_PATH"] = address.path
    if found["EMAIL_TIMEOUT"] is None:
        found["EMAIL_TIMEOUT"] = _MAIL_TIMEOUT_S
    return found


def sender(instance_name: str, hosts: list[str]) -> str:
    """Whom mails come from when nobody says: the instance, at its own address."""
    host = hosts[0].lstrip("*.") if hosts else ""
    return formataddr((instance_name, f"noreply@{host or 'localhost'}"))


def site_url(hosts: list[str], *, demo: bool) -> str:
    """Where the site is when nobody says; "" where hosts are patterns, so that it is not known."""
    if demo:
        return f"http://localhost:{number('PORT', 8000)}"
    host = hosts[0] if hosts else ""
    return "" if not host or host.startswith((".", "*")) else f"https://{host}"


def var_dir() -> Path:
    """Everything a running instance writes when nothing else is configured."""
    return Path(text("ROSTRUM_VAR", str(BASE_DIR / "var"))).resolve()


def postgres_url(socket_dir: Path) -> str:
    """The embedded Postgres, reached by its Unix socket."""
    return f"postgres://rostrum@{quote(str(socket_dir), safe='')}/rostrum"


def celery_url(redis_url: str) -> str:
    """Celery's spelling of REDIS_URL: kombu says redis+socket:// where redis-py says unix://."""
    if redis_url.startswith("unix://"):
        path, _, query = redis_url.removeprefix("unix://").partition("?")
        number_ = query.removeprefix("db=") if query.startswith("db=") else ""
        return f"redis+socket://{path}" + (f"?virtual_host={number_}" if number_ else "")
    return redis_url
