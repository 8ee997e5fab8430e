"""`expand`: ids in an answer become the objects that they name."""

from typing import Any

from . import errors
from .calls import Call, a_list
from .nouns import balance, sessions
from .store import Object, equal
from .world import shown

LEVELS = 4


def expand(call: Call, answer: Object) -> Object:
    """The answer as others see it, with what the call wants expanded."""
    seen = shown(answer)
    for path in call.params.get("expand", []):
        names = path.split(".")
        if len(names) > LEVELS:
            raise errors.invalid(
                f"You cannot expand more than {LEVELS} levels of a property.", "expand"
            )
        if seen.get("object") == "list" and names[0] != "data":
            raise errors.invalid(
                f"This property cannot be expanded ({path}). You may want to try expanding "
                f"'data.{path}' instead.",
                "expand",
            )
        _expand(call, seen, names, path)
    return seen


def _expand(call: Call, thing: Any, names: list[str], path: str) -> None:
    if isinstance(thing, list):
        for inner in thing:
            _expand(call, inner, names, path)
        return
    if not names or thing is None:
        return
    name, *rest = names
    if not isinstance(thing, dict):
        raise _refused(path)
    if name not in thing:
        thing[name] = _included(call, thing, name, path)
    if isinstance(thing[name], str):
        found = call.world.store.get(thing[name])
        if found is None or found["object"][:1] == "_":
            raise _refused(path)
        if found["object"] == "balance_transaction":
            found = balance.current(call.world, found)
        thing[name] = shown(found)
    elif not isinstance(thing[name], dict | list | None):
        raise _refused(path)
    _expand(call, thing[name], rest, path)


def _included(call: Call, thing: Object, name: str, path: str) -> Object:
    """Lists that an object has only when they are asked for."""
    if (thing.get("object"), name) == ("checkout.session", "line_items"):
        session = call.world.store.get(thing["id"])
        assert session is not None
        return shown(sessions.line_items_of(session))
    if (thing.get("object"), name) == ("charge", "refunds"):
        found = call.world.store.select("refund", None, [(equal("charge"), thing["id"])], limit=10)
        return a_list(shown(found), f"/v1/charges/{thing['id']}/refunds")
    raise _refused(path)


def _refused(path: str) -> errors.ApiError:
    return errors.invalid(f"This property cannot be expanded ({path}).", "expand")
