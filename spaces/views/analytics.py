"""How a Space went, for its host and co-hosts."""

import csv
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from config.http import SignedInRequest

from .. import actions, afterwards, permissions
from ..doors import space_for
from ..models import Space
from ..permissions import Capability

# What a spreadsheet would take for a formula, wherever it came from.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _space(request: HttpRequest, public_id: UUID) -> Space:
    """Raises: NotAllowed, NotLive before the start"""
    space = space_for(request, public_id)
    me = permissions.participant_of(space, request.user)
    permissions.require_when_over(Capability.SEE_ANALYTICS, participant=me, space=space)
    actions.require_started(space)
    return space


@require_safe
def space_analytics(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    context = afterwards.analytics_of(_space(request, public_id), now=timezone.now())
    return render(request, "spaces/space_analytics.html", context)


@require_safe
def space_minutes(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    """The minutes as a table for spreadsheets."""
    space = _space(request, public_id)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="space-{public_id}.csv"'
    table = csv.writer(response)
    table.writerow(["space", "minute", "listeners", "joined"])
    for row in afterwards.minutes_of(space):
        table.writerow([cell(space.title), row.minute.isoformat(), row.listeners, row.joined])
    return response


def cell(text: str) -> str:
    """As words, whatever they begin with."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
