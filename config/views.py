"""The instance's own pages and files, and the pages of last resort."""

import secrets
import sys

import psycopg
import redis
from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.log import log_response
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from . import brand, legal, logo, worker
from . import instance as instances
from .middleware import wants_json

# Whatever is served with this changes its address when it changes.
for_good = cache_control(public=True, max_age=365 * 24 * 3600, immutable=True)


# --- Who runs this place ---


@login_not_required
@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    return _legal_page(request, "config/terms.html", instances.current().terms)


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return _legal_page(request, "config/privacy.html", instances.current().privacy)


def _legal_page(request: HttpRequest, template: str, text: str) -> HttpResponse:
    if not text:
        raise Http404
    return render(request, template, {"blocks": legal.blocks(text)})


@login_not_required
@require_safe
@for_good
def brand_css(request: HttpRequest, accent: str) -> HttpResponse:
    """Made from its address alone, so that no process serves an older one under a newer's."""
    try:
        return HttpResponse(brand.stylesheet(f"#{accent}"), content_type="text/css")
    except brand.NoReadableShade as error:
        raise Http404 from error


@login_not_required
@require_safe
@for_good
def instance_logo(request: HttpRequest, name: str) -> HttpResponse:
    try:
        return HttpResponse(logo.read(name), content_type="image/webp")
    except FileNotFoundError as error:
        raise Http404 from error


# --- As an app: what a phone's home screen and a lost network want ---


@login_not_required
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    name = instances.current().name
    icons = (
        ("img/app_icon_192.png", "192x192", "any"),
        ("img/app_icon_512.png", "512x512", "any"),
        ("img/app_icon_maskable.png", "512x512", "maskable"),
    )
    content = {
        "id": "/",
        "name": name,
        # What a home screen has room for.
        "short_name": name if len(name) <= 12 else name.split()[0][:12],
        "description": _("Live audio rooms: come in, listen, ask to speak."),
        "lang": get_language(),
        "dir": "rtl" if get_language_bidi() else "ltr",
        "start_url": reverse("spaces:home"),
        "scope": "/",
        "display": "standalone",
        "background_color": brand.house()["stage"].day,
        "theme_color": brand.house()["stage"].day,
        "icons": [
            {"src": static(path), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for path, sizes, purpose in icons
        ],
    }
    response = JsonResponse(content, content_type="application/manifest+json")
    patch_cache_control(response, private=True, max_age=3600)
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    return response


@login_not_required
@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    return HttpResponse(worker.script(), content_type="text/javascript")


@login_not_required
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Kept by the service worker, so nobody's name stands in it."""
    return render(request, "config/offline.html")


# --- When something went wrong ---


def server_error(request: HttpRequest) -> HttpResponse:
    """An outage is a page that says so and tries again; anything else is a bug's page.

    Not a middleware: the session and the user are read outside the view too, where no
    `process_exception` is asked. Both pages are drawn without the request, whose context
    processors would want another connection.
    """
    error = sys.exc_info()[1]
    if is_outage(error):
        return _come_back(request)
    reference = secrets.token_hex(4)
    if wants_json(request):
        message = _("Something broke on our side. It is written down as %(reference)s.")
        content = {"code": "broken", "message": message % {"reference": reference}}
        response: HttpResponse = JsonResponse(content, status=500)
    else:
        response = HttpResponse(render_to_string("500.html", {"reference": reference}), status=500)
    # Django's own line for this response, which it then leaves out.
    log_response("Reference %s: %s", reference, request.path, response=response, exception=error)
    return response


def _come_back(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        message = _("The server is busy. Try again in a moment.")
        response: HttpResponse = JsonResponse({"code": "busy", "message": message}, status=503)
    else:
        response = HttpResponse(render_to_string("503.html"), status=503)
    response["Retry-After"] = "3"
    return response


# Classes of SQLSTATE: connection, resources, operator's intervention (PostgreSQL, appendix A).
_AWAY = ("08", "53", "57")


def is_outage(error: BaseException | None) -> bool:
    """The database or Redis does not answer, or says that it cannot now.

    An empty pool is the same to us: it looks so whether all connections are taken or none is made.
    """
    if isinstance(error, redis.ConnectionError | redis.TimeoutError):
        return True
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    # A connection that fails has no code; a deadlock or a timeout of a statement has one.
    cause = error.__cause__
    code = cause.sqlstate if isinstance(cause, psycopg.Error) else None
    return code is None or code.startswith(_AWAY)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Somebody signed in or out in another tab, or keeps no cookies."""
    if wants_json(request):
        message = _("This page is too old. Load it again.")
        return JsonResponse({"code": "csrf", "message": message}, status=403)
    return HttpResponse(render_to_string("errors/csrf.html"), status=403)
