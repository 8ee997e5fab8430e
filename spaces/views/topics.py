"""Buttons that follow a topic, and stop."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from config import undo
from config.http import SignedInRequest
from config.middleware import page_of_button

from .. import actions
from ..models import Topic


def _show(request: SignedInRequest, topic: Topic) -> HttpResponse:
    if not request.htmx:
        page = reverse("spaces:topic-detail", args=[topic.slug])
        return redirect(page_of_button(request, default=page))
    seen = Topic.objects.seen_by(request.user).get(pk=topic.pk)
    return render(request, "spaces/_topic_follow.html", {"topic": seen})


@require_POST
def topic_follow(request: SignedInRequest, slug: str) -> HttpResponse:
    topic = get_object_or_404(Topic, slug=slug)
    actions.follow_topic(actor=request.user, topic=topic)
    return _show(request, topic)


@require_POST
def topic_unfollow(request: SignedInRequest, slug: str) -> HttpResponse:
    topic = get_object_or_404(Topic, slug=slug)
    actions.unfollow_topic(actor=request.user, topic=topic)
    news = _("You no longer follow %(name)s.") % {"name": topic.name}
    undo.offer(request, news, reverse("spaces:topic-follow", args=[slug]))
    return _show(request, topic)
