"""Currencies that the stand-in knows: a few, of two, three or no decimals."""

from .. import errors

# What a charge must come to at least, in minor units.
LEAST_CHARGE_MINOR = {"usd": 50, "eur": 50, "gbp": 30, "jpy": 50, "chf": 50, "sek": 300}
NO_DECIMALS = {"jpy"}
MOST_MINOR = 99_999_999


def require_currency(currency: str, param: str = "currency") -> str:
    known = currency.lower()
    if known not in LEAST_CHARGE_MINOR:
        raise errors.invalid(
            f"Invalid currency: {currency}. The stand-in supports these currencies: "
            f"{', '.join(LEAST_CHARGE_MINOR)}",
            param,
        )
    return known


def require_amount(amount: int, param: str = "amount") -> int:
    if amount <= 0:
        raise errors.invalid(
            "This value must be greater than or equal to 1.", param, "parameter_invalid_integer"
        )
    if amount > MOST_MINOR:
        raise errors.invalid("Amount must be no more than $999,999.99", param, "amount_too_large")
    return amount


def words(amount: int, currency: str) -> str:
    """For messages and pages: 10.50 USD."""
    if currency in NO_DECIMALS:
        return f"{amount:,} {currency.upper()}"
    sign = "−" if amount < 0 else ""
    whole, part = divmod(abs(amount), 100)
    return f"{sign}{whole:,}.{part:02} {currency.upper()}"
