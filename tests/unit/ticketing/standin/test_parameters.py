"""Parameters by the types of the installed stripe package."""

import pytest

from ticketing.standin import form, parameters
from ticketing.standin.errors import ApiError
from ticketing.standin.nouns import ROUTES

TRANSFER = "amount=5&currency=usd&destination=acct_1"
SESSION = "checkout.SessionCreateParams"
ITEM = "line_items[0]"


def refusal(name, text, **how):
    with pytest.raises(ApiError) as refused:
        parameters.check(name, form.decode(text), **how)
    return refused.value


def test_values_have_the_types_of_the_package():
    checked = parameters.check(
        "RefundCreateParams",
        form.decode("amount=5&reverse_transfer=false&expand[]=charge&metadata[a]=b"),
    )

    assert checked == {
        "amount": 5,
        "reverse_transfer": False,
        "expand": ["charge"],
        "metadata": {"a": "b"},
    }


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_has_a_type(route):
    known = parameters.parameters(route.params)

    assert "stripe_account" not in known
    assert (route.acts_on or set()) <= known.keys()


def test_unknown_parameter():
    error = refusal("TransferCreateParams", TRANSFER + "&colour=red")

    assert (error.status, error.code, error.param) == (400, "parameter_unknown", "colour")


def test_unknown_parameter_inside_another():
    error = refusal(SESSION, f"{ITEM}[price_data][currency]=usd&{ITEM}[price_data][colour]=red")

    assert (error.code, error.param) == ("parameter_unknown", f"{ITEM}[price_data][colour]")


def test_parameter_that_is_gone_in_this_version_is_unknown():
    error = refusal(SESSION, "mode=payment&payment_method_types[0]=card")

    assert error.param == "payment_method_types"


def test_missing_parameter():
    error = refusal("TransferCreateParams", "amount=5&currency=usd")

    assert (error.code, error.param) == ("parameter_missing", "destination")


def test_missing_parameter_inside_another():
    error = refusal(SESSION, f"{ITEM}[price_data][unit_amount]=5")

    assert error.param == f"{ITEM}[price_data][currency]"


@pytest.mark.parametrize(
    ("name", "text", "param"),
    [
        ("TransferCreateParams", "amount=5.5&currency=usd&destination=a", "amount"),
        ("TransferCreateParams", "amount[a]=5&currency=usd&destination=a", "amount"),
        ("RefundCreateParams", "reverse_transfer=yes", "reverse_transfer"),
        ("RefundCreateParams", "reason=changed_mind", "reason"),
        ("RefundCreateParams", "metadata=x", "metadata"),
        ("RefundCreateParams", "expand=charge", "expand"),
        ("RefundCreateParams", "expand[a]=charge", "expand"),
        ("RefundCreateParams", "charge=", "charge"),
        (SESSION, "ui_mode=hosted", "ui_mode"),
    ],
)
def test_mistyped_parameter(name, text, param):
    error = refusal(name, text)

    assert (error.status, error.kind, error.param) == (400, "invalid_request_error", param)


def test_empty_value_unsets_where_the_type_says_so():
    checked = parameters.check("RefundCreateParams", form.decode("metadata="))

    assert checked == {"metadata": ""}


def test_parameter_that_the_stand_in_ignores_is_refused():
    error = refusal(SESSION, "allow_promotion_codes=true", acts_on=frozenset())

    assert (error.code, error.param) == ("standin_limit", "allow_promotion_codes")


def test_parameter_that_asks_for_nothing_is_taken():
    text = "allow_promotion_codes=false&adaptive_pricing[enabled]=false"

    assert parameters.check(SESSION, form.decode(text), acts_on=frozenset())


@pytest.mark.parametrize(
    "metadata",
    [
        "&".join(f"metadata[k{number}]=v" for number in range(51)),
        f"metadata[{'k' * 41}]=v",
        f"metadata[k]={'v' * 501}",
        "metadata[k][l]=v",
    ],
    ids=["keys", "length of a key", "length of a value", "nested"],
)
def test_limits_of_metadata(metadata):
    assert refusal("RefundCreateParams", metadata).param.startswith("metadata")


def test_limits_of_metadata_inside_another():
    error = refusal(SESSION, f"payment_intent_data[metadata][k]={'v' * 501}")

    assert error.param == "payment_intent_data[metadata][k]"


def test_most_metadata_is_taken():
    text = "&".join(f"metadata[{'k' * 38}{number:02}]={'v' * 500}" for number in range(50))

    assert parameters.check("RefundCreateParams", form.decode(text))
