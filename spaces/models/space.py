"""Spaces and their topics."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config import terms

from ..querysets import SpaceQuerySet, TopicFollowQuerySet, TopicQuerySet

if TYPE_CHECKING:
    from .people import Participant

TITLE_LENGTH = 70
# What `write_search` writes.
SEARCHED = ("search_text", "search_trigrams")
# The host may open the door of an announced Space a little early.
START_EARLY = timedelta(minutes=15)


class Topic(models.Model):
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=40, unique=True)

    # Set by TopicQuerySet.seen_by().
    is_followed: bool
    follower_count: int

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class TopicFollow(models.Model):
    """Somebody's lists have what is live on it further up."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="topic_follows"
    )
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="follows")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TopicFollowQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "topic"], name="spaces_topicfollow_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} follows {self.topic}"


class Space(models.Model):
    """A live audio room. A change that pages must see raises `version` in its own transaction."""

    class State(models.TextChoices):
        SCHEDULED = "scheduled", _("Scheduled")
        LIVE = "live", _("Live")
        ENDED = "ended", _("Ended")
        CANCELLED = "cancelled", _("Cancelled")

    class Visibility(models.TextChoices):
        """Who may see that it exists, its title and its people, and come in."""

        PUBLIC = "public", _("Everyone")
        SIGNED_IN = "signed_in", _("Everyone with an account")
        FOLLOWERS = "followers", _("People who follow you")
        INVITED = "invited", _("Only people you invite")

    # Whoever has an account comes in; the others have a door that may shut.
    FOR_ANYBODY = frozenset({Visibility.PUBLIC, Visibility.SIGNED_IN})

    class StageSize(models.TextChoices):
        """How many fit on stage: `actions.places`."""

        SMALL = "small", _("Small")
        STANDARD = "standard", _("Standard")
        LARGE = "large", _("Large")

    class WhoMayComment(models.TextChoices):
        EVERYONE = "everyone", _("Everyone with an account")
        FOLLOWERS = "followers", _("People who follow you")
        OFF = "off", _("Nobody")

    class EndReason(models.TextChoices):
        HOST = "host", _("ended by the host")
        HOST_LOST = "host_lost", _("the host did not come back")
        MAX_LENGTH = "max_length", _("the longest time was reached")

    class CancelReason(models.TextChoices):
        HOST = "host", _("called off by the host")
        HOST_LATE = "host_late", _("the host did not come")

    class WhoMaySpeak(models.TextChoices):
        """Who steps up without asking; everybody else may ask."""

        INVITED = "invited", _("Only people you invite")
        FOLLOWED = "followed", _("People you follow")
        EVERYONE = "everyone", _("Everyone")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    host = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="hosted_spaces"
    )
    title = models.CharField(max_length=TITLE_LENGTH, validators=[MaxLengthValidator(TITLE_LENGTH)])
    topics = models.ManyToManyField(Topic, blank=True, related_name="spaces")
    visibility = models.CharField(
        max_length=10, choices=Visibility.choices, default=Visibility.PUBLIC
    )
    stage_size = models.CharField(
        max_length=10, choices=StageSize.choices, default=StageSize.STANDARD
    )
    who_may_speak = models.CharField(
        max_length=10, choices=WhoMaySpeak.choices, default=WhoMaySpeak.INVITED
    )
    # Whether the others may ask.
    takes_requests = models.BooleanField(default=True)
    first_timers_first = models.BooleanField(default=False)
    # How long each speaker may speak; 0: as long as they like.
    turn_s = models.PositiveSmallIntegerField(default=0)
    who_may_comment = models.CharField(
        max_length=10, choices=WhoMayComment.choices, default=WhoMayComment.EVERYONE
    )
    # Who could before they were paused: nobody is let in by taking the pause back.
    comments_resume_for = models.CharField(
        max_length=10, choices=WhoMayComment.choices, default=WhoMayComment.EVERYONE
    )
    # At most one comment a person in so many seconds; 0: as many as they like.
    comment_every_s = models.PositiveSmallIntegerField(default=0)
    # Whether signed-in listeners may be counted without being named.
    allows_unnamed = models.BooleanField(default=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.LIVE)
    version = models.PositiveBigIntegerField(default=1, editable=False)
    # When it was announced for; none: started without being announced.
    scheduled_for = models.DateTimeField(null=True, blank=True)
    # The time before that, when it was moved.
    moved_from = models.DateTimeField(null=True, blank=True)
    # When what calendars are told of it was last changed.
    announced_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=10, choices=EndReason.choices, blank=True)
    cancel_reason = models.CharField(max_length=10, choices=CancelReason.choices, blank=True)
    # Set while the host's connection is lost: since when acting_host, or nobody, holds the Space.
    host_away_since = models.DateTimeField(null=True, blank=True)
    acting_host = models.ForeignKey(
        "spaces.Participant", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # When people were told that the longest time is nearly over.
    end_announced_at = models.DateTimeField(null=True, blank=True)
    # Of title and topics, for search: write_search().
    search_text = models.TextField(default="", editable=False)
    search_words = models.GeneratedField(
        expression=SearchVector("search_text", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    search_trigrams = ArrayField(models.TextField(), default=list, editable=False)

    # Set for the lists that show them, by with_faces() and spaces.live.home.draw_cards().
    stage: "list[Participant]"
    listener_count: int | None = None
    # Of whoever reads the list, by reminding().
    is_reminded: bool = False

    objects = SpaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="spaces_space_ended_at_iff_ended",
                condition=Q(state="ended", ended_at__isnull=False)
                | (~Q(state="ended") & Q(ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="spaces_space_started_at_iff_started",
                condition=Q(state__in=["live", "ended"], started_at__isnull=False)
                | (~Q(state__in=["live", "ended"]) & Q(started_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="spaces_space_unstarted_has_time",
                condition=Q(state__in=["live", "ended"]) | Q(scheduled_for__isnull=False),
            ),
            models.CheckConstraint(name="spaces_space_has_title", condition=~Q(title="")),
            models.CheckConstraint(
                name="spaces_space_acting_only_while_host_is_away",
                condition=Q(acting_host__isnull=True) | Q(host_away_since__isnull=False),
            ),
            # One live Space a host: two clicks on Start must not open two rooms.
            models.UniqueConstraint(
                fields=["host"], condition=Q(state="live"), name="spaces_space_one_live_per_host"
            ),
            # Nobody can be in two Spaces at once; a form sent twice must not announce two.
            models.UniqueConstraint(
                fields=["host", "scheduled_for"],
                condition=Q(state="scheduled"),
                name="spaces_space_one_per_host_and_time",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-started_at"], name="spaces_space_by_state"),
            models.Index(
                fields=["scheduled_for", "id"],
                condition=Q(state="scheduled"),
                name="spaces_space_upcoming",
            ),
            models.Index(
                fields=["-ended_at", "-id"],
                condition=Q(state="ended"),
                name="spaces_space_ended_lately",
            ),
            GinIndex(fields=["search_words"], name="spaces_space_search_words"),
            GinIndex(fields=["search_trigrams"], name="spaces_space_search_trigrams"),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep what search reads right; of topics `set_topics` does."""
        changed = kwargs.get("update_fields")
        if self._state.adding:
            self.write_search([])
        elif changed is None or "title" in changed:
            self.write_search(self.topics.all())
            if changed is not None:
                kwargs["update_fields"] = {*changed, *SEARCHED}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("spaces:space-detail", args=[self.public_id])

    def set_topics(self, topics: Iterable[Topic]) -> None:
        chosen = list(topics)
        self.topics.set(chosen)
        self.write_search(chosen)
        self.save(update_fields=SEARCHED)

    def write_search(self, topics: Iterable[Topic]) -> None:
        """Only on the object: for what stores many at once."""
        words = terms.terms(" ".join([self.title, *(topic.name for topic in topics)]))
        self.search_text, self.search_trigrams = " ".join(words), terms.trigrams(words)

    @property
    def is_live(self) -> bool:
        return self.state == self.State.LIVE

    @property
    def is_for_anybody(self) -> bool:
        return self.visibility in self.FOR_ANYBODY

    @property
    def is_scheduled(self) -> bool:
        return self.state == self.State.SCHEDULED

    @property
    def is_cancelled(self) -> bool:
        return self.state == self.State.CANCELLED

    @property
    def has_started(self) -> bool:
        """Whether there is, or was, a room: before that its page is an announcement."""
        return self.started_at is not None

    @property
    def may_start_at(self) -> datetime | None:
        """From when on the host may open the door of an announced Space."""
        return self.scheduled_for and self.scheduled_for - START_EARLY

    @property
    def kept_until(self) -> datetime | None:
        """How long it waits for its host while nobody acts for them."""
        if self.host_away_since is None or self.acting_host_id is not None:
            return None
        return self.host_away_since + timedelta(seconds=settings.HOST_GRACE_S)

    @property
    def ends_by(self) -> datetime | None:
        """When the longest time is over that a Space may last here."""
        if self.started_at is None or not settings.MAX_LENGTH_S:
            return None
        return self.started_at + timedelta(seconds=settings.MAX_LENGTH_S)

    def is_overdue(self, now: datetime) -> bool:
        """Whether its host has not come to what was announced."""
        return bool(
            self.is_scheduled and self.scheduled_for and self.scheduled_for < overdue_before(now)
        )


def overdue_before(now: datetime) -> datetime:
    """What was announced for a time before this one, its host has not come to."""
    return now - timedelta(seconds=settings.HOST_LATE_S)
