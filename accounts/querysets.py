"""How people are looked up, and what the one who reads is to them."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models import Count, Exists, ExpressionWrapper, F, Func, Max, OuterRef, Q, Value
from django.db.models.expressions import BaseExpression
from django.db.models.functions import Cast
from django.http import HttpRequest

from config.terms import Query, array

if TYPE_CHECKING:
    # Some are named in strings only.
    from .models import (  # noqa: F401
        Delivery,
        Notification,
        PushSubscription,
        Reach,
        User,
    )


# What a picture and a name are drawn from: a list may show hundreds of people.
FACE = ("handle", "name", "picture", "public_id")

# A badge says 99+ for as many.
COUNTED = 100


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

    def for_rows(self) -> "UserQuerySet":
        """With what a row of a list shows of them (`faces.Face`)."""
        return self.only(*FACE)

    def followed_or_not(self, reader: "User | AnonymousUser") -> "UserQuerySet":
        """`is_followed` of `seen_by` alone: what a follow button asks."""
        is_followed: BaseExpression = Value(False)
        if reader.is_authenticated:
            is_followed = Exists(reader.follows_made.filter(followed=OuterRef("pk")))
        # The model names it, too, for who reads it.
        return self.annotate(**{"is_followed": is_followed})

    def not_blocked(self) -> "UserQuerySet":
        """After `seen_by`."""
        return self.filter(is_blocked=False)  # type: ignore[misc]

    def findable_by(self, request: HttpRequest) -> "UserQuerySet":
        """Whom search may show a reader: open accounts without a block, whoever blocked whom."""
        from .apart import apart_of, one_of

        apart = apart_of(request)
        if apart is None:
            return self.active()
        return self.active().exclude(one_of("pk", apart.blocked | apart.blockers))

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

    def capped_count(self) -> int:
        """For a badge, which says 99+ from there on."""
        return self.order_by()[:COUNTED].count()

    def latest_moment(self) -> datetime | None:
        """When the newest of them was told."""
        return self.aggregate(latest=Max("created_at"))["latest"]

    def of_kinds(self, kinds: Collection[str]) -> "NotificationQuerySet":
        return self.filter(kind__in=kinds)

    def before(self, moment: datetime, key: int) -> "NotificationQuerySet":
        """Those that `latest_first` puts behind the one of this moment and key."""
        return self.filter(created_at__lte=moment).exclude(created_at=moment, pk__gte=key)

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

    def by(self, channel: str) -> "DeliveryQuerySet":
        return self.filter(channel=channel)

    def expired(self, now: datetime) -> "DeliveryQuerySet":
        """Due, and nobody needs them any more."""
        return self.due(now).filter(expires_at__lte=now)

    def left_sending(self, since: datetime) -> "DeliveryQuerySet":
        """Claimed before that, by a worker that must be dead."""
        return self.filter(state=self.model.State.SENDING, claimed_at__lt=since)

    def with_all(self) -> "DeliveryQuerySet":
        return self.select_related(
            "notification__recipient__reach",
            "notification__actor",
            "notification__space__host",
            "subscription",
        )

    def counts_by_state(self) -> dict[str, int]:
        """Every state → how many, in one query."""
        counts = dict(self.order_by().values_list("state").annotate(Count("pk")))
        return {state: counts.get(state, 0) for state in self.model.State.values}


class PushSubscriptionQuerySet(models.QuerySet["PushSubscription"]):
    def of_session(self, session_key: str | None) -> "PushSubscriptionQuerySet":
        """Of the browser that this session is in."""
        return self.filter(session__session_key=session_key or "")

    def left_behind(self, now: datetime) -> "PushSubscriptionQuerySet":
        """Of sessions that ended by themselves: nobody is signed in there any more."""
        lasting = Session.objects.filter(expire_date__gt=now).values("session_key")
        return self.filter(session__isnull=False).exclude(session__session_key__in=lasting)


class ReachQuerySet(models.QuerySet["Reach"]):
    def with_zones(self) -> "ReachQuerySet":
        """With what their people chose themselves."""
        return self.select_related("user").only(
            "time_zone", "quiet_from", "quiet_until", "user__time_zone"
        )
