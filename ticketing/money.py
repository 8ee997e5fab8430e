"""Money: whole minor units and a currency. The only place that writes or reads it as text."""

import re
import unicodedata
from dataclasses import dataclass
from functools import total_ordering

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.formats import get_format
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext_lazy as _

_SIGNS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}
# Elsewhere the sign comes after the amount (CLDR).
_SIGN_FIRST = {"en", "ja", "zh", "ko"}
_LRM, _RLM, _NBSP, _MINUS = "\u200e", "\u200f", "\u00a0", "\u2212"
# What copying out of another page, or a keyboard of another script, puts around digits.
_INVISIBLE = dict.fromkeys(
    map(ord, "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\ufeff")
)
_SPACES = re.compile(r"[ \u00a0\u2009\u202f]+")
_ARABIC_DECIMAL, _ARABIC_THOUSAND = "\u066b", "\u066c"
_LONGEST_TYPED, _MOST_DIGITS = 40, 15


class UnknownCurrency(LookupError):
    """Not one of settings.TICKET_CURRENCIES."""


class CurrencyMismatch(ValueError):
    """Amounts of two currencies have no sum and no order."""


@dataclass(frozen=True, slots=True)
class Currency:
    """A row of settings.TICKET_CURRENCIES; amounts in minor units."""

    code: str
    exponent: int
    price_least_minor: int
    price_most_minor: int
    charge_least_minor: int
    share_threshold_minor: int
    cost_bps: int
    cost_fixed_minor: int

    @property
    def name(self) -> str:
        return self.code.upper()

    @property
    def sign(self) -> str:
        """The code where there is no sign that everybody reads the same."""
        return _SIGNS.get(self.code, self.name)


def currency(code: str) -> Currency:
    """Raises: UnknownCurrency."""
    try:
        return Currency(code=code, **settings.TICKET_CURRENCIES[code])
    except KeyError:
        raise UnknownCurrency(code) from None


def currencies() -> list[Currency]:
    return [currency(code) for code in settings.TICKET_CURRENCIES]


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of one currency; may be negative. Text of it is localised.

    Raises: TypeError for anything but a whole number · UnknownCurrency.
    """

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount_minor) is not int:
            raise TypeError(f"minor units are whole numbers, not {self.amount_minor!r}")
        currency(self.currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount_minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount_minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount_minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount_minor < self._same(other)

    def __bool__(self) -> bool:
        return self.amount_minor != 0

    def __str__(self) -> str:
        return show(self)

    def _same(self, other: "Money") -> int:
        """Raises: CurrencyMismatch."""
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return other.amount_minor


def zero(code: str) -> Money:
    return Money(0, code)


# --- Written ---


def plain(money: Money) -> str:
    """For fields and files: "1250.00", the same in every language, without a sign of currency."""
    whole, fraction = _digits(money)
    return f"{'-' if money.amount_minor < 0 else ''}{whole}{'.' if fraction else ''}{fraction}"


def show(money: Money) -> str:
    """For people, in the active language: "$1,250.00", "1.250,00 $"."""
    whole, fraction = _digits(money)
    amount = f"{int(whole):,}".replace(",", get_format("THOUSAND_SEPARATOR"))
    if fraction:
        amount += get_format("DECIMAL_SEPARATOR") + fraction
    minus = _MINUS if money.amount_minor < 0 else ""
    sign = currency(money.currency).sign
    if (get_language() or settings.LANGUAGE_CODE).partition("-")[0] in _SIGN_FIRST:
        return f"{minus}{sign}{_NBSP if sign.isalpha() else ''}{amount}"
    if get_language_bidi():
        # The amount is read from the left and the line from the right, in letters without markup
        # as well (CLDR).
        return f"{_RLM}{_LRM if minus else ''}{minus}{amount}{_NBSP}{sign}"
    return f"{minus}{amount}{_NBSP}{sign}"


def _digits(money: Money) -> tuple[str, str]:
    """Whole units and their fraction, without a sign."""
    exponent = currency(money.currency).exponent
    digits = str(abs(money.amount_minor)).rjust(exponent + 1, "0")
    cut = len(digits) - exponent
    return digits[:cut], digits[cut:]


# --- Read ---


def parse(typed: str, code: str) -> Money:
    """What somebody typed into a field: "12.50", "12,50", "1.250,00", "١٢٫٥٠", "€ 12".

    Three digits after the only separator may be thousands or a slip: they are refused, except where
    the currency has no decimals, so that they can only be thousands.

    Raises: ValidationError, whose code is unclear, decimals, thousands, large or currency.
    """
    money_of = currency(code)
    example = {"example": plain(Money(money_of.price_least_minor, code))}
    if len(typed) > _LONGEST_TYPED:
        raise ValidationError(_("This amount is too large."), code="large")
    text = _without_sign(_folded(typed), money_of)
    whole, separator, fraction = _split(text, money_of.exponent)
    if not re.fullmatch(r"[0-9]+", whole) or not re.fullmatch(
        r"[0-9]+" if separator else "", fraction
    ):
        raise ValidationError(
            _("Write the amount in digits, like %(example)s."), code="unclear", params=example
        )
    if len(fraction) == 3 and money_of.exponent == 2:
        raise ValidationError(
            _("This could mean %(many)s or %(few)s: write the one you mean."),
            code="thousands",
            params={"many": f"{whole}{fraction}.00", "few": f"{whole}.{fraction[:2]}"},
        )
    if len(fraction) > money_of.exponent:
        raise ValidationError(
            _("Too many decimals: write the amount like %(example)s."),
            code="decimals",
            params=example,
        )
    digits = (whole + fraction.ljust(money_of.exponent, "0")).lstrip("0") or "0"
    if len(digits) > _MOST_DIGITS:
        raise ValidationError(_("This amount is too large."), code="large")
    return Money(int(digits), code)


def parse_price(typed: str, code: str) -> Money:
    """A ticket's price, within the limits of its currency. Raises: ValidationError."""
    price = parse(typed, code)
    require_price(price)
    return price


