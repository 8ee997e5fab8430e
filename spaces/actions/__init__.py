"""Everything that can happen in a Space. Each action changes rows, then publishes after commit."""

from .announcing import (
    BadTime,
    TooManyScheduled,
    cancel_overdue,
    cancel_space,
    edit_announcement,
    require_announced,
    restore_space,
    schedule_space,
    start_scheduled,
)
from .attendance import measure_attendance
from .bulletins import tell_next, tell_next_followers
from .calendars import renew_calendar
from .changes import NotLive, SpaceOver, require_live, require_standing, require_started
from .co_hosts import (
    CoHostsFull,
    accept_co_hosting,
    come_in,
    decline_co_hosting,
    invite_co_host,
    withdraw_co_hosting,
)
from .comments import (
    CommentsOff,
    TooLate,
    TooSoon,
    delete_comment,
    edit_comment,
    post_comment,
    restore_comment,
)
from .filtering import HeldBack
from .finding import refresh_search
from .hands import lower_hand, raise_hand
from .invitations import (
    NotInvitable,
    decline_invitation,
    invite_person,
    show_out,
    withdraw_invitation,
)
from .microphones import (
    MicrophonesFull,
    allow_microphone,
    mute_all,
    mute_microphone,
    mute_participant,
    open_microphone,
)
from .naming import listen_named, listen_unnamed
from .pins import PinsFull, add_pin, describe_pin, remove_pin, restore_pin
from .queue import (
    accept_request,
    ask_to_speak,
    change_question,
    decline_request,
    invite_to_stage,
    move_request,
    withdraw_request,
)
from .reactions import count_reactions, tell_reactions
from .reminders import ask_reminder, cancel_reminder
from .removal import (
    remove_blocked,
    remove_participant,
    restore_participant,
    withdraw_blocked,
)
from .rooms import NoRoom, close_pages, end_space, join_space, open_space
from .settings import (
    change_settings,
    pause_comments,
    resume_comments,
)
from .stage import (
    StageFull,
    is_co_hosting,
    is_followed_by_host,
    may_step_up,
    move_to_audience,
    places,
    step_down,
    step_up,
)
from .succession import host_came_back, limit_length, sweep_absent
from .topics import follow_topic, unfollow_topic
from .turns import NoTurns, give_turn

__all__ = [
    "BadTime",
    "CoHostsFull",
    "CommentsOff",
    "HeldBack",
    "MicrophonesFull",
    "NoRoom",
    "NoTurns",
    "NotInvitable",
    "NotLive",
    "PinsFull",
    "SpaceOver",
    "StageFull",
    "TooLate",
    "TooManyScheduled",
    "TooSoon",
    "accept_co_hosting",
    "accept_request",
    "add_pin",
    "allow_microphone",
    "ask_reminder",
    "ask_to_speak",
    "cancel_overdue",
    "cancel_reminder",
    "cancel_space",
    "change_question",
    "change_settings",
    "close_pages",
    "come_in",
    "count_reactions",
    "decline_co_hosting",
    "decline_invitation",
    "decline_request",
    "delete_comment",
    "describe_pin",
    "edit_announcement",
    "edit_comment",
    "end_space",
    "follow_topic",
    "give_turn",
    "host_came_back",
    "invite_co_host",
    "invite_person",
    "invite_to_stage",
    "is_co_hosting",
    "is_followed_by_host",
    "join_space",
    "limit_length",
    "listen_named",
    "listen_unnamed",
    "lower_hand",
    "may_step_up",
    "measure_attendance",
    "move_request",
    "move_to_audience",
    "mute_all",
    "mute_microphone",
    "mute_participant",
    "open_microphone",
    "open_space",
    "pause_comments",
    "places",
    "post_comment",
    "raise_hand",
    "refresh_search",
    "remove_blocked",
    "remove_participant",
    "remove_pin",
    "renew_calendar",
    "require_announced",
    "require_live",
    "require_standing",
    "require_started",
    "restore_comment",
    "restore_participant",
    "restore_pin",
    "restore_space",
    "resume_comments",
    "schedule_space",
    "show_out",
    "start_scheduled",
    "step_down",
    "step_up",
    "sweep_absent",
    "tell_next",
    "tell_next_followers",
    "tell_reactions",
    "unfollow_topic",
    "withdraw_blocked",
    "withdraw_co_hosting",
    "withdraw_invitation",
    "withdraw_request",
]
