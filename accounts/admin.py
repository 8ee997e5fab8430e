from typing import Any

from allauth.usersessions.admin import UserSessionAdmin
from django.contrib import admin
from django.http import HttpRequest

from .models import (
    Delivery,
    HostGrant,
    Notification,
    NotificationChoice,
    PushSubscription,
    Reach,
    User,
)

# allauth's own looks for a username.
UserSessionAdmin.search_fields = ["user__handle", "ip"]


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ("handle", "name", "email", "follower_count", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff")
    search_fields = ("handle", "name", "email")
    ordering = ("-date_joined", "-pk")
    fields = (
        "handle",
        "name",
        "bio",
        "email",
        "is_active",
        "is_staff",
        "is_superuser",
        "groups",
        "follower_count",
        "following_count",
        "date_joined",
        "last_login",
    )
    readonly_fields = ("follower_count", "following_count", "date_joined", "last_login")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People sign up themselves, so that their address is verified."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Accounts are made inactive: the follows of a deleted one are in others' counts."""
        return False


@admin.register(HostGrant)
class HostGrantAdmin(admin.ModelAdmin):
    list_display = ("user", "reason", "granted_by", "created_at")
    search_fields = ("user__handle", "user__name", "reason")
    autocomplete_fields = ("user",)
    readonly_fields = ("granted_by", "created_at")
    ordering = ("-created_at", "-pk")

    def save_model(self, request: HttpRequest, obj: HostGrant, form: Any, change: bool) -> None:
        if not change:
            obj.granted_by = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)


class ReadOnlyAdmin(admin.ModelAdmin):
    """For looking: what people are told, and how, is theirs and the workers' to change."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ("kind", "recipient", "actor", "space", "created_at", "read_at")
    list_filter = ("kind", ("read_at", admin.EmptyFieldListFilter))
    list_select_related = ("recipient", "actor", "space")
    search_fields = ("recipient__handle",)
    ordering = ("-created_at", "-pk")
    show_full_result_count = False


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("notification", "channel", "state", "due_at", "tries", "settled_at")
    list_filter = ("state", "channel", "notification__kind")
    list_select_related = ("notification__recipient",)
    search_fields = ("notification__recipient__handle",)
    ordering = ("-due_at", "-pk")
    show_full_result_count = False


@admin.register(NotificationChoice)
class NotificationChoiceAdmin(ReadOnlyAdmin):
    list_display = ("user", "subject", "channel", "is_on")
    list_filter = ("channel", "subject", "is_on")
    list_select_related = ("user",)
    search_fields = ("user__handle",)
    ordering = ("-pk",)


@admin.register(PushSubscription)
class PushSubscriptionAdmin(ReadOnlyAdmin):
    list_display = ("user", "browser", "created_at")
    list_select_related = ("user",)
    search_fields = ("user__handle",)
    # Whoever has endpoint and keys could send to that browser.
    fields = ("user", "browser", "created_at")
    ordering = ("-created_at", "-pk")


@admin.register(Reach)
class ReachAdmin(ReadOnlyAdmin):
    list_display = ("user", "language", "time_zone", "has_quiet_hours", "quiet_from", "quiet_until")
    list_filter = ("has_quiet_hours", "language")
    list_select_related = ("user",)
    search_fields = ("user__handle",)
    ordering = ("user",)
