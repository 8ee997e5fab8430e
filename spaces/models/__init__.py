"""Rooms: a Space, its topics, who takes part, what is said around the stage."""

from .audience import Attendance, AudienceMinute, SpaceSource
from .people import QUESTION_LENGTH, Invitation, Participant, SpeakRequest
from .space import START_EARLY, START_LATE, TITLE_LENGTH, Space, Topic
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
    "START_EARLY",
    "START_LATE",
    "TITLE_LENGTH",
    "TONES",
    "UPDATE_LENGTH",
    "URL_LENGTH",
    "Attendance",
    "AudienceMinute",
    "Comment",
    "CommentCounter",
    "CommentFilter",
    "Invitation",
    "Participant",
    "Pin",
    "ReactionCount",
    "Space",
    "SpaceSource",
    "SpeakRequest",
    "Topic",
]
