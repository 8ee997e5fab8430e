"""When a browser session was last used, for its person's list of them."""

import time

from allauth.usersessions.models import UserSession
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin

SEEN_AT = "seen_at"
# allauth's own middleware writes at every request. To the quarter of an hour is enough to tell a
# session in use from one that was forgotten.
WRITE_EVERY_S = 15 * 60


class SeenMiddleware(MiddlewareMixin):
    """After the authentication. Costs a query only when it writes."""

    def process_request(self, request: HttpRequest) -> None:
        seen_at = request.session.get(SEEN_AT)
        now = int(time.time())
        if seen_at is None or now - seen_at < WRITE_EVERY_S or not request.user.is_authenticated:
            return
        request.session[SEEN_AT] = now
        UserSession.objects.create_from_request(request)
