"""Who is in a Space: the list of those who listen, co-hosts, removal."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from config import news
from config.errors import Refusal
from config.http import SignedInRequest

from .. import actions, permissions
from ..doors import space_for
from ..forms import CoHostHandleForm, HandleForm
from ..live import presence
from ..models import Participant, Space, SpeakRequest
from ..permissions import Capability
from .verbs import done, participant_verb, verb

# The rest is a number: nobody reads further, and everybody loads it.
LISTED = 50


@login_not_required
@require_safe
def people(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Drawn for its reader when they look at it, unlike the rest of the room."""
    space = space_for(request, public_id)
    me = permissions.participant_of(space, request.user)
    stage = space.participants.on_stage().values_list("user_id", flat=True)
    present = presence.read(news.connection(), space.public_id, list(stage))
    named = space.participants.named().listening().with_people()
    listeners = list(named.filter(user_id__in=present.user_ids)[:LISTED])
    context = {
        "space": space,
        "listeners": listeners,
        "more": max(present.count - len(listeners), 0),
        "me": me if me is not None and not me.is_on_stage else None,
        "is_crew": permissions.is_crew(me),
    }
    if me is not None and permissions.is_crew(me):
        context |= _for_the_crew(space, me)
    return render(request, "spaces/_people_list.html", context)


def _for_the_crew(space: Space, me: Participant) -> dict[str, Any]:
    """Who waits for what, so that nobody is invited twice, and who was removed."""
    waiting = SpeakRequest.objects.in_space(space).pending()
    hosting = co_hosting_context(space, me)
    stage = list(space.participants.on_stage().with_people())
    return hosting | {
        "stage": stage,
        "longest_talk_ms": max((participant.talk_ms for participant in stage), default=0),
        "asking": {request.participant_id for request in waiting if not request.is_invitation},
        "invited": {request.participant_id for request in waiting if request.is_invitation},
        "co_hosting": {each.user_id for each in (*hosting["co_hosts"], *hosting["asked"])},
        "removed": list(space.participants.removed().with_people()[:LISTED]),
    }


def co_hosting_context(space: Space, me: Participant | None) -> dict[str, Any]:
    """Who co-hosts, and who is asked to: their invitations."""
    standing = list(space.invitations.to_co_host().standing().with_people())
    granted = permissions.grants(me.role if me else None)
    return {
        "co_hosts": [invitation for invitation in standing if invitation.answered_at is not None],
        "asked": [invitation for invitation in standing if invitation.answered_at is None],
        "manages_co_hosts": Capability.MANAGE_CO_HOSTS in granted,
        "handle_form": HandleForm(),
    }


def co_host_verb(
    act: Callable[..., object], told: Promise, form_class: type[HandleForm] = HandleForm
) -> Callable[..., HttpResponse]:
    """A button of the host on somebody who need not be here: named by their handle."""

    @require_POST
    def view(request: SignedInRequest, public_id: UUID) -> HttpResponse:
        space = space_for(request, public_id)
        form = form_class(request.POST)
        if not form.is_valid():
            raise Refusal(str(form.errors["handle"][0]), code="no_such_person")
        person = form.cleaned_data["handle"]
        act(actor=request.user, space=space, user=person)
        messages.success(request, str(told) % {"name": person.display_name})
        return done(request, space)

    return view


co_host_invite = co_host_verb(actions.invite_co_host, _("%(name)s is asked to co-host."))
co_host_withdraw = co_host_verb(
    actions.withdraw_co_hosting,
    _("%(name)s is not among the co-hosts any more."),
    CoHostHandleForm,
)
co_host_accept = verb(actions.accept_co_hosting)
co_host_decline = verb(actions.decline_co_hosting)

participant_remove = participant_verb(actions.remove_participant)
participant_block = participant_verb(partial(actions.remove_participant, block=True))
participant_restore = participant_verb(actions.restore_participant)
