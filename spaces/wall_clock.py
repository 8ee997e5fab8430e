"""What a clock on the wall shows, and when that is."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def moments(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    """When clocks in the zone show this: once as a rule, never or twice when they are changed.

    wall: naive. Gives moments in UTC, the earlier first.
    """
    found = []
    for fold in (0, 1):
        try:
            moment = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
            shown = moment.astimezone(zone).replace(tzinfo=None, fold=0)
        except OverflowError:
            # The first and the last day that Python knows.
            continue
        if shown == wall and moment not in found:
            found.append(moment)
    return found
