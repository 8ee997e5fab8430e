"""The parts of a Space's page that change live, drawn for one audience at a time."""

import time
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.safestring import SafeString

from .. import afterwards, permissions
from ..actions import places
from ..models import Participant, Space, SpeakRequest
from ..querysets import ParticipantQuerySet
from .presence import Audience

EVERYONE = "everyone"
CREW = "crew"

FACES = 8

# Drawn in this order; "room" holds all the others but the crew's bar, which comes with it.
FRAGMENTS = ("room", "crewbar", "notices", "stage", "pins", "audience", "queue")
WHOLE = ("room", "crewbar")

# How old faces and counts may be in a room that a page takes as it was drawn for another.
KEEP_S = 1.0
MOST_KEPT = 500


@dataclass(frozen=True, order=True)
class Reader:
    """For whom a fragment is drawn: one draw serves every socket with the same reader."""

    audience: str = EVERYONE
    language: str = "en"


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """version: what the database held before anything was read, so never newer than the html."""

    version: int
    html: dict[Reader, str]
    stage_users: tuple[int, ...]
    crew_users: frozenset[int]
    barred_users: frozenset[int]


def people_of(space: Space) -> list[Participant]:
    """Who is on stage; of an ended Space, who ever was."""
    people = space.participants.with_people()
    return list(people.on_stage() if space.is_live else people.ever_on_stage())


def room_context(
    space: Space, *, stage: list[Participant], present: Audience, is_crew: bool
) -> dict[str, Any]:
    """What `_room.html` and its parts may use: nothing that belongs to one reader.

    Of a Space that is over, `afterwards` has the rest.
    """
    if not space.is_live:
        return {"space": space, "stage": stage, "is_crew": is_crew}
    requests = list(SpeakRequest.objects.in_space(space).pending().with_people())
    listeners = space.participants.named().listening().with_people()
    acting = [participant for participant in stage if participant.pk == space.acting_host_id]
    return {
        "space": space,
        "stage": stage,
        **speaking(space, stage),
        "acting": acting[0] if acting else None,
        "queue": [request for request in requests if not request.is_invitation],
        "invitations": [request for request in requests if request.is_invitation],
        "co_host_invitations": list(space.participants.asked_to_co_host().with_people()),
        "pins": list(space.pins.standing().with_people()),
        "is_crew": is_crew,
        "audience": {
            "count": present.count,
            "faces": list(listeners.filter(user_id__in=present.user_ids)[:FACES]),
        },
    }


def parts_when_over(context: dict[str, Any]) -> dict[str, SafeString]:
    """For one reader who loads the page of a Space that has ended."""
    return {part: render_to_string(f"spaces/_{part}.html", context) for part in WHOLE}


@dataclass(frozen=True, kw_only=True)
class Kept:
    version: int
    until: float
    parts: dict[str, SafeString]


# By Space, reader and time zone, which is in what the server writes.
_kept: dict[tuple[uuid.UUID, Reader, str], Kept] = {}


def parts_for_page(
    space: Space, *, stage: list[Participant], present: Audience, is_crew: bool
) -> dict[str, SafeString]:
    """The room and the crew's bar; people who come at once, and see the same, share one draw."""
    reader = Reader(
        audience=CREW if is_crew else EVERYONE, language=translation.get_language() or ""
    )
    key = (space.public_id, reader, timezone.get_current_timezone_name())
    now = time.monotonic()
    kept = _kept.get(key)
    if kept is None or kept.version != space.version or kept.until < now:
        context = room_context(space, stage=stage, present=present, is_crew=is_crew)
        parts = {part: render_to_string(f"spaces/_{part}.html", context) for part in WHOLE}
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        kept = _kept[key] = Kept(version=space.version, until=now + KEEP_S, parts=parts)
    return kept.parts


def forget_parts() -> None:
    _kept.clear()


def speaking(space: Space, stage: list[Participant]) -> dict[str, int]:
    """How many speak, and how many could: who of the crew is on stage takes a place as well."""
    people, places_of_speakers = places(space)
    speakers = sum(participant.role == Participant.Role.SPEAKER for participant in stage)
    crew = len(stage) - speakers
    # A co-host called up in need may be one too many.
    places_left = max(min(places_of_speakers, people - crew), speakers)
    return {"speakers": speakers, "speaker_places": places_left}


def draw_room(
    public_id: uuid.UUID,
    fragments: Collection[str],
    readers: Iterable[Reader],
    present: Audience,
) -> Drawing | None:
    """Draw fragments once for each reader; None when there is no such Space."""
    space = Space.objects.select_related("host").filter(public_id=public_id).first()
    if space is None:
        return None
    stage = people_of(space)
    context = room_context(space, stage=stage, present=present, is_crew=False)
    wanted = WHOLE if "room" in fragments else [f for f in FRAGMENTS if f in fragments]
    if wanted == WHOLE and space.has_started and not space.is_live:
        context |= afterwards.for_everybody(space)
    if not space.has_started:
        # Its page is an announcement, which is loaded again.
        wanted = []
    html = {}
    for reader in readers:
        context["is_crew"] = reader.audience == CREW
        with translation.override(reader.language):
            html[reader] = "".join(
                render_to_string(f"spaces/_{fragment}.html", context) for fragment in wanted
            )
    return Drawing(
        version=space.version,
        html=html,
        stage_users=tuple(participant.user_id for participant in stage),
        crew_users=frozenset(
            participant.user_id for participant in stage if permissions.is_crew(participant)
        ),
        barred_users=barred_from(space.participants.all()),
    )


def barred_from(participants: ParticipantQuerySet) -> frozenset[int]:
    return frozenset(participants.removed().values_list("user_id", flat=True))


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a Space stands before anything of it is drawn. revision: of its comments."""

    version: int
    revision: int
    stage_users: tuple[int, ...]
    barred_users: frozenset[int]


def standing(public_id: uuid.UUID) -> Standing:
    """What is read first is never the newer one."""
    version, revision = versions([public_id]).get(public_id, (0, 0))
    participants = Participant.objects.filter(space__public_id=public_id)
    return Standing(
        version=version,
        revision=revision,
        stage_users=tuple(participants.on_stage().values_list("user_id", flat=True)),
        barred_users=barred_from(participants),
    )


def versions(public_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[int, int]]:
    """Of each Space its version, and the revision of its comments."""
    spaces = Space.objects.filter(public_id__in=public_ids)
    found = spaces.values_list("public_id", "version", "comment_counter__revision")
    return {public_id: (version, revision or 0) for public_id, version, revision in found}
