"""Handing a Space on: its link, its code, people called in by their handle."""

import io
from typing import Any
from uuid import UUID

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from config.http import HtmxRequest, SignedInRequest
from config.middleware import page_of_button

from .. import actions, permissions
from ..came_from import shared_link
from ..doors import space_for
from ..forms import HandleForm
from ..models import Space
from ..permissions import Capability
from .verbs import verb

QR_KEPT_S = 3600
# The room has other fields for handles.
AUTO_ID = "invite_%s"


@login_not_required
@require_safe
@vary_on_headers("HX-Request")
def space_share(request: HtmxRequest, public_id: UUID) -> HttpResponse:
    """A page of its own; inside the room its content alone, in a dialog."""
    space = space_for(request, public_id)
    link = request.build_absolute_uri(shared_link(space))
    context = _invitations(request, space) | {"link": link, "text": _text(space, link)}
    if request.htmx:
        return render(request, "spaces/_share.html", context)
    return render(request, "spaces/space_share.html", context)


def _text(space: Space, link: str) -> str:
    """What people paste into a message."""
    said = {"title": space.title, "name": space.host.display_name, "link": link}
    if space.is_live:
        return _("Join “%(title)s”, hosted by %(name)s, live now: %(link)s") % said
    return _("“%(title)s”, hosted by %(name)s: %(link)s") % said


def _invitations(
    request: HttpRequest, space: Space, form: HandleForm | None = None
) -> dict[str, Any]:
    """What `_invitations.html` takes: nothing but the Space for who may not invite."""
    me = permissions.participant_of(space, request.user)
    may_invite = Capability.CALL_IN in permissions.grants(permissions.role_of(me, space))
    context: dict[str, Any] = {"space": space, "may_invite": False}
    if may_invite and (space.is_live or space.is_scheduled):
        invited = space.invitations.to_listen().known_to_crew().with_people()
        context |= {
            "may_invite": True,
            "form": form or HandleForm(auto_id=AUTO_ID),
            "invitations": invited,
        }
    return context


@login_not_required
@require_safe
def space_qr(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The link as a code, black on white in either theme: cameras want it so."""
    space = space_for(request, public_id)
    code = segno.make(request.build_absolute_uri(shared_link(space)), error="m", micro=False)
    picture = io.BytesIO()
    code.save(picture, kind="svg", scale=8, border=4, dark="#000", light="#fff")
    response = HttpResponse(picture.getvalue(), content_type="image/svg+xml")
    response.headers["Cache-Control"] = f"private, max-age={QR_KEPT_S}"
    # Opened by itself it is a document, which needs nothing.
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    return response


@require_POST
def person_invite(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    space = space_for(request, public_id)
    form = HandleForm(request.POST, auto_id=AUTO_ID)
    if form.is_valid():
        person = form.cleaned_data["handle"]
        try:
            actions.invite_person(actor=request.user, space=space, user=person)
        except actions.NotInvitable as refusal:
            form.add_error("handle", str(refusal.message))
        else:
            messages.success(request, _("%(name)s is invited.") % {"name": person.display_name})
            form = HandleForm(auto_id=AUTO_ID)
    return _show_invitations(request, space, form)


@require_POST
def invitation_withdraw(
    request: SignedInRequest, public_id: UUID, invitation_id: UUID
) -> HttpResponse:
    space = space_for(request, public_id)
    invitation = get_object_or_404(
        space.invitations.to_listen().with_people(), public_id=invitation_id
    )
    actions.withdraw_invitation(actor=request.user, space=space, invitation=invitation)
    messages.success(
        request,
        _("%(name)s is not invited any more.") % {"name": invitation.user.display_name},
    )
    return _show_invitations(request, space, HandleForm(auto_id=AUTO_ID))


@require_POST
def invitation_decline(
    request: SignedInRequest, public_id: UUID, invitation_id: UUID
) -> HttpResponse:
    """Back to the list it stood on: a private Space has shut behind them."""
    space = space_for(request, public_id)
    invitation = get_object_or_404(space.invitations.to_listen(), public_id=invitation_id)
    actions.decline_invitation(actor=request.user, space=space, invitation=invitation)
    messages.success(
        request, _("You declined the invitation to “%(title)s”.") % {"title": space.title}
    )
    return redirect(page_of_button(request, default=reverse("spaces:home")))


def _show_invitations(request: SignedInRequest, space: Space, form: HandleForm) -> HttpResponse:
    context = _invitations(request, space, form)
    if request.htmx:
        return render(request, "spaces/_invitations.html", context)
    for error in form.errors.get("handle", []):
        messages.error(request, str(error))
    return redirect("spaces:space-share", space.public_id)


listen_unnamed = verb(actions.listen_unnamed)
listen_named = verb(actions.listen_named)
