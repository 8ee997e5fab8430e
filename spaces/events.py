"""What pages are told: a frozen dataclass per event, published after commit.

An event is a hint. It carries the version its action made; the hub of each web process draws the
fragment it names, once per audience and language, and heals what was lost by the version.
"""

import hashlib
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from config.news import send_after_commit

from .models import Space

HOME_CHANNEL = "rostrum:live:home"
# With these codes a socket closes: the page comes back as nobody's, or is loaded again, because it
# is not the page that this person may see now.
CLOSE_SIGNED_OUT = 4403
CLOSE_LOOK_AGAIN = 4410


def space_channel(public_id: object) -> str:
    """Redis channel of one Space's news."""
    return f"rostrum:live:space:{public_id}"


def user_channel(user_id: int) -> str:
    """Redis channel that reaches every open socket of a person."""
    return f"rostrum:live:user:{user_id}"


@dataclass(frozen=True, kw_only=True)
class Event:
    """`fragments` are the parts of the page it changes; `changes_home` when a card shows it too,
    `changes_programme` when what is coming up does."""

    name: ClassVar[str]
    fragments: ClassVar[tuple[str, ...]] = ()
    changes_home: ClassVar[bool] = False
    changes_programme: ClassVar[bool] = False


@dataclass(frozen=True, kw_only=True)
class SpaceAnnounced(Event):
    name: ClassVar[str] = "space.announced"
    changes_home: ClassVar[bool] = True
    changes_programme: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class SpaceStarted(Event):
    name: ClassVar[str] = "space.started"
    changes_home: ClassVar[bool] = True
    changes_programme: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class SpaceCancelled(Event):
    """It is announced no longer."""

    name: ClassVar[str] = "space.cancelled"
    changes_home: ClassVar[bool] = True
    changes_programme: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class SpaceRestored(Event):
    """Cancelled, and announced again."""

    name: ClassVar[str] = "space.restored"
    changes_home: ClassVar[bool] = True
    changes_programme: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class AnnouncementEdited(Event):
    """An announced Space has another title, other topics or another time."""

    name: ClassVar[str] = "space.announcement_edited"
    changes_home: ClassVar[bool] = True
    changes_programme: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class SpaceEnded(Event):
    name: ClassVar[str] = "space.ended"
    fragments: ClassVar[tuple[str, ...]] = ("room",)
    changes_home: ClassVar[bool] = True

    reason: str


@dataclass(frozen=True, kw_only=True)
class SettingsChanged(Event):
    """The host changed how the Space runs: who may speak, the timer, the comments."""

    name: ClassVar[str] = "space.settings_changed"
    fragments: ClassVar[tuple[str, ...]] = ("room",)


@dataclass(frozen=True, kw_only=True)
class HostChanged(Event):
    """The host is lost or back; acting: who hosts meanwhile, a participant's public id."""

    name: ClassVar[str] = "space.host_changed"
    fragments: ClassVar[tuple[str, ...]] = ("notices", "stage", "crewbar")

    is_away: bool
    acting: str


@dataclass(frozen=True, kw_only=True)
class EndAnnounced(Event):
    """The longest time is nearly over."""

    name: ClassVar[str] = "space.end_announced"
    fragments: ClassVar[tuple[str, ...]] = ("notices",)


@dataclass(frozen=True, kw_only=True)
class RoleChanged(Event):
    """Somebody came to the stage or left it."""

    name: ClassVar[str] = "participant.role_changed"
    fragments: ClassVar[tuple[str, ...]] = ("stage", "audience", "queue")
    changes_home: ClassVar[bool] = True

    person: str
    role: str


@dataclass(frozen=True, kw_only=True)
class ParticipantRemoved(Event):
    """Barred from this Space by the crew."""

    name: ClassVar[str] = "participant.removed"
    fragments: ClassVar[tuple[str, ...]] = ("stage", "audience", "queue")
    changes_home: ClassVar[bool] = True

    person: str


