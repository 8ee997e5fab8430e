"""The door of the admin: staff only, and by a second factor unless the operator says otherwise."""

from collections.abc import Callable

from allauth.account.authentication import get_authentication_records
from allauth.account.decorators import secure_admin_login
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from config.http import SignedInRequest


def passed_second_factor(request: HttpRequest) -> bool:
    """In this very session: having set one up elsewhere, or since, is not enough."""
    if not settings.STAFF_SECOND_FACTOR:
        return True
    records = get_authentication_records(request, request.user)
    return any(record["method"] == "mfa" for record in records)


def guard(site: AdminSite) -> None:
    """The admin's own login form would be a second door with its own rules."""
    is_staff = site.has_permission
    login: Callable[..., HttpResponse] = site.login

    def has_permission(request: HttpRequest) -> bool:
        return is_staff(request) and passed_second_factor(request)

    @secure_admin_login  # type: ignore[untyped-decorator]
    def enter(request: SignedInRequest, **kwargs: object) -> HttpResponse:
        if passed_second_factor(request):
            return login(request, **kwargs)
        return _ask_for_second_factor(request)

    site.has_permission = has_permission  # type: ignore[method-assign]
    site.login = enter  # type: ignore[method-assign]


def _ask_for_second_factor(request: SignedInRequest) -> HttpResponse:
    user = request.user
    context = {
        "has_code": is_mfa_enabled(
            user, [Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES]
        ),
        "has_passkey": is_mfa_enabled(user, [Authenticator.Type.WEBAUTHN]),
        "next": request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index"),
    }
    return render(request, "admin/second_factor.html", context, status=403)
