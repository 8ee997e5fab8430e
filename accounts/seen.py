"""What is kept of a browser's session: when it was last used, how its person reads there."""

import time

from allauth.usersessions.models import UserSession
from django.http import HttpRequest
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin

from config.reader import TIME_ZONE_COOKIE, zone

from . import actions

SEEN_AT = "seen_at"
# allauth's own middleware writes at every request. To the quarter of an hour is enough to tell a
# session in use from one that was forgotten.
WRITE_EVERY_S = 15 * 60
READS_AS = "reads_as"
# The address that this browser takes messages at.
PUSHES_TO = "pushes_to"


class SeenMiddleware(MiddlewareMixin):
    """After the authentication. Costs a query only when it writes."""

    def process_request(self, request: HttpRequest) -> None:
        seen_at = request.session.get(SEEN_AT)
        now = int(time.time())
        if seen_at is None or now - seen_at < WRITE_EVERY_S or not request.user.is_authenticated:
            return
        request.session[SEEN_AT] = now
        UserSession.objects.create_from_request(request)


class ReachMiddleware(MiddlewareMixin):
    """Keeps language and time zone for what is written to somebody who is not here.

    After the reader's own choice was read. Costs a query only when this browser says something
    new: what it said is in the session. Its script has told the zone before anything is kept.
    """

    def process_request(self, request: HttpRequest) -> None:
        time_zone = request.COOKIES.get(TIME_ZONE_COOKIE, "")
        if zone(time_zone) is None or not request.user.is_authenticated:
            return
        reads_as = [translation.get_language(), time_zone]
        if request.session.get(READS_AS) == reads_as:
            return
        request.session[READS_AS] = reads_as
        actions.remember_reading(
            actor=request.user, language=reads_as[0] or "", time_zone=time_zone
        )


def session_of(request: HttpRequest) -> UserSession:
    """The row of the list of sessions. allauth makes it at sign-in, though not in every way."""
    UserSession.objects.create_from_request(request)
    return UserSession.objects.get(session_key=request.session.session_key)
