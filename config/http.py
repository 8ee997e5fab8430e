"""Requests, as our middleware leaves them: for annotations only."""

from typing import TYPE_CHECKING

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:
    from accounts.models import User


class HtmxRequest(HttpRequest):
    htmx: HtmxDetails


class SignedInRequest(HtmxRequest):
    """LoginRequiredMiddleware lets nobody else through to a view without `login_not_required`."""

    user: "User"
