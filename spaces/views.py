"""Pages of Spaces, and the buttons on them: fetch by asker, one action, answer."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import suggestions
from accounts.eligibility import hosting
from config import undo
from config.errors import Conflict
from config.http import SignedInRequest

from . import actions, events, permissions
from .forms import StartSpaceForm
from .listener import remember_listener
from .live import presence
from .live.fragments import people_of, room_context
from .live.home import count_listeners, drawn_list
from .models import Participant, Space, SpeakRequest, Topic
from .permissions import Capability
from .querysets import hidden_hosts
from .texts import SCHEDULED_TEXTS, SPACE_TEXTS, START_TEXTS

TOPICS_SHOWN = 8
UPCOMING_SHOWN = 5
ENDED_SHOWN = 3
UPCOMING_PER_PAGE = 20
# Rows of two; each is a card with faces.
LIVE_PER_PAGE = 8


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    user = request.user
    listed = Space.objects.listed_for(user).with_host()
    context = {
        "live": drawn_list(None, hidden_hosts(user)),
        "topics": Topic.objects.live()[:TOPICS_SHOWN],
        "upcoming": listed.upcoming()[:UPCOMING_SHOWN],
        "ended": listed.ended_lately()[:ENDED_SHOWN],
        "mine": user.hosted_spaces.upcoming() if user.is_authenticated else [],
        "suggestions": suggestions.for_user(user, limit=3) if user.is_authenticated else [],
        "hosting": hosting(user),
    }
    return render(request, "spaces/home.html", context)


@login_not_required
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Everything that is live, by the page: home and the topics show the newest."""
    spaces = Space.objects.listed_for(request.user).live()
    slug = request.GET.get("topic")
    topic = get_object_or_404(Topic.objects.by_slug(slug)) if slug else None
    if topic is not None:
        spaces = spaces.about(topic)
    pages = Paginator(spaces.newest_first().with_faces(), LIVE_PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    context = {"topic": topic, "page": page, "spaces": count_listeners(list(page.object_list))}
    return render(request, "spaces/live.html", context)


@login_not_required
@require_safe
def topic_list(request: HttpRequest) -> HttpResponse:
    counts = Space.objects.listed_for(request.user).counts_by_topic()
    topics = [(topic, *counts.get(topic.pk, (0, 0))) for topic in Topic.objects.all()]
    return render(request, "spaces/topic_list.html", {"topics": topics})


@login_not_required
@require_safe
def topic_detail(request: HttpRequest, slug: str) -> HttpResponse:
    topic = get_object_or_404(Topic, slug=slug)
    listed = Space.objects.listed_for(request.user).with_host()
    context = {
        "topic": topic,
        "live": drawn_list(topic, hidden_hosts(request.user)),
        "topics": Topic.objects.live()[:TOPICS_SHOWN],
        "upcoming": listed.about(topic).upcoming()[:UPCOMING_SHOWN],
    }
    return render(request, "spaces/topic_detail.html", context)


@login_not_required
@require_safe
def upcoming(request: HttpRequest) -> HttpResponse:
    spaces = Space.objects.listed_for(request.user).upcoming().with_host()
    page = Paginator(spaces, UPCOMING_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "spaces/upcoming.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def space_start(request: SignedInRequest) -> HttpResponse:
    form = StartSpaceForm(request.POST or None, now=timezone.now())
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(_start_or_announce(request, form.cleaned_data))
        except (Conflict, actions.NoRoom) as refusal:
            # On the form, which keeps what was typed until it fits.
            field = "scheduled_for" if isinstance(refusal, actions.BadTime) else None
            form.add_error(field, str(refusal.message))
            status = refusal.status
    context = {
        "form": form,
        "hosting": hosting(request.user),
        "max_topics": settings.MAX_TOPICS,
        "texts": START_TEXTS,
    }
    return render(request, "spaces/space_start.html", context, status=status)


def _start_or_announce(request: SignedInRequest, cleaned: dict[str, Any]) -> Space:
    scheduled_for = cleaned.pop("scheduled_for")
    if scheduled_for is None:
        return actions.open_space(actor=request.user, **cleaned)
    space = actions.schedule_space(actor=request.user, scheduled_for=scheduled_for, **cleaned)
    messages.success(request, _("Announced. Pass the link on: this is the page people find."))
    return space


@login_not_required
@require_safe
def space_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    space = get_object_or_404(
        Space.objects.visible_to(request.user).with_host(), public_id=public_id
    )
    if not space.has_started:
        return space_scheduled(request, space)
    stage = people_of(space)
    present = presence.read(
        events.connection(), space.public_id, [participant.user_id for participant in stage]
    )
    me = _participant(request, space)
    context = room_context(space, stage=stage, present=present, is_crew=permissions.is_crew(me)) | {
        "me": me,
        "texts": SPACE_TEXTS,
        "may_step_up": request.user.is_authenticated
        and actions.may_step_up(space=space, user=request.user, participant=me),
    }
    response = render(request, "spaces/space_detail.html", context)
    remember_listener(request, response)
    return response


def space_scheduled(request: HttpRequest, space: Space) -> HttpResponse:
    """The announcement, at the address of the room that it becomes: a shared link stays right."""
    now = timezone.now()
    me = _participant(request, space)
    granted = permissions.grants(me.role if me else None)
    context = {
        "space": space,
        "topics": space.topics.all(),
        "texts": SCHEDULED_TEXTS,
        "link": request.build_absolute_uri(space.get_absolute_url()),
        "may_start": Capability.START_SPACE in granted,
        "may_cancel": Capability.CANCEL_SPACE in granted,
        "is_time": space.may_start_at is not None and space.may_start_at <= now,
        "is_past": space.scheduled_for is not None and space.scheduled_for <= now,
    }
    return render(request, "spaces/space_scheduled.html", context)


def _participant(request: HttpRequest, space: Space) -> Participant | None:
    if not request.user.is_authenticated:
        return None
    return space.participants.filter(user=request.user).first()


# --- Buttons: fetch by asker, one action, answer. The action's refusal is the answer, too. ---


def _space(request: HttpRequest, public_id: UUID) -> Space:
    return get_object_or_404(Space.objects.visible_to(request.user), public_id=public_id)


def _done(request: SignedInRequest, space: Space) -> HttpResponse:
    """The page is told by its socket; a browser without script is shown the page again."""
    return HttpResponse(status=204) if request.htmx else redirect(space)


def _verb(act: Callable[..., object]) -> Callable[..., HttpResponse]:
    """A button about oneself, or about the Space as a whole."""

    @require_POST
    def view(request: SignedInRequest, public_id: UUID) -> HttpResponse:
        space = _space(request, public_id)
        act(actor=request.user, space=space)
        return _done(request, space)

    return view


def _request_verb(act: Callable[..., object]) -> Callable[..., HttpResponse]:
    """A button on somebody's request to speak, or invitation."""

    @require_POST
    def view(request: SignedInRequest, public_id: UUID, request_id: UUID) -> HttpResponse:
        space = _space(request, public_id)
        requests = SpeakRequest.objects.in_space(space).with_people()
        speak_request = get_object_or_404(requests, public_id=request_id)
        act(actor=request.user, space=space, request=speak_request)
        return _done(request, space)

    return view


def _participant_verb(act: Callable[..., object]) -> Callable[..., HttpResponse]:
    """A button of the crew on a person."""

    @require_POST
    def view(request: SignedInRequest, public_id: UUID, participant_id: UUID) -> HttpResponse:
        space = _space(request, public_id)
        people = space.participants.with_people()
        participant = get_object_or_404(people, public_id=participant_id)
        act(actor=request.user, space=space, participant=participant)
        return _done(request, space)

    return view


@require_POST
def space_cancel(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    space = actions.cancel_space(actor=request.user, space=_space(request, public_id))
    undo.offer(
        request, _("The Space is cancelled."), reverse("spaces:space-restore", args=[public_id])
    )
    return redirect(space)


@require_POST
def space_restore(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    space = actions.restore_space(actor=request.user, space=_space(request, public_id))
    messages.success(request, _("The Space is announced again."))
    return redirect(space)


space_go_live = _verb(actions.start_scheduled)
space_end = _verb(actions.end_space)
ask = _verb(actions.ask_to_speak)
step_up = _verb(actions.step_up)
step_down = _verb(actions.step_down)
microphone_open = _verb(actions.open_microphone)
microphone_mute = _verb(actions.mute_microphone)

request_accept = _request_verb(actions.accept_request)
request_decline = _request_verb(actions.decline_request)
request_withdraw = _request_verb(actions.withdraw_request)

participant_invite = _participant_verb(actions.invite_to_stage)
participant_mute = _participant_verb(actions.mute_participant)
participant_allow = _participant_verb(actions.allow_microphone)
participant_move_down = _participant_verb(actions.move_to_audience)
