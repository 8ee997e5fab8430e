"""Tickets and money for the staff. The books are for looking: no SQL changes them either."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin import ReadOnlyAdmin
from accounts.models import User

from . import actions
from .models import Journal, Line, StripeCall, StripeCursor, StripeEvent


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


def staff(request: HttpRequest) -> User:
    """Nobody else comes in here."""
    assert isinstance(request.user, User)
    return request.user


class TriedAgainAdmin(ReadOnlyAdmin):
    """Looking is for all of the staff; trying again for who may change such rows."""

    actions = ("try_again",)

    def has_try_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")


@admin.register(StripeEvent)
class StripeEventAdmin(TriedAgainAdmin):
    list_display = (
        "type",
        "state",
        "object_id",
        "account",
        "received_at",
        "deliveries",
        "attempts",
    )
    list_filter = ("state", "livemode", "type")
    search_fields = ("event_id", "object_id", "account")
    # What they bring names people: it is Stripe's to show.
    exclude = ("payload",)
    ordering = ("-received_at", "-pk")
    show_full_result_count = False

    @admin.action(description=_("Try again what was given up"), permissions=["try_again"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[StripeEvent]) -> None:
        given_up = queryset.filter(state=StripeEvent.State.FAILED)
        for event in given_up:
            actions.try_event_again(actor=staff(request), event=event)
        self.message_user(request, _("They are tried again."), messages.SUCCESS)


@admin.register(StripeCall)
class StripeCallAdmin(TriedAgainAdmin):
    list_display = ("key", "kind", "state", "queued_at", "next_try_at", "attempts", "reason")
    list_filter = ("state", "kind", ("next_try_at", admin.EmptyFieldListFilter))
    search_fields = ("key", "response_id", "subject_id")
    # What they say names people, and where they lead is the buyer's.
    exclude = ("params", "answer")
    ordering = ("-queued_at", "-pk")
    show_full_result_count = False

    @admin.action(description=_("Try again what was given up"), permissions=["try_again"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[StripeCall]) -> None:
        given_up = queryset.filter(settled_at__isnull=True, next_try_at__isnull=True)
        for call in given_up:
            actions.try_call_again(actor=staff(request), call=call)
        self.message_user(request, _("They are tried again."), messages.SUCCESS)


@admin.register(StripeCursor)
class StripeCursorAdmin(ReadOnlyAdmin):
    list_display = ("account", "read_until")
    ordering = ("account",)
