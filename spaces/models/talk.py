"""What is said and shown around the stage: comments, pins, reactions."""

import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..querysets import (
    CommentFilterQuerySet,
    CommentQuerySet,
    PinQuerySet,
    ReactionCountQuerySet,
)

COMMENT_LENGTH = 280
UPDATE_LENGTH = 280
URL_LENGTH = 500
# Of hands: the lamp's yellow, and five of skin.
TONES = 6


class CommentCounter(models.Model):
    """The numbers a Space's comments have reached.

    A row of its own: the Space's would make every comment wait for the stage, and the stage for it.
    """

    space = models.OneToOneField(
        "spaces.Space", on_delete=models.CASCADE, primary_key=True, related_name="comment_counter"
    )
    # Comments so far, deleted ones too.
    number = models.PositiveIntegerField(default=0)
    # Changes so far: a comment, an edit and a deletion are one each.
    revision = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.number} comments"


class Comment(models.Model):
    """`revision` is that of its last change: who knows n has missed what stands above n."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    space = models.ForeignKey("spaces.Space", on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="comments"
    )
    number = models.PositiveIntegerField()
    revision = models.PositiveBigIntegerField()
    # Made up by the page, so that what is sent twice is there once.
    client_id = models.UUIDField()
    body = models.CharField(max_length=COMMENT_LENGTH)
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    # Who the author is in the Space: set by with_authors().
    person: uuid.UUID | None = None

    objects = CommentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["space", "number"], name="spaces_comment_one_of_a_number"
            ),
            models.UniqueConstraint(
                fields=["space", "revision"], name="spaces_comment_one_of_a_revision"
            ),
            models.UniqueConstraint(
                fields=["space", "author", "client_id"], name="spaces_comment_posted_once"
            ),
        ]

    def __str__(self) -> str:
        return f"comment {self.number} of {self.space}"


class CommentFilter(models.Model):
    """Words that a host's Spaces take no text with. words: as `fold` leaves them."""

    host = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="comment_filter",
    )
    words = models.JSONField(default=list, blank=True)

    objects = CommentFilterQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{len(self.words)} words of {self.host}"


class Pin(models.Model):
    """A link or an update that crew and speakers hold up for everybody."""

    class State(models.TextChoices):
        FETCHING = "fetching", _("being looked at")
        READY = "ready", _("ready")
        FAILED = "failed", _("not readable")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    space = models.ForeignKey("spaces.Space", on_delete=models.CASCADE, related_name="pins")
    pinned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="pins"
    )
    # A link, with what the pinner says of it, or an update alone.
    url = models.CharField(max_length=URL_LENGTH, blank=True)
    text = models.CharField(max_length=UPDATE_LENGTH, blank=True)
    # What the linked page says of itself, fetched by a task.
    title = models.CharField(max_length=200, blank=True)
    site = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.READY)
    created_at = models.DateTimeField(auto_now_add=True)
    unpinned_at = models.DateTimeField(null=True, blank=True)
    unpinned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    # Who pinned it in the Space: set by with_people().
    person: uuid.UUID | None = None

    objects = PinQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="spaces_pin_says_something", condition=~Q(url="") | ~Q(text="")
            ),
        ]
        indexes = [
            models.Index(
                fields=["space", "-id"],
                condition=Q(unpinned_at__isnull=True),
                name="spaces_pin_standing",
            )
        ]

    def __str__(self) -> str:
        return self.title or self.url or self.text

    @property
    def host(self) -> str:
        """Where its link leads: whatever the page there calls itself."""
        return (urlsplit(self.url).hostname or "").removeprefix("www.")


class ReactionCount(models.Model):
    """How often people of a Space reacted in one way."""

    class Reaction(models.TextChoices):
        APPLAUSE = "applause", _("Applause")
        HEART = "heart", _("Heart")
        LAUGH = "laugh", _("Laughing")
        CELEBRATE = "celebrate", _("Celebrating")
        WAVE = "wave", _("Wave")

    space = models.ForeignKey("spaces.Space", on_delete=models.CASCADE, related_name="reactions")
    reaction = models.CharField(max_length=10, choices=Reaction.choices)
    count = models.PositiveIntegerField(default=0)

    objects = ReactionCountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["space", "reaction"], name="spaces_reactioncount_one_of_a_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.reaction}"
