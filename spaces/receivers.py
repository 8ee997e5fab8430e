"""Third-party signals that concern open pages."""

from typing import Any

from django.http import HttpRequest

from accounts.models import User

from . import actions


def on_logged_out(sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None and request.session.session_key:
        actions.close_pages(user=user, session_key=request.session.session_key)
