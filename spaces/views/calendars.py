"""What calendar programs read, and where somebody finds the address of their own."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import handles
from accounts.models import User
from config import instance
from config.http import SignedInRequest

from .. import actions, calendars
from ..doors import space_for
from ..models import CalendarAddress, Space
from ..querysets import SpaceQuerySet

# Of a feed: a program that reads every hour must cost little, whomever its person follows.
LISTED = 200


@login_not_required
@require_safe
def space_calendar(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One Space, to be opened with a calendar."""
    space = space_for(request, public_id)
    if space.scheduled_for is None:
        raise Http404
    response = _answer(request, [space])
    response.headers["Content-Disposition"] = f'attachment; filename="space-{public_id}.ics"'
    return response


@login_not_required
@require_safe
def host_calendar(request: HttpRequest, handle: str) -> HttpResponse:
    """A host's public Spaces, for whoever subscribes."""
    host = handles.person_of(handle, User.objects.active())
    if host is None:
        raise Http404
    if host.handle != handle:
        return redirect("spaces:host-calendar", host.handle)
    name = _("%(name)s on %(instance)s") % {
        "name": host.display_name,
        "instance": instance.current().name,
    }
    return _answer_feed(request, host.hosted_spaces.public().visible_to(request.user), name)


@login_not_required
@require_safe
def person_calendar(request: HttpRequest, secret: str) -> HttpResponse:
    """What one person looks forward to. Their program has no session: the address is the key."""
    address = get_object_or_404(CalendarAddress.objects.with_people(), secret=secret)
    person = address.user
    with translation.override(person.language or translation.get_language()):
        name = _("Your Spaces on %(instance)s") % {"instance": instance.current().name}
        return _answer_feed(request, Space.objects.of_interest_to(person), name)


def _answer_feed(request: HttpRequest, spaces: SpaceQuerySet, name: str) -> HttpResponse:
    listed = spaces.with_host().for_calendar(timezone.now())[:LISTED]
    return _answer(request, list(listed), name=name)


def _answer(request: HttpRequest, spaces: list[Space], *, name: str = "") -> HttpResponse:
    origin = request.build_absolute_uri("/").rstrip("/")
    etag = calendars.etag(spaces, origin=origin, name=name)
    response = get_conditional_response(request, etag=etag)
    if response is None:
        content = calendars.draw(spaces, origin=origin, name=name)
        response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response.headers["ETag"] = etag
    # Kept by whom it is for, who asks each time whether it is still so.
    patch_cache_control(response, private=True, no_cache=True)
    return response


@require_safe
def settings_calendar(request: SignedInRequest) -> HttpResponse:
    address = CalendarAddress.objects.filter(user=request.user).first()
    link = None
    if address is not None:
        path = reverse("spaces:person-calendar", args=[address.secret])
        link = request.build_absolute_uri(path)
    return render(request, "spaces/settings_calendar.html", {"link": link})


@require_POST
def calendar_renew(request: SignedInRequest) -> HttpResponse:
    actions.renew_calendar(actor=request.user)
    messages.success(request, _("This is the address of your calendar now."))
    return redirect("spaces:settings-calendar")
