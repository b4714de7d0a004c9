"""When a message may reach somebody: their morning and quiet hours, right across changes of clocks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagements.reminding.hours import Hours

ZONES = ["UTC", "Pacific/Auckland", "Europe/London", "Pacific/Honolulu", "America/New_York", "Asia/Kolkata"]


def hours(zone: str, morning: str = "08:00", quiet: str = "19:00-07:00") -> Hours:
    begin, end = (time.fromisoformat(text) for text in quiet.split("-"))
    return Hours(ZoneInfo(zone), time.fromisoformat(morning), begin, end)


@pytest.mark.parametrize(
    ("zone", "day", "instant"),
    [
        ("Europe/London", "2026-03-28", "2026-03-28T08:00"),
        ("Europe/London", "2026-03-29", "2026-03-29T07:00"),  # clocks went forward
        ("Europe/London", "2026-10-24", "2026-10-24T07:00"),
        ("Europe/London", "2026-10-25", "2026-10-25T08:00"),  # and back
        ("Pacific/Auckland", "2026-04-05", "2026-04-04T20:00"),
        ("Pacific/Auckland", "2026-09-27", "2026-09-26T19:00"),
        ("Pacific/Honolulu", "2026-12-31", "2026-12-31T18:00"),
        ("Pacific/Auckland", "2027-01-01", "2026-12-31T19:00"),
        ("UTC", "2028-02-29", "2028-02-29T08:00"),
    ],
)
def test_a_morning_is_an_hour_of_the_persons_own_day(zone, day, instant):
    assert hours(zone).morning_of(date.fromisoformat(day)) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


def test_a_morning_within_quiet_hours_waits_for_their_end():
    assert hours("UTC", "06:00").morning_of(date(2026, 5, 21)).time() == time(7)


def test_who_has_no_quiet_hours_is_never_waited_for():
    now = datetime(2026, 5, 21, 3, 0, tzinfo=UTC)

    assert hours("UTC", quiet="07:00-07:00").soonest(now) == now


@pytest.mark.parametrize(
    ("now", "soonest"),
    [
        ("2026-05-21T18:59", "2026-05-21T18:59"),
        ("2026-05-21T19:00", "2026-05-22T07:00"),
        ("2026-05-22T03:00", "2026-05-22T07:00"),
        ("2026-05-22T07:00", "2026-05-22T07:00"),
    ],
)
def test_what_cannot_wait_waits_for_the_end_of_quiet_hours(now, soonest):
    at = hours("UTC").soonest(datetime.fromisoformat(now).replace(tzinfo=UTC))

    assert at == datetime.fromisoformat(soonest).replace(tzinfo=UTC)


times = st.integers(0, 24 * 60 - 1).map(lambda minute: time(minute // 60, minute % 60))


@given(st.sampled_from(ZONES), times, times, times, st.dates(date(2026, 1, 1), date(2028, 12, 31)))
def test_a_morning_is_on_its_day_and_outside_of_quiet_hours(zone, morning, begin, end, day):
    person = Hours(ZoneInfo(zone), morning, begin, end)

    here = person.morning_of(day).astimezone(person.zone)

    assert here.date() == day
    # In the hour that a change of clocks skips, no local time is right.
    assert not person.is_quiet(here.time()) or _clocks_change(person.zone, day)


@given(st.sampled_from(ZONES), times, times, st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)))
def test_the_soonest_is_within_a_day_and_never_before_now(zone, begin, end, at):
    person = Hours(ZoneInfo(zone), time(8), begin, end)
    now = at.replace(tzinfo=UTC)

    soonest = person.soonest(now)

    assert now <= soonest <= now + timedelta(hours=25)


def _clocks_change(zone: ZoneInfo, day: date) -> bool:
    offsets = {datetime.combine(day, time(hour), tzinfo=zone).utcoffset() for hour in range(24)}
    return len(offsets) > 1
