"""What one person chose, as their pages show it; `ways` asks the same of many."""

from ..models import NotificationChoice, Reach, User
from ..models.notifications import Channel, Subject
from .kinds import DEFAULTS


def chosen_by(user: User) -> dict[Channel, list[Subject]]:
    """By which channel they are told of which subjects, where they did not choose by default."""
    rows = NotificationChoice.objects.filter(user=user).values_list("channel", "subject", "is_on")
    choices = {(channel, subject): is_on for channel, subject, is_on in rows}
    return {
        channel: [
            subject
            for subject in Subject
            if choices.get((channel, subject), subject in DEFAULTS[channel])
        ]
        for channel in Channel
    }


def reach_of(user: User) -> Reach:
    """Theirs, or what it would begin with; not stored."""
    return Reach.objects.filter(user=user).first() or Reach(user=user)
