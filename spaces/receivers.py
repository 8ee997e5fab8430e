"""Third-party signals that concern open pages."""

from typing import Any

from allauth.usersessions.models import UserSession
from django.http import HttpRequest

from accounts.models import User

from . import actions


def on_logged_out(sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None and request.session.session_key:
        actions.close_pages(user=user, session_key=request.session.session_key)


def on_session_ended(sender: Any, instance: UserSession, **kwargs: Any) -> None:
    """From the list of them, on another device."""
    actions.close_pages(user=instance.user, session_key=instance.session_key)
