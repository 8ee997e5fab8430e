"""Reads start from the asker: what a person may know of Spaces, stages and queues."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchQuery
from django.db import models
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    Func,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import BaseExpression
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from accounts.apart import one_of
from accounts.models import Block, Follow, Mute, User
from accounts.querysets import FACE as PERSONS_FACE
from config.keys import OneOf
from config.terms import Query

from .sight import Sight, calls, sight_of

if TYPE_CHECKING:
    # Some are named in strings only.
    from .models import (  # noqa: F401
        AudienceMinute,
        Bulletin,
        CalendarAddress,
        Comment,
        CommentFilter,
        Invitation,
        Participant,
        Pin,
        ReactionCount,
        Space,
        SpaceSource,
        SpeakRequest,
        Topic,
        TopicFollow,
    )


# Who asks. An OuterRef: each person of a query. A request: whoever reads that page, of whom what
# decides is read once for all that the page asks.
Asker = User | AnonymousUser | OuterRef | HttpRequest

# What is over stays in calendars for so long.
CALENDAR_KEEPS = timedelta(days=7)


def blockers_of(user: User) -> "models.QuerySet[Block, int]":
    """Keys of the people who blocked this person."""
    return Block.objects.filter(blocked=user).values_list("blocker", flat=True)


def blocked_by(user: User) -> "models.QuerySet[Block, int]":
    return Block.objects.filter(blocker=user).values_list("blocked", flat=True)


def muted_by(user: User) -> "models.QuerySet[Mute, int]":
    return Mute.objects.filter(muter=user).values_list("muted", flat=True)


def hidden_hosts_of(user_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """Whose Spaces each reader's lists leave out, in one query for any number of readers; who hides
    nobody is left out. `listed_for()` asks the same inside a query.

    Whom a block keeps apart from them, whom they muted, whose live Space they were removed from.
    """
    from .models import Participant, Space

    blocked = Block.objects.filter(blocker__in=user_ids).values_list("blocker", "blocked")
    blocking = Block.objects.filter(blocked__in=user_ids).values_list("blocked", "blocker")
    muted = Mute.objects.filter(muter__in=user_ids).values_list("muter", "muted")
    removed = Participant.objects.removed().filter(user__in=user_ids, space__state=Space.State.LIVE)
    removing = removed.order_by().values_list("user", "space__host")
    hidden: dict[int, set[int]] = {}
    for reader, host in blocked.union(blocking, muted, removing):
        hidden.setdefault(reader, set()).add(host)
    return {reader: frozenset(hosts) for reader, hosts in hidden.items()}


def private_spaces(user_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """The live Spaces that are not for everyone, and yet for each of these people, by their keys.

    One query for any number of readers, and one that finds nothing while nothing of the kind is
    live. Who may see none is left out.
    """
    from .models import Space

    private = Space.objects.live().not_public()
    if not user_ids or not private.exists():
        return {}
    theirs = private.visible_to(OuterRef("pk")).order_by().values("pk")
    readers = User.objects.filter(pk__in=user_ids).annotate(spaces=ArraySubquery(theirs))
    found = readers.values_list("pk", "spaces")
    return {user: frozenset(spaces) for user, spaces in found if spaces}


FACE = tuple(f"user__{column}" for column in PERSONS_FACE)

# What a row of templatetags/rows is drawn from.
HOST_FACE = tuple(f"host__{column}" for column in PERSONS_FACE)
ROW = ("public_id", "title", "visibility", "scheduled_for", "ended_at", *HOST_FACE)


def faces() -> "tuple[str, Prefetch[Any]]":
    """What Spaces with their hosts lack of being read `with_faces()`."""
    from .models import Participant

    on_stage = Participant.objects.on_stage().with_people().only("space", "user", *FACE)
    return "topics", Prefetch("participants", on_stage, to_attr="stage")


class _First(Func):
    """So many of an array."""

    template = "(%(expressions)s)[:%(size)s]"


class TopicQuerySet(models.QuerySet["Topic"]):
    def by_slug(self, slug: str) -> "TopicQuerySet":
        """slug: from an address, so anything; the database refuses NUL even as a question."""
        return self.filter(slug=slug) if slug.isprintable() else self.none()

    def seen_by(self, reader: User | AnonymousUser) -> "TopicQuerySet":
        """`is_followed` by whoever reads; `follower_count`."""
        from .models import TopicFollow

        followers = TopicFollow.objects.filter(topic=OuterRef("pk")).order_by().values("topic")
        count = followers.annotate(count=Count("pk")).values("count")
        seen: dict[str, BaseExpression] = {
            "is_followed": self._followed_by(reader) if reader.is_authenticated else Value(False),
            "follower_count": Coalesce(Subquery(count), 0),
        }
        return self.annotate(**seen)

    def _followed_by(self, reader: User) -> Exists:
        from .models import TopicFollow

        return Exists(TopicFollow.objects.filter(topic=OuterRef("pk"), user=reader))


class TopicFollowQuerySet(models.QuerySet["TopicFollow"]):
    def topics_of(self, user_ids: Collection[int]) -> dict[int, frozenset[int]]:
        """Keys of the topics that each of these people follows; in one query."""
        found: dict[int, set[int]] = {}
        rows = self.filter(user__in=user_ids).order_by("pk")
        for user, topic in rows.values_list("user", "topic"):
            found.setdefault(user, set()).add(topic)
        return {user: frozenset(topics) for user, topics in found.items()}


class SpaceQuerySet(models.QuerySet["Space"]):
    def visible_to(self, asker: Asker) -> "SpaceQuerySet":
        """Whose title and people somebody may know, and which they may come into.

        `doors.admission()` says what would open the others.
        """
        sight = sight_of(asker) if isinstance(asker, HttpRequest) else None
        if isinstance(asker, HttpRequest):
            asker = asker.user
        if isinstance(asker, AnonymousUser):
            return self.public()
        called, shut = self._known(sight) if sight else self._asked(asker)
        # As the query inside names who asks.
        follower: Any = OuterRef(asker) if isinstance(asker, OuterRef) else asker.pk
        follows = Follow.objects.filter(followed=OuterRef("host"), follower=follower)
        Visibility = self.model.Visibility
        opens = (
            Q(visibility__in=self.model.FOR_ANYBODY)
            | Q(host=asker)
            | (Q(visibility=Visibility.FOLLOWERS) & Exists(follows))
            | called
        )
        return self.filter(opens).exclude(shut)

    def _known(self, sight: Sight) -> tuple[Q, Q]:
        """Which Spaces somebody is called into, and which are shut to them, by their keys."""
        shut = one_of("host", sight.blockers) | one_of("pk", sight.removed_from)
        return one_of("pk", sight.opened), shut

    def _asked(self, asker: User | OuterRef) -> tuple[Q, Q]:
        """The same, as questions of each Space."""
        from .models import Participant

        # Who asks, as the queries inside name them.
        key: Any = OuterRef(asker) if isinstance(asker, OuterRef) else asker.pk
        called = Q()
        for space, rows in calls(key):
            called |= Q(Exists(rows.filter(**{space: OuterRef("pk")})))
        blocks = Block.objects.filter(blocker=OuterRef("host"), blocked=key)
        removed = Participant.objects.filter(
            space=OuterRef("pk"), user=key, removed_at__isnull=False
        )
        return called, Q(Exists(blocks)) | Q(Exists(removed))

    def public(self) -> "SpaceQuerySet":
        return self.filter(visibility=self.model.Visibility.PUBLIC)

    def not_public(self) -> "SpaceQuerySet":
        return self.exclude(visibility=self.model.Visibility.PUBLIC)

    def not_for_anybody(self) -> "SpaceQuerySet":
        """Those whose door may shut on somebody inside."""
        return self.exclude(visibility__in=self.model.FOR_ANYBODY)

    def listed_among(self, private: Collection[int]) -> "SpaceQuerySet":
        """For everyone, and those of the others that are named here by their keys."""
        return self.filter(Q(visibility=self.model.Visibility.PUBLIC) | Q(pk__in=private))

    def inviting(self, request: HttpRequest) -> "SpaceQuerySet":
        """Not over, and calling the reader in by their handle; `to_decline`: which invitation says
        so, where it is not to co-host."""
        from .models import Invitation

        sight = sight_of(request)
        # Cheap questions first: few are invited anywhere.
        if sight is None or not sight.called:
            return self.none()
        theirs = Invitation.objects.standing().filter(user=sight.apart.user)
        if not theirs.filter(space__in=self.model.objects.standing()).exists():
            return self.none()
        invitations = theirs.filter(space=OuterRef("pk"))
        to_decline = Subquery(invitations.to_listen().values("public_id")[:1])
        inviting = self.standing().filter(Exists(invitations)).annotate(to_decline=to_decline)
        return inviting.order_by("state", "scheduled_for", "pk")

    def not_muted_by(self, reader: User | AnonymousUser | HttpRequest) -> "SpaceQuerySet":
        """For lists: without hosts whom the reader muted or blocked. Their doors stay open."""
        if isinstance(reader, HttpRequest):
            sight = sight_of(reader)
            return self.exclude(one_of("host", sight.unwanted)) if sight else self
        if not reader.is_authenticated:
            return self
        return self.exclude(host__in=muted_by(reader)).exclude(host__in=blocked_by(reader))

    def listed_for(self, reader: User | AnonymousUser | HttpRequest) -> "SpaceQuerySet":
        """What lists show a reader."""
        return self.visible_to(reader).not_muted_by(reader)

    def of_interest_to(self, user: User) -> "SpaceQuerySet":
        """What is in somebody's calendar: Spaces that they host, are called to by their handle, as
        co-host or to listen, want to be reminded of, or whose host they follow; as far as lists
        show them."""
        from .models import Invitation, Reminder

        invitations = Invitation.objects.standing().filter(space=OuterRef("pk"), user=user)
        follows = Follow.objects.filter(followed=OuterRef("host"), follower=user)
        reminders = Reminder.objects.filter(space=OuterRef("pk"), user=user)
        mine = self.filter(Q(host=user) | Exists(invitations) | Exists(reminders) | Exists(follows))
        return mine.listed_for(user)

    def for_calendar(self, now: datetime) -> "SpaceQuerySet":
        """Announced for a time to come or lately past, whatever became of them.

        What a feed leaves out vanishes from calendars, so the one that is live stays in it. What is
        to come goes before, the soonest first: whoever reads a part of it misses what is far.
        """
        is_past = models.Case(models.When(scheduled_for__lt=now, then=1), default=0)
        lately = self.filter(scheduled_for__gt=now - CALENDAR_KEEPS)
        return lately.order_by(is_past, "scheduled_for", "pk")

    def live(self) -> "SpaceQuerySet":
        return self.filter(state=self.model.State.LIVE)

    def standing(self) -> "SpaceQuerySet":
        """Announced, or live."""
        return self.filter(state__in=[self.model.State.LIVE, self.model.State.SCHEDULED])

    def upcoming(self) -> "SpaceQuerySet":
        """Announced and not yet started, the soonest first."""
        return self.filter(state=self.model.State.SCHEDULED).order_by("scheduled_for", "pk")

    def overdue(self, now: datetime) -> "SpaceQuerySet":
        """Announced, and its host has not come."""
        from .models import overdue_before

        return self.upcoming().filter(scheduled_for__lt=overdue_before(now))

    def findable(self) -> "SpaceQuerySet":
        """All but those that were called off."""
        return self.exclude(state=self.model.State.CANCELLED)

    def spelt(self, query: Query, *, hosts: Collection[int]) -> "SpaceQuerySet":
        """With words of title and topics that begin with all of it, or by one of these hosts."""
        if query.is_handle:
            return self.filter(OneOf("host", hosts))
        words = SearchQuery(query.as_tsquery, search_type="raw", config="simple")
        return self.filter(Q(search_words=words) | Q(OneOf("host", hosts)))

    def close_to(self, query: Query, *, hosts: Collection[int]) -> "SpaceQuerySet":
        """As `spelt`, or with a slip in each word."""
        if query.is_handle:
            return self.filter(OneOf("host", hosts))
        return self.filter(query.is_close() | Q(OneOf("host", hosts)))

    def first_keys(self, size: int) -> dict[str, list[int]]:
        """State → the keys of its first ones, as `live` (newest first), `upcoming` and
        `ended_lately` have them.

        One question for all states: to ask what a reader may see costs more than the answer.
        """
        State = self.model.State
        order = [
            F("ended_at").desc(),
            Case(When(state=State.LIVE, then="started_at")).desc(),
            Case(When(state=State.SCHEDULED, then="scheduled_for")).asc(),
            Case(When(state=State.SCHEDULED, then="pk"), default=-F("pk")).asc(),
        ]
        # A window over the states says the same; Django takes twice the rule's own time to ask so.
        keys = _First(ArrayAgg("pk", order_by=order), size=size)
        return dict(
            self.order_by().values("state").annotate(keys=keys).values_list("state", "keys")
        )

    def near_longest(self, now: datetime) -> "SpaceQuerySet":
        """Live for so long that people are told how long it may last, or that it must end."""
        if not settings.MAX_LENGTH_S:
            return self.none()
        told_after = timedelta(seconds=settings.MAX_LENGTH_S - settings.END_WARNING_S)
        return self.live().filter(started_at__lte=now - told_after).newest_first()

    def ended_lately(self) -> "SpaceQuerySet":
        return self.filter(state=self.model.State.ENDED).order_by("-ended_at", "-pk")

    def about(self, topic: "Topic | OuterRef") -> "SpaceQuerySet":
        return self.filter(topics=topic)

    def with_host(self) -> "SpaceQuerySet":
        return self.select_related("host")

    def for_rows(self) -> "SpaceQuerySet":
        """With what a row of a programme or of past Spaces shows, the host's part as well: of some
        sixty columns ten."""
        return self.select_related("host").only(*ROW)

    def reminding(self, user: User | AnonymousUser) -> "SpaceQuerySet":
        """With whether this reader is reminded of them (`is_reminded`)."""
        from .models import Reminder

        if not user.is_authenticated:
            return self
        reminders = Reminder.objects.filter(space=OuterRef("pk"), user=user)
        return self.annotate(is_reminded=Exists(reminders))  # type: ignore[no-redef]  # see models

    def newest_first(self) -> "SpaceQuerySet":
        return self.order_by("-started_at", "-pk")

    def with_faces(self) -> "SpaceQuerySet":
        """Host, topics and people on stage (`stage`), in three queries for any number of Spaces."""
        return self.select_related("host").prefetch_related(*faces())

    def counts_by_topic(self) -> dict[int, tuple[int, int]]:
        """Topic's key → how many of these Spaces are live, and how many are coming up."""
        states = self.model.State
        counts = (
            self.filter(state__in=[states.LIVE, states.SCHEDULED], topics__isnull=False)
            .order_by()
            .values_list("topics")
            .annotate(
                live=Count("pk", filter=Q(state=states.LIVE)),
                upcoming=Count("pk", filter=Q(state=states.SCHEDULED)),
            )
        )
        return {topic: (live, upcoming) for topic, live, upcoming in counts}


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def on_stage(self) -> "ParticipantQuerySet":
        """Host first, then co-hosts, then in the order people came up."""
        return self.exclude(role=self.model.Role.LISTENER).order_by(
            self._crew_first(), "on_stage_since", "pk"
        )

    def _crew_first(self) -> models.Case:
        Role = self.model.Role
        return models.Case(
            models.When(role=Role.HOST, then=0), models.When(role=Role.CO_HOST, then=1), default=2
        )

    def ever_on_stage(self) -> "ParticipantQuerySet":
        """Those on stage now or at any time before, host first."""
        Role = self.model.Role
        return self.filter(~Q(role=Role.LISTENER) | Q(left_stage_at__isnull=False)).order_by(
            self._crew_first(), "joined_at", "pk"
        )

    def ever_heard(self) -> "ParticipantQuerySet":
        """On a stage that was open to people: to announce a Space is not to have spoken."""
        return self.ever_on_stage().filter(space__started_at__isnull=False)

    def named(self) -> "ParticipantQuerySet":
        """Those whom the others may see; who is on stage always is."""
        return self.filter(Q(is_unnamed=False) | ~Q(role=self.model.Role.LISTENER))

    def listening(self) -> "ParticipantQuerySet":
        """In the audience, by the order in which they first came; not who was removed."""
        Role = self.model.Role
        return self.filter(role=Role.LISTENER, removed_at__isnull=True).order_by("pk")

    def blocked_by_host(self) -> "ParticipantQuerySet":
        """Those who are not barred yet, although the host has blocked them."""
        blocks = Block.objects.filter(blocker=OuterRef("space__host"), blocked=OuterRef("user"))
        return self.filter(Exists(blocks), removed_at__isnull=True).order_by("pk")

    def shut_out(self) -> "ParticipantQuerySet":
        """Those who came in, and to whom the Space is not open any more."""
        from .models import Space

        still_open = Space.objects.visible_to(OuterRef("user")).filter(pk=OuterRef("space"))
        return self.filter(~Exists(still_open), removed_at__isnull=True).order_by("space", "pk")

    def awaited(self) -> "ParticipantQuerySet":
        """Those who are missed once they are gone: on stage, on the way there, or co-hosting."""
        from .models import SpeakRequest

        requests = SpeakRequest.objects.pending().filter(participant=OuterRef("pk"))
        return self.filter(
            ~Q(role=self.model.Role.LISTENER) | Exists(requests) | self._is_co_hosting(),
            removed_at__isnull=True,
        ).order_by("pk")

    def co_hosting(self) -> "ParticipantQuerySet":
        """Who accepted to co-host, on stage or not."""
        return self.filter(self._is_co_hosting())

    def _is_co_hosting(self) -> Exists:
        from .models import Invitation

        accepted = Invitation.objects.to_co_host().accepted()
        return Exists(accepted.filter(space=OuterRef("space"), user=OuterRef("user")))

    def removed(self) -> "ParticipantQuerySet":
        """Barred from the Space, the last one first."""
        return self.filter(removed_at__isnull=False).order_by("-removed_at", "-pk")

    def asked_to_co_host(self) -> "ParticipantQuerySet":
        """Who came in, and has not answered whether they co-host."""
        from .models import Invitation

        asked = Invitation.objects.to_co_host().pending()
        return self.filter(
            Exists(asked.filter(space=OuterRef("space"), user=OuterRef("user")))
        ).order_by("pk")

    def with_open_microphone(self) -> "ParticipantQuerySet":
        return self.filter(microphone=self.model.Microphone.OPEN)

    def with_people(self) -> "ParticipantQuerySet":
        return self.select_related("user")

    def with_comment_rules(self) -> "ParticipantQuerySet":
        """With what their Space and its host take comments by."""
        return self.select_related("space__host__comment_filter")


