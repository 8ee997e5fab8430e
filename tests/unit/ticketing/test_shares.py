"""Parts of a sale and of its refunds: whole cents, and none lost or made."""

import json
import random

import pytest
from django.core.checks import run_checks
from hypothesis import given
from hypothesis import strategies as st

from tests.sample import sampled
from ticketing import shares
from ticketing.money import Money
from ticketing.shares import Tier, Tiers

TIERS = Tiers((Tier(300, 5_000_000), Tier(2000)))
nets = st.integers(0, 20_000_000)


def part(net, lifetime=0, tiers=TIERS):
    return shares.platform_part(net, lifetime_minor=lifetime, tiers=tiers)


# --- The platform's part ---


@pytest.mark.parametrize(
    ("net", "lifetime", "expected"),
    [
        (941, 0, 28),
        (0, 0, 0),
        (-9, 0, 0),
        (16, 0, 0),
        (17, 0, 1),
        (1000, 4_999_000, 30),
        (1000, 5_000_000, 200),
        (1000, 6_000_000, 200),
        # Half below the threshold and half above it.
        (1000, 4_999_500, 15 + 100),
    ],
)
def test_part_goes_by_the_tier_of_later_income(net, lifetime, expected):
    assert part(net, lifetime) == expected


def test_yen_have_a_threshold_of_their_own():
    tiers = Tiers.of("jpy")

    assert part(10_000, 749_995_000, tiers) == 150 + 1000


@given(nets, nets)
def test_part_is_never_more_than_there_is(net, lifetime):
    assert 0 <= part(net, lifetime) <= net


@given(nets, nets, st.integers(1, 100))
def test_splitting_a_sale_changes_at_most_the_rounding(net, lifetime, percent):
    first = net * percent // 100

    together = part(first, lifetime) + part(net - first, lifetime + first)
    assert abs(part(net, lifetime) - together) <= 2


def test_table_survives_the_order():
    assert Tiers.from_json(json.loads(json.dumps(TIERS.as_json()))) == TIERS


@pytest.mark.parametrize(
    "table",
    [
        [],
        [{"bps": 300, "up_to_minor": 100}],
        [{"bps": 10_001, "up_to_minor": None}],
        [{"bps": -1, "up_to_minor": None}],
        [{"bps": 300, "up_to_minor": None}, {"bps": 300, "up_to_minor": None}],
        [
            {"bps": 300, "up_to_minor": 100},
            {"bps": 400, "up_to_minor": 100},
            {"bps": 500, "up_to_minor": None},
        ],
        [{"bps": 300}],
    ],
)
def test_table_that_is_none_is_refused(table):
    with pytest.raises(ValueError, match=r"tier|part"):
        Tiers.from_json(table)


def test_settings_say_the_table(settings):
    settings.SHARE_BPS, settings.SHARE_LATER_BPS = 100, 500

    assert Tiers.of("eur").as_json() == [
        {"bps": 100, "up_to_minor": 5_000_000},
        {"bps": 500, "up_to_minor": None},
    ]


def test_settings_that_are_no_shares_are_found(settings):
    settings.SHARE_BPS, settings.LOST_FEE_CARRIER = 10_001, "nobody"

    found = [message.id for message in run_checks()]
    assert found.count("rostrum.E101") == 4
    assert "rostrum.E102" in found


# --- Co-hosts ---


def test_co_hosts_get_their_percents_and_the_host_the_rest():
    assert shares.host_parts(913, {"sami": 30, "lena": 20}) == {"sami": 274, "lena": 182}


@given(nets, st.lists(st.integers(1, 33), max_size=3))
def test_co_hosts_together_get_what_was_agreed(amount, percents):
    parts = shares.host_parts(amount, dict(enumerate(percents)))

    assert sum(parts.values()) == amount * sum(percents) // 100
    for key, percent in enumerate(percents):
        assert abs(100 * parts[key] - amount * percent) < 100


@pytest.mark.parametrize("percents", [{"sami": 0}, {"sami": -1}, {"sami": 60, "lena": 41}])
def test_percents_that_cannot_be_are_refused(percents):
    with pytest.raises(ValueError, match="percents"):
        shares.host_parts(913, percents)


# --- Refunds ---


def test_all_is_back_when_all_is_refunded():
    assert shares.returned([0, 59, 28, 913], 1000) == [0, 59, 28, 913]


def test_of_two_parts_the_first_is_rounded_and_the_other_the_rest():
    for refunded in range(1001):
        fee = (2 * 28 * refunded + 1000) // 2000
        assert shares.returned([28, 972], refunded) == [fee, refunded - fee]


@pytest.mark.parametrize("refunded", [-1, 1001])
def test_more_than_there_is_cannot_be_refunded(refunded):
    with pytest.raises(ValueError, match="of 1000"):
        shares.returned([59, 28, 913], refunded)


def test_refunds_of_random_orders_are_exact():
    seeded = random.Random(7)
    for _ in range(20_000):
        parts = [seeded.choice((0, 1, seeded.randrange(100_000))) for _ in range(5)]
        whole, refunded, before = sum(parts), 0, [0] * 5
        while refunded < whole:
            refunded += seeded.randint(1, whole - refunded)
            now = shares.returned(parts, refunded)
            assert sum(now) == refunded
            assert all(a <= b <= most for a, b, most in zip(before, now, parts, strict=True))
            before = now
        assert before == parts


def test_every_cent_refunded_alone_is_nearly_proportional():
    seeded = random.Random(8)
    for _ in range(sampled(200)):
        parts = [seeded.randrange(300) for _ in range(4)]
        whole = sum(parts)
        for refunded in range(whole + 1):
            for share, back in zip(parts, shares.returned(parts, refunded), strict=True):
                assert abs(back * whole - share * refunded) <= 2 * whole


def test_rounding_each_refund_alone_would_not_do():
    """Shows that the tests above would see it."""
    seeded, wrong = random.Random(9), 0
    for _ in range(1000):
        fee, cuts = seeded.randint(1, 3000), [seeded.randint(1, 30_000) for _ in range(3)]
        wrong += fee != sum(shares.proportion(fee, cut, sum(cuts)) for cut in cuts)

    assert wrong > 100


# --- The estimate ---


def test_estimate_of_ten_dollars_is_the_worked_example():
    found = shares.estimate(Money(1000, "usd"), tiers=TIERS)

    assert (found.fee, found.platform, found.host) == (
        Money(59, "usd"),
        Money(28, "usd"),
        Money(913, "usd"),
    )


@given(st.integers(0, 150_000), st.sampled_from(["usd", "jpy"]), nets)
def test_estimate_adds_up(price, code, lifetime):
    found = shares.estimate(Money(price, code), tiers=Tiers.of(code), lifetime_minor=lifetime)

    assert found.fee + found.platform + found.host == found.price
    assert found.host.amount_minor >= 0
