"""What people are told of Spaces."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.models import Notification
from accounts.models.notifications import Subject
from accounts.notifications import Kind

# So late a reminder, or that somebody is live, is still worth a mail or a push.
LATE = timedelta(minutes=15)


def _to_space(notification: Notification) -> str:
    assert notification.space is not None
    return notification.space.get_absolute_url()


def _is_live(notification: Notification) -> bool:
    return notification.space is not None and notification.space.is_live


def _is_announced(notification: Notification) -> bool:
    """For the time it speaks of: it may have been moved or called off since."""
    space = notification.space
    return (
        space is not None and space.is_scheduled and space.scheduled_for == notification.speaks_of
    )


def _is_cancelled(notification: Notification) -> bool:
    return notification.space is not None and notification.space.is_cancelled


LIVE = Kind(
    name="live",
    subject=Subject.LIVE,
    sentence=_("%(person)s is live: %(title)s"),
    note=_("You follow them"),
    button=_("Listen"),
    path=_to_space,
    lasts=LATE,
    holds=_is_live,
)
STARTED = Kind(
    name="started",
    subject=Subject.REMINDERS,
    sentence=_("%(person)s is live: %(title)s"),
    note=_("You asked to be reminded"),
    button=_("Listen"),
    path=_to_space,
    lasts=LATE,
    holds=_is_live,
    is_asked_for=True,
)
INVITED_LIVE = Kind(
    name="invited_live",
    subject=Subject.INVITATIONS,
    sentence=_("%(person)s is live: %(title)s"),
    note=_("You are invited"),
    button=_("Listen"),
    path=_to_space,
    lasts=LATE,
    holds=_is_live,
)
SOON = Kind(
    name="soon",
    subject=Subject.REMINDERS,
    sentence=_("%(title)s starts at %(time)s"),
    note=_("You asked to be reminded"),
    button=_("See it"),
    path=_to_space,
    lasts=LATE,
    holds=_is_announced,
    is_asked_for=True,
)
HOST_SOON = Kind(
    name="host_soon",
    subject=Subject.REMINDERS,
    sentence=_("Your Space %(title)s starts at %(time)s"),
    note=_("You host it"),
    button=_("See it"),
    path=_to_space,
    lasts=LATE,
    holds=_is_announced,
    is_asked_for=True,
)
HOST_START = Kind(
    name="host_start",
    subject=Subject.REMINDERS,
    sentence=_("It is time for your Space: %(title)s"),
    note=_("You host it, and nobody comes in before you"),
    button=_("Start the Space"),
    path=_to_space,
    lasts=LATE,
    holds=_is_announced,
    is_asked_for=True,
)
MOVED = Kind(
    name="moved",
    subject=Subject.REMINDERS,
    sentence=_("%(title)s was moved to %(time)s"),
    note=_("You asked to be reminded"),
    button=_("See it"),
    path=_to_space,
    holds=_is_announced,
)
CANCELLED = Kind(
    name="cancelled",
    subject=Subject.REMINDERS,
    sentence=_("%(person)s called off %(title)s"),
    note=_("You asked to be reminded"),
    button=_("See what is coming up"),
    path=_to_space,
    holds=_is_cancelled,
)
RESTORED = Kind(
    name="restored",
    subject=Subject.REMINDERS,
    sentence=_("%(title)s takes place after all, at %(time)s"),
    note=_("You asked to be reminded"),
    button=_("See it"),
    path=_to_space,
    holds=_is_announced,
)
NO_SHOW = Kind(
    name="no_show",
    subject=Subject.REMINDERS,
    sentence=_("%(title)s did not take place: %(person)s did not come"),
    note=_("You asked to be reminded"),
    button=_("See what is coming up"),
    path=_to_space,
    holds=_is_cancelled,
    is_asked_for=True,
)
CO_HOST = Kind(
    name="co_host",
    subject=Subject.INVITATIONS,
    sentence=_("%(person)s asks you to co-host %(title)s"),
    button=_("See it"),
    path=_to_space,
)
INVITED = Kind(
    name="invited",
    subject=Subject.INVITATIONS,
    sentence=_("%(person)s invites you to %(title)s"),
    button=_("See it"),
    path=_to_space,
)
TO_STAGE = Kind(
    name="to_stage",
    subject=Subject.INVITATIONS,
    sentence=_("%(person)s invites you to speak in %(title)s"),
    button=_("Go there"),
    path=_to_space,
    lasts=LATE,
    holds=_is_live,
)
REQUEST = Kind(
    name="request",
    subject=Subject.REQUESTS,
    sentence=_("%(person)s asks to speak in %(title)s"),
    sentence_of_many=ngettext_lazy(
        "%(person)s and %(others)d other ask to speak in %(title)s",
        "%(person)s and %(others)d others ask to speak in %(title)s",
        "others",
    ),
    button=_("Go there"),
    path=_to_space,
    lasts=LATE,
    holds=_is_live,
)

ALL = (
    LIVE,
    STARTED,
    INVITED_LIVE,
    SOON,
    HOST_SOON,
    HOST_START,
    MOVED,
    CANCELLED,
    RESTORED,
    NO_SHOW,
    CO_HOST,
    INVITED,
    TO_STAGE,
    REQUEST,
)
