"""The kinds of notifications. Each app registers its own in its `AppConfig.ready`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ..models.notifications import Channel, Subject

if TYPE_CHECKING:
    from ..models import Notification


class Group(models.TextChoices):
    """The parts of the page of notifications."""

    LIVE = "live", _("Live and reminders")
    PEOPLE = "people", _("People")


GROUPS = {
    Subject.REMINDERS: Group.LIVE,
    Subject.LIVE: Group.LIVE,
    Subject.INVITATIONS: Group.PEOPLE,
    Subject.REQUESTS: Group.PEOPLE,
    Subject.FOLLOWERS: Group.PEOPLE,
}

# What leaves the site for somebody who has not chosen. A browser has to be asked for push anyway.
DEFAULTS = {
    Channel.MAIL: frozenset({Subject.REMINDERS, Subject.INVITATIONS}),
    Channel.PUSH: frozenset({Subject.REMINDERS, Subject.LIVE, Subject.INVITATIONS}),
}


def _always(notification: "Notification") -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Something people can be told of.

    sentence: what is so, with %(person)s (the actor), %(title)s (of the Space) and %(time)s
    (`speaks_of`) where it needs them. sentence_of_many: the same with %(others)d more people.
    note: why this person is told. button: what the link to `path` is called.
    lasts: how long after it was told it is still worth a mail or a push; none: for good.
    holds: whether it is still true, asked before it leaves the site.
    is_asked_for: comes in quiet hours too.
    """

    name: str
    subject: Subject
    sentence: "str | Promise"
    sentence_of_many: "Promise | None" = None
    note: "str | Promise" = ""
    button: "str | Promise"
    path: Callable[["Notification"], str]
    lasts: timedelta | None = None
    holds: Callable[["Notification"], bool] = _always
    is_asked_for: bool = False

    @property
    def group(self) -> Group:
        return GROUPS[self.subject]


KINDS: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    """Repeat: harmless."""
    KINDS.update({kind.name: kind for kind in kinds})


def kind_of(notification: "Notification") -> Kind:
    """Raises: KeyError for what another release wrote; lists leave that out."""
    return KINDS[notification.kind]
