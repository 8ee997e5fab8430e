"""What the database says about the stages a node hosts."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field

from spaces.models import Participant, Space


@dataclass(frozen=True)
class Stage:
    """people: public id -> whether the microphone is open; host first, then as they came up.

    barred: public ids of who was removed from the Space.
    talk_ms: how long each of the people was heard.
    """

    version: int
    people: dict[str, bool]
    barred: frozenset[str] = frozenset()
    talk_ms: dict[str, int] = field(default_factory=dict)


def live_versions(spaces: Collection[str]) -> dict[str, int]:
    """The version of each Space that is still live; one query for all of them."""
    live = Space.objects.live().filter(public_id__in=_uuids(spaces))
    rows = live.values_list("public_id", "version")
    return {str(public_id): version for public_id, version in rows}


def read_stage(space: str) -> Stage | None:
    """None when the Space is not live, or is none."""
    # The version first: a change between the two reads is then read again, never missed.
    version = live_versions([space]).get(space)
    if version is None:
        return None
    people = Participant.objects.filter(space__public_id=space)
    removed = people.filter(removed_at__isnull=False).values_list("public_id", flat=True)
    on_stage = list(people.on_stage())
    return Stage(
        version,
        {str(person.public_id): person.is_open for person in on_stage},
        frozenset(map(str, removed)),
        {str(person.public_id): person.talk_ms for person in on_stage},
    )


def _uuids(spaces: Collection[str]) -> list[uuid.UUID]:
    found = []
    for space in spaces:
        try:
            found.append(uuid.UUID(space))
        except ValueError:
            continue
    return found
