"""What a clock on the wall shows, and when that is."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from spaces.wall_clock import moments

wall = datetime.fromisoformat
BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(
    ["UTC", "Europe/Lisbon", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia", "Africa/Cairo"]
).map(ZoneInfo)


def test_ordinary_time_comes_once():
    assert moments(wall("2026-11-24 19:00"), BERLIN) == [datetime(2026, 11, 24, 18, tzinfo=UTC)]


def test_time_that_the_change_to_summer_skips_never_comes():
    assert moments(wall("2026-03-29 02:30"), BERLIN) == []


def test_time_in_the_hour_that_is_repeated_comes_twice():
    assert moments(wall("2026-10-25 02:30"), BERLIN) == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    ]


@given(shown=st.datetimes(), zone=ZONES)
def test_clocks_show_it_at_every_moment_given(shown, zone):
    found = moments(shown, zone)

    assert len(found) <= 2
    assert [at.astimezone(zone).replace(tzinfo=None, fold=0) for at in found] == [shown] * len(
        found
    )


@given(moment=st.datetimes(wall("1900-01-01 00:00"), wall("2100-01-01 00:00")), zone=ZONES)
def test_every_moment_is_among_those_that_its_own_clock_gives(moment, zone):
    moment = moment.replace(tzinfo=UTC)

    assert moment in moments(moment.astimezone(zone).replace(tzinfo=None, fold=0), zone)
