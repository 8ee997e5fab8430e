"""How long each person was heard: totals that only grow, so that saying them twice is harmless."""

from collections import defaultdict
from collections.abc import Mapping

from django.db import transaction

from spaces.models import Participant

# Space → person → milliseconds.
Totals = dict[str, dict[str, int]]


class TalkTimes:
    """What the database is known to hold, with what this node heard since."""

    def __init__(self) -> None:
        self._totals: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._unkept: defaultdict[str, dict[str, int]] = defaultdict(dict)

    def know(self, space: str, kept: Mapping[str, int]) -> None:
        """What the database holds. Another node may have heard these people before."""
        totals = self._totals[space]
        for person, ms in kept.items():
            totals[person] = max(ms, totals.get(person, 0))

    def add(self, space: str, heard: Mapping[str, int]) -> None:
        totals = self._totals[space]
        for person, ms in heard.items():
            totals[person] = totals.get(person, 0) + ms
            self._unkept[space][person] = totals[person]

    def forget(self, space: str) -> None:
        """The Space is not hosted here any more. What is not kept yet stays until it is."""
        self._totals.pop(space, None)

    def take(self) -> Totals:
        """What is to be kept."""
        taken, self._unkept = self._unkept, defaultdict(dict)
        return dict(taken)

    def put_back(self, taken: Totals) -> None:
        """It was not kept; what was heard meanwhile is in the newer total already."""
        for space, people in taken.items():
            self._unkept[space] = people | self._unkept[space]


@transaction.atomic
def keep_talk_times(totals: Mapping[str, int]) -> frozenset[str]:
    """Raise the rows to these totals, by person, and say whose were. Repeat: harmless.

    Rows that an action holds are left out: to wait for several of them could be a deadlock.
    """
    free = Participant.objects.select_for_update(skip_locked=True, no_key=True)
    rows = list(free.filter(public_id__in=totals).only("public_id", "talk_ms"))
    for row in rows:
        row.talk_ms = max(row.talk_ms, totals[str(row.public_id)])
    Participant.objects.bulk_update(rows, ["talk_ms"])
    return frozenset(str(row.public_id) for row in rows)
