"""Pages of Spaces, and the buttons on them: fetch by asker, one action, answer."""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.eligibility import hosting
from config.http import SignedInRequest

from . import actions, events, permissions
from .forms import StartSpaceForm
from .listener import remember_listener
from .live import presence
from .live.fragments import room_context
from .live.home import count_listeners, live_spaces
from .models import Space, SpeakRequest, Topic
from .texts import SPACE_TEXTS, START_TEXTS


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    context = {
        "spaces": live_spaces(),
        "topics": Topic.objects.live(),
        "hosting": hosting(request.user),
    }
    return render(request, "spaces/home.html", context)


@login_not_required
@require_safe
def topic_detail(request: HttpRequest, slug: str) -> HttpResponse:
    topic = get_object_or_404(Topic, slug=slug)
    visible = Space.objects.visible_to(request.user).live().about(topic)
    spaces = count_listeners(list(visible.newest_first().with_faces()))
    context = {"topic": topic, "topics": Topic.objects.live(), "spaces": spaces}
    return render(request, "spaces/topic_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def space_start(request: SignedInRequest) -> HttpResponse:
    form = StartSpaceForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(actions.open_space(actor=request.user, **form.cleaned_data))
        except actions.NoRoom as refusal:
            # On the form, which keeps what was typed until there is room.
            form.add_error(None, str(refusal.message))
            status = refusal.status
    context = {
        "form": form,
        "hosting": hosting(request.user),
        "max_topics": settings.MAX_TOPICS,
        "texts": START_TEXTS,
    }
    return render(request, "spaces/space_start.html", context, status=status)


@login_not_required
@require_safe
def space_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    space = get_object_or_404(
        Space.objects.visible_to(request.user).select_related("host"), public_id=public_id
    )
    stage = list(space.participants.on_stage().with_people())
    present = presence.read(
        events.connection(), space.public_id, [participant.user_id for participant in stage]
    )
    me = (
        space.participants.filter(user_id=request.user.pk or 0).first() if request.user.pk else None
    )
    context = room_context(space, stage=stage, present=present, is_crew=permissions.is_crew(me)) | {
        "me": me,
        "texts": SPACE_TEXTS,
        "may_step_up": request.user.is_authenticated
        and actions.may_step_up(space=space, user=request.user, participant=me),
    }
    response = render(request, "spaces/space_detail.html", context)
    remember_listener(request, response)
    return response


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
