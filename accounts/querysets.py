"""How people are looked up, and what the one who reads is to them."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Count, Exists, ExpressionWrapper, F, Func, OuterRef, Q, Value
from django.db.models.expressions import BaseExpression
from django.db.models.functions import Cast

from config.terms import Query, array

if TYPE_CHECKING:
    # Some are named in strings only.
    from .models import Delivery, Notification, Reach, User  # noqa: F401


class SharedTrigrams(Func):
    """How many of the first array are in the second."""

    template = "(SELECT count(*) FROM unnest(%(expressions)s))"
    arg_joiner = ") AS trigram WHERE trigram = ANY("
    output_field = models.IntegerField()


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

    def followed_or_not(self, reader: "User | AnonymousUser") -> "UserQuerySet":
        """`is_followed` of `seen_by` alone: what a follow button asks."""
        is_followed: BaseExpression = Value(False)
        if reader.is_authenticated:
            is_followed = Exists(reader.follows_made.filter(followed=OuterRef("pk")))
        return self.annotate(**{"is_followed": is_followed})

    def not_blocked(self) -> "UserQuerySet":
        """After `seen_by`."""
        return self.filter(is_blocked=False)  # type: ignore[misc]

    def findable_by(self, reader: "User | AnonymousUser") -> "UserQuerySet":
        """Whom search may show a reader: open accounts without a block, whoever blocked whom."""
        if not reader.is_authenticated:
            return self.active()
        # Not asked for each person: a name may be that of thousands.
        blocked = Q(pk__in=reader.blocks_made.values("blocked"))
        blocking = Q(pk__in=reader.blocks_received.values("blocker"))
        return self.filter(~blocked, ~blocking, is_active=True)

    def with_handle(self, query: Query) -> "UserQuerySet":
        """Whose handle begins with it."""
        return self.filter(handle__istartswith=query.as_handle) if query.as_handle else self.none()

    def spelt(self, query: Query) -> "UserQuerySet":
        """Handle or name has words that begin with all of it."""
        if query.is_handle:
            return self.with_handle(query)
        return self.filter(search_trigrams__contains=array(query.spelt))

    def close_to(self, query: Query) -> "UserQuerySet":
        """As `spelt`, or with a slip in each word."""
        return self.filter(query.is_close())

    def best_known(self) -> "UserQuerySet":
        return self.order_by("-follower_count", "pk")

    def nearest(self, query: Query) -> "UserQuerySet":
        """Whose handle begins with it, then who is written most like it, then whom most follow.

        It counts trigrams row by row: for a hundred people or so.
        """
        wanted = query.trigrams
        shared = SharedTrigrams(
            F("search_trigrams"), Cast(Value(wanted), ArrayField(models.TextField()))
        )
        size = Func(
            F("search_trigrams"), function="CARDINALITY", output_field=models.IntegerField()
        )
        # Shared ones over those of both together rise with this, which counts them once.
        closeness = Cast(shared, models.FloatField()) / Cast(
            size + len(wanted), models.FloatField()
        )
        return self.order_by(
            self._has_handle(query).desc(), closeness.desc(), "-follower_count", "pk"
        )

    def _has_handle(self, query: Query) -> BaseExpression:
        begins = Q(handle__istartswith=query.as_handle) if query.as_handle else Q(pk=None)
        return ExpressionWrapper(begins, output_field=models.BooleanField())

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


class NotificationQuerySet(models.QuerySet["Notification"]):
    def of(self, user: "User") -> "NotificationQuerySet":
        return self.filter(recipient=user)

    def unread(self) -> "NotificationQuerySet":
        return self.filter(read_at__isnull=True)

    def unread_counts(self, user_ids: Collection[int]) -> dict[int, int]:
        """User id → how many, of those who have any, in one query."""
        unread = self.unread().filter(recipient__in=user_ids).order_by()
        return dict(unread.values_list("recipient").annotate(Count("pk")))

    def latest_first(self) -> "NotificationQuerySet":
        return self.order_by("-created_at", "-pk")

    def older_than(self, moment: datetime) -> "models.QuerySet[Notification, int]":
        """Their keys, the oldest first."""
        old = self.filter(created_at__lt=moment).order_by("created_at", "pk")
        return old.values_list("pk", flat=True)

    def with_people(self) -> "NotificationQuerySet":
        return self.select_related("actor", "recipient", "space__host")


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime) -> "DeliveryQuerySet":
        """What may leave by now, the one that waits longest first."""
        return self.filter(state=self.model.State.DUE, due_at__lte=now).order_by("due_at", "pk")


class ReachQuerySet(models.QuerySet["Reach"]):
    def with_zones(self) -> "ReachQuerySet":
        """With what their people chose themselves."""
        return self.select_related("user").only(
            "time_zone", "quiet_from", "quiet_until", "user__time_zone"
        )
