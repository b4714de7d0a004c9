"""How long a health colour stands: by the days of its cadence, over every odd day of the calendar."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagements.staleness import STANDS, is_stale, stands_until, was

DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("colour", "rated", "longest", "until"),
    [
        ("red", dt.date(2026, 5, 1), 21, dt.date(2026, 5, 22)),
        ("yellow", dt.date(2026, 12, 20), 14, dt.date(2027, 1, 3)),  # over the end of the year
        ("green", dt.date(2028, 2, 28), 1, dt.date(2028, 2, 29)),  # the leap day
        ("blue", dt.date(2027, 2, 28), 1, dt.date(2027, 3, 1)),
        ("red", dt.date(2026, 5, 1), None, dt.date(2026, 5, 22)),  # no cadence says otherwise
        ("green", dt.date(2026, 5, 1), None, dt.date(2026, 8, 1)),
    ],
)
def test_a_colour_stands_for_the_days_of_its_cadence(colour, rated, longest, until):
    assert stands_until(colour, rated, longest) == until
    assert not is_stale(until, until)
    assert is_stale(until, until + DAY)


def test_what_was_never_rated_is_not_stale():
    assert stands_until("", None) is None
    assert stands_until("red", None) is None
    assert not is_stale(None, dt.date(2026, 5, 1))


@given(st.sampled_from(sorted(STANDS)), st.dates(), st.none() | st.integers(1, 65_000))
def test_whatever_the_day_a_colour_stands_on_the_day_it_was_rated(colour, rated, longest):
    until = stands_until(colour, rated, longest)
    assert until >= rated
    assert not is_stale(until, rated)


@given(
    st.sampled_from(sorted(STANDS)), st.dates(max_value=dt.date(9000, 1, 1)), st.integers(1, 3000), st.integers(1, 90)
)
def test_confirming_later_never_shortens(colour, rated, longest, later):
    assert stands_until(colour, rated + later * DAY, longest) > stands_until(colour, rated, longest)


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Europe/London", "Pacific/Honolulu"])
@pytest.mark.parametrize(
    "change", [dt.date(2026, 3, 29), dt.date(2026, 10, 25), dt.date(2026, 4, 5), dt.date(2026, 9, 27)]
)
def test_a_change_of_clocks_makes_no_day_longer(zone, change):
    """Days are counted as days: the evening before and the morning after the change are a day apart."""
    evening = dt.datetime.combine(change - DAY, dt.time(23, 30), ZoneInfo(zone))
    morning = dt.datetime.combine(change + DAY, dt.time(0, 30), ZoneInfo(zone))
    until = stands_until("red", evening.date(), 1)
    assert until == change
    assert is_stale(until, morning.date())


def test_it_is_said_how_long_ago():
    assert was("Green", dt.date(2026, 5, 1), dt.date(2026, 5, 24)) == "was Green 23 days ago"
    assert was("Red", dt.date(2026, 5, 1), dt.date(2026, 5, 2)) == "was Red yesterday"
    assert was("Red", None, dt.date(2026, 5, 2)) == "was Red"
