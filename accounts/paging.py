"""Lists of people by the page, as fast at their end as at their start."""

from dataclasses import dataclass

from .models import User
from .querysets import UserQuerySet

PAGE_SIZE = 30


@dataclass(frozen=True, kw_only=True)
class PeoplePage:
    people: list[User]
    # What the next page's address says; None on the last one.
    before: int | None
    is_first: bool


def page_of(people: UserQuerySet, before: str) -> PeoplePage:
    """before: `row_id` from an address, so anything; the first page if it is none."""
    is_first = not (before.isdecimal() and len(before) < 19)
    if not is_first:
        people = people.older_than(int(before))
    rows = list(people[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    return PeoplePage(
        people=shown, before=shown[-1].row_id if len(rows) > PAGE_SIZE else None, is_first=is_first
    )
