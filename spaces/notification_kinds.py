"""What people are told of Spaces."""

from datetime import timedelta
from functools import partial

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.models import Notification
from accounts.models.notifications import Subject
from accounts.notifications import Kind

from .models import Invitation, Space, SpeakRequest

# So late a reminder, or that somebody is live, is still worth a mail or a push.
LATE = timedelta(minutes=15)


def key_of(kind: Kind, row: models.Model) -> str:
    """The key of what is told of one row: an invitation, a request, a Space."""
    return f"{kind.name}:{row.pk}"


def row_of(notification: Notification) -> int:
    """The key of the row that `key_of` named."""
    return int(notification.key.rpartition(":")[2])


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


def _is_unanswered(notification: Notification) -> bool:
    """An invitation, into a Space that is not over."""
    pending = Invitation.objects.pending().filter(pk=row_of(notification))
    return pending.filter(space__in=Space.objects.standing()).exists()


def _is_called(notification: Notification) -> bool:
    """To a stage, and has not answered."""
    return SpeakRequest.objects.pending().filter(pk=row_of(notification)).exists()


def _are_waiting(notification: Notification) -> bool:
    """Some of those who asked."""
    waiting = SpeakRequest.objects.pending().asked_by_themselves()
    return waiting.filter(participant__space=notification.space_id).exists()


def _is_cancelled(notification: Notification) -> bool:
    return notification.space is not None and notification.space.is_cancelled


# --- What kinds have in common ---

_of_space = partial(Kind, path=_to_space)
_is_live_now = partial(
    _of_space,
    sentence=_("%(person)s is live: %(title)s"),
    button=_("Listen"),
    lasts=LATE,
    holds=_is_live,
    sentence_afterwards=_("%(person)s was live: %(title)s"),
    button_afterwards=_("See how it was"),
)
_reminder = partial(
    _of_space, subject=Subject.REMINDERS, lasts=LATE, holds=_is_announced, is_asked_for=True
)
_change = partial(_of_space, subject=Subject.REMINDERS, note=_("You asked to be reminded"))
_invitation = partial(_of_space, subject=Subject.INVITATIONS)

# --- The kinds ---

LIVE = _is_live_now(name="live", subject=Subject.LIVE, note=_("You follow them"))
STARTED = _is_live_now(
    name="started",
    subject=Subject.REMINDERS,
    note=_("You asked to be reminded"),
    is_asked_for=True,
)
INVITED_LIVE = _is_live_now(
    name="invited_live", subject=Subject.INVITATIONS, note=_("You are invited")
)
SOON = _reminder(
    name="soon",
    sentence=_("%(title)s starts at %(time)s"),
    note=_("You asked to be reminded"),
    button=_("See it"),
    sentence_afterwards=_("%(title)s was to start at %(time)s"),
    button_afterwards=_("See it"),
)
HOST_SOON = _reminder(
    name="host_soon",
    sentence=_("Your Space %(title)s starts at %(time)s"),
    note=_("You host it"),
    button=_("See it"),
    sentence_afterwards=_("Your Space %(title)s was to start at %(time)s"),
    button_afterwards=_("See it"),
)
HOST_START = _reminder(
    name="host_start",
    sentence=_("It is time for your Space: %(title)s"),
    note=_("You host it, and nobody comes in before you"),
    button=_("Start the Space"),
    sentence_afterwards=_("Your Space %(title)s was to start at %(time)s"),
    button_afterwards=_("See it"),
)
MOVED = _change(
    name="moved",
    sentence=_("%(title)s was moved to %(time)s"),
    button=_("See it"),
    holds=_is_announced,
)
CANCELLED = _change(
    name="cancelled",
    sentence=_("%(person)s called off %(title)s"),
    button=_("See what is coming up"),
    holds=_is_cancelled,
)
RESTORED = _change(
    name="restored",
    sentence=_("%(title)s takes place after all, at %(time)s"),
    button=_("See it"),
    holds=_is_announced,
)
NO_SHOW = _change(
    name="no_show",
    sentence=_("%(title)s did not take place: %(person)s did not come"),
    button=_("See what is coming up"),
    holds=_is_cancelled,
    is_asked_for=True,
)
HOST_NO_SHOW = Kind(
    name="host_no_show",
    subject=Subject.REMINDERS,
    sentence=_("%(title)s was called off: you did not start it"),
    note=_("You host it"),
    button=_("Announce a Space"),
    path=lambda notification: reverse("spaces:space-start"),
    holds=_is_cancelled,
    is_asked_for=True,
)
CO_HOST = _invitation(
    name="co_host",
    sentence=_("%(person)s asks you to co-host %(title)s"),
    button=_("See it"),
    holds=_is_unanswered,
)
INVITED = _invitation(
    name="invited",
    sentence=_("%(person)s invites you to %(title)s"),
    button=_("See it"),
    holds=_is_unanswered,
)
TO_STAGE = _invitation(
    name="to_stage",
    sentence=_("%(person)s invites you to speak in %(title)s"),
    button=_("Go there"),
    lasts=LATE,
    holds=_is_called,
)
REQUEST = _of_space(
    name="request",
    subject=Subject.REQUESTS,
    sentence=_("%(person)s asks to speak in %(title)s"),
    sentence_of_many=ngettext_lazy(
        "%(person)s and %(others)d other ask to speak in %(title)s",
        "%(person)s and %(others)d others ask to speak in %(title)s",
        "others",
    ),
    button=_("Go there"),
    lasts=LATE,
    holds=_are_waiting,
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
    HOST_NO_SHOW,
    CO_HOST,
    INVITED,
    TO_STAGE,
    REQUEST,
)
