"""A page is written in its reader's language and time zone."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone, translation

from accounts.models import User
from config.reader import ReaderMiddleware


def read(user: User | None = None, **cookies: str) -> tuple[str | None, str]:
    """(language, zone) that a view is called in, after a browser that asks for English."""
    request = RequestFactory().get("/")
    request.user = user or AnonymousUser()
    request.COOKIES |= cookies
    seen = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append((translation.get_language(), timezone.get_current_timezone_name()))
        return HttpResponse()

    with translation.override("en"):
        ReaderMiddleware(view)(request)
    return seen[0]


def test_stranger_reads_in_the_language_of_the_browser():
    assert read() == ("en", "UTC")


def test_account_language_wins_over_the_browser():
    assert read(User(language="de"))[0] == "de"


def test_language_that_is_gone_is_as_none():
    assert read(User(language="tlh"))[0] == "en"


def test_browser_zone_is_taken_from_its_cookie():
    assert read(time_zone="Asia/Tokyo")[1] == "Asia/Tokyo"


def test_account_zone_wins_over_the_browser():
    assert read(User(time_zone="Europe/Berlin"), time_zone="Asia/Tokyo")[1] == "Europe/Berlin"


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "Asia/Tokyo\0", "Asia"])
def test_zone_that_is_none_is_left_alone(name):
    assert read(time_zone=name)[1] == "UTC"


def test_zone_of_one_reader_is_not_kept_for_the_next():
    read(time_zone="Asia/Tokyo")

    assert timezone.get_current_timezone_name() == "UTC"
