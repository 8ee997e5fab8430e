from django.contrib import admin
from django.http import HttpRequest

from .models import Participant, Space, Topic


@admin.register(Topic)
class TopicAdmin(admin.ModelAdmin):
    list_display = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    ordering = ("name", "pk")


class ParticipantInline(admin.TabularInline):
    model = Participant
    extra = 0
    can_delete = False
    fields = readonly_fields = ("user", "role", "microphone", "joined_at", "on_stage_since")

    def has_add_permission(self, request: HttpRequest, obj: Space | None = None) -> bool:
        return False


@admin.register(Space)
class SpaceAdmin(admin.ModelAdmin):
    list_display = ("title", "host", "state", "scheduled_for", "started_at", "ended_at")
    list_filter = ("state",)
    search_fields = ("title", "host__handle")
    ordering = ("-pk",)
    fields = readonly_fields = (
        "title",
        "host",
        "topics",
        "who_may_speak",
        "state",
        "scheduled_for",
        "started_at",
        "ended_at",
    )
    inlines = (ParticipantInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Space | None = None) -> bool:
        return False
