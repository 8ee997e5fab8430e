"""What the books add up to. Minor units; nothing is kept besides the lines."""

from collections import defaultdict

from django.db.models import QuerySet, Sum

from ..models import Account, Kind, Line
from ..money import Money

# A host's income, and what takes it away again; a share that moves between accounts is neither.
_INCOME_KINDS = (Kind.CHARGE, Kind.REFUND_SENT, Kind.REFUND_FAILED, Kind.DISPUTE_LOST)
_NET = (
    Account.HOST_PAYABLE,
    Account.HOST_RECEIVABLE,
    Account.FEE_DEFERRED,
    Account.FEE_INCOME,
)


def balance(account: Account, currency: str, *, subject: str = "") -> int:
    """Minor units, debit above 0: of all, or of one host."""
    lines = Line.objects.filter(account=account, currency=currency)
    if subject:
        lines = lines.filter(subject=subject)
    return _total(lines)


def trial_balance() -> dict[str, dict[Account, int]]:
    """Every account by currency; the sum over a currency's accounts is 0."""
    found: dict[str, dict[Account, int]] = defaultdict(dict)
    rows = Line.objects.values_list("currency", "account").annotate(Sum("amount_minor"))
    for currency, account, total in rows.order_by("currency", "account"):
        found[currency][Account(account)] = int(total)
    return dict(found)


def payable(subject: str, currency: str) -> Money:
    """What we owe a host, before what the host owes us."""
    return Money(-balance(Account.HOST_PAYABLE, currency, subject=subject), currency)


def receivable(subject: str, currency: str) -> Money:
    """What a host owes us."""
    return Money(balance(Account.HOST_RECEIVABLE, currency, subject=subject), currency)


def lifetime_net(host: str, currency: str) -> int:
    """Minor units: what the host's sales brought after Stripe's fee, less what went back."""
    return -_total(
        Line.objects.filter(
            journal__host=host,
            journal__kind__in=_INCOME_KINDS,
            account__in=_NET,
            currency=currency,
        )
    )


def _total(lines: QuerySet[Line]) -> int:
    # A sum of bigints is a numeric, which would come as a Decimal.
    return int(lines.aggregate(total=Sum("amount_minor"))["total"] or 0)
