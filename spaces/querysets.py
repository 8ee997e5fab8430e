"""Reads start from the asker: what a person may know of Spaces, stages and queues."""

from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Prefetch

if TYPE_CHECKING:
    from accounts.models import User

    # Some are named in strings only.
    from .models import Participant, Space, SpeakRequest, Topic  # noqa: F401


class TopicQuerySet(models.QuerySet["Topic"]):
    def live(self) -> "TopicQuerySet":
        """Topics that somebody talks about right now."""
        return self.filter(spaces__state="live").distinct().order_by("name", "pk")


class SpaceQuerySet(models.QuerySet["Space"]):
    def visible_to(self, user: "User | AnonymousUser") -> "SpaceQuerySet":
        """Every Space is public so far; the asker is taken so that no caller forgets them."""
        return self

    def live(self) -> "SpaceQuerySet":
        return self.filter(state=self.model.State.LIVE)

    def about(self, topic: "Topic") -> "SpaceQuerySet":
        return self.filter(topics=topic)

    def newest_first(self) -> "SpaceQuerySet":
        return self.order_by("-started_at", "-pk")

    def with_faces(self) -> "SpaceQuerySet":
        """Host, topics and people on stage (`stage`), in three queries for any number of Spaces."""
        from .models import Participant

        return self.select_related("host").prefetch_related(
            "topics",
            Prefetch(  # type: ignore[no-redef]  # the model names it too, for who reads it
                "participants", Participant.objects.on_stage().with_people(), to_attr="stage"
            ),
        )


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def on_stage(self) -> "ParticipantQuerySet":
        """Host first, then in the order people came up."""
        return self.exclude(role=self.model.Role.LISTENER).order_by(
            models.Case(models.When(role=self.model.Role.HOST, then=0), default=1),
            "on_stage_since",
            "pk",
        )

    def with_open_microphone(self) -> "ParticipantQuerySet":
        return self.filter(microphone=self.model.Microphone.OPEN)

    def with_people(self) -> "ParticipantQuerySet":
        return self.select_related("user")


class SpeakRequestQuerySet(models.QuerySet["SpeakRequest"]):
    def pending(self) -> "SpeakRequestQuerySet":
        return self.filter(state=self.model.State.PENDING).order_by("created_at", "pk")

    def in_space(self, space: "Space") -> "SpeakRequestQuerySet":
        return self.filter(participant__space=space)

    def with_people(self) -> "SpeakRequestQuerySet":
        return self.select_related("participant__user", "invited_by")
