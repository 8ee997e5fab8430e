"""Lists of Spaces: home, live, topics, what is coming up."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import suggestions
from accounts.apart import apart_of
from accounts.eligibility import hosting

from ..live.home import draw_cards, drawn_list, joined, list_context, with_lead
from ..live.ranking import Ranking, live_topics, look_of
from ..models import Space, Topic
from ..querysets import SpaceQuerySet

TOPICS_SHOWN = 8
UPCOMING_SHOWN = 5
ENDED_SHOWN = 3
INVITED_SHOWN = 5
UPCOMING_PER_PAGE = 20
# Rows of two; each is a card with faces.
LIVE_PER_PAGE = 8


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    user = request.user
    listed = Space.objects.listed_for(request)
    context = {
        "live": drawn_list(None, request),
        "topics": live_topics(request)[:TOPICS_SHOWN],
        "upcoming": next_for(request, None),
        "ended": listed.for_rows().ended_lately()[:ENDED_SHOWN],
        "invited": listed.with_host().inviting(request)[:INVITED_SHOWN],
        "mine": user.hosted_spaces.upcoming() if user.is_authenticated else [],
        "suggestions": suggestions.for_reader(apart_of(request), limit=3),
        "hosting": hosting(user),
    }
    return render(request, "spaces/home.html", context)


@login_not_required
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Everything that is live, by the page: home and the topics show the first of it."""
    slug = request.GET.get("topic")
    topic = get_object_or_404(Topic.objects.by_slug(slug)) if slug else None
    look = look_of(request)
    ranked = Ranking(look.board).of(look.taste, topic.pk if topic else None)
    page = Paginator(ranked, LIVE_PER_PAGE).get_page(request.GET.get("page"))
    cards = list(draw_cards(with_lead(page.object_list)).values())
    context = list_context(topic, cards, total=len(cards), hidden=look.taste.hidden)
    context |= {"page": page, "cards": joined(cards)}
    return render(request, "spaces/live.html", context)


@login_not_required
@require_safe
def topic_list(request: HttpRequest) -> HttpResponse:
    counts = Space.objects.listed_for(request).counts_by_topic()
    seen = Topic.objects.seen_by(request.user)
    topics = [(topic, *counts.get(topic.pk, (0, 0))) for topic in seen]
    return render(request, "spaces/topic_list.html", {"topics": topics})


@login_not_required
@require_safe
def topic_detail(request: HttpRequest, slug: str) -> HttpResponse:
    topic = get_object_or_404(Topic.objects.seen_by(request.user), slug=slug)
    context = {
        "topic": topic,
        "live": drawn_list(topic, request),
        "topics": live_topics(request)[:TOPICS_SHOWN],
        "upcoming": next_for(request, topic),
    }
    return render(request, "spaces/topic_detail.html", context)


@login_not_required
@require_safe
def upcoming(request: HttpRequest) -> HttpResponse:
    spaces = Space.objects.listed_for(request).for_rows().upcoming().reminding(request.user)
    page = Paginator(spaces, UPCOMING_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "spaces/upcoming.html", {"page": page})


@login_not_required
@require_safe
def coming_up(request: HttpRequest) -> HttpResponse:
    """The first of it alone, which home and the topics take anew when it changes."""
    slug = request.GET.get("topic")
    topic = get_object_or_404(Topic.objects.seen_by(request.user), slug=slug) if slug else None
    context = {"upcoming": next_for(request, topic), "topic": topic, "reader": request.user}
    return render(request, "spaces/_coming_up.html", context)


def next_for(request: HttpRequest, topic: Topic | None) -> SpaceQuerySet:
    spaces = Space.objects.listed_for(request).for_rows().upcoming().reminding(request.user)
    return (spaces.about(topic) if topic else spaces)[:UPCOMING_SHOWN]
