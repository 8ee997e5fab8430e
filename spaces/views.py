"""Pages of Spaces, and the buttons on them: fetch by asker, one action, answer."""

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
from .models import Participant, Space, SpeakRequest, Topic
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
    if request.method == "POST" and form.is_valid():
        return redirect(actions.open_space(actor=request.user, **form.cleaned_data))
    context = {
        "form": form,
        "hosting": hosting(request.user),
        "max_topics": settings.MAX_TOPICS,
        "texts": START_TEXTS,
    }
    return render(request, "spaces/space_start.html", context)


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


def _space(request: HttpRequest, public_id: UUID) -> Space:
    return get_object_or_404(Space.objects.visible_to(request.user), public_id=public_id)


def _participant(space: Space, participant_id: UUID) -> Participant:
    return get_object_or_404(space.participants.with_people(), public_id=participant_id)


def _request(space: Space, request_id: UUID) -> SpeakRequest:
    return get_object_or_404(
        SpeakRequest.objects.in_space(space).with_people(), public_id=request_id
    )


def _done(request: SignedInRequest, space: Space) -> HttpResponse:
    """The page is told by its socket; a browser without script is shown the page again."""
    return HttpResponse(status=204) if request.htmx else redirect(space)


@require_POST
def space_end(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    space = _space(request, public_id)
    actions.end_space(actor=request.user, space=space)
    return _done(request, space)


@require_POST
def ask(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    space = _space(request, public_id)
    actions.ask_to_speak(actor=request.user, space=space)
    return _done(request, space)


@require_POST
def step_up(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    space = _space(request, public_id)
    actions.step_up(actor=request.user, space=space)
    return _done(request, space)


@require_POST
def step_down(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    space = _space(request, public_id)
    actions.step_down(actor=request.user, space=space)
    return _done(request, space)


@require_POST
def microphone_open(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    space = _space(request, public_id)
    actions.open_microphone(actor=request.user, space=space)
    return _done(request, space)


@require_POST
def microphone_mute(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    space = _space(request, public_id)
    actions.mute_microphone(actor=request.user, space=space)
    return _done(request, space)


@require_POST
def request_accept(request: SignedInRequest, public_id: UUID, request_id: UUID) -> HttpResponse:
    space = _space(request, public_id)
    actions.accept_request(actor=request.user, space=space, request=_request(space, request_id))
    return _done(request, space)


@require_POST
def request_decline(request: SignedInRequest, public_id: UUID, request_id: UUID) -> HttpResponse:
    space = _space(request, public_id)
    actions.decline_request(actor=request.user, space=space, request=_request(space, request_id))
    return _done(request, space)


@require_POST
def request_withdraw(request: SignedInRequest, public_id: UUID, request_id: UUID) -> HttpResponse:
    space = _space(request, public_id)
    actions.withdraw_request(actor=request.user, space=space, request=_request(space, request_id))
    return _done(request, space)


@require_POST
def participant_invite(
    request: SignedInRequest, public_id: UUID, participant_id: UUID
) -> HttpResponse:
    space = _space(request, public_id)
    participant = _participant(space, participant_id)
    actions.invite_to_stage(actor=request.user, space=space, participant=participant)
    return _done(request, space)


@require_POST
def participant_mute(
    request: SignedInRequest, public_id: UUID, participant_id: UUID
) -> HttpResponse:
    space = _space(request, public_id)
    participant = _participant(space, participant_id)
    actions.mute_participant(actor=request.user, space=space, participant=participant)
    return _done(request, space)


@require_POST
def participant_allow(
    request: SignedInRequest, public_id: UUID, participant_id: UUID
) -> HttpResponse:
    space = _space(request, public_id)
    participant = _participant(space, participant_id)
    actions.allow_microphone(actor=request.user, space=space, participant=participant)
    return _done(request, space)


@require_POST
def participant_move_down(
    request: SignedInRequest, public_id: UUID, participant_id: UUID
) -> HttpResponse:
    space = _space(request, public_id)
    participant = _participant(space, participant_id)
    actions.move_to_audience(actor=request.user, space=space, participant=participant)
    return _done(request, space)
