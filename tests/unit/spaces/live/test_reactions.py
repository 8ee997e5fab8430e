"""How many reactions one page may send."""

from spaces.live.reactions import A_SECOND, AT_ONCE, Allowance


def taken(allowance, now, tries=20):
    return sum(allowance.take(now) for _ in range(tries))


def test_some_may_come_at_once():
    assert taken(Allowance(0.0), 0.0) == AT_ONCE


def test_then_it_fills_up_slowly():
    allowance = Allowance(0.0)
    taken(allowance, 0.0)

    assert taken(allowance, 2.0) == 2 * A_SECOND


def test_it_does_not_save_up_for_later():
    assert taken(Allowance(0.0), 3600.0) == AT_ONCE
