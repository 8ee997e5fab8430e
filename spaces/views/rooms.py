"""A Space's own pages: started, announced, live, over."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.defaults import page_not_found

from accounts.eligibility import hosting
from config import news, undo
from config.errors import Conflict
from config.http import SignedInRequest

from .. import actions, afterwards, came_from, doors, permissions
from ..comment_data import comments_for
from ..doors import Admission, Step, space_for
from ..forms import EditAnnouncementForm, QuestionForm, StartSpaceForm
from ..listener import mark, marks_of, remember_listener
from ..live import presence
from ..live.fragments import parts_for_page, parts_when_over, people_of
from ..live.presence import Audience
from ..models import Participant, Space
from ..permissions import Capability
from ..texts import SCHEDULED_TEXTS, SPACE_TEXTS, START_TEXTS
from .people import co_hosting_context
from .verbs import verb


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
    admission = doors.admission_of(request, public_id)
    if admission.step is not None:
        return space_locked(request, admission)
    space = admission.space
    if not space.has_started:
        return _unmark(request, space_scheduled(request, space), space)
    user = request.user
    stage = people_of(space)
    present = presence.read(
        news.connection(), space.public_id, [participant.user_id for participant in stage]
    )
    me = permissions.participant_of(space, request.user)
    is_crew = permissions.is_crew(me)
    context = _parts(request, space, stage, present, me) | {
        "space": space,
        "stage": stage,
        "audience": present,
        "is_crew": is_crew,
        "is_acting": me is not None and me.pk == space.acting_host_id,
        "me": me,
        "reactions": space.reactions.totals() if space.is_live else None,
        "came_from": came_from.kind_of(request),
        "texts": SPACE_TEXTS,
        "question_form": QuestionForm(),
        "comments": comments_for(request.user, space) if space.is_live else None,
        "is_unnamed": me.is_unnamed if me else getattr(user, "listens_unnamed", False),
        "is_followed": space.is_live
        and user.is_authenticated
        and actions.is_followed_by_host(space, user),
        "is_co_hosting": space.is_live
        and user.is_authenticated
        and not (me and me.is_on_stage)
        and actions.is_co_hosting(space, user),
    }
    response = render(request, "spaces/space_detail.html", context)
    remember_listener(request, response)
    return _unmark(request, response, space)


def _parts(
    request: HttpRequest,
    space: Space,
    stage: list[Participant],
    present: Audience,
    me: Participant | None,
) -> dict[str, Any]:
    """The room as many see it; once it is over, with what this reader may do."""
    is_crew = permissions.is_crew(me)
    if space.is_live:
        return parts_for_page(space, stage=stage, present=present, is_crew=is_crew)
    granted = permissions.grants(permissions.role_when_over(me, space))
    mine = {
        "space": space,
        "is_crew": Capability.SEE_ANALYTICS in granted,
        "csrf_token": get_token(request),
    }
    return parts_when_over(mine | afterwards.for_reader(space, request.user, stage))


def space_locked(request: HttpRequest, admission: Admission) -> HttpResponse:
    """What the rule lets a stranger know, and the step that opens the door."""
    space, step = admission.space, admission.step
    marks = marks_of(request.COOKIES)
    if step is Step.UNKNOWN:
        response: HttpResponse = page_not_found(request, Http404())
        marks = marks.and_host(space.host.public_id)
    else:
        context = {
            "step": step,
            "host": space.host if step is Step.FOLLOW else None,
            "is_for_search": False,
        }
        response = render(request, "spaces/space_locked.html", context, status=403)
        marks = marks.and_space(space.public_id)
    if request.user.is_authenticated and step in {Step.REMOVED, Step.UNKNOWN}:
        mark(request, response, marks)
    return response


def _unmark(request: HttpRequest, response: HttpResponse, space: Space) -> HttpResponse:
    """Who is let in again does not find the door shut once they sign out."""
    marks = marks_of(request.COOKIES)
    left = marks.without(space=space.public_id, host=space.host.public_id)
    if request.user.is_authenticated and left != marks:
        mark(request, response, left)
    return response


def space_scheduled(request: HttpRequest, space: Space) -> HttpResponse:
    """The announcement, at the address of the room that it becomes: a shared link stays right."""
    now = timezone.now()
    me = permissions.participant_of(space, request.user)
    granted = permissions.grants(me.role if me else None)
    context = {
        "space": space,
        "topics": space.topics.all(),
        "texts": SCHEDULED_TEXTS,
        "link": request.build_absolute_uri(came_from.shared_link(space)),
        "may_invite": Capability.CALL_IN in granted,
        "may_edit": Capability.EDIT_ANNOUNCEMENT in granted,
        "may_start": Capability.START_SPACE in granted,
        "may_cancel": Capability.CANCEL_SPACE in granted,
        "may_set": Capability.CHANGE_SETTINGS in granted,
        "is_time": space.may_start_at is not None and space.may_start_at <= now,
        "is_past": space.scheduled_for is not None and space.scheduled_for <= now,
    }
    co_hosting = co_hosting_context(space, me)
    context["is_asked"] = any(asked.user_id == request.user.pk for asked in co_hosting["asked"])
    return render(request, "spaces/space_scheduled.html", context | co_hosting)


@require_http_methods(["GET", "HEAD", "POST"])
def space_edit(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    space = space_for(request, public_id)
    permissions.require(Capability.EDIT_ANNOUNCEMENT, space=space, user=request.user)
    actions.require_announced(space)
    form = EditAnnouncementForm(request.POST or None, space=space, now=timezone.now())
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_announcement(actor=request.user, space=space, **form.cleaned_data)
        except actions.BadTime as refusal:
            form.add_error("scheduled_for", str(refusal.message))
            status = refusal.status
        else:
            messages.success(request, _("Saved."))
            return redirect(space)
    context = {"form": form, "space": space, "max_topics": settings.MAX_TOPICS}
    return render(request, "spaces/space_edit.html", context, status=status)


@require_POST
def space_cancel(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    space = actions.cancel_space(actor=request.user, space=space_for(request, public_id))
    undo.offer(
        request, _("The Space is cancelled."), reverse("spaces:space-restore", args=[public_id])
    )
    return redirect(space)


@require_POST
def space_restore(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    space = actions.restore_space(actor=request.user, space=space_for(request, public_id))
    messages.success(request, _("The Space is announced again."))
    return redirect(space)


space_go_live = verb(actions.start_scheduled)
space_end = verb(actions.end_space)
