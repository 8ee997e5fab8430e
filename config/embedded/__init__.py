"""Private PostgreSQL and Redis under var/, and the secrets demo mode makes for itself."""

from .pair import Services, services
from .paths import (
    Unavailable,
    demo_password,
    demo_secret,
    demo_vapid_key,
    forget_socket_dir,
    private_dir,
    redis_url,
    socket_dir,
)

__all__ = [
    "Services",
    "Unavailable",
    "demo_password",
    "demo_secret",
    "demo_vapid_key",
    "forget_socket_dir",
    "private_dir",
    "redis_url",
    "services",
    "socket_dir",
]
