from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from . import actions
from .models import Bulletin, Comment, Participant, Reminder, Space, Topic, TopicFollow


@admin.register(Topic)
class TopicAdmin(admin.ModelAdmin):
    list_display = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    ordering = ("name", "pk")

    def save_model(self, request: HttpRequest, obj: Topic, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change:
            actions.refresh_search(spaces=_about([obj]))

    def delete_model(self, request: HttpRequest, obj: Topic) -> None:
        spaces = _about([obj])
        super().delete_model(request, obj)
        actions.refresh_search(spaces=spaces)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Topic]) -> None:
        spaces = _about(queryset)
        super().delete_queryset(request, queryset)
        actions.refresh_search(spaces=spaces)


def _about(topics: Iterable[Topic]) -> list[int]:
    """Keys of the Spaces that are about any of them."""
    keys = Space.objects.order_by("pk").filter(topics__in=list(topics)).values_list("pk", flat=True)
    return list(keys.distinct())


class ParticipantInline(admin.TabularInline):
    model = Participant
    extra = 0
    can_delete = False
    fields = readonly_fields = (
        "user",
        "role",
        "microphone",
        "joined_at",
        "on_stage_since",
        "removed_at",
        "removed_by",
    )

    def has_add_permission(self, request: HttpRequest, obj: Space | None = None) -> bool:
        return False


@admin.register(TopicFollow)
class TopicFollowAdmin(admin.ModelAdmin):
    list_display = ("topic", "user", "created_at")
    list_select_related = ("topic", "user")
    search_fields = ("topic__name", "user__handle")
    ordering = ("-pk",)
    fields = readonly_fields = ("topic", "user", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Space)
class SpaceAdmin(admin.ModelAdmin):
    list_display = ("title", "host", "state", "scheduled_for", "started_at", "ended_at")
    list_filter = ("state", "visibility")
    search_fields = ("title", "host__handle")
    ordering = ("-pk",)
    fields = readonly_fields = (
        "title",
        "host",
        "topics",
        "visibility",
        "stage_size",
        "who_may_speak",
        "who_may_comment",
        "state",
        "scheduled_for",
        "moved_from",
        "started_at",
        "ended_at",
        "end_reason",
        "cancel_reason",
    )
    inlines = (ParticipantInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Space | None = None) -> bool:
        return False


@admin.register(Comment)
class CommentAdmin(admin.ModelAdmin):
    list_display = ("number", "space", "author", "body", "created_at", "deleted_at", "deleted_by")
    list_filter = (("deleted_at", admin.EmptyFieldListFilter),)
    list_select_related = ("space", "author", "deleted_by")
    search_fields = ("body", "author__handle", "space__title")
    ordering = ("-pk",)
    fields = readonly_fields = (
        "space",
        "number",
        "author",
        "body",
        "created_at",
        "edited_at",
        "deleted_at",
        "deleted_by",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Comment | None = None) -> bool:
        return False


@admin.register(Reminder)
class ReminderAdmin(admin.ModelAdmin):
    list_display = ("space", "user", "wants_early", "asked_at")
    list_filter = ("wants_early",)
    list_select_related = ("space", "user")
    search_fields = ("space__title", "user__handle")
    ordering = ("-pk",)
    fields = readonly_fields = ("space", "user", "wants_early", "asked_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Reminder | None = None) -> bool:
        return False


@admin.register(Bulletin)
class BulletinAdmin(admin.ModelAdmin):
    list_display = (
        "kind",
        "space",
        "state",
        "due_at",
        "settled_at",
        "told_count",
        "left_out_count",
        "untold_count",
    )
    list_filter = ("state", "kind")
    list_select_related = ("space",)
    search_fields = ("space__title", "space__host__handle")
    ordering = ("-due_at", "-pk")
    fields = readonly_fields = (
        *("space", "kind", "state", "speaks_of", "instead_of"),
        *("created_at", "due_at", "expires_at", "worked_at", "settled_at"),
        *("told_count", "left_out_count", "untold_count"),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Bulletin | None = None) -> bool:
        return False
