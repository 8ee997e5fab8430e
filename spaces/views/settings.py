"""How the host has set the Space: the form, and the buttons that save a way to it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from config.http import SignedInRequest

from .. import actions, permissions
from ..doors import space_for
from ..forms import SettingsForm
from ..models import CommentFilter
from ..permissions import Capability
from .verbs import done, verb


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def space_settings(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    """A page of its own; inside the room its form alone, in a dialog."""
    space = space_for(request, public_id)
    actions.require_standing(space)
    permissions.require(Capability.CHANGE_SETTINGS, space=space, user=request.user)
    is_host = space.host_id == request.user.pk
    # Who acts for the host sets the Space, not what the host reads.
    words = CommentFilter.objects.words_of(request.user) if is_host else None
    form = SettingsForm(request.POST or None, space=space, words=words)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_settings(actor=request.user, space=space, **form.changes)
        except actions.StageFull as refusal:
            form.add_error("stage_size", str(refusal.message))
        else:
            messages.success(request, _("Saved."))
            return done(request, space)
    context = {"form": form, "space": space, "is_host": is_host}
    if request.htmx:
        return render(request, "spaces/_settings_form.html", context)
    return render(request, "spaces/space_settings.html", context)


comments_pause = verb(actions.pause_comments)
comments_resume = verb(actions.resume_comments)
