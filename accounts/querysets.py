"""How people are looked up, and what the one who reads is to them."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, F, OuterRef, Value
from django.db.models.expressions import BaseExpression

if TYPE_CHECKING:
    from .models import User


class UserQuerySet(models.QuerySet["User"]):
    """Lists are read newest row first; `row_id` is the row that put somebody on the list."""

    def active(self) -> "UserQuerySet":
        return self.filter(is_active=True)

    def by_handle(self, handle: str) -> "UserQuerySet":
        return self.filter(handle__iexact=handle)

    def formerly(self, handle: str, *, since: datetime) -> "UserQuerySet":
        """Who gave this handle up after `since`."""
        return self.filter(
            former_handles__handle__iexact=handle, former_handles__changed_at__gt=since
        )

    def seen_by(self, reader: "User | AnonymousUser") -> "UserQuerySet":
        """`is_followed`, `is_blocked`, `is_muted`: by whoever reads."""
        person = OuterRef("pk")
        seen: dict[str, BaseExpression] = dict.fromkeys(
            ("is_followed", "is_blocked", "is_muted"), Value(False)
        )
        if reader.is_authenticated:
            seen = {
                "is_followed": Exists(reader.follows_made.filter(followed=person)),
                "is_blocked": Exists(reader.blocks_made.filter(blocked=person)),
                "is_muted": Exists(reader.mutes_made.filter(muted=person)),
            }
        return self.annotate(**seen)

    def not_blocked(self) -> "UserQuerySet":
        """After `seen_by`."""
        return self.filter(is_blocked=False)  # type: ignore[misc]

    def followers_of(self, person: "User") -> "UserQuerySet":
        return self.filter(follows_made__followed=person)._newest_first("follows_made")

    def followed_by(self, person: "User") -> "UserQuerySet":
        return self.filter(follows_received__follower=person)._newest_first("follows_received")

    def blocked_by(self, person: "User") -> "UserQuerySet":
        return self.filter(blocks_received__blocker=person)._newest_first("blocks_received")

    def muted_by(self, person: "User") -> "UserQuerySet":
        return self.filter(mutes_received__muter=person)._newest_first("mutes_received")

    def _newest_first(self, rows: str) -> "UserQuerySet":
        # The model names it, too, for who reads it: mypy takes one or the other.
        people: UserQuerySet = self.annotate(**{"row_id": F(f"{rows}__pk")})
        return people.order_by("-row_id")  # type: ignore[misc]

    def older_than(self, row_id: int) -> "UserQuerySet":
        return self.filter(row_id__lt=row_id)  # type: ignore[misc]