class SpeakRequestQuerySet(models.QuerySet["SpeakRequest"]):
    def pending(self) -> "SpeakRequestQuerySet":
        """Those who wait, in the order of the line."""
        return self.filter(state=self.model.State.PENDING).order_by("rank", "pk")

    def in_space(self, space: "Space") -> "SpeakRequestQuerySet":
        return self.filter(participant__space=space)

    def asked_by_themselves(self) -> "SpeakRequestQuerySet":
        """Without those who were invited."""
        return self.filter(invited_by__isnull=True)

    def counts_of_asked(self) -> dict[str, int]:
        """State → how many, of those who asked by themselves."""
        asked = self.asked_by_themselves().order_by()
        return dict(asked.values_list("state").annotate(Count("pk")))

    def with_people(self) -> "SpeakRequestQuerySet":
        return self.select_related("participant__user", "invited_by")


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def standing(self) -> "InvitationQuerySet":
        """Not turned down and not taken back."""
        State = self.model.State
        return self.filter(state__in=[State.PENDING, State.ACCEPTED]).order_by("pk")

    def pending(self) -> "InvitationQuerySet":
        return self.filter(state=self.model.State.PENDING).order_by("pk")

    def accepted(self) -> "InvitationQuerySet":
        return self.filter(state=self.model.State.ACCEPTED).order_by("pk")

    def known_to_crew(self) -> "InvitationQuerySet":
        """Standing, or turned down and not asked again."""
        State = self.model.State
        later = self.model.objects.filter(
            space=OuterRef("space"), user=OuterRef("user"), kind=OuterRef("kind")
        )
        return self.filter(
            Q(state__in=[State.PENDING, State.ACCEPTED])
            | Q(~Exists(later.filter(pk__gt=OuterRef("pk"))), state=State.DECLINED)
        ).order_by("pk")

    def of_blocked(self) -> "InvitationQuerySet":
        """Of people whom the Space's host has blocked."""
        blocks = Block.objects.filter(blocker=OuterRef("space__host"), blocked=OuterRef("user"))
        return self.filter(Exists(blocks))

    def to_listen(self) -> "InvitationQuerySet":
        return self.filter(kind=self.model.Kind.LISTENER)

    def to_co_host(self) -> "InvitationQuerySet":
        return self.filter(kind=self.model.Kind.CO_HOST)

    def with_people(self) -> "InvitationQuerySet":
        return self.select_related("user", "invited_by")


