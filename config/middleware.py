"""Refusals become pages and JSON, wherever they were raised."""

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from .errors import Refusal


def wants_json(request: HttpRequest) -> bool:
    """Buttons of a live page are posted by htmx, which shows the sentence as a toast."""
    return request.headers.get("HX-Request") == "true"


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
        patch_vary_headers(response, ["HX-Request"])
        return response
