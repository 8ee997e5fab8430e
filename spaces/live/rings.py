"""Who of the people on a page is on a live stage, where the reader may see it."""

from uuid import UUID

from django.http import HttpRequest

from accounts.models import User

from .board import shown_among
from .ranking import board_of, hidden_from, private_to


def live_space_of(request: HttpRequest, person: User) -> UUID | None:
    """The public id of the newest such Space. In one query a page, or in three while somebody on
    it is live; whom the reader hides has none.
    """
    lives = board_of(request).by_person.get(person.pk)
    if not lives:
        return None
    hidden = hidden_from(request)
    if person.pk in hidden:
        return None
    shown = shown_among(lives, hidden=hidden, private=private_to(request))
    return shown[0].public_id if shown else None