class BulletinQuerySet(models.QuerySet["Bulletin"]):
    def waiting(self) -> "BulletinQuerySet":
        return self.filter(state=self.model.State.WAITING)

    def next_due(self, kinds: Collection[str], now: datetime) -> "BulletinQuerySet":
        """Of these kinds what is due, each in its turn: the one that waits longest first."""
        waits_longest = F("worked_at").asc(nulls_first=True)
        due = self.waiting().filter(kind__in=kinds, due_at__lte=now)
        return due.order_by(waits_longest, "due_at", "pk")

    def reached_people(self) -> "BulletinQuerySet":
        """All of them, or some before it was off."""
        return self.filter(Q(state=self.model.State.SENT) | Q(told_count__gt=0))


class CommentQuerySet(models.QuerySet["Comment"]):
    def newest_first(self) -> "CommentQuerySet":
        return self.order_by("-number")

    def standing(self) -> "CommentQuerySet":
        """Those that nobody deleted."""
        return self.filter(deleted_at__isnull=True)

    def changed_since(self, revision: int) -> "CommentQuerySet":
        return self.filter(revision__gt=revision).order_by("revision")

    def recent_of(
        self, author: "Participant", *, since: datetime, client_id: UUID
    ) -> "CommentQuerySet":
        """What somebody posted lately, the newest first, and with this client_id."""
        return (
            self.filter(space=author.space_id, author=author.user_id)
            .filter(Q(created_at__gt=since) | Q(client_id=client_id))
            .with_authors()
            .newest_first()
        )

    def with_authors(self) -> "CommentQuerySet":
        """And who they are in the Space (`person`)."""
        from .models import Participant

        person = Participant.objects.filter(space=OuterRef("space"), user=OuterRef("author"))
        return self.select_related("author").annotate(
            person=Subquery(person.values("public_id"))  # type: ignore[no-redef]  # see models
        )


