"""The strip on Today: what falls on the ten working days from Monday of this week."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import holidays
from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.urls import reverse

from engagements.models import Engagement, EngagementSummary, NextAction, Tenant

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


def two_weeks(mine: QuerySet[Engagement], today: date) -> list[dict[str, Any]]:
    """What is promised and due in these engagements; three queries, a few entries a day, whatever there is."""
    monday = today - timedelta(days=today.weekday())
    days = [Day(monday + timedelta(days=n)) for n in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)]
    by_date = {monday + timedelta(days=n): days[n // 7 * 5 + min(n % 7, 4)] for n in range(14)}
    span = (monday, monday + timedelta(days=13))
    for row in _promised(mine, span):
        day = by_date[row["on"]]
        if row["nth"] == 1:
            day.count, day.done = day.count + row["of_day"], day.done + row["done_of_day"]
        day.add(row["on"], _promise(row, today))
    for row in _dibs(mine, span):
        day = by_date[row["on"]]
        if row["nth"] == 1:
            day.count += row["of_day"]
        day.add(row["on"], {"kind": "due", "text": f"{row['name']} DIBS date", "late": row["on"] < today})
    off = _holidays(mine, [day.on for day in days])
    return [_drawn(day, today, monday, off) for day in days]


def _promised(mine: QuerySet[Engagement], span: tuple[date, date]) -> QuerySet:
    """The first next actions of each day, open ones before done ones, and how many the day has."""
    rows = NextAction.objects.filter(engagement__in=mine, due_on__range=span).annotate(on=F("due_on"))
    return (
        _first_of_each_day(rows, F("done_at").asc(nulls_first=True), "pk")
        .annotate(done_of_day=Window(Count("done_at"), partition_by="on"))
        .values("on", "nth", "of_day", "done_of_day", "done_at", "name")
    )


def _dibs(mine: QuerySet[Engagement], span: tuple[date, date]) -> QuerySet:
    rows = EngagementSummary.objects.filter(engagement__in=mine, dibs_due_on__range=span)
    return _first_of_each_day(rows.annotate(on=F("dibs_due_on")), "pk").values("on", "nth", "of_day", "name")


def _first_of_each_day(rows: QuerySet, *order) -> QuerySet:
    return (
        rows.annotate(
            nth=Window(RowNumber(), partition_by="on", order_by=order),
            of_day=Window(Count("pk"), partition_by="on"),
            name=F("engagement__tenant__customer__name"),
        )
        .filter(nth__lte=SHOWN)
        .order_by("on", "nth")
    )


def _promise(row: dict[str, Any], today: date) -> dict[str, Any]:
    if row["done_at"]:
        return {"kind": "done", "text": row["name"], "late": False}
    late = row["on"] < today
    return {"kind": "overdue" if late else "due", "text": row["name"], "late": late}


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


def _holidays(mine: QuerySet[Engagement], days: list[date]) -> dict[date, list[str]]:
    """The public holidays in the countries of these engagements, as far as they are few and known."""
    countries = list(
        Tenant.objects.filter(engagements__in=mine).exclude(country="").values_list("country", flat=True).distinct()
    )
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
