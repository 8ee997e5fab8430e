"""The page of last resort."""

import logging
import sys

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from psycopg_pool import PoolTimeout, TooManyRequests

from .middleware import wants_json

logger = logging.getLogger(__name__)


def is_pool_exhausted(error: BaseException | None) -> bool:
    """Django wraps the pool's timeout in its own OperationalError."""
    while error is not None:
        if isinstance(error, PoolTimeout | TooManyRequests):
            return True
        error = error.__cause__
    return False


def server_error(request: HttpRequest) -> HttpResponse:
    """A full connection pool is a page that says so and tries again; anything else is a bug's page.

    Not a middleware: the session and the user are read outside the view too, where no
    `process_exception` is asked. Both pages are drawn without the request, whose context
    processors would want another connection.
    """
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError) and is_pool_exhausted(error):
        if wants_json(request):
            message = _("The server is busy. Try again in a moment.")
            response: HttpResponse = JsonResponse({"code": "busy", "message": message}, status=503)
        else:
            response = HttpResponse(render_to_string("errors/busy.html"), status=503)
        response["Retry-After"] = "3"
        return response
    return HttpResponse(render_to_string("500.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Somebody signed in or out in another tab, or keeps no cookies."""
    if wants_json(request):
        message = _("This page is too old. Load it again.")
        return JsonResponse({"code": "csrf", "message": message}, status=403)
    return HttpResponse(render_to_string("errors/csrf.html"), status=403)
