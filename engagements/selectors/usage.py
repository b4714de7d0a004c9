"""Active users as pages draw them: bars against the goal, a trend, and the Usage tab of an engagement."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.urls import reverse

from engagements import usage
from engagements.adoption.tenant_services import seats_of, usage_of
from engagements.models import TenantService, UsageReading
from engagements.selectors import people
from engagements.selectors.days import on_day
from engagements.selectors.words import count
from engagements.usage import Usage
from engagements.walk import Walk
from tasks.models import Service
from tasks.prepared import prepared

LAST = 26  # readings that a trend goes through: half a year of weeks
SHOWN = 12  # of them in the table
OLD = 31  # days after which a page says how long ago somebody counted
WIDTH, HEIGHT, EDGE = 96, 24, 2


@dataclass
class UsagePage:
    """The services of one engagement's tenant with their readings; one of them may be open."""

    walk: Walk
    may_edit: bool

    @cached_property
    def rows(self) -> list[TenantService]:
        return list(self.walk.engagement.tenant.services.all())

    @cached_property
    def scope(self) -> set[int]:
        return {service.id for service in self.walk.facts.services}

    @cached_property
    def readings(self) -> dict[int, list[UsageReading]]:
        """service id → its last readings, the newest first."""
        services = {row.pk: row.service_id for row in self.rows}
        found = defaultdict(list)
        for reading in _last_readings(tenant=self.walk.engagement.tenant_id):
            found[services[reading.tenant_service_id]].append(reading)
        return found

    @cached_property
    def seats(self) -> int:
        return seats_of(self.walk.engagement.tenant)

    def row(self, service_id: int | None) -> TenantService | None:
        return next((row for row in self.rows if row.service_id == service_id), None)

    def services_in_scope(self) -> list[Service]:
        return [row.service for row in self.rows if row.service_id in self.scope]

    def reading(self, row: TenantService, on: date) -> UsageReading | None:
        return next((one for one in self.readings[row.service_id] if one.on == on), None)

    def context(self) -> dict[str, Any]:
        inside = [row for row in self.rows if row.service_id in self.scope]
        outside = [row for row in self.rows if row.service_id not in self.scope]
        return {
            "in_scope": [self.drawn(row) for row in inside],
            "others": [self.drawn(row) for row in outside],
            "say": self._missing(inside),
        }

    def drawn(self, row: TenantService) -> dict[str, Any]:
        """One line of the page."""
        found = usage_of(row)
        return {
            "id": f"service-{row.service_id}",
            "service": row.service_id,
            "name": found.name,
            "entitlements": count(found.available, "entitlement") if found.available else "Entitlements not known",
            "bar": bar(found.percent),
            "counted": _counted(found, self.walk.today),
            "too_many": found.percent is not None and found.percent > 100,
            "trend": trend(self.readings[row.service_id]),
            "goals": self._goals(found),
        }

    def opened(self, row: TenantService) -> dict[str, Any]:
        """What stands below the open line: the last readings."""
        readings = self.readings[row.service_id][:SHOWN]
        names = people.names(one.by_id for one in readings)
        address = reverse("engagement_usage", args=[self.walk.engagement.pk])
        return {
            "opened": row.service_id,
            "readings": [
                {
                    "on": one.on.isoformat(),
                    "day": f"{one.on:%-d %b %Y}",
                    "users": f"{one.active_users:,}",
                    "percent": _percent(usage.percent(one.active_users, row.available)),
                    "by": names.get(one.by_id, ""),
                    "url": f"{address}?service={row.service_id}&on={one.on.isoformat()}",
                }
                for one in readings
            ],
        }

    def _goals(self, found: Usage) -> list[dict[str, str]]:
        enablement = usage.needed_for_enablement(found.available, self.seats)
        goals = [_goal("Enablement", enablement, found.active)]
        if success := usage.needed_for_success(found.available):
            goals.append(_goal("Success", success, found.active))
        return goals

    def _missing(self, rows: Sequence[TenantService]) -> str:
        """What the reader has to enter: services nobody counted, or the one that was counted longest ago."""
        if not rows:
            return ""
        lacking = [row.service.label for row in rows if row.active_on is None]
        if lacking:
            more = f" and {len(lacking) - 3} more" if len(lacking) > 3 else ""
            return f"Not counted yet: {', '.join(lacking[:3])}{more}"
        oldest = min(rows, key=lambda row: row.active_on)
        return f"All counted, {oldest.service.label} last {on_day(oldest.active_on, self.walk.today)}"


def active_users(services: Sequence[Usage]) -> dict[str, Any]:
    """The services in scope together, as the header of an engagement says it."""
    counted = sum(one.percent is not None for one in services)
    if not counted:
        return {"bar": None, "say": "Nobody has counted them" if services else "No service in scope"}
    say = "" if counted == len(services) else f"{counted} of {len(services)} services"
    return {"bar": bar(usage.overall(services)), "say": say}


def bar(percent: int | None) -> dict[str, Any] | None:
    """What ``components/bar.html`` takes; the number is printed as it is, and the bar ends at 100."""
    if percent is None:
        return None
    return {
        "value": min(percent, 100),
        "goal": usage.SHARE,
        "tone": "ok" if percent >= usage.SHARE else "low",
        "text": _percent(percent),
        "name": f"{percent:,} percent active, goal {usage.SHARE}",
    }


def trend(readings: Sequence[UsageReading]) -> dict[str, Any] | None:
    """A line through the readings, the newest last; ``components/trend.html`` draws it."""
    if len(readings) < 2:
        return None
    oldest_first = sorted(readings, key=lambda one: one.on)
    first, last = oldest_first[0], oldest_first[-1]
    days = (last.on - first.on).days
    most = max(one.active_users for one in readings) or 1
    points = [
        (
            round(EDGE + (WIDTH - 2 * EDGE) * (one.on - first.on).days / days, 1),
            round(HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * one.active_users / most, 1),
        )
        for one in oldest_first
    ]
    return {
        "points": " ".join(f"{x},{y}" for x, y in points),
        "x": str(points[-1][0]),
        "y": str(points[-1][1]),
        "name": f"From {first.active_users:,} on {first.on:%-d %b %Y} to {last.active_users:,} on {last.on:%-d %b %Y}",
    }


def _goal(name: str, needed: int, active: int | None) -> dict[str, str]:
    if active is None:
        return {"kind": "open", "text": f"{name}: {needed:,} are needed"}
    if active >= needed:
        return {"kind": "done", "text": f"{name}: {needed:,} reached"}
    return {"kind": "progress", "text": f"{name}: {needed - active:,} more to reach {needed:,}"}


def _counted(found: Usage, today: date) -> str:
    if found.active is None or found.on is None:
        return ""
    days = (today - found.on).days
    ago = f", {days} days ago" if days > OLD else ""
    return f"{count(found.active, 'active user')}, {on_day(found.on, today)}{ago}"


def _percent(percent: int | None) -> str:
    return "" if percent is None else f"{percent:,} %"


@prepared
def _last_readings(tenant) -> QuerySet[UsageReading]:
    newest_first = Window(RowNumber(), partition_by=F("tenant_service"), order_by=F("on").desc())
    rows = UsageReading.objects.filter(tenant_service__tenant=tenant).annotate(place=newest_first)
    return rows.filter(place__lte=LAST).order_by("tenant_service", "-on")
