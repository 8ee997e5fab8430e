from typing import Any

from allauth.usersessions.admin import UserSessionAdmin
from django.contrib import admin
from django.http import HttpRequest

from .models import HostGrant, User

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