@dataclass(frozen=True, kw_only=True)
class ParticipantRestored(Event):
    """Let back in. The audience is drawn with who is barred, for the hub to admit them again."""

    name: ClassVar[str] = "participant.restored"
    fragments: ClassVar[tuple[str, ...]] = ("audience",)

    person: str


@dataclass(frozen=True, kw_only=True)
class NamingChanged(Event):
    """A listener is counted without a name from now on, or named: whose, the faces say."""

    name: ClassVar[str] = "participant.naming_changed"
    fragments: ClassVar[tuple[str, ...]] = ("stage", "audience")


@dataclass(frozen=True, kw_only=True)
class HandChanged(Event):
    """Somebody on stage raised a hand, or took it down."""

    name: ClassVar[str] = "participant.hand_changed"
    fragments: ClassVar[tuple[str, ...]] = ("stage",)

    person: str
    is_raised: bool


@dataclass(frozen=True, kw_only=True)
class TurnChanged(Event):
    """A speaker's turn began, was given anew, or is over."""

    name: ClassVar[str] = "participant.turn_changed"
    fragments: ClassVar[tuple[str, ...]] = ("stage",)

    person: str


@dataclass(frozen=True, kw_only=True)
class MicrophoneChanged(Event):
    name: ClassVar[str] = "participant.microphone_changed"
    fragments: ClassVar[tuple[str, ...]] = ("stage",)

    person: str
    microphone: str


@dataclass(frozen=True, kw_only=True)
class EveryoneMuted(Event):
    """All speakers at once, each of whom may open the microphone again."""

    name: ClassVar[str] = "participant.everyone_muted"
    fragments: ClassVar[tuple[str, ...]] = ("stage",)


@dataclass(frozen=True, kw_only=True)
class RequestChanged(Event):
    """A request to speak, or an invitation, was made or answered."""

    name: ClassVar[str] = "request.changed"
    fragments: ClassVar[tuple[str, ...]] = ("stage", "queue")

    person: str
    state: str
    is_invitation: bool


@dataclass(frozen=True, kw_only=True)
class QueueArranged(Event):
    """The crew put the line into another order."""

    name: ClassVar[str] = "queue.arranged"
    fragments: ClassVar[tuple[str, ...]] = ("queue",)


@dataclass(frozen=True, kw_only=True)
class InvitationChanged(Event):
    """Somebody was asked to co-host, or answered."""

    name: ClassVar[str] = "invitation.changed"
    fragments: ClassVar[tuple[str, ...]] = ("stage",)

    person: str
    state: str


@dataclass(frozen=True, kw_only=True)
class PinsChanged(Event):
    name: ClassVar[str] = "pins.changed"
    fragments: ClassVar[tuple[str, ...]] = ("pins",)


def publish(space: Space, *news: Event) -> None:
    """Tell every page after commit, all news of one version in one message.

    `robust`: a dead Redis must not turn a kept change into a 500.
    """
    events = [{"name": event.name, "data": asdict(event)} for event in news]
    messages: dict[str, dict[str, Any]] = {
        space_channel(space.public_id): {"seq": space.version, "events": events}
    }
    if any(event.changes_home for event in news):
        changes_programme = any(event.changes_programme for event in news)
        messages[HOME_CHANNEL] = {"seq": 0, "events": [], "programme": changes_programme}
    send_after_commit(messages)


def publish_passing(space: Space, event: str, **data: Any) -> None:
    """Tell every page at once of what has no version: it may be lost, or is numbered by itself."""
    message = {"event": event, **data}
    send_after_commit({space_channel(space.public_id): message})


def close_sockets(
    *, user_id: int, session_key: str | None = None, space: Space | None = None
) -> None:
    """Close a person's open sockets, or only those of one browser session or of one Space, after
    commit."""
    message = {
        "close": CLOSE_LOOK_AGAIN if space else CLOSE_SIGNED_OUT,
        "session": session_key and session_digest(session_key),
        "space": space and str(space.public_id),
    }
    send_after_commit({user_channel(user_id): message})


def session_digest(session_key: str) -> str:
    """Names a session in a message without giving its key away."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:16]


BY_NAME: dict[str, type[Event]] = {cls.name: cls for cls in Event.__subclasses__()}
