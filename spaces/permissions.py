"""Who may do what in a Space: one table, asked by actions and templates alike."""

from enum import StrEnum
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from config.errors import NotAllowed

from .models import Participant, Space

if TYPE_CHECKING:
    from accounts.models import User

Role = Participant.Role


class Capability(StrEnum):
    SPEAK = "speak"
    ASK_TO_SPEAK = "ask_to_speak"
    STEP_DOWN = "step_down"
    INVITE = "invite"
    ANSWER_REQUESTS = "answer_requests"
    MUTE_OTHERS = "mute_others"
    MOVE_DOWN = "move_down"
    START_SPACE = "start_space"
    CANCEL_SPACE = "cancel_space"
    END_SPACE = "end_space"


GRANTS: dict[str, frozenset[Capability]] = {
    Role.HOST: frozenset(Capability) - {Capability.ASK_TO_SPEAK, Capability.STEP_DOWN},
    Role.SPEAKER: frozenset({Capability.SPEAK, Capability.STEP_DOWN}),
    Role.LISTENER: frozenset({Capability.ASK_TO_SPEAK}),
}

# Who sees the crew's buttons, and with them the crew's fragments.
CREW: frozenset[str] = frozenset({Role.HOST})

_REFUSALS = {
    Capability.SPEAK: _("You are not on stage. Ask to speak first."),
    Capability.ASK_TO_SPEAK: _("You are on stage already."),
    Capability.STEP_DOWN: _("Only a speaker can step down. A host ends the Space instead."),
}


def grants(role: str | None) -> frozenset[Capability]:
    return GRANTS.get(role or "", frozenset())


def is_crew(participant: Participant | None) -> bool:
    return participant is not None and participant.role in CREW


def require_role(capability: Capability, participant: Participant | None) -> Participant:
    """The row, if its role grants it. Raises: NotAllowed."""
    if participant is None or capability not in grants(participant.role):
        raise NotAllowed(
            _REFUSALS.get(capability, _("Only the host of this Space can do that.")),
            code=f"not_allowed_{capability}",
        )
    return participant


def require(capability: Capability, *, space: Space, user: "User | AnonymousUser") -> Participant:
    """The asker's row in the Space, if their role grants it. Raises: NotAllowed."""
    participant = (
        Participant.objects.filter(space=space, user_id=user.pk).first() if user.pk else None
    )
    return require_role(capability, participant)
