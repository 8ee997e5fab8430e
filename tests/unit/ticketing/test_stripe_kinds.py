"""Kinds of calls name what the package has."""

from inspect import signature
from operator import attrgetter

import pytest
import stripe

from ticketing.stripe_kinds import KINDS

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
CLIENT = stripe.StripeClient("sk_test_none").v1


def wants_id(function):
    """Its first parameter is of the path."""
    return next(iter(signature(function).parameters)) != "params"


@every_kind
def test_path_is_one_of_the_package(kind):
    assert wants_id(attrgetter(kind.path)(CLIENT)) == kind.takes_id


@every_kind
def test_list_to_look_in_is_one_of_the_package(kind):
    if kind.found_in:
        listing = attrgetter(f"{kind.found_in}.list")(CLIENT)
        assert wants_id(listing) == ("id" in kind.found_by)


@every_kind
def test_kind_can_be_looked_for_or_repeated(kind):
    assert kind.is_repeatable or kind.found_in
