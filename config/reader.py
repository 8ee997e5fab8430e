"""In which language and time zone a page is written: the reader's own."""

import zoneinfo
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.deprecation import MiddlewareMixin

# Written by base.js, so that from the second page on the server's times need no rewriting.
TIME_ZONE_COOKIE = "time_zone"


# Reads a folder tree, so once only.
zone_names = cache(zoneinfo.available_timezones)


def zone(name: str) -> zoneinfo.ZoneInfo | None:
    """None for a name that is none: names come from cookies."""
    return zoneinfo.ZoneInfo(name) if name in zone_names() else None


class ReaderMiddleware(MiddlewareMixin):
    """What the person chose, else what the browser says, else the instance's default.

    After the authentication; LocaleMiddleware has read the cookie and the browser's languages.
    """

    def process_request(self, request: HttpRequest) -> None:
        user = request.user
        chosen_language = user.language if user.is_authenticated else ""
        if chosen_language in dict(settings.LANGUAGES):
            translation.activate(chosen_language)
            request.LANGUAGE_CODE = chosen_language
        chosen_zone = user.time_zone if user.is_authenticated else ""
        here = zone(chosen_zone) or zone(request.COOKIES.get(TIME_ZONE_COOKIE, ""))
        # A thread keeps what the request before it activated.
        if here is None:
            timezone.deactivate()
        else:
            timezone.activate(here)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        timezone.deactivate()
        return response
