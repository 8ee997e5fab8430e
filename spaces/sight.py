"""What decides which Spaces one reader is shown, read once for all that a page asks."""

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef, QuerySet
from django.http import HttpRequest

from accounts.apart import Apart, apart_of, one_of

if TYPE_CHECKING:
    from .live.board import Board


def calls(asker: int | OuterRef) -> "Iterator[tuple[str, QuerySet[Any]]]":
    """What opens a Space that is not for anybody, each with the name of its Space.

    Whoever came in by an invitation, or is on stage, stays: a follower who unfollows must not fall
    out of their own talk.
    """
    from .models import Invitation, Participant, SpeakRequest

    yield "space", Invitation.objects.standing().filter(user=asker)
    yield "space", Participant.objects.filter(user=asker).exclude(role=Participant.Role.LISTENER)
    called_up = SpeakRequest.objects.pending().filter(invited_by__isnull=False)
    yield "participant__space", called_up.filter(participant__user=asker)


class Sight:
    """Whose Spaces blocks and mutes keep from one reader, which ones removals close and invitations
    open, as keys. For one request.
    """

    def __init__(self, apart: Apart) -> None:
        self.apart = apart
        self._me = apart.user.pk

    @property
    def blockers(self) -> frozenset[int]:
        return self.apart.blockers

    @property
    def unwanted(self) -> frozenset[int]:
        """Whom they muted or blocked."""
        return self.apart.muted | self.apart.blocked

    @cached_property
    def removed_from(self) -> frozenset[int]:
        """Spaces, of any state."""
        from .models import Participant

        removed = Participant.objects.removed().filter(user=self._me).order_by()
        return frozenset(removed.values_list("space", flat=True))

    @cached_property
    def called(self) -> frozenset[int]:
        """Spaces of any kind and state that `calls` open."""
        first, *others = [
            rows.order_by().values_list(space, flat=True) for space, rows in calls(self._me)
        ]
        return frozenset(first.union(*others))

    @cached_property
    def opened(self) -> frozenset[int]:
        """Of the called those that are not for anybody: few, whoever was on many stages."""
        from .models import Space

        if not self.called:
            return self.called
        opened = Space.objects.not_for_anybody().filter(one_of("pk", self.called))
        return frozenset(opened.values_list("pk", flat=True))

    def hides(self, board: "Board") -> frozenset[int]:
        """Whose live Spaces this reader's lists leave out, as `hidden_hosts_of` says it of many."""
        removing = {
            board.by_key[space].host for space in self.removed_from if space in board.by_key
        }
        return self.blockers | self.unwanted | removing


def sight_of(request: HttpRequest) -> Sight | None:
    """None for somebody who is not signed in."""
    kept: Sight | None = getattr(request, "sight", None)
    if kept is None and (apart := apart_of(request)):
        kept = request.sight = Sight(apart)  # type: ignore[attr-defined]
    return kept
