"""What people do with people and with their own account, and what they are told."""

from .account import (
    HandleRefused,
    change_handle,
    choose_reading,
    edit_profile,
    remove_picture,
    set_picture,
)
from .notifying import (
    choose_notifications,
    forget_old,
    mark_one_read,
    mark_read,
    notify,
    take_back,
)
from .people import block, follow, mute, unblock, unfollow, unmute

__all__ = [
    "HandleRefused",
    "block",
    "change_handle",
    "choose_notifications",
    "choose_reading",
    "edit_profile",
    "follow",
    "forget_old",
    "mark_one_read",
    "mark_read",
    "mute",
    "notify",
    "remove_picture",
    "set_picture",
    "take_back",
    "unblock",
    "unfollow",
    "unmute",
]
