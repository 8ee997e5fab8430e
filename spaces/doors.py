"""Who comes into a Space, and what would open the door to who does not. Every door asks here."""

import uuid
from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Block, User
from config.errors import NotAllowed

from .listener import Marks, marks_of
from .models import Space


class Step(StrEnum):
    """What opens the door, or that nothing does."""

    SIGN_IN = "sign_in"
    FOLLOW = "follow"
    INVITATION = "invitation"
    REMOVED = "removed"
    # For them it is as if there were no such Space.
    UNKNOWN = "unknown"


SENTENCES = {
    Step.SIGN_IN: _("Sign in to see whether this Space is open to you."),
    Step.FOLLOW: _("This Space is for people who follow its host. Follow them, and come in."),
    Step.INVITATION: _(
        "Only people whom its host invites can come in. Ask whoever sent you the link."
    ),
    Step.REMOVED: _("You were removed from this Space. You may join this host’s other Spaces."),
}


@dataclass(frozen=True, kw_only=True)
class Admission:
    """step: none for who is admitted."""

    space: Space
    step: Step | None = None


class NotAdmitted(NotAllowed):
    """At a button: the page itself says it at length."""


def admission(
    user: User | AnonymousUser, public_id: uuid.UUID, *, marks: Marks
) -> Admission | None:
    """Admitted, or the exact step that would change it; None when there is no such Space.

    marks: of whom this browser was while signed in (listener.py), for who is signed out.
    """
    spaces = Space.objects.with_host().filter(public_id=public_id)
    space = spaces.visible_to(user).first()
    if space is not None:
        return Admission(space=space, step=_step_of_marks(user, space, marks))
    space = spaces.first()
    if space is None:
        return None
    return Admission(space=space, step=_step_of_marks(user, space, marks) or _step(user, space))


def _step_of_marks(user: User | AnonymousUser, space: Space, marks: Marks) -> Step | None:
    if user.is_authenticated:
        return None
    if marks.has_host(space.host.public_id):
        return Step.UNKNOWN
    return Step.REMOVED if marks.has_space(space.public_id) else None


def _step(user: User | AnonymousUser, space: Space) -> Step:
    """Why `visible_to()` left it out."""
    if not isinstance(user, User):
        return Step.SIGN_IN
    if Block.objects.filter(blocker=space.host, blocked=user).exists():
        return Step.UNKNOWN
    if space.participants.filter(user=user, removed_at__isnull=False).exists():
        return Step.REMOVED
    if space.visibility == Space.Visibility.FOLLOWERS:
        return Step.FOLLOW
    return Step.INVITATION


def admission_of(request: HttpRequest, public_id: uuid.UUID) -> Admission:
    """Raises: Http404"""
    found = admission(request.user, public_id, marks=marks_of(request.COOKIES))
    if found is None:
        raise Http404
    return found


def space_for(request: HttpRequest, public_id: uuid.UUID) -> Space:
    """The Space behind an address, for who may come in. Raises: Http404, NotAdmitted"""
    found = admission_of(request, public_id)
    if found.step is Step.UNKNOWN:
        raise Http404
    if found.step is not None:
        raise NotAdmitted(SENTENCES[found.step], code=f"not_admitted_{found.step}")
    return found.space
