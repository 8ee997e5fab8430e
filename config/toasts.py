"""Messages on their way to a page that is open already."""

import json

from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import BaseStorage
from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin

from .middleware import wants_json


class ToastMiddleware(MiddlewareMixin):
    """A fragment shows no messages: they come in its head, and toasts.js shows them.

    Inside MessageMiddleware, which forgets what was read.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        # A redirect leads to a page that shows them.
        if not wants_json(request) or 300 <= response.status_code < 400:
            return response
        waiting = get_messages(request)
        if isinstance(waiting, BaseStorage) and waiting and not waiting.used:
            toasts = [
                {"text": str(news), "kind": news.level_tag, "undo": news.extra_tags or ""}
                for news in waiting
            ]
            response["HX-Trigger"] = json.dumps({"toasts": {"list": toasts}})
        return response
