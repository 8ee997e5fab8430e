"""Rooms: a Space, its topics, who takes part, what is said around the stage."""

from .audience import Attendance, AudienceMinute, SpaceSource
from .calendar_address import CalendarAddress
from .people import QUESTION_LENGTH, Invitation, Participant, SpeakRequest
from .reminders import Bulletin, Reminder
from .space import SEARCHED, START_EARLY, TITLE_LENGTH, Space, Topic, TopicFollow, overdue_before
from .talk import (
    COMMENT_LENGTH,
    TONES,
    UPDATE_LENGTH,
    URL_LENGTH,
    Comment,
    CommentCounter,
    CommentFilter,
    Pin,
    ReactionCount,
)

__all__ = [
    "COMMENT_LENGTH",
    "QUESTION_LENGTH",
    "SEARCHED",
    "START_EARLY",
    "TITLE_LENGTH",
    "TONES",
    "UPDATE_LENGTH",
    "URL_LENGTH",
    "Attendance",
    "AudienceMinute",
    "Bulletin",
    "CalendarAddress",
    "Comment",
    "CommentCounter",
    "CommentFilter",
    "Invitation",
    "Participant",
    "Pin",
    "ReactionCount",
    "Reminder",
    "Space",
    "SpaceSource",
    "SpeakRequest",
    "Topic",
    "TopicFollow",
    "overdue_before",
]
