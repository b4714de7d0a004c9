"""Active users from a spreadsheet: its columns, and rows → readings, or every reason why a row is refused.

A row that is refused holds no other back: each says something about its own service and day.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from django.utils.text import get_text_list

from engagements.importing import bounds, values
from engagements.importing.columns import TENANT, Column, Columns
from engagements.importing.options import NO_OPTIONS, ImportOptions
from engagements.importing.plan import ASK_DATE_ORDER, Change, Planned, PlannedRow
from engagements.importing.reading import Row
from engagements.importing.tenants import NamedTenants
from engagements.models import Tenant, TenantService, UsageReading, User
from engagements.usage import why_no_day
from tasks.folding import fold
from tasks.models import Service

USAGE = Columns(
    columns=(
        TENANT,
        Column(
            "service",
            "Service",
            "The name or abbreviation of a service that the tenant has.",
            "Teams",
            ("Workload", "Dienst", "Product", "Produkt"),
        ),
        Column(
            "on",
            "Counted on",
            "The day of the count, such as 2026-05-12, 12.05.2026 or 5/12/2026; not one that is still to come.",
            "2026-05-12",
            ("Date", "Day", "Datum", "Tag", "Stichtag", "Report date", "Reported on"),
        ),
        Column(
            "users",
            "Active users",
            "A whole number. A day that has a number already is corrected.",
            "1200",
            ("AU", "MAU", "Monthly active users", "Active", "Aktive Benutzer", "Aktive Nutzer", "Users"),
        ),
    ),
    needed=(("service",), ("on",), ("users",)),
    more=({"tenant": "contoso.onmicrosoft.com", "service": "Exchange", "on": "2026-05-12", "users": "2950"},),
)


@dataclass
class UsagePlan(Planned):
    """The readings of the rows that are not refused; ``corrected`` holds each with its number of before."""

    new: list[UsageReading] = field(default_factory=list)
    corrected: list[tuple[UsageReading, int]] = field(default_factory=list)


def plan_usage(
    rows: Iterable[Row], by: User, *, today: dt.date, options: ImportOptions = NO_OPTIONS, lock: bool = False
) -> UsagePlan:
    """What the rows would enter and correct; ``lock`` holds their tenants until the transaction ends."""
    planned = [PlannedRow(row) for row in rows]
    try:
        order, unclear = day_order(row.row for row in planned)
    except values.Contradiction as contradiction:
        order = unclear = ""
        for row in planned:
            if row.line in contradiction.rows:
                row.reasons.append(str(contradiction))
    order = order or options.date_order
    planner = UsagePlanner(Kept(planned, by, lock, options, order), today, options, order)
    plan = planner.plan(planned)
    # Parts of the file are planned by themselves later, and may lack the date that decides.
    plan.options = replace(options, date_order=order)
    plan.questions = planner.kept.tenants.questions()
    if unclear and not order:
        plan.questions.append((ASK_DATE_ORDER, unclear))
    return plan


def day_order(rows: Iterable[Row]) -> tuple[str, str]:
    """(the order that the days of the file decide, a day that no other decides); each may be empty.

    Raises ``values.Contradiction`` where two rows decide differently.
    """
    found = [(row.line, row.values["on"]) for row in rows if "on" in row.values]
    order, unclear = values.date_order(found)
    return order or "", unclear


class Kept:
    """The tenants that the rows may mean, with their services and readings, in a constant number of queries."""

    def __init__(self, rows: list[PlannedRow], by: User, lock: bool, options: ImportOptions, order: str):
        self.services = Service.objects.by_spelling()
        self.tenants = NamedTenants(rows, by, options, lock=lock)
        pks = self.tenants.pks
        self.tenant_services: dict[tuple[int, int], TenantService] = {}
        for row in TenantService.objects.filter(tenant__in=pks).select_related("service").order_by():
            self.tenant_services[row.tenant_id, row.service_id] = row
        self.readings = self._readings(rows, pks, order)

    def _readings(
        self, rows: list[PlannedRow], tenants: set[int], order: str
    ) -> dict[tuple[int, dt.date], UsageReading]:
        days = {found for text in _days(rows) if (found := _read_day(text, order))}
        if not days:
            return {}
        kept = UsageReading.objects.filter(tenant_service__tenant__in=tenants, on__range=(min(days), max(days)))
        return {(one.tenant_service_id, one.on): one for one in kept.order_by() if one.on in days}


class UsagePlanner:
    def __init__(self, kept: Kept, today: dt.date, options: ImportOptions, order: str):
        self.kept, self.today, self.options, self.order = kept, today, options, order
        self.near = values.Near()
        # (tenant, service) → how many numbers of a report about a service that the tenant lacks.
        self.lacking: Counter[tuple[str, str]] = Counter()
        self.tenants: set[int] = set()
        # (service of a tenant, day) → the first row about it, and its number.
        self.said: dict[tuple[TenantService, dt.date], tuple[PlannedRow, int]] = {}

    def plan(self, rows: list[PlannedRow]) -> UsagePlan:
        for row in rows:
            self._row(row)
        plan = UsagePlan(rows=[row for row in rows if not row.left_out])
        plan.about, plan.notices = self.kept.tenants.about, self._notices()
        for (service, on), (row, users) in self.said.items():
            if row.reasons:
                continue
            reading = self.kept.readings.get((service.pk, on))
            if reading is None:
                plan.new.append(UsageReading(tenant_service=service, on=on, active_users=users))
            elif reading.active_users != users:
                reading.tenant_service = service
                before, reading.active_users = reading.active_users, users
                plan.corrected.append((reading, before))
        return plan

    def _row(self, row: PlannedRow) -> None:
        cells = row.row.values
        row.name = ", ".join(values.short(cells[key]) for key in ("service", "tenant", "on") if key in cells)
        for column in USAGE.columns:
            if column.key not in cells and not (column.key == "tenant" and self.kept.tenants.is_chosen):
                row.reasons.append(f"{column.name} is empty.")
        tenant = self.kept.tenants.of(row)
        service = self._service(row, cells["service"]) if "service" in cells else None
        on = self._day(row, cells["on"]) if "on" in cells else None
        users = self._users(row, cells["users"]) if "users" in cells else None
        has = self._has(row, tenant, service) if tenant and service else None
        if has and on and users is not None and not row.reasons:
            self._say(row, has, on, users)

    def _service(self, row: PlannedRow, text: str) -> Service | None:
        if found := self.kept.services.get(fold(text)):
            return found
        likely = self.near(fold(text), self.kept.services, most=1)
        hint = f" Is {self.kept.services[likely[0]].name} meant?" if likely else ""
        row.reasons.append(f"“{values.short(text)}” is not a service.{hint}")
        return None

    def _day(self, row: PlannedRow, text: str) -> dt.date | None:
        try:
            on = values.day(text, self.order)
        except values.Unclear as unclear:
            row.reasons.append(str(unclear))
            return None
        if wrong := why_no_day(on, self.today):
            row.reasons.append(wrong)
        return on

    def _users(self, row: PlannedRow, text: str) -> int | None:
        try:
            return values.whole_number(text, "Active users")
        except values.Unclear as unclear:
            row.reasons.append(str(unclear))
            return None

    def _has(self, row: PlannedRow, tenant: Tenant, service: Service) -> TenantService | None:
        row.name = ", ".join([service.label, tenant.name, values.short(row.row.values.get("on", ""))])
        has = self.kept.tenant_services.get((tenant.pk, service.pk))
        if has is None and self.options.is_report:
            # A report counts what Microsoft sells; most tenants have some of it. Once is enough to say so.
            row.left_out = True
            self.lacking[tenant.name, service.label] += 1
        elif has is None:
            row.reasons.append(f"{tenant.name} does not have {service.label}. Add it on its Services tab first.")
        return has

    def _notices(self) -> list[str]:
        lacking: dict[str, list[str]] = defaultdict(list)
        for tenant, service in self.lacking:
            lacking[tenant].append(service)
        return [
            f"{tenant} does not have {get_text_list(services, 'and')}, so "
            f"{'its numbers are' if len(services) == 1 else 'their numbers are'} not included. "
            f"Add {'it' if len(services) == 1 else 'them'} on the Services tab first if you need "
            f"{'it' if len(services) == 1 else 'them'}."
            for tenant, services in lacking.items()
        ]

    def _say(self, row: PlannedRow, has: TenantService, on: dt.date, users: int) -> None:
        if has.tenant_id not in self.tenants and len(self.tenants) >= bounds.MAX_TENANTS:
            row.reasons.append(
                f"These rows are about more than {bounds.MAX_TENANTS:,} tenants. Import the others, then upload the "
                "refused rows by themselves."
            )
            return
        self.tenants.add(has.tenant_id)
        earlier = self.said.get((has, on))
        if earlier:
            first, said = earlier
            if said == users:
                row.reasons.append(f"Row {first.line} says the same. Take one of them out.")
                return
            row.reasons.append(f"Row {first.line} says {said:,} for this day, this row {users:,}. Correct one of them.")
            first.reasons.append(f"Row {row.line} says {users:,} for this day, this row {said:,}. Correct one of them.")
            return
        self.said[has, on] = (row, users)
        kept = self.kept.readings.get((has.pk, on))
        over = f", more than its {has.available:,} entitlements" if 0 < has.available < users else ""
        if kept is None:
            row.news.append(f"{users:,} active users{over}")
        elif kept.active_users != users:
            row.changes.append(Change("Active users", f"{kept.active_users:,}", f"{users:,}{over}"))


def _days(rows: list[PlannedRow]) -> set[str]:
    return {row.row.values["on"] for row in rows if "on" in row.row.values}


def _read_day(text: str, order: str) -> dt.date | None:
    """The day of a cell, or nothing where planning will say what is wrong with it."""
    try:
        return values.day(text, order)
    except values.Unclear:
        return None
