"""What people do with people and with their own account, and what they are told."""

from .account import (
    HandleRefused,
    change_handle,
    choose_reading,
    edit_profile,
    remove_picture,
    set_picture,
)
from .notifying import forget_old, mark_read, notify
from .people import block, follow, mute, unblock, unfollow, unmute

__all__ = [
    "HandleRefused",
    "block",
    "change_handle",
    "choose_reading",
    "edit_profile",
    "follow",
    "forget_old",
    "mark_read",
    "mute",
    "notify",
    "remove_picture",
    "set_picture",
    "unblock",
    "unfollow",
    "unmute",
]
