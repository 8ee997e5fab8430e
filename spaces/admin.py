from django.contrib import admin
from django.http import HttpRequest

from .models import Comment, Participant, Space, Topic


@admin.register(Topic)
class TopicAdmin(admin.ModelAdmin):
    list_display = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    ordering = ("name", "pk")


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