def require_price(price: Money) -> None:
    """Raises: ValidationError, whose code is limits."""
    of = currency(price.currency)
    if not of.price_least_minor <= price.amount_minor <= of.price_most_minor:
        raise ValidationError(
            _("A price in %(currency)s is between %(least)s and %(most)s."),
            code="limits",
            params={
                "currency": of.name,
                "least": Money(of.price_least_minor, of.code),
                "most": Money(of.price_most_minor, of.code),
            },
        )


def require_chargeable(amount: Money) -> None:
    """Nothing, or at least what Stripe charges. Raises: ValidationError, whose code is small."""
    of = currency(amount.currency)
    if amount and amount.amount_minor < of.charge_least_minor:
        raise ValidationError(
            _("No payment below %(least)s can be taken: make it free, or at least that much."),
            code="small",
            params={"least": Money(of.charge_least_minor, of.code)},
        )


def _folded(typed: str) -> str:
    """Digits of any script as 0-9, one kind of space, nothing invisible, lower case."""
    text = typed.translate(_INVISIBLE).replace("\u2019", "'").replace(_ARABIC_DECIMAL, ",")
    text = text.replace(_ARABIC_THOUSAND, "'")
    digits = (str(unicodedata.decimal(letter, letter)) for letter in text)
    return _SPACES.sub(" ", "".join(digits)).strip().lower()


def _without_sign(text: str, of: Currency) -> str:
    """Without the currency's own sign or code at either end.

    Raises: ValidationError for that of another.
    """
    for known in currencies():
        for sign in (known.sign.lower(), known.code):
            left = text.removeprefix(sign).removesuffix(sign).strip()
            if left == text:
                continue
            if known != of:
                raise ValidationError(
                    _("Amounts are in %(currency)s here."),
                    code="currency",
                    params={"currency": of.name},
                )
            return left
    return text


def _split(text: str, exponent: int) -> tuple[str, str, str]:
    """Whole units without separators of thousands, the decimal separator if any, the fraction."""
    for thousand in (",", ".", "'", " "):
        decimals = "".join({",", "."} - {thousand})
        grouped = re.fullmatch(
            rf"([0-9]{{1,3}}(?:{re.escape(thousand)}[0-9]{{3}})+)(?:([{decimals}])([0-9]*))?", text
        )
        if grouped is None:
            continue
        groups = grouped[1].count(thousand)
        # "1,250" alone could be a slip for 1,25; nothing else that got here could.
        if thousand in "'\u0020" or groups > 1 or grouped[2] or exponent == 0:
            return grouped[1].replace(thousand, ""), grouped[2] or "", grouped[3] or ""
    whole, separator, fraction = text.replace(",", ".").partition(".")
    return whole, separator, fraction
