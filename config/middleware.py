"""Refusals become pages and JSON, wherever they were raised; so does a missing sign-in."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.middleware import LoginRequiredMiddleware as DjangoLoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from .errors import Refusal


def wants_json(request: HttpRequest) -> bool:
    """Buttons of a live page are posted by htmx, which shows the sentence as a toast."""
    return request.headers.get("HX-Request") == "true"


def page_of_button(request: HttpRequest, default: str = "/") -> str:
    """The path of the page on which somebody pressed what they posted; default: when unknown."""
    page = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, allowed_hosts={request.get_host()}):
        return default
    path = urlsplit(page)._replace(scheme="", netloc="").geturl()
    # Two slashes in front would name a host.
    return f"/{path.lstrip('/')}"


class RefusalMiddleware:
    """Looks at exceptions only; sync and async views pass through untouched."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response):  # type: ignore[no-untyped-def]
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest):  # type: ignore[no-untyped-def]
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        if wants_json(request):
            response: HttpResponse = JsonResponse(
                {"code": exception.code, "message": str(exception.message)},
                status=exception.status,
            )
        else:
            response = render(
                request,
                "errors/refused.html",
                {"refusal": exception, "status": exception.status},
                status=exception.status,
            )
        if exception.retry_after_s is not None:
            response.headers["Retry-After"] = str(exception.retry_after_s)
        patch_vary_headers(response, ["HX-Request"])
        return response


class LoginRequiredMiddleware(DjangoLoginRequiredMiddleware):
    """A button on a page whose session has ended leads to the form, and back to the page."""

    def handle_no_permission(  # type: ignore[override]  # a refusal is no redirect
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponse:
        if request.method in {"GET", "HEAD"}:
            return super().handle_no_permission(request, view_func)
        login_url = self._login_url_back_to(request)
        if wants_json(request):
            message = _("You are signed out. Sign in to go on.")
            content = {"code": "login_required", "message": message, "login_url": login_url}
            return JsonResponse(content, status=401)
        return redirect(login_url)

    def _login_url_back_to(self, request: HttpRequest) -> str:
        """Back to the page with the button: the button's own address answers to POST only."""
        query = urlencode({REDIRECT_FIELD_NAME: page_of_button(request)})
        return f"{resolve_url(settings.LOGIN_URL)}?{query}"
