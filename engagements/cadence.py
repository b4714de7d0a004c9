"""How often reviews are held and when the next one is: rhythm, working days, bounds (DOMAIN §7, DESIGN §6). Pure.

A series has an anchor: its first day, or the day that it was moved to from then on. The anchor says the weekday of an
interval in weeks and the day of the month of one in months. A *beat* is a day of that rhythm, whether people work on
it or not; each review keeps the beat it stands for, and the next beat is counted from that one, never from the day
that a review was moved to. What a day off, a bound or a person does to one review leaves the beats after it alone.
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
STRETCH = 30 * DAY  # longer than people anywhere are off in one go


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
        return self.words_on("")

    def words_on(self, days: str) -> str:
        """The interval in words with the days of a rhythm: "every week on Mondays, at most 21 days apart"."""
        how = f"every {self.unit}" if self.every == 1 else f"every {self.every} {self.unit}s"
        if self.unit == "month" and self.every == 3:
            how = "every quarter"
        how = f"{how} {days}".strip()
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


@dataclass(frozen=True)
class Occurrence:
    """One review: the beat of the rhythm that it stands for, and the working day that it is on."""

    beat: date
    on: date


def beats_before(anchor: date, interval: Interval, number: int) -> list[date]:
    """So many beats before the anchor, the newest first."""
    return [_nth(anchor, interval, anchor, -n) for n in range(1, number + 1)]


def beat_after(anchor: date, interval: Interval, beat: date, past: date) -> date:
    """The first beat later than ``past``, counted in whole intervals from the beat of a review.

    Where the interval was another one before, it is counted from the last day of the rhythm that is not after it.
    """
    base = _in_rhythm(anchor, interval.unit, beat)
    return _nth(anchor, interval, base, _index_after(anchor, interval, base, past))


def beat_on(anchor: date, interval: Interval, last: date | None, on: date) -> date:
    """The beat that a review on a day which people chose stands for: the last one that is not after that day.

    At least it is the next one after ``last``, the beat of the review before; of the first review, the anchor.
    """
    base = anchor if last is None else _in_rhythm(anchor, interval.unit, last)
    least = 0 if last is None else 1
    return _nth(anchor, interval, base, max(least, _index_after(anchor, interval, base, on) - 1))


def following(
    anchor: date, interval: Interval, country: str, *, beat: date, after: date, today: date | None = None
) -> Occurrence:
    """The review that follows the one of a beat, which was held, or is thought of as held, on the day ``after``.

    It is the next beat on a later day, on a working day, and not in the past. A bound counts from ``after``: a beat
    beyond it gives way to the last day of the rhythm within it; where the bound has passed, it is as soon as can be.
    """
    earliest = max(after + DAY, today or after)
    limit = after + interval.longest_days * DAY if interval.longest_days else None
    # Beats long past are stepped over at once; those of the last weeks may have been moved forward to a later day.
    due = beat_after(anchor, interval, beat, max(beat, after, earliest - STRETCH))
    while (limit is None or due <= limit) and _working_day(due, earliest, limit, country) < earliest:
        due = beat_after(anchor, interval, beat, due)
    if limit is not None and due > limit:
        due = _in_rhythm(anchor, interval.unit, limit)
        if due < earliest:
            due = max(limit, earliest)
    return Occurrence(due, _working_day(due, earliest, limit, country))


def _working_day(due: date, earliest: date, limit: date | None, country: str) -> date:
    """The day itself or the next working day; where that passes the limit, the last one within it, if there is one."""
    later = working_days.same_or_next(due, country)
    if limit is None or later <= limit:
        return later
    earlier = working_days.same_or_last(min(due, limit), country)
    return earlier if earlier >= earliest else later


def _in_rhythm(anchor: date, unit: str, on: date) -> date:
    """The last day of the rhythm that is not after ``on``: with the weekday, or the day of the month, of the anchor."""
    if unit == "month":
        there = _in_month(anchor, on.year * 12 + on.month - 1)
        return there if there <= on else _in_month(anchor, on.year * 12 + on.month - 2)
    return on - (on - anchor) % (DAYS["week"] * DAY) if unit == "week" else on


def _index_after(anchor: date, interval: Interval, base: date, past: date) -> int:
    """How many intervals after the base the first beat later than ``past`` is; at least one, unless the base is it."""
    if past < base:
        return 0
    if interval.unit != "month":
        return (past - base).days // (interval.every * DAYS[interval.unit]) + 1
    index = ((past.year - base.year) * 12 + past.month - base.month) // interval.every
    return index if _nth(anchor, interval, base, index) > past else index + 1


def _nth(anchor: date, interval: Interval, base: date, index: int) -> date:
    if interval.unit != "month":
        return base + index * interval.every * DAYS[interval.unit] * DAY
    return _in_month(anchor, base.year * 12 + base.month - 1 + index * interval.every)


def _in_month(anchor: date, months: int) -> date:
    """The anchor's day in a month; the last day of one that has no such day."""
    year, month = divmod(months, 12)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


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


def simulate(first: date, interval: Interval, country: str, days: int = AHEAD) -> list[Occurrence]:
    """The reviews, each held on its day, from the first one on for so many days: as they will be planned."""
    return list(_until(first, interval, country, first + days * DAY))


def _until(first: date, interval: Interval, country: str, last: date) -> Iterator[Occurrence]:
    one = Occurrence(first, first)
    while one.on <= last:
        yield one
        one = following(first, interval, country, beat=one.beat, after=one.on)


def is_usual(one: Occurrence, country: str) -> bool:
    """Whether a review is where its beat puts it in a country: on that day, or on the working day beside it."""
    return one.on in (working_days.same_or_next(one.beat, country), working_days.same_or_last(one.beat, country))


def why_moved(one: Occurrence, country: str) -> str:
    """Why a review is not on the day of its rhythm, as a sentence; empty where it is."""
    if one.beat == one.on:
        return ""
    if name := working_days.holiday(one.beat, country):
        return f"{one.beat:%A %-d %B} is {name}"
    if not working_days.is_working_day(one.beat, country):
        return f"{one.beat:%A %-d %B} is not a working day"
    return ""


def rhythm(anchor: date, unit: str) -> str:
    """The days of a rhythm in words, such as "on Mondays" or "on the 15th"; empty for an interval in days."""
    if unit == "week":
        return f"on {anchor:%A}s"
    if unit != "month":
        return ""
    if anchor.day == 31:
        return "on the last day of the month"
    ending = "th" if 11 <= anchor.day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(anchor.day % 10, "th")
    return f"on the {anchor.day}{ending}"
