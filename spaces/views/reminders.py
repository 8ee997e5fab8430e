"""The button that has somebody reminded of an announced Space, on its page and in lists."""

from uuid import UUID

from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from config import undo
from config.http import SignedInRequest
from config.middleware import page_of_button

from .. import actions, reminding
from ..doors import space_for
from ..models import Space


@require_POST
def reminder_ask(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    space = space_for(request, public_id)
    actions.ask_reminder(actor=request.user, space=space)
    return _show(request, space)


@require_POST
def reminder_ask_early(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    """A little before as well."""
    space = space_for(request, public_id)
    actions.ask_reminder(actor=request.user, space=space, wants_early=True)
    return _show(request, space)


@require_POST
def reminder_cancel(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    space = space_for(request, public_id)
    reminder = actions.cancel_reminder(actor=request.user, space=space)
    if reminder is not None:
        back = "reminder-ask-early" if reminder.wants_early else "reminder-ask"
        undo.offer(
            request,
            _("You will not be reminded of “%(title)s”.") % {"title": space.title},
            reverse(f"spaces:{back}", args=[public_id]),
        )
    return _show(request, space)


def _show(request: SignedInRequest, space: Space) -> HttpResponse:
    if not request.htmx:
        return redirect(page_of_button(request, default=space.get_absolute_url()))
    if "is_row" in request.POST:
        shown = Space.objects.with_host().reminding(request.user).get(pk=space.pk)
        context = {"space": shown, "csrf_token": get_token(request)}
        return render(request, "spaces/_reminder_row.html", context)
    return render(request, "spaces/_reminder.html", reminding.for_reader(space, request.user))
