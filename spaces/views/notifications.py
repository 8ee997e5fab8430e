"""What somebody was told, and that they have read it."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import actions
from accounts.notifications import Group, choices
from config.http import SignedInRequest
from config.middleware import page_of_button

from .. import notification_list
from ..forms import ReadForm
from .verbs import fields_of


@require_safe
def notifications(request: SignedInRequest) -> HttpResponse:
    shown = request.GET.get("show", "")
    group = shown if shown in Group.values else ""
    page = notification_list.page_of(
        request.user, group=group, before=request.GET.get("before", ""), now=timezone.now()
    )
    context = {
        "page": page,
        "group": group,
        "groups": Group.choices,
        # Whoever has the newest of all of them before their eyes has read them.
        "reads_all": page.until is not None and page.is_first and not group,
        "reach": choices.reach_of(request.user),
        "channels": choices.chosen_by(request.user).items(),
    }
    return render(request, "spaces/notifications.html", context)


@require_POST
def notifications_read(request: SignedInRequest) -> HttpResponse:
    """The page itself posts it once it is open, and is given the bell without a count."""
    actions.mark_read(actor=request.user, **fields_of(request, ReadForm))
    if request.htmx:
        return render(request, "components/_bell.html")
    return redirect(page_of_button(request, default="/notifications/"))