class CommentFilterQuerySet(models.QuerySet["CommentFilter"]):
    def words_of(self, host: User) -> list[str]:
        return self.filter(host=host).values_list("words", flat=True).first() or []


class CalendarAddressQuerySet(models.QuerySet["CalendarAddress"]):
    def with_people(self) -> "CalendarAddressQuerySet":
        """Of open accounts only."""
        return self.select_related("user").filter(user__is_active=True)


class PinQuerySet(models.QuerySet["Pin"]):
    def standing(self) -> "PinQuerySet":
        """What is pinned now, the newest first."""
        return self.filter(unpinned_at__isnull=True).order_by("-pk")

    def fetching(self) -> "PinQuerySet":
        """Links whose pages were not looked at yet."""
        return self.filter(state=self.model.State.FETCHING).select_related("space")

    def left_fetching(self, now: datetime) -> "PinQuerySet":
        """Links whose visit must be over by now, with all its tries, and left no word."""
        return self.fetching().filter(created_at__lt=now - timedelta(minutes=2)).order_by("pk")

    def with_people(self) -> "PinQuerySet":
        """And who they are in the Space (`person`)."""
        from .models import Participant

        person = Participant.objects.filter(space=OuterRef("space"), user=OuterRef("pinned_by"))
        return self.select_related("pinned_by").annotate(  # type: ignore[no-redef]  # see models
            person=Subquery(person.values("public_id"))
        )


class ReactionCountQuerySet(models.QuerySet["ReactionCount"]):
    def totals(self) -> dict[str, int]:
        """Reaction → how often."""
        return dict(self.values_list("reaction", "count"))


class AudienceMinuteQuerySet(models.QuerySet["AudienceMinute"]):
    def in_order(self) -> "AudienceMinuteQuerySet":
        return self.order_by("minute", "pk")

    def latest_minute(self) -> datetime | None:
        return self.in_order().values_list("minute", flat=True).last()


class SpaceSourceQuerySet(models.QuerySet["SpaceSource"]):
    def most_first(self) -> "SpaceSourceQuerySet":
        return self.filter(count__gt=0).order_by("-count", "pk")
