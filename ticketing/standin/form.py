"""Form bodies and query strings with nested names, as Stripe's API takes them."""

from typing import Any
from urllib.parse import parse_qsl

from .errors import ApiError

DEPTH_LIMIT = 12
FIELD_LIMIT = 2_000

Nested = dict[str, Any]


def decode(text: str) -> Nested:
    """`a[b]=1&c[0]=2` is `{"a": {"b": "1"}, "c": {"0": "2"}}`.

    Which of them are arrays is for the parameter's type to say. The last of two equal names wins.
    Raises: ApiError for names that contradict each other, or too many of them.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FIELD_LIMIT)
    except ValueError as error:
        raise ApiError("The request's parameters could not be read.") from error
    decoded: Nested = {}
    for name, value in pairs:
        _put(decoded, name, value)
    return decoded


def keys(name: str) -> list[str]:
    """`a[b][]` is a, b and the empty key; a name with wrong brackets is one key, itself."""
    first, bracket, rest = name.partition("[")
    if not bracket or not first or not rest.endswith("]"):
        return [name]
    inner = rest[:-1].split("][")
    if any("[" in key or "]" in key for key in inner):
        return [name]
    return [first, *inner]


def _put(decoded: Nested, name: str, value: str) -> None:
    *folders, last = keys(name)
    if len(folders) > DEPTH_LIMIT:
        raise ApiError(f"The parameter {name[:80]} is nested too deeply.")
    place = decoded
    for key in folders:
        place = place.setdefault(key or str(len(place)), {})
        if not isinstance(place, dict):
            raise _contradiction(name)
    key = last or str(len(place))
    if isinstance(place.get(key), dict):
        raise _contradiction(name)
    place[key] = value


def _contradiction(name: str) -> ApiError:
    return ApiError(f"The parameter {name} is both a value and an object.", param=name)
