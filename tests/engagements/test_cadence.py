"""When reviews are: intervals by phase and colour, working days, months, clocks (DOMAIN §7, DESIGN §6)."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagements import cadence, working_days
from engagements.cadence import Interval

GENERAL = Interval(2, "week")
MIGRATE = Interval(1, "week", phase="Migrate")
RED = Interval(3, "day", colour="red")
BOTH = Interval(1, "day", phase="Migrate", colour="red")


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("phase", "colour", "chosen"),
    [
        ("", "", GENERAL),
        ("Assess", "green", GENERAL),
        ("Migrate", "", MIGRATE),
        ("Migrate", "green", MIGRATE),
        ("Assess", "red", RED),
        ("Migrate", "red", BOTH),
    ],
)
def test_the_row_that_says_more_wins(phase, colour, chosen):
    assert cadence.choose([BOTH, GENERAL, RED, MIGRATE], phase, colour) == chosen
    assert cadence.choose([MIGRATE, RED, GENERAL, BOTH], phase, colour) == chosen


def test_a_colour_says_more_than_a_phase():
    assert cadence.choose([GENERAL, MIGRATE, RED], "Migrate", "red") == RED


def test_nothing_is_chosen_where_no_row_fits():
    assert cadence.choose([MIGRATE], "Assess", "red") is None
    assert cadence.choose_for([MIGRATE], [], "") is None


def test_engagements_in_several_phases_share_the_shortest_interval():
    assert cadence.choose_for([GENERAL, MIGRATE], ["Assess", "Migrate"], "green") == MIGRATE


@pytest.mark.parametrize(
    ("every", "unit", "says"),
    [
        (0, "week", "Every 0 weeks would never come to an end"),
        (-1, "day", "at least 1"),
        (13, "month", "at most 12 months"),
        (1, "year", "days, weeks or months"),
    ],
)
def test_an_interval_that_is_none_is_refused_with_a_sentence(every, unit, says):
    assert says in cadence.why_no_interval(every, unit)
    with pytest.raises(ValueError, match="."):
        Interval(every, unit)


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        (Interval(1, "week"), "every week"),
        (Interval(2, "week", longest_days=21), "every 2 weeks, at most 21 days apart"),
        (Interval(1, "month"), "every month"),
        (Interval(3, "month"), "every quarter"),
        (Interval(10, "day"), "every 10 days"),
    ],
)
def test_intervals_are_said_in_words(interval, words):
    assert interval.words == words


@pytest.mark.parametrize(
    ("held", "interval", "country", "following"),
    [
        ("2026-05-21", Interval(2, "week"), "GB", "2026-06-04"),
        ("2026-05-11", Interval(2, "week"), "GB", "2026-05-26"),  # Spring Bank Holiday
        ("2026-05-11", Interval(2, "week"), "DE", "2026-05-26"),  # Whit Monday
        ("2026-05-11", Interval(2, "week"), "JP", "2026-05-25"),
        ("2026-12-18", Interval(1, "week"), "GB", "2026-12-29"),  # Christmas, a weekend and a day instead
        ("2026-12-18", Interval(2, "week"), "GB", "2027-01-04"),  # over the end of the year
        ("2026-05-21", Interval(2, "day"), "", "2026-05-25"),  # a weekend
        ("2026-05-19", Interval(3, "day"), "AE", "2026-05-22"),  # a Friday is a working day there since 2022
        ("2026-05-20", Interval(1, "day"), "IL", "2026-05-21"),
        ("2026-05-21", Interval(1, "day"), "IL", "2026-05-24"),  # neither Friday nor Saturday, nor Shavuot
        ("2026-05-21", Interval(1, "day"), "XX", "2026-05-22"),  # unknown to the library: weekends alone
        ("2026-01-31", Interval(1, "month"), "", "2026-03-02"),  # 28 February is a Saturday
        ("2028-01-31", Interval(1, "month"), "", "2028-02-29"),  # a leap day
        ("2027-01-29", Interval(1, "month"), "", "2027-03-01"),
        ("2028-02-29", Interval(12, "month"), "", "2029-02-28"),
        ("2026-11-30", Interval(3, "month"), "", "2027-03-01"),  # 28 February is a Sunday
        ("2026-08-31", Interval(1, "month"), "", "2026-09-30"),
        ("2026-12-31", Interval(2, "month"), "", "2027-03-01"),
    ],
)
def test_the_next_day_is_a_working_day_an_interval_later(held, interval, country, following):
    assert cadence.next_on(day(held), interval, country) == day(following)


@pytest.mark.parametrize(
    ("held", "interval", "country", "following"),
    [
        # The 21st day is Christmas Day: the last working day within the bound, not the first after it.
        ("2026-12-04", Interval(3, "week", longest_days=21), "GB", "2026-12-24"),
        ("2026-05-22", Interval(2, "week", longest_days=21), "GB", "2026-06-05"),
        # What would be a quarter is cut to the bound.
        ("2026-05-21", Interval(3, "month", longest_days=21), "GB", "2026-06-11"),
        # No working day lies within the bound: the first after it.
        ("2026-12-24", Interval(1, "day", longest_days=2), "GB", "2026-12-29"),
    ],
)
def test_a_bound_is_kept_by_stepping_back(held, interval, country, following):
    assert cadence.next_on(day(held), interval, country) == day(following)


@pytest.mark.parametrize(
    ("zone", "on", "at", "instant"),
    [
        ("Europe/London", "2026-03-28", "10:00", "2026-03-28T10:00"),
        ("Europe/London", "2026-03-29", "10:00", "2026-03-29T09:00"),
        ("Europe/London", "2026-03-29", "01:30", "2026-03-29T01:30"),  # skipped: half past two on the clock
        ("Europe/London", "2026-10-24", "10:00", "2026-10-24T09:00"),
        ("Europe/London", "2026-10-25", "01:30", "2026-10-25T00:30"),  # twice: the first
        ("Europe/London", "2026-10-25", "10:00", "2026-10-25T10:00"),
        ("Pacific/Auckland", "2026-04-05", "02:30", "2026-04-04T13:30"),  # twice: the first
        ("Pacific/Auckland", "2026-04-06", "10:00", "2026-04-05T22:00"),
        ("Pacific/Auckland", "2026-09-27", "02:30", "2026-09-26T14:30"),  # skipped
        ("Pacific/Auckland", "2026-09-28", "10:00", "2026-09-27T21:00"),
        ("Pacific/Auckland", "2027-01-01", "09:00", "2026-12-31T20:00"),
        ("Pacific/Honolulu", "2026-03-29", "10:00", "2026-03-29T20:00"),
        ("Pacific/Honolulu", "2026-12-31", "23:30", "2027-01-01T09:30"),
        ("Pacific/Honolulu", "2028-02-29", "15:00", "2028-03-01T01:00"),
    ],
)
def test_an_instant_is_right_across_changes_of_clocks(zone, on, at, instant):
    found = cadence.starts_at(day(on), dt.time.fromisoformat(at), zone)

    assert found == dt.datetime.fromisoformat(instant).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("on", "lead", "escalate", "country", "expected"),
    [
        ("2026-05-21", 1, 3, "GB", ("2026-05-20", "2026-05-22", "2026-05-26")),  # a weekend and a bank holiday
        ("2026-05-26", 1, 3, "GB", ("2026-05-22", "2026-05-27", "2026-05-29")),
        ("2026-05-21", 0, 0, "GB", ("2026-05-21", "2026-05-22", "2026-05-22")),
        ("2026-05-22", 7, 1, "", ("2026-05-15", "2026-05-23", "2026-05-25")),
        ("2027-01-04", 2, 5, "GB", ("2026-12-31", "2027-01-05", "2027-01-11")),
        ("2028-03-01", 1, 3, "", ("2028-02-29", "2028-03-02", "2028-03-06")),
    ],
)
def test_people_hear_of_a_review_on_working_days(on, lead, escalate, country, expected):
    days = cadence.days_of(day(on), lead_days=lead, escalate_days=escalate, country=country)

    assert (days.remind_on, days.late_on, days.escalate_on) == tuple(map(day, expected))


def test_half_a_year_is_simulated_as_if_each_were_held_on_its_day():
    found = cadence.simulate(day("2026-05-26"), Interval(2, "week"), "GB", days=180)

    assert found[:3] == [day("2026-05-26"), day("2026-06-09"), day("2026-06-23")]
    assert len(found) == 13
    assert found[-1] <= day("2026-05-26") + dt.timedelta(180)


def test_a_move_says_which_holiday_it_is_for():
    held, interval = day("2026-05-11"), Interval(2, "week")

    assert cadence.is_moved(held, day("2026-05-26"), interval, "GB") == "Monday 25 May is Spring Bank Holiday"
    assert cadence.is_moved(held, day("2026-05-25"), interval, "") == ""


# For every day, interval and country ----------------------------------------------------------------------

days = st.dates(dt.date(2020, 1, 1), dt.date(2040, 12, 31))
countries = st.sampled_from(["", "GB", "US", "DE", "NZ", "IL", "AE", "JP", "XX"])
intervals = st.one_of(
    st.builds(Interval, st.integers(1, 60), st.just("day")),
    st.builds(Interval, st.integers(1, 26), st.just("week")),
    st.builds(Interval, st.integers(1, 12), st.just("month")),
)
zones = st.sampled_from(["Pacific/Auckland", "Europe/London", "Pacific/Honolulu", "UTC", "America/New_York"])


@given(days, intervals, countries)
def test_the_next_one_is_later_and_on_a_working_day(held, interval, country):
    following = cadence.next_on(held, interval, country)

    assert following > held
    assert working_days.is_working_day(following, country)
    assert following >= cadence.after(held, interval)


@given(days, intervals, countries, st.integers(14, 40))
def test_no_bound_is_ever_passed_where_a_working_day_lies_within(held, interval, country, longest):
    bound = Interval(interval.every, interval.unit, longest_days=longest)
    following = cadence.next_on(held, bound, country)

    assert held < following <= held + dt.timedelta(longest)
    assert working_days.is_working_day(following, country)


@given(days, intervals, countries)
def test_a_simulation_goes_on_from_each_to_the_next(first, interval, country):
    found = cadence.simulate(first, interval, country, days=180)

    assert found[0] == first
    assert all(cadence.next_on(one, interval, country) == two for one, two in zip(found, found[1:], strict=False))


@given(days, st.times(), zones)
def test_an_instant_reads_as_the_day_and_time_it_stands_for_unless_clocks_skip_it(on, at, zone):
    instant = cadence.starts_at(on, at, zone)
    local = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)

    assert dt.timedelta(0) <= local - dt.datetime.combine(on, at.replace(fold=0)) <= dt.timedelta(hours=1)
    # What comes twice is the first of both: no instant an hour before it reads the same.
    assert (instant - dt.timedelta(hours=1)).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local


@given(days, st.integers(0, 20), st.integers(0, 20), countries)
def test_what_sweeps_compare_comes_in_order(on, lead, escalate, country):
    found = cadence.days_of(on, lead_days=lead, escalate_days=escalate, country=country)

    assert found.remind_on <= on < found.late_on <= found.escalate_on
