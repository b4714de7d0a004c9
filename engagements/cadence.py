"""How often reviews are held and when the next one is: intervals, working days, instants (DOMAIN §7, DESIGN §6). Pure.

The next review is planned from the last one held. A day off moves it to the next working day; where that is
further away than the interval allows at most, to the last working day within the bound.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engagements import working_days

DAY = timedelta(days=1)
DAYS = {"day": 1, "week": 7, "month": 30}  # only to compare intervals with each other
MOST = {"day": 366, "week": 52, "month": 12}
AHEAD = 180


@dataclass(frozen=True)
class Interval:
    """ "Every 2 weeks, at most 21 days apart"; for every phase and colour where it names none."""

    every: int
    unit: str
    longest_days: int | None = None
    phase: str = ""
    colour: str = ""

    def __post_init__(self) -> None:
        if why := why_no_interval(self.every, self.unit):
            raise ValueError(why)

    @property
    def words(self) -> str:
        how = f"every {self.unit}" if self.every == 1 else f"every {self.every} {self.unit}s"
        if self.unit == "month" and self.every == 3:
            how = "every quarter"
        return f"{how}, at most {self.longest_days} days apart" if self.longest_days else how

    @property
    def length(self) -> int:
        """About how many days it is."""
        days = self.every * DAYS[self.unit]
        return min(days, self.longest_days) if self.longest_days else days


@dataclass(frozen=True)
class Days:
    """The days of one review that sweeps compare with today."""

    remind_on: date
    late_on: date
    escalate_on: date


def why_no_interval(every: int, unit: str) -> str:
    """What is wrong with an interval, as a sentence; empty where nothing is."""
    if unit not in DAYS:
        return "Choose days, weeks or months."
    if every < 1:
        return f"Every {every} {unit}s would never come to an end: an interval is at least 1."
    if every > MOST[unit]:
        return f"An interval is at most {MOST[unit]} {unit}s; this would be every {every}."
    return ""


def choose(intervals: Iterable[Interval], phase: str, colour: str) -> Interval | None:
    """The interval in a phase at a colour: the row that says more wins, and a colour says more than a phase."""
    fitting = [row for row in intervals if row.phase in ("", phase) and row.colour in ("", colour)]
    return max(fitting, key=lambda row: (bool(row.colour), bool(row.phase)), default=None)


def choose_for(intervals: Iterable[Interval], phases: Iterable[str], colour: str) -> Interval | None:
    """For engagements in several phases: the shortest of theirs, so that none waits longer than it should."""
    rows = list(intervals)
    found = [chosen for phase in phases or [""] if (chosen := choose(rows, phase, colour))]
    return min(found, key=lambda row: row.length, default=None)


def after(last: date, interval: Interval) -> date:
    """The day an interval later, whether it is a working day or not; the month's last day where it has no such day."""
    if interval.unit != "month":
        due = last + interval.every * DAYS[interval.unit] * DAY
    else:
        months = last.month - 1 + interval.every
        year, month = last.year + months // 12, months % 12 + 1
        due = date(year, month, min(last.day, monthrange(year, month)[1]))
    return min(due, last + interval.longest_days * DAY) if interval.longest_days else due


def next_on(last: date, interval: Interval, country: str) -> date:
    """The working day of the review that follows one held on ``last``."""
    due = after(last, interval)
    later = working_days.same_or_next(due, country)
    if interval.longest_days and later > last + interval.longest_days * DAY:
        earlier = working_days.same_or_last(due, country)
        return earlier if earlier > last else later
    return later


def first_on(today: date, interval: Interval, country: str) -> date:
    """What is proposed for the first review: within the interval, though not before the day after next week begins."""
    return working_days.same_or_next(today + min(interval.length, 7) * DAY, country)


def starts_at(on: date, at: time, zone: str) -> datetime:
    """The instant (UTC) of a local day and time.

    A time that a change of clocks skips counts as if the clocks had not changed yet, and so lies after the change;
    one that comes twice is the first of both.
    """
    return datetime.combine(on, at.replace(fold=0), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def days_of(on: date, *, lead_days: int, escalate_days: int, country: str) -> Days:
    """When people are reminded of it, when it is late, and when the team manager hears that it was not held.

    Nobody is reminded on a day off, but on the working day before; nor does a manager hear of it then.
    """
    remind = on if not lead_days else min(working_days.same_or_last(on - lead_days * DAY, country), on)
    escalate = working_days.same_or_next(on + max(escalate_days, 1) * DAY, country)
    return Days(remind_on=remind, late_on=on + DAY, escalate_on=escalate)


def simulate(first: date, interval: Interval, country: str, days: int = AHEAD) -> list[date]:
    """The days of the reviews, each held on its day, from the first one on for so many days."""
    return list(_until(first, interval, country, first + days * DAY))


def _until(on: date, interval: Interval, country: str, last: date) -> Iterator[date]:
    while on <= last:
        yield on
        on = next_on(on, interval, country)


def is_moved(last: date, on: date, interval: Interval, country: str) -> str:
    """Why a review is not on the very day that its interval says; empty where it is."""
    due = after(last, interval)
    if due == on:
        return ""
    name = working_days.holiday(due, country)
    return f"{due:%A %-d %B} is {name}" if name else f"{due:%A %-d %B} is no working day"
