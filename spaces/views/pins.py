"""Buttons of the pins: hold up, take down, and back."""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from config.http import SignedInRequest

from .. import actions
from ..doors import space_for
from ..forms import PinForm
from ..models import Pin
from .verbs import done, verb

pin_add = verb(actions.add_pin, PinForm)


def _pin_verb(act: Callable[..., Pin]) -> Callable[..., HttpResponse]:
    @require_POST
    def view(request: SignedInRequest, public_id: UUID, pin_id: UUID) -> HttpResponse:
        space = space_for(request, public_id)
        act(actor=request.user, space=space, pin=get_object_or_404(space.pins, public_id=pin_id))
        return done(request, space)

    return view


pin_remove = _pin_verb(actions.remove_pin)
pin_restore = _pin_verb(actions.restore_pin)
