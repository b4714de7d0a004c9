"""When reviews are: intervals by phase and colour, rhythm, working days, months, clocks (DOMAIN §7, DESIGN §6)."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagements import cadence, working_days
from engagements.cadence import Interval, Occurrence

GENERAL = Interval(2, "week")
MIGRATE = Interval(1, "week", phase="Migrate")
RED = Interval(3, "day", colour="red")
BOTH = Interval(1, "day", phase="Migrate", colour="red")


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def next_on(held: dt.date, interval: Interval, country: str) -> dt.date:
    """The review after the first one of a series, which was held on its day."""
    return cadence.following(held, interval, country, beat=held, after=held).on


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


def test_the_days_of_a_rhythm_stand_before_the_bound():
    often = Interval(2, "week", longest_days=21).words_on("on Mondays")
    assert often == "every 2 weeks on Mondays, at most 21 days apart"


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
    assert next_on(day(held), interval, country) == day(following)


@pytest.mark.parametrize(
    ("held", "interval", "country", "following"),
    [
        # The 21st day is Christmas Day: the last working day within the bound, not the first after it.
        ("2026-12-04", Interval(3, "week", longest_days=21), "GB", "2026-12-24"),
        ("2026-05-22", Interval(2, "week", longest_days=21), "GB", "2026-06-05"),
        # What would be a quarter is cut to the bound.
        ("2026-05-21", Interval(3, "month", longest_days=21), "GB", "2026-06-11"),
        # Good Friday is day 21.
        ("2027-03-05", Interval(3, "week", longest_days=21), "GB", "2027-03-25"),
        # No working day lies within the bound: the first after it.
        ("2026-12-24", Interval(1, "day", longest_days=2), "GB", "2026-12-29"),
    ],
)
def test_a_bound_is_kept_by_stepping_back(held, interval, country, following):
    assert next_on(day(held), interval, country) == day(following)


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
    found = [one.on for one in cadence.simulate(day("2026-05-26"), Interval(2, "week"), "GB", days=180)]

    assert found[:3] == [day("2026-05-26"), day("2026-06-09"), day("2026-06-23")]
    assert len(found) == 13
    assert found[-1] <= day("2026-05-26") + dt.timedelta(180)


@pytest.mark.parametrize(
    ("first", "interval", "country", "expected"),
    [
        # Labor Day moves one Monday; the series stays with Mondays.
        ("2027-08-30", Interval(1, "week"), "US", ["2027-08-30", "2027-09-07", "2027-09-13", "2027-09-20"]),
        ("2027-03-22", Interval(2, "week"), "GB", ["2027-03-22", "2027-04-05", "2027-04-19", "2027-05-04"]),  # May Day
        ("2027-03-15", Interval(2, "week"), "DE", ["2027-03-15", "2027-03-30", "2027-04-12", "2027-04-26"]),  # Easter
        # The 31st, and the last day of months that have none; 31 July and 31 October are a Saturday and a Sunday.
        (
            "2027-03-31",
            Interval(1, "month"),
            "",
            ["2027-03-31", "2027-04-30", "2027-05-31", "2027-06-30", "2027-08-02"],
        ),
        ("2027-08-31", Interval(1, "month"), "", ["2027-08-31", "2027-09-30", "2027-11-01", "2027-11-30"]),
        ("2028-01-31", Interval(1, "month"), "", ["2028-01-31", "2028-02-29", "2028-03-31", "2028-05-01"]),
        ("2026-11-30", Interval(3, "month"), "", ["2026-11-30", "2027-03-01", "2027-05-31", "2027-08-30"]),
        ("2026-12-25", Interval(1, "day"), "", ["2026-12-25", "2026-12-28", "2026-12-29"]),
        ("2027-01-04", Interval(10, "day"), "", ["2027-01-04", "2027-01-14", "2027-01-25", "2027-02-03"]),
        # Good Friday is day 21, so the review is on day 20; three weeks later would be day 22, so it is a week earlier.
        (
            "2027-03-05",
            Interval(3, "week", longest_days=21),
            "GB",
            ["2027-03-05", "2027-03-25", "2027-04-09", "2027-04-30"],
        ),
    ],
)
def test_a_day_off_moves_one_review_and_leaves_the_rhythm(first, interval, country, expected):
    found = [one.on for one in cadence.simulate(day(first), interval, country, days=280)]

    assert found[: len(expected)] == [day(text) for text in expected]


WEEKLY, FORTNIGHT, MONTHLY, QUARTERLY = (
    Interval(1, "week"),
    Interval(2, "week"),
    Interval(1, "month"),
    Interval(3, "month"),
)
MONDAY = "2027-06-07"


@pytest.mark.parametrize(
    ("interval", "beat", "held", "following"),
    [
        (FORTNIGHT, "2027-06-07", "2027-06-07", "2027-06-21"),
        (FORTNIGHT, "2027-06-07", "2027-06-10", "2027-06-21"),  # held late
        (FORTNIGHT, "2027-06-21", "2027-06-17", "2027-07-05"),  # held early: its own Monday is not another review
        (FORTNIGHT, "2027-06-07", "2027-06-21", "2027-07-05"),  # held on the day of the next one
        (FORTNIGHT, "2027-06-07", "2027-06-22", "2027-07-05"),
        (WEEKLY, "2027-06-07", "2027-06-13", "2027-06-14"),
        (MONTHLY, "2027-06-07", "2027-06-30", "2027-07-07"),
        (MONTHLY, "2027-07-07", "2027-07-01", "2027-08-09"),  # 7 August is a Saturday
        # Another interval, because phase or health changed, keeps the weekday and the day of the month.
        (WEEKLY, "2027-06-21", "2027-06-21", "2027-06-28"),
        (FORTNIGHT, "2027-06-14", "2027-06-14", "2027-06-28"),
        (QUARTERLY, "2027-06-21", "2027-06-21", "2027-09-07"),
        (QUARTERLY, "2027-07-05", "2027-07-05", "2027-09-07"),
        (FORTNIGHT, "2027-09-07", "2027-09-07", "2027-09-20"),  # the 7th is a Tuesday; Mondays again
    ],
)
def test_the_next_beat_is_counted_from_the_beat_and_not_from_the_day_of_a_review(interval, beat, held, following):
    found = cadence.following(day(MONDAY), interval, "", beat=day(beat), after=day(held))

    assert found.on == day(following)


@pytest.mark.parametrize(
    ("interval", "today", "following"),
    [
        (FORTNIGHT, "2027-08-11", "2027-08-16"),  # nothing was held for two months: the next Monday of the fortnight
        (FORTNIGHT, "2027-08-16", "2027-08-16"),
        (Interval(2, "week", longest_days=21), "2027-08-11", "2027-08-11"),  # the bound has passed
        (Interval(2, "week", longest_days=21), "2027-08-14", "2027-08-16"),  # on a Saturday
        (MONTHLY, "2027-08-11", "2027-09-07"),
    ],
)
def test_nothing_is_planned_in_the_past(interval, today, following):
    first = day(MONDAY)

    assert cadence.following(first, interval, "", beat=first, after=first, today=day(today)).on == day(following)


@pytest.mark.parametrize(
    ("last", "on", "beat"),
    [
        (None, "2027-06-04", "2027-06-07"),
        (None, "2027-06-23", "2027-06-21"),
        ("2027-06-07", "2027-06-18", "2027-06-21"),  # earlier than its Monday
        ("2027-06-07", "2027-06-24", "2027-06-21"),
        ("2027-06-07", "2027-07-08", "2027-07-05"),
    ],
)
def test_a_review_on_a_day_that_people_chose_stands_for_the_beat_before_it(last, on, beat):
    assert cadence.beat_on(day(MONDAY), FORTNIGHT, last and day(last), day(on)) == day(beat)


def test_a_move_says_which_holiday_it_is_for():
    assert (
        cadence.why_moved(Occurrence(day("2026-05-25"), day("2026-05-26")), "GB")
        == "Monday 25 May is Spring Bank Holiday"
    )
    assert cadence.why_moved(Occurrence(day("2027-01-31"), day("2027-02-01")), "") == (
        "Sunday 31 January is not a working day"
    )
    assert cadence.why_moved(Occurrence(day("2026-05-25"), day("2026-05-25")), "") == ""


@pytest.mark.parametrize(
    ("anchor", "unit", "words"),
    [
        ("2027-06-07", "week", "on Mondays"),
        ("2027-06-01", "month", "on the 1st"),
        ("2027-06-02", "month", "on the 2nd"),
        ("2027-06-23", "month", "on the 23rd"),
        ("2027-06-11", "month", "on the 11th"),
        ("2027-06-30", "month", "on the 30th"),
        ("2027-08-31", "month", "on the last day of the month"),
        ("2027-06-07", "day", ""),
    ],
)
def test_a_rhythm_is_said_in_words(anchor, unit, words):
    assert cadence.rhythm(day(anchor), unit) == words


# For every day, interval and country ----------------------------------------------------------------------

days = st.dates(dt.date(2020, 1, 1), dt.date(2040, 12, 31))
countries = st.sampled_from(["", "GB", "US", "DE", "NZ", "IL", "AE", "JP", "XX"])
intervals = st.one_of(
    st.builds(Interval, st.integers(1, 60), st.just("day")),
    st.builds(Interval, st.integers(1, 26), st.just("week")),
    st.builds(Interval, st.integers(1, 12), st.just("month")),
)
zones = st.sampled_from(["Pacific/Auckland", "Europe/London", "Pacific/Honolulu", "UTC", "America/New_York"])


bounds = st.one_of(st.none(), st.integers(14, 40))
lateness = st.lists(st.integers(-6, 40), max_size=12)  # how many days before or after its day each review is held


def bounded(interval: Interval, longest: int | None) -> Interval:
    return Interval(interval.every, interval.unit, longest_days=longest)


def is_of_rhythm(on: dt.date, anchor: dt.date, unit: str) -> bool:
    """Told apart from how the rule counts: by the calendar alone."""
    if unit == "week":
        return on.weekday() == anchor.weekday()
    last = (on.replace(day=28) + dt.timedelta(4)).replace(day=1) - dt.timedelta(1)
    return unit == "day" or on.day == anchor.day or (on.day < anchor.day and on == last)


@given(days, intervals, countries, bounds, lateness)
def test_whenever_reviews_are_held_the_next_is_later_on_a_working_day_and_of_the_rhythm(
    first, interval, country, longest, late
):
    interval, one = bounded(interval, longest), Occurrence(first, first)
    for number in late:
        held = max(one.on + dt.timedelta(number), first)
        following = cadence.following(first, interval, country, beat=one.beat, after=held)
        limit = held + dt.timedelta(longest) if longest else dt.date.max

        assert following.on > held
        assert working_days.is_working_day(following.on, country)
        assert following.on <= limit
        assert following.beat > one.beat or longest
        assert is_of_rhythm(following.beat, first, interval.unit) or following.beat == limit
        # A day off is all that takes a review from its beat; before it only to keep the bound.
        if following.on < following.beat:
            assert working_days.same_or_next(following.beat, country) > limit
        else:
            assert following.on == working_days.same_or_next(following.beat, country)
        one, first_held = following, held
        assert one.on > first_held


@given(days, intervals, countries)
def test_the_nth_review_stands_for_the_nth_interval_after_the_first(first, interval, country):
    """However many days off lie between. Of several beats that fall on one working day, the first has the review."""
    found = cadence.simulate(first, interval, country, days=1000)
    for index, one in enumerate(found):
        if interval.unit == "month":
            apart = one.beat.year * 12 + one.beat.month - first.year * 12 - first.month
            number, rest = divmod(apart, interval.every)
        else:
            number, rest = divmod((one.beat - first).days, interval.every * cadence.DAYS[interval.unit])
        assert rest == 0
        assert is_of_rhythm(one.beat, first, interval.unit)
        assert number == index or interval.length < 14


@given(days, intervals, countries, bounds)
def test_a_simulation_is_what_is_planned_and_has_no_two_reviews_on_one_day(first, interval, country, longest):
    interval = bounded(interval, longest)
    found = cadence.simulate(first, interval, country, days=180)

    assert found[0] == Occurrence(first, first)
    assert len({one.on for one in found}) == len(found)
    for one, two in zip(found, found[1:], strict=False):
        assert two == cadence.following(first, interval, country, beat=one.beat, after=one.on, today=one.on)


@given(days, intervals, countries, st.dates(dt.date(2020, 1, 1), dt.date(2041, 12, 31)))
def test_nothing_is_ever_planned_in_the_past(first, interval, country, today):
    found = cadence.following(first, interval, country, beat=first, after=first, today=today)

    assert found.on >= today
    assert working_days.is_working_day(found.on, country)
    assert is_of_rhythm(found.beat, first, interval.unit)


@given(days, intervals, st.one_of(st.none(), st.integers(0, 400)), st.integers(-60, 400))
def test_a_chosen_day_stands_for_a_beat_of_the_rhythm(first, interval, last, on):
    last = None if last is None else first + dt.timedelta(last)
    beat = cadence.beat_on(first, interval, last, first + dt.timedelta(on))

    assert is_of_rhythm(beat, first, interval.unit)
    assert last is None or beat > last


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
