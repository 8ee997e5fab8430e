"""Reads start from the asker: what a person may know of Spaces, stages and queues."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Count, Prefetch, Q

from accounts.models import Block, Mute

if TYPE_CHECKING:
    from accounts.models import User

    # Some are named in strings only.
    from .models import Comment, Invitation, Participant, Pin, Space, SpeakRequest, Topic  # noqa: F401


def blockers_of(user: "User") -> "models.QuerySet[Block, int]":
    """Keys of the people who blocked this person."""
    return Block.objects.filter(blocked=user).values_list("blocker", flat=True)


def blocked_by(user: "User") -> "models.QuerySet[Block, int]":
    return Block.objects.filter(blocker=user).values_list("blocked", flat=True)


def muted_by(user: "User") -> "models.QuerySet[Mute, int]":
    return Mute.objects.filter(muter=user).values_list("muted", flat=True)


def hidden_hosts(user: "User | AnonymousUser") -> frozenset[int]:
    """Whose Spaces a reader's lists leave out; `listed_for()` asks the same inside a query."""
    if not user.is_authenticated:
        return frozenset()
    return frozenset(blockers_of(user).union(blocked_by(user), muted_by(user)))


# What a picture and a name are drawn from: a list may show hundreds of people.
FACE = ("user__handle", "user__name", "user__picture", "user__public_id")


class TopicQuerySet(models.QuerySet["Topic"]):
    def by_slug(self, slug: str) -> "TopicQuerySet":
        """slug: from an address, so anything; the database refuses NUL even as a question."""
        return self.filter(slug=slug) if slug.isprintable() else self.none()

    def live(self) -> "TopicQuerySet":
        """Topics that somebody talks about right now."""
        return self.filter(spaces__state="live").distinct().order_by("name", "pk")


class SpaceQuerySet(models.QuerySet["Space"]):
    def visible_to(self, user: "User | AnonymousUser") -> "SpaceQuerySet":
        """Every Space is public, but not to those whom its host has blocked."""
        if not user.is_authenticated:
            return self
        return self.exclude(host__in=blockers_of(user))

    def not_muted_by(self, user: "User | AnonymousUser") -> "SpaceQuerySet":
        """For lists: without hosts whom the reader muted or blocked. Their doors stay open."""
        if not user.is_authenticated:
            return self
        return self.exclude(host__in=muted_by(user)).exclude(host__in=blocked_by(user))

    def listed_for(self, user: "User | AnonymousUser") -> "SpaceQuerySet":
        """What lists show a reader."""
        return self.visible_to(user).not_muted_by(user)

    def live(self) -> "SpaceQuerySet":
        return self.filter(state=self.model.State.LIVE)

    def upcoming(self) -> "SpaceQuerySet":
        """Announced and not yet started, the soonest first."""
        return self.filter(state=self.model.State.SCHEDULED).order_by("scheduled_for", "pk")

    def overdue(self, now: datetime) -> "SpaceQuerySet":
        """Announced, and its host has not come."""
        from .models import START_LATE

        return self.upcoming().filter(scheduled_for__lt=now - START_LATE)

    def ended_lately(self) -> "SpaceQuerySet":
        return self.filter(state=self.model.State.ENDED).order_by("-ended_at", "-pk")

    def about(self, topic: "Topic") -> "SpaceQuerySet":
        return self.filter(topics=topic)

    def with_host(self) -> "SpaceQuerySet":
        return self.select_related("host")

    def newest_first(self) -> "SpaceQuerySet":
        return self.order_by("-started_at", "-pk")

    def with_faces(self) -> "SpaceQuerySet":
        """Host, topics and people on stage (`stage`), in three queries for any number of Spaces."""
        from .models import Participant

        on_stage = Participant.objects.on_stage().with_people().only("space", "user", *FACE)
        return self.select_related("host").prefetch_related(
            "topics",
            Prefetch("participants", on_stage, to_attr="stage"),  # type: ignore[no-redef]  # see models
        )

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

    def named(self) -> "ParticipantQuerySet":
        """Those whom the others may see; who is on stage always is."""
        return self.filter(Q(is_unnamed=False) | ~Q(role=self.model.Role.LISTENER))

    def with_open_microphone(self) -> "ParticipantQuerySet":
        return self.filter(microphone=self.model.Microphone.OPEN)

    def with_people(self) -> "ParticipantQuerySet":
        return self.select_related("user")


class SpeakRequestQuerySet(models.QuerySet["SpeakRequest"]):
    def pending(self) -> "SpeakRequestQuerySet":
        """Those who wait, in the order of the line."""
        return self.filter(state=self.model.State.PENDING).order_by("rank", "pk")

    def in_space(self, space: "Space") -> "SpeakRequestQuerySet":
        return self.filter(participant__space=space)

    def with_people(self) -> "SpeakRequestQuerySet":
        return self.select_related("participant__user", "invited_by")


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def standing(self) -> "InvitationQuerySet":
        """Not turned down and not taken back."""
        State = self.model.State
        return self.filter(state__in=[State.PENDING, State.ACCEPTED]).order_by("pk")

    def pending(self) -> "InvitationQuerySet":
        return self.filter(state=self.model.State.PENDING).order_by("pk")

    def to_co_host(self) -> "InvitationQuerySet":
        return self.filter(kind=self.model.Kind.CO_HOST)

    def with_people(self) -> "InvitationQuerySet":
        return self.select_related("user", "invited_by")


class CommentQuerySet(models.QuerySet["Comment"]):
    def with_authors(self) -> "CommentQuerySet":
        return self.select_related("author")


class PinQuerySet(models.QuerySet["Pin"]):
    def standing(self) -> "PinQuerySet":
        """What is pinned now, the newest first."""
        return self.filter(unpinned_at__isnull=True).order_by("-pk")

    def with_people(self) -> "PinQuerySet":
        return self.select_related("pinned_by")
