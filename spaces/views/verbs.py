"""Buttons of a Space: fetch by asker, one action, answer. Its refusal is the answer, too."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from config.errors import Refusal
from config.http import SignedInRequest
from config.middleware import page_of_button

from .. import permissions
from ..doors import space_for
from ..models import Space, SpeakRequest

Answer = Callable[[SignedInRequest, Space], HttpResponse]


class BadField(Refusal):
    code = "bad_field"


def done(request: SignedInRequest, space: Space) -> HttpResponse:
    """The page is told by its socket; a browser without script is shown the page again."""
    return HttpResponse(status=204) if request.htmx else redirect(space)


def done_in_list(request: SignedInRequest, space: Space) -> HttpResponse:
    """As `done`, for what is answered in a list of several: back to it, and into a live Space only
    with who has a place in it from now on.
    """
    if request.htmx:
        return HttpResponse(status=204)
    me = permissions.participant_of(space, request.user)
    if space.is_live and me is not None and me.is_on_stage:
        return redirect(space)
    return redirect(page_of_button(request, default=space.get_absolute_url()))


def fields_of(request: HttpRequest, form_class: type[forms.Form] | None) -> dict[str, Any]:
    """What a button, or a script's question, brings along. Raises: BadField"""
    if form_class is None:
        return {}
    form = form_class(request.POST if request.method == "POST" else request.GET)
    if not form.is_valid():
        (sentence, *_others), *_fields = form.errors.values()
        raise BadField(str(sentence))
    return form.cleaned_data


def verb(
    act: Callable[..., object],
    form_class: type[forms.Form] | None = None,
    *,
    answer: Answer = done,
) -> Callable[..., HttpResponse]:
    """A button about oneself, or about the Space as a whole."""

    @require_POST
    def view(request: SignedInRequest, public_id: UUID) -> HttpResponse:
        space = space_for(request, public_id)
        act(actor=request.user, space=space, **fields_of(request, form_class))
        return answer(request, space)

    return view


def request_verb(
    act: Callable[..., object],
    form_class: type[forms.Form] | None = None,
    *,
    answer: Answer = done,
) -> Callable[..., HttpResponse]:
    """A button on somebody's request to speak, or invitation."""

    @require_POST
    def view(request: SignedInRequest, public_id: UUID, request_id: UUID) -> HttpResponse:
        space = space_for(request, public_id)
        requests = SpeakRequest.objects.in_space(space).with_people()
        speak_request = get_object_or_404(requests, public_id=request_id)
        fields = fields_of(request, form_class)
        act(actor=request.user, space=space, request=speak_request, **fields)
        return answer(request, space)

    return view


def participant_verb(act: Callable[..., object]) -> Callable[..., HttpResponse]:
    """A button of the crew on a person."""

    @require_POST
    def view(request: SignedInRequest, public_id: UUID, participant_id: UUID) -> HttpResponse:
        space = space_for(request, public_id)
        people = space.participants.with_people()
        participant = get_object_or_404(people, public_id=participant_id)
        act(actor=request.user, space=space, participant=participant)
        return done(request, space)

    return view
