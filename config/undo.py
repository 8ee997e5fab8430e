"""Changes that can be taken back: what says that one is made carries the way back."""

from django.contrib import messages
from django.http import HttpRequest


def offer(request: HttpRequest, message: str, url: str) -> None:
    """Say that a change is made, in a toast with an Undo button that stays until it is closed.

    url: takes the change back when it is posted to, and redirects to where that is seen.
    """
    # Nothing else here tags a message: templates/components/_toasts.html reads it as the address.
    messages.success(request, message, extra_tags=url)
