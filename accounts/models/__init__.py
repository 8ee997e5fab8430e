"""Rows of people, and of what they are told."""

from .notifications import Delivery, Notification, NotificationChoice, PushSubscription, Reach
from .people import (
    HANDLE_VALIDATORS,
    Block,
    Follow,
    FormerHandle,
    HostGrant,
    Mute,
    User,
    UserManager,
)

__all__ = [
    "HANDLE_VALIDATORS",
    "Block",
    "Delivery",
    "Follow",
    "FormerHandle",
    "HostGrant",
    "Mute",
    "Notification",
    "NotificationChoice",
    "PushSubscription",
    "Reach",
    "User",
    "UserManager",
]
