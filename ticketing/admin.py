"""The books, for looking: nobody changes them here, and no SQL does either."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin import ReadOnlyAdmin

from .models import Journal, Line


class LineInline(admin.TabularInline):
    model = Line
    fields = readonly_fields = ("account", "subject", "amount")
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Journal)
class JournalAdmin(ReadOnlyAdmin):
    list_display = ("kind", "source_type", "source_id", "host", "occurred_at", "created_at")
    list_filter = ("kind", "source_type", ("correction_of", admin.EmptyFieldListFilter))
    search_fields = ("=source_id", "=host")
    search_help_text = _("Id of a source, or of a host")
    date_hierarchy = "occurred_at"
    ordering = ("-occurred_at", "-pk")
    inlines = (LineInline,)
    show_full_result_count = False


@admin.register(Line)
class LineAdmin(ReadOnlyAdmin):
    list_display = ("journal", "account", "subject", "amount")
    list_filter = ("account", "currency", "journal__kind")
    list_select_related = ("journal",)
    search_fields = ("=subject", "=journal__source_id", "=journal__host")
    fields = readonly_fields = ("journal", "account", "subject", "amount")
    ordering = ("-pk",)
    show_full_result_count = False
