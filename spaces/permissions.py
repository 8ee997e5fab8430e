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
    RAISE_HAND = "raise_hand"
    INVITE = "invite"
    ANSWER_REQUESTS = "answer_requests"
    ARRANGE_QUEUE = "arrange_queue"
    MUTE_OTHERS = "mute_others"
    MOVE_DOWN = "move_down"
    REMOVE = "remove"
    CALL_IN = "call_in"
    PIN = "pin"
    UNPIN_OTHERS = "unpin_others"
    COMMENT = "comment"
    MODERATE_COMMENTS = "moderate_comments"
    SEE_ANALYTICS = "see_analytics"
    CHANGE_SETTINGS = "change_settings"
    MANAGE_CO_HOSTS = "manage_co_hosts"
    EDIT_ANNOUNCEMENT = "edit_announcement"
    START_SPACE = "start_space"
    CANCEL_SPACE = "cancel_space"
    END_SPACE = "end_space"


class Acting(StrEnum):
    """A co-host for as long as the host is away (Space.acting_host)."""

    HOST = "acting_host"


_LISTENER = frozenset({Capability.ASK_TO_SPEAK, Capability.COMMENT})
_SPEAKER = frozenset(
    {
        Capability.SPEAK,
        Capability.STEP_DOWN,
        Capability.RAISE_HAND,
        Capability.PIN,
        Capability.COMMENT,
    }
)
_CO_HOST = _SPEAKER | {
    Capability.INVITE,
    Capability.ANSWER_REQUESTS,
    Capability.ARRANGE_QUEUE,
    Capability.MUTE_OTHERS,
    Capability.MOVE_DOWN,
    Capability.REMOVE,
    Capability.CALL_IN,
    Capability.UNPIN_OTHERS,
    Capability.MODERATE_COMMENTS,
    Capability.SEE_ANALYTICS,
}
_HOST_ONLY = frozenset(
    {
        Capability.CHANGE_SETTINGS,
        Capability.MANAGE_CO_HOSTS,
        Capability.EDIT_ANNOUNCEMENT,
        Capability.START_SPACE,
        Capability.CANCEL_SPACE,
        Capability.END_SPACE,
    }
)

GRANTS: dict[str, frozenset[Capability]] = {
    Role.HOST: _CO_HOST - {Capability.STEP_DOWN, Capability.RAISE_HAND} | _HOST_ONLY,
    # A Space whose host is lost must not be without anybody who can end it.
    Acting.HOST: _CO_HOST | {Capability.CHANGE_SETTINGS, Capability.END_SPACE},
    Role.CO_HOST: _CO_HOST,
    Role.SPEAKER: _SPEAKER,
    Role.LISTENER: _LISTENER,
}

# Who sees the crew's buttons, and with them the crew's fragments.
CREW: frozenset[str] = frozenset({Role.HOST, Role.CO_HOST})

_REFUSALS = {
    Capability.SPEAK: _("You are not on stage. Ask to speak first."),
    Capability.ASK_TO_SPEAK: _("You are on stage already."),
    Capability.STEP_DOWN: _("Only a speaker can step down. A host ends the Space instead."),
    Capability.RAISE_HAND: _("Only speakers and co-hosts raise a hand."),
    Capability.PIN: _("Only people on stage can pin something."),
    Capability.COMMENT: _("Come into the Space before you comment."),
}
_HOST_REFUSAL = _("Only the host of this Space can do that.")
_CREW_REFUSAL = _("Only the host and the co-hosts of this Space can do that.")


def role_of(participant: Participant | None, space: Space) -> str:
    """The row of the table that holds for this person in this Space; "" for a stranger."""
    if participant is None or participant.removed_at is not None:
        return ""
    if participant.pk == space.acting_host_id and participant.role == Role.CO_HOST:
        return Acting.HOST
    return participant.role


def grants(role: str | None) -> frozenset[Capability]:
    return GRANTS.get(role or "", frozenset())


def is_crew(participant: Participant | None) -> bool:
    return participant is not None and participant.role in CREW


def require_role(
    capability: Capability, *, participant: Participant | None, space: Space
) -> Participant:
    """The row, if its role grants it. Raises: NotAllowed."""
    if participant is None or capability not in grants(role_of(participant, space)):
        raise _refusal(capability)
    return participant


def _refusal(capability: Capability) -> NotAllowed:
    refusal = _HOST_REFUSAL if capability in _HOST_ONLY else _CREW_REFUSAL
    return NotAllowed(_REFUSALS.get(capability, refusal), code=f"not_allowed_{capability}")


def participant_of(space: Space, user: "User | AnonymousUser") -> Participant | None:
    """The person's row in the Space; a visitor has none."""
    return space.participants.filter(user_id=user.pk).first() if user.pk else None


def require(capability: Capability, *, space: Space, user: "User | AnonymousUser") -> Participant:
    """The asker's row in the Space, if their role grants it. Raises: NotAllowed."""
    return require_role(capability, participant=participant_of(space, user), space=space)


def role_when_over(participant: Participant | None, space: Space) -> str:
    """`role_of` in a Space that has ended: whoever co-hosted it did so to the end, even if their
    connection was lost, or the stage had no room for them, when it ended."""
    role = role_of(participant, space)
    if participant is None or role not in {Role.LISTENER, Role.SPEAKER}:
        return role
    co_hosted = space.participants.co_hosting().filter(pk=participant.pk).exists()
    return Role.CO_HOST if co_hosted else role


def require_when_over(
    capability: Capability, *, participant: Participant | None, space: Space
) -> None:
    """Raises: NotAllowed."""
    if capability not in grants(role_when_over(participant, space)):
        raise _refusal(capability)
