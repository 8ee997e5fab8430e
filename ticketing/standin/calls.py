"""A call of the API: what a noun's functions get, the routes that lead to them, lists."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from . import errors
from .store import Object, equal
from .store import field as field_in_sql
from .world import PLATFORM, World

LIST_LIMIT = 100
LIST_DEFAULT = 10

_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


@dataclass(kw_only=True)
class Call:
    world: World
    # Whose: the platform, or the connected account that the Stripe-Account header names.
    account: str = PLATFORM
    path: str = ""
    # The parts of the path that differ, by name.
    ids: dict[str, str] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)

    def find(self, noun: str, *, part: str = "id") -> Object:
        """The object that the path names."""
        return self.world.find(noun, self.ids[part], account=self.account, param=part, in_path=True)


class Route(NamedTuple):
    method: str
    # `{id}` stands for one part.
    path: str
    # The type of its parameters in stripe.params.
    params: str
    handler: Callable[[Call], Any]
    # The parameters that the stand-in does something with; None where that is all of them.
    acts_on: frozenset[str] | None = None
    # Whether a connected account may be asked for it.
    of_accounts: bool = False


def acting_on(*names: str) -> frozenset[str]:
    return frozenset(names)


def merged(metadata: dict[str, str], given: dict[str, Any]) -> dict[str, str]:
    """As a call changes it: an empty value unsets its key, and nothing at all unsets all."""
    if "metadata" not in given:
        return metadata
    changed = metadata | given["metadata"] if given["metadata"] else {}
    return {key: value for key, value in changed.items() if value}


def retrieving(noun: str) -> Callable[[Call], Object]:
    def retrieve(call: Call) -> Object:
        return call.find(noun)

    return retrieve


def listing(noun: str, *by: str) -> Callable[[Call], Object]:
    def list_them(call: Call) -> Object:
        return listed(call, noun, *by)

    return list_them


def listed(call: Call, noun: str, *by: str, where: list[tuple[str, Any]] | None = None) -> Object:
    """One page, newest first, of those that match the parameters named in `by`."""
    conditions = list(where or [])
    for name in by:
        if (value := call.params.get(name)) is not None:
            conditions += _conditions(name, value)
    limit = call.params.get("limit", LIST_DEFAULT)
    if not 1 <= limit <= LIST_LIMIT:
        raise errors.invalid(
            f"The limit is from 1 to {LIST_LIMIT}.", "limit", "parameter_invalid_integer"
        )
    backwards = False
    if after := call.params.get("starting_after"):
        conditions.append(("seq < ?", _place(call, noun, after, "starting_after")))
    if before := call.params.get("ending_before"):
        conditions.append(("seq > ?", _place(call, noun, before, "ending_before")))
        backwards = not after
    found = call.world.store.select(
        noun, call.account, conditions, oldest_first=backwards, limit=limit + 1
    )
    page = found[:limit]
    return a_list(page[::-1] if backwards else page, call.path, has_more=len(found) > limit)


def a_list(data: list[Object], url: str, *, has_more: bool = False) -> Object:
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def _place(call: Call, noun: str, found_by: str, param: str) -> int:
    call.world.find(noun, found_by, account=call.account, param=param)
    return call.world.store.run("SELECT seq FROM objects WHERE id = ?", found_by)[0][0]


def _conditions(name: str, value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, dict):
        return [(equal(name), value)]
    found = []
    for inner, wanted in value.items():
        if inner in _COMPARISONS:
            found.append((f"{field_in_sql(name)} {_COMPARISONS[inner]} ?", wanted))
        else:
            found.append((equal(f"{name}.{inner}"), wanted))
    return found
