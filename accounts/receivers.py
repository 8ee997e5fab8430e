"""Third-party signals that concern a browser's subscription to messages."""

from typing import Any

from django.http import HttpRequest

from . import actions
from .models import User
from .seen import PUSHES_TO, session_of


def on_logged_out(sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    """Whoever uses this computer next is not shown their news."""
    if user is not None:
        actions.unsubscribe(session_key=request.session.session_key)


def on_password_changed(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """The session goes on under another key, and the row of the old one is swept away."""
    if endpoint := request.session.get(PUSHES_TO):
        actions.move_subscription(endpoint=endpoint, session=session_of(request))
