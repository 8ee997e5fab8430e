"""Finding a Space or somebody by a word."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from ..forms import SearchForm
from ..live.home import draw_cards, joined
from ..live.ranking import board_of
from ..models import Space, Topic
from ..search import Found, find

TOPICS_SHOWN = 12
# Of each part, in this order: how many there are beside the others, and on pages of its own.
PARTS = {"live": (4, 8), "upcoming": (5, 20), "people": (6, 30), "ended": (5, 30)}
STATES = {"live": Space.State.LIVE, "upcoming": Space.State.SCHEDULED, "ended": Space.State.ENDED}


@dataclass(frozen=True, kw_only=True)
class Part:
    """address: of the whole of it, where `rows` are the first; page: where it stands alone."""

    name: str
    rows: Sequence[Any]
    address: str = ""
    page: Page[Any] | None = None

    @property
    def cards(self) -> SafeString:
        """Of what is live."""
        return joined(self.rows)


@login_not_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    form = SearchForm(request.GET if "q" in request.GET else None)
    alone = request.GET.get("in", "")
    # One more than is shown says whether there are more.
    first = 0 if alone in PARTS else max(PARTS[name][0] for name in STATES) + 1
    found = find(form.cleaned_data["q"], request, first=first) if form.is_valid() else None
    context: dict[str, Any] = {"form": form, "found": found}
    if found is None:
        context["topics"] = Topic.objects.all()[:TOPICS_SHOWN]
    elif alone in PARTS:
        context["parts"] = [_whole(found, alone, request)]
        context["asked"] = urlencode({"q": found.query.text, "in": alone}) + "&"
        context |= {"alone": alone, "everything": urlencode({"q": found.query.text})}
    else:
        context["parts"] = [part for name in PARTS if (part := _first(found, name, request)).rows]
    return render(request, "spaces/search.html", context)


def _first(found: Found, name: str, request: HttpRequest) -> Part:
    size, _per_page = PARTS[name]
    rows: list[Any]
    if name == "people":
        rows = list(found.nearest_people[: size + 1]) if found.people else []
    elif name == "live":
        rows = found.first_keys.get(Space.State.LIVE, [])
    else:
        rows = found.first.get(STATES[name], [])
    more = "?" + urlencode({"q": found.query.text, "in": name}) if len(rows) > size else ""
    return Part(name=name, rows=_drawn(name, rows[:size], request), address=more)


def _whole(found: Found, name: str, request: HttpRequest) -> Part:
    _size, per_page = PARTS[name]
    page = Paginator(_rows(found, name), per_page).get_page(request.GET.get("page"))
    return Part(name=name, rows=_drawn(name, list(page.object_list), request), page=page)


def _rows(found: Found, name: str) -> QuerySet[Any, Any]:
    if name == "people":
        return found.nearest_people if found.people else found.nearest_people.none()
    if name == "live":
        return found.live.values_list("pk", flat=True)
    return {"upcoming": found.upcoming, "ended": found.ended}[name]


def _drawn(name: str, rows: list[Any], request: HttpRequest) -> list[Any]:
    """What is live comes as keys, and goes as cards: most were drawn for somebody."""
    if name != "live":
        return rows
    by_key = board_of(request).by_key
    # Some may have ended since they were found.
    return list(draw_cards([(by_key[key], False) for key in rows if key in by_key]).values())
