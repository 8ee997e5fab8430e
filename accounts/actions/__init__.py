"""What people do with people and with their own account, and what they are told."""

from .account import (
    HandleRefused,
    change_handle,
    choose_reading,
    edit_profile,
    remember_reading,
    remove_picture,
    set_picture,
)
from .browsers import forget_left_behind, move_subscription, subscribe, unsubscribe
from .notifying import (
    choose_notifications,
    forget_old,
    mark_one_read,
    mark_read,
    notify,
    take_back,
)
from .people import block, follow, mute, unblock, unfollow, unmute
from .sending import choose_mail, send_due, settle_deliveries

__all__ = [
    "HandleRefused",
    "block",
    "change_handle",
    "choose_mail",
    "choose_notifications",
    "choose_reading",
    "edit_profile",
    "follow",
    "forget_left_behind",
    "forget_old",
    "mark_one_read",
    "mark_read",
    "move_subscription",
    "mute",
    "notify",
    "remember_reading",
    "remove_picture",
    "send_due",
    "set_picture",
    "settle_deliveries",
    "subscribe",
    "take_back",
    "unblock",
    "unfollow",
    "unmute",
    "unsubscribe",
]
