"""Checks parameters against the types that the installed stripe package was generated with.

Nothing here lists a parameter: what is unknown, missing or of another type is so by those types.
"""

import re
import types
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

import stripe.params.checkout
import typing_extensions
from stripe._request_options import RequestOptions

from . import errors
from .form import Nested

METADATA_KEYS = 50
METADATA_KEY_LENGTH = 40
METADATA_VALUE_LENGTH = 500

_WHOLE = re.compile(r"-?[0-9]{1,15}\Z")
_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,12})?\Z")
# What the types of options name without importing it.
_UNIMPORTED = {"StripeContext": object, "Mapping": Mapping}


class Parameter(NamedTuple):
    hint: Any
    required: bool


@cache
def parameters(name: str) -> dict[str, Parameter]:
    """Of a type by its name in stripe.params, such as checkout.SessionCreateParams."""
    found: Any = stripe.params
    for part in name.split("."):
        found = getattr(found, part)
    return _parameters_of(found)


def check(name: str, given: Nested, *, acts_on: frozenset[str] | None = None) -> dict[str, Any]:
    """The parameters with the types that they have.

    Those outside `acts_on` are Stripe's, and refused here as what the stand-in does not offer.
    Raises: ApiError with `param` for what is unknown, missing, mistyped or not offered.
    """
    known = parameters(name)
    checked = _check_object(known, given, "")
    for param, value in checked.items():
        if acts_on is not None and param not in acts_on | {"expand"} and not _is_off(value):
            raise errors.not_offered(f"the parameter {param} here", param)
    return checked


def _is_off(value: Any) -> bool:
    """Asks for nothing: false, or an object that says only that."""
    if isinstance(value, dict):
        return all(_is_off(inner) for inner in value.values())
    return value in (False, "", "none", "never", "auto")


@cache
def _parameters_of(typed_dict: Any) -> dict[str, Parameter]:
    options = RequestOptions.__annotations__.keys()
    hints = typing_extensions.get_type_hints(typed_dict, None, _UNIMPORTED, include_extras=True)
    inherited = options if options <= hints.keys() else frozenset()
    return {
        name: Parameter(
            get_args(hint)[0] if _is_optional(hint) else hint, required=not _is_optional(hint)
        )
        for name, hint in hints.items()
        if name not in inherited
    }


def _is_optional(hint: Any) -> bool:
    return get_origin(hint) is typing_extensions.NotRequired


def _check_object(known: dict[str, Parameter], given: Nested, path: str) -> dict[str, Any]:
    checked = {}
    for name, value in given.items():
        param = f"{path}[{name}]" if path else name
        if name not in known:
            raise errors.unknown(param)
        checked[name] = _check(known[name].hint, value, param)
    for name, parameter in known.items():
        if parameter.required and name not in given:
            raise errors.missing(f"{path}[{name}]" if path else name)
    return checked


class _Kinds(NamedTuple):
    """The members of a union, sorted by what they take."""

    literals: tuple[Any, ...]
    plain: frozenset[Any]
    items: tuple[Any, ...]
    objects: tuple[Any, ...]
    is_map: bool


@cache
def _kinds(hint: Any) -> _Kinds:
    members = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    literals: list[Any] = []
    items: list[Any] = []
    objects: list[Any] = []
    plain: set[Any] = set()
    is_map = False
    for member in members:
        origin = get_origin(member)
        if origin in (Union, types.UnionType):
            inner = _kinds(member)
            literals += inner.literals
            plain |= inner.plain
            items += inner.items
            objects += inner.objects
            is_map = is_map or inner.is_map
        elif origin in (Literal, typing_extensions.Literal):
            literals += get_args(member)
        elif origin is list:
            items.append(get_args(member)[0])
        elif typing_extensions.is_typeddict(member):
            objects.append(member)
        elif origin is None:
            plain.add(member)
        else:
            # Dict[str, …] and the package's own name for it.
            is_map = True
    return _Kinds(tuple(literals), frozenset(plain), tuple(items), tuple(objects), is_map)


def _check(hint: Any, value: Any, param: str) -> Any:
    kinds = _kinds(hint)
    if isinstance(value, dict):
        return _check_nested(kinds, value, param)
    return _check_value(kinds, value, param)


def _check_nested(kinds: _Kinds, value: Nested, param: str) -> Any:
    if kinds.items and set(value) == {str(place) for place in range(len(value))}:
        return [
            _check(kinds.items[0], value[str(place)], f"{param}[{place}]")
            for place in range(len(value))
        ]
    if kinds.objects:
        return _check_object(_parameters_of(kinds.objects[0]), value, param)
    if kinds.is_map:
        if param.endswith("metadata]") or param == "metadata":
            _check_metadata(value, param)
        return value
    if kinds.items:
        raise errors.invalid("Invalid array", param)
    raise errors.invalid(f"Invalid {_expected(kinds)}: an object was passed", param)


def _check_metadata(value: Nested, param: str) -> None:
    if len(value) > METADATA_KEYS:
        raise errors.invalid(
            f"Metadata can have up to {METADATA_KEYS} keys, and this has {len(value)}.", param
        )
    for key, text in value.items():
        if not isinstance(text, str):
            raise errors.invalid("Metadata values must be strings", f"{param}[{key}]")
        if len(key) > METADATA_KEY_LENGTH:
            raise errors.invalid(
                f"Metadata keys can be up to {METADATA_KEY_LENGTH} characters long.", param
            )
        if len(text) > METADATA_VALUE_LENGTH:
            raise errors.invalid(
                f"Metadata values can be up to {METADATA_VALUE_LENGTH} characters long, and this "
                f"has {len(text)}.",
                f"{param}[{key}]",
            )


def _check_value(kinds: _Kinds, value: str, param: str) -> Any:
    named = {str(literal): literal for literal in kinds.literals}
    if value in named:
        return named[value]
    if value == "":
        raise errors.invalid(
            f"You passed an empty string for '{param}'. We assume empty values are an attempt to "
            f"unset a parameter; however '{param}' cannot be unset.",
            param,
            "parameter_invalid_empty",
        )
    if bool in kinds.plain and value in ("true", "false"):
        return value == "true"
    if int in kinds.plain and _WHOLE.match(value):
        return int(value)
    numbers = {kind for kind in kinds.plain if kind.__name__ in ("float", "Decimal")}
    if numbers and _DECIMAL.match(value):
        return value
    if str in kinds.plain and not (named.keys() - {""}):
        return value
    raise _refused(kinds, value, param)


def _refused(kinds: _Kinds, value: str, param: str) -> errors.ApiError:
    if choices := [str(literal) for literal in kinds.literals if literal != ""]:
        shown = ", ".join(choices[:-1]) + " or " * (len(choices) > 1) + choices[-1]
        return errors.invalid(f"Invalid {param}: must be one of {shown}", param)
    if int in kinds.plain:
        return errors.invalid(f"Invalid integer: {value}", param, "parameter_invalid_integer")
    return errors.invalid(f"Invalid {_expected(kinds)}", param)


def _expected(kinds: _Kinds) -> str:
    if kinds.items:
        return "array"
    if kinds.objects or kinds.is_map:
        return "object"
    if bool in kinds.plain:
        return "boolean"
    if int in kinds.plain:
        return "integer"
    return "string"
