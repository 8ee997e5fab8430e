"""What search reads of Spaces, where it is not their own row that changes."""

from collections.abc import Sequence
from itertools import islice

from django.db import transaction

from ..models import SEARCHED, Space

BATCH = 500


@transaction.atomic
def refresh_search(*, spaces: Sequence[int]) -> None:
    """Topics of these, by their keys, have another name or are gone. Repeat: harmless."""
    keys = iter(spaces)
    while batch := list(islice(keys, BATCH)):
        stale = list(Space.objects.filter(pk__in=batch).prefetch_related("topics"))
        for space in stale:
            space.write_search(space.topics.all())
        Space.objects.bulk_update(stale, SEARCHED)
