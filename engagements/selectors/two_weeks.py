"""The strip on Today: what falls on the ten working days from Monday of this week."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import holidays
from django.urls import reverse

from engagements.models import NextAction
from engagements.selectors.mine import Mine

SHOWN = 4
MOST_COUNTRIES = 4


@dataclass
class Day:
    """A working day of the strip; what falls on a weekend stands on the Friday before it and says so."""

    on: date
    entries: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0
    done: int = 0

    def add(self, on: date, entry: dict[str, Any]) -> None:
        if on != self.on:
            entry["text"] = f"{on:%a}: {entry['text']}"
        self.entries.append(entry)


def two_weeks(mine: Mine) -> list[dict[str, Any]]:
    """What is promised and due in a person's engagements: a few entries a day, whatever there is; no query."""
    monday, today = mine.monday, mine.today
    days = [Day(monday + timedelta(days=n)) for n in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)]
    by_date = {monday + timedelta(days=n): days[n // 7 * 5 + min(n % 7, 4)] for n in range(14)}
    for row in sorted(mine.actions, key=lambda row: (row.due_on, row.done_at is not None, row.pk)):
        if row.due_on in by_date:
            day = by_date[row.due_on]
            day.count, day.done = day.count + 1, day.done + bool(row.done_at)
            day.add(row.due_on, _promise(row, today))
    for row in mine.such(lambda row: row.dibs_due_on in by_date, key=lambda row: row.dibs_due_on):
        day, name = by_date[row.dibs_due_on], row.engagement.tenant.customer.name
        day.count += 1
        day.add(row.dibs_due_on, {"kind": "due", "text": f"{name} DIBS date", "late": row.dibs_due_on < today})
    for row in mine.such(lambda row: row.next_review_on in by_date, key=lambda row: row.next_review_on):
        day, name = by_date[row.next_review_on], row.engagement.tenant.customer.name
        day.count += 1
        day.add(
            row.next_review_on, {"kind": "due", "text": f"{name} {row.next_review}", "late": row.next_review_on < today}
        )
    off = _holidays({row.tenant.country for row in mine.open} - {""}, [day.on for day in days])
    return [_drawn(day, today, monday, off) for day in days]


def _promise(row: NextAction, today: date) -> dict[str, Any]:
    name = row.engagement.tenant.customer.name
    if row.done_at:
        return {"kind": "done", "text": name, "late": False}
    late = row.due_on < today
    return {"kind": "overdue" if late else "due", "text": name, "late": late}


def _drawn(day: Day, today: date, monday: date, off: dict[date, list[str]]) -> dict[str, Any]:
    """The day as components/day_strip.html takes it."""
    holiday = off.get(day.on, [])
    entries = day.entries[:SHOWN]
    if day.count > len(entries):
        entries = [*entries[: SHOWN - 1], {"text": f"and {day.count - SHOWN + 1:,} more"}]
    open_ones = day.count - day.done
    said = f"{open_ones:,} due" if open_ones else f"{day.done:,} done" if day.done else ""
    return {
        "name": f"{day.on:%a %-d}",
        "count": said or ("Holiday" if holiday else ""),
        "url": f"{reverse('engagement_list')}?on={day.on.isoformat()}" if open_ones else "",
        "past": day.on < today,
        "today": day.on == today,
        "week": (day.on - monday).days == 7,
        "off": bool(holiday),
        "entries": [{"text": name} for name in holiday] + entries,
    }


def _holidays(countries: set[str], days: list[date]) -> dict[date, list[str]]:
    """The public holidays in the countries of these engagements, as far as they are few and known."""
    if len(countries) > MOST_COUNTRIES:
        return {}
    found: dict[date, list[str]] = {}
    for country in sorted(countries):
        calendar = _calendar(country.upper(), tuple({day.year for day in days}))
        for day in days:
            if day in calendar:
                found.setdefault(day, []).append(f"{calendar[day]}, {country.upper()}")
    return found


@lru_cache(maxsize=64)
def _calendar(country: str, years: Iterable[int]) -> dict[date, str]:
    try:
        return dict(holidays.country_holidays(country, years=years))
    except NotImplementedError:
        return {}
