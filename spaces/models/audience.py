"""How many came to a Space, when, and from where: numbers that belong to nobody."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..querysets import AudienceMinuteQuerySet, SpaceSourceQuerySet


class Attendance(models.Model):
    """What a Space's audience came to. A row of its own: the Space's is locked for its stage."""

    space = models.OneToOneField(
        "spaces.Space", on_delete=models.CASCADE, primary_key=True, related_name="attendance"
    )
    # The most who were there at once, and all who ever were.
    peak = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    # Redis was lost on the way: who had come before was put down, and who came back is a guess.
    is_estimate = models.BooleanField(default=False)
    # When Redis began to count those it knows, and how many had come before.
    counted_since = models.DateTimeField(null=True, blank=True)
    counted_before = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="spaces_attendance_peak_within_total",
                condition=models.Q(peak__lte=models.F("total")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.total} listeners, {self.peak} at once"


class AudienceMinute(models.Model):
    """One minute of a Space: the most who listened in it, and who came for the first time."""

    space = models.ForeignKey(
        "spaces.Space", on_delete=models.CASCADE, related_name="audience_minutes"
    )
    minute = models.DateTimeField()
    listeners = models.PositiveIntegerField(default=0)
    joined = models.PositiveIntegerField(default=0)

    objects = AudienceMinuteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["space", "minute"], name="spaces_audienceminute_one_of_a_minute"
            )
        ]

    def __str__(self) -> str:
        return f"{self.listeners} at {self.minute:%H:%M}"


class SpaceSource(models.Model):
    """How many listeners found a Space in one way: the kind of page, never its address."""

    class Kind(models.TextChoices):
        HOME = "home", _("Home and lists")
        TOPIC = "topic", _("A topic")
        PROFILE = "profile", _("A profile")
        LINK = "link", _("A shared link")
        SITE = "site", _("Another site")
        DIRECT = "direct", _("Directly")

    space = models.ForeignKey("spaces.Space", on_delete=models.CASCADE, related_name="sources")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    count = models.PositiveIntegerField(default=0)

    objects = SpaceSourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["space", "kind"], name="spaces_spacesource_one_of_a_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.count} by {self.kind}"
