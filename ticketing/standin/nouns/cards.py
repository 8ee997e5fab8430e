"""The numbers that a page of test payments takes, and what becomes of each."""

from typing import NamedTuple


class Method(NamedTuple):
    number: str
    # paid, declined, authenticate, disputed, later, later_fails
    outcome: str
    says: str
    brand: str = "visa"
    decline_code: str = ""
    kind: str = "card"


METHODS = {
    method.number: method
    for method in (
        Method("4242424242424242", "paid", "pays"),
        Method("5555555555554444", "paid", "pays", brand="mastercard"),
        Method(
            "4000000000000002",
            "declined",
            "Your card was declined.",
            decline_code="generic_decline",
        ),
        Method(
            "4000000000009995",
            "declined",
            "Your card has insufficient funds.",
            decline_code="insufficient_funds",
        ),
        Method("4000002760003155", "authenticate", "asks the buyer to authenticate"),
        Method("4000000000000259", "disputed", "pays, and is disputed a day later"),
        Method("000123456789", "later", "bank debit, pays two days later", kind="us_bank_account"),
        Method(
            "000111111116",
            "later_fails",
            "bank debit, fails two days later",
            kind="us_bank_account",
        ),
    )
}


def by_number(number: str) -> Method | None:
    return METHODS.get("".join(number.split()).replace("-", ""))
