"""Who of the people on a page is on a live stage, where the reader may see it."""

from uuid import UUID

from django.http import HttpRequest

from accounts.models import User

from ..querysets import hidden_hosts_of, private_spaces
from .board import shown_among
from .ranking import NOBODY, board_of


def live_space_of(request: HttpRequest, person: User) -> UUID | None:
    """The public id of the newest such Space. In one query a page, or in three while somebody on
    it is live; whom the reader hides has none.
    """
    lives = board_of(request).by_person.get(person.pk)
    if not lives:
        return None
    hidden, private = _seen_by(request)
    if person.pk in hidden:
        return None
    shown = shown_among(lives, hidden=hidden, private=private)
    return shown[0].public_id if shown else None


def _seen_by(request: HttpRequest) -> tuple[frozenset[int], frozenset[int]]:
    """Whom the reader hides, and which private Spaces are open to them; asked for once a page."""
    kept: tuple[frozenset[int], frozenset[int]] | None = getattr(request, "rings_seen", None)
    if kept is not None:
        return kept
    user = request.user
    if hasattr(request, "look"):
        kept = (request.look.taste.hidden, request.look.taste.private)
    elif user.is_authenticated:
        hidden = hidden_hosts_of([user.pk]).get(user.pk, NOBODY)
        has_private = board_of(request).has_private
        private = private_spaces([user.pk]).get(user.pk, NOBODY) if has_private else NOBODY
        kept = (hidden, private)
    else:
        kept = (NOBODY, NOBODY)
    request.rings_seen = kept  # type: ignore[attr-defined]
    return kept
