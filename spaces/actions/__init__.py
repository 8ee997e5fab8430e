"""Everything that can happen in a Space. Each action changes rows, then publishes after commit."""

from .announcing import (
    BadTime,
    TooManyScheduled,
    cancel_overdue,
    cancel_space,
    restore_space,
    schedule_space,
    start_scheduled,
)
from .changes import NotLive, SpaceOver
from .microphones import (
    MicrophonesFull,
    allow_microphone,
    mute_microphone,
    mute_participant,
    open_microphone,
)
from .queue import (
    accept_request,
    ask_to_speak,
    decline_request,
    invite_to_stage,
    withdraw_request,
)
from .rooms import NoRoom, close_pages, end_space, join_space, open_space
from .stage import StageFull, may_step_up, move_to_audience, places, step_down, step_up
from .succession import sweep_absent

__all__ = [
    "BadTime",
    "MicrophonesFull",
    "NoRoom",
    "NotLive",
    "SpaceOver",
    "StageFull",
    "TooManyScheduled",
    "accept_request",
    "allow_microphone",
    "ask_to_speak",
    "cancel_overdue",
    "cancel_space",
    "close_pages",
    "decline_request",
    "end_space",
    "invite_to_stage",
    "join_space",
    "may_step_up",
    "move_to_audience",
    "mute_microphone",
    "mute_participant",
    "open_microphone",
    "open_space",
    "places",
    "restore_space",
    "schedule_space",
    "start_scheduled",
    "step_down",
    "step_up",
    "sweep_absent",
    "withdraw_request",
]
