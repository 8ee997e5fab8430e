"""Money as people write and read it, and as it is added up."""

from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from ticketing import money
from ticketing.money import CurrencyMismatch, Money, UnknownCurrency

CODES = ["usd", "eur", "gbp", "jpy"]
LANGUAGES = ["en", "de", "ar"]
amounts = st.integers(0, 10**14)
several = pytest.mark.parametrize
# What CLDR puts before the line in Arabic, and before a minus there.
RTL, LTR = "\u200f", "\u200e"


def in_words(language, amount):
    """With the blank that does not break as an ordinary one."""
    with translation.override(language):
        return money.show(amount).replace("\u00a0", " ")


def refused(typed, code="usd"):
    with pytest.raises(ValidationError) as error:
        money.parse(typed, code)
    return error.value


# --- The value ---


def test_only_one_currency_is_added():
    assert Money(250, "usd") + Money(1000, "usd") - Money(50, "usd") == Money(1200, "usd")
    with pytest.raises(CurrencyMismatch):
        Money(250, "usd") + Money(250, "eur")


def test_only_one_currency_is_compared():
    assert max(Money(250, "usd"), Money(-300, "usd")) == Money(250, "usd")
    with pytest.raises(CurrencyMismatch):
        Money(250, "usd") >= Money(250, "eur")  # noqa: B015


@several("amount", [1.0, True, "1", None])
def test_minor_units_are_whole_numbers(amount):
    with pytest.raises(TypeError):
        Money(amount, "usd")


def test_currency_that_is_not_in_the_table_is_none():
    with pytest.raises(UnknownCurrency):
        Money(100, "xyz")


# --- Written ---


@several(
    ("language", "amount", "text"),
    [
        ("en", Money(1250, "usd"), "$12.50"),
        ("en", Money(123456789, "gbp"), "£1,234,567.89"),
        ("en", Money(150_000, "jpy"), "¥150,000"),
        ("en", Money(-5, "eur"), "−€0.05"),
        ("de", Money(1250, "usd"), "12,50 $"),
        ("de", Money(123456789, "eur"), "1.234.567,89 €"),
        ("de", Money(150_000, "jpy"), "150.000 ¥"),
        ("de", Money(-1250, "eur"), "−12,50 €"),
        ("ar", Money(1250, "usd"), f"{RTL}12,50 $"),
        ("ar", Money(150_000, "jpy"), f"{RTL}150.000 ¥"),
        ("ar", Money(-1250, "eur"), f"{RTL}{LTR}−12,50 €"),
    ],
)
def test_amount_is_written_as_its_readers_do(language, amount, text):
    assert in_words(language, amount) == text


def test_currency_without_a_sign_of_its_own_is_named(settings):
    settings.TICKET_CURRENCIES = {"kwd": settings.TICKET_CURRENCIES["usd"] | {"exponent": 3}}

    assert in_words("en", Money(1250, "kwd")) == "KWD 1.250"
    assert in_words("de", Money(1250, "kwd")) == "1,250 KWD"


def test_amount_in_a_text_is_written_the_same():
    with translation.override("de"):
        assert f"{Money(1250, 'usd')}" == money.show(Money(1250, "usd"))


@several(
    ("amount", "text"),
    [
        (Money(123456, "usd"), "1234.56"),
        (Money(-5, "usd"), "-0.05"),
        (Money(0, "usd"), "0.00"),
        (Money(1500, "jpy"), "1500"),
    ],
)
@several("language", LANGUAGES)
def test_plain_is_the_same_everywhere(language, amount, text):
    with translation.override(language):
        assert money.plain(amount) == text


# --- Read ---


@several("language", LANGUAGES)
@given(amounts, st.sampled_from(CODES), st.sampled_from([money.show, money.plain]))
def test_what_was_written_is_read_again(language, amount, code, write):
    with translation.override(language):
        assert money.parse(write(Money(amount, code)), code) == Money(amount, code)


@several(
    "typed",
    [
        *("12.50", "12,50", " 12.5 ", "12,5", "0012.50"),
        *("١٢٫٥٠", "١٢.٥٠", "۱۲٫۵", "１２.５０"),
        *("$12.50", "12,50 $", "12.50 USD", "usd 12.50", f"{RTL}12,50\u00a0$"),
    ],
)
def test_price_is_typed_in_many_ways(typed):
    assert money.parse(typed, "usd") == Money(1250, "usd")


@several(
    "typed",
    ["1250.00", "1,250.00", "1.250,00", "1 250,00", "1’250.00", "1'250", "1 250", "١٬٢٥٠٫٠٠"],
)
def test_thousands_may_be_set_apart(typed):
    assert money.parse(typed, "eur") == Money(125_000, "eur")


@several("typed", ["1500", "1,500", "1.500", "1 500", "¥1,500", "１５００", "1500 JPY"])
def test_yen_have_thousands_and_no_decimals(typed):
    assert money.parse(typed, "jpy") == Money(1500, "jpy")


@several(
    ("typed", "code", "why"),
    [
        ("12.505", "usd", "thousands"),
        ("1,250", "usd", "thousands"),
        ("12.5050", "usd", "decimals"),
        ("12.50", "jpy", "decimals"),
        ("100.0", "jpy", "decimals"),
        ("€12", "usd", "currency"),
        ("12 EUR", "jpy", "currency"),
        ("9" * 16, "usd", "large"),
        ("9" * 5000, "usd", "large"),
        *((typed, "usd", "unclear") for typed in ("", " ", "ten", "12.5.5", "12.", ".5", "1e5")),
        *(
            (typed, "usd", "unclear")
            for typed in ("\x0012", "1\x002", "-5", "−5", "²", "½", "0x1f")
        ),
        *(
            (typed, "usd", "unclear")
            for typed in ("1,25,000.00", "inf", "nan", "12\n50", "$", "1_0")
        ),
    ],
)
def test_unclear_amount_is_refused(typed, code, why):
    assert refused(typed, code).code == why


def test_refusal_says_what_to_write():
    assert refused("ten").messages == ["Write the amount in digits, like 1.00."]
    assert refused("1,250").messages == ["This could mean 1250.00 or 1.25: write the one you mean."]


@given(st.text(), st.sampled_from(CODES))
def test_any_text_is_an_amount_or_refused(typed, code):
    with suppress(ValidationError):
        assert money.parse(typed, code) >= Money(0, code)


# --- Limits ---


@several("typed", ["1.00", "999.00"])
def test_price_within_the_limits_is_taken(typed):
    assert money.plain(money.parse_price(typed, "usd")) == typed


@several(("typed", "code"), [("0.99", "usd"), ("999.01", "usd"), ("99", "jpy"), ("150001", "jpy")])
def test_price_outside_the_limits_is_refused(typed, code):
    with pytest.raises(ValidationError, match="is between"):
        money.parse_price(typed, code)


def test_payment_is_nothing_or_what_stripe_charges():
    money.require_chargeable(Money(0, "usd"))
    money.require_chargeable(Money(50, "usd"))
    with pytest.raises(ValidationError, match=r"No payment below \$0\.50"):
        money.require_chargeable(Money(49, "usd"))
