"""Active users from a spreadsheet: its columns, and rows → readings, or every reason why a row is refused.

A row that is refused holds no other back: each says something about its own service and day.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.db.models.functions import Lower

from engagements.importing import bounds, values
from engagements.importing.columns import Column, Columns
from engagements.importing.plan import Change, Planned, PlannedRow
from engagements.importing.reading import Row
from engagements.models import Tenant, TenantService, UsageReading, User
from engagements.services.locking import lock_tenants
from engagements.usage import why_no_day
from tasks.folding import fold
from tasks.models import Service

USAGE = Columns(
    columns=(
        Column(
            "tenant",
            "Tenant",
            "The tenant ID, the domain or the name of a tenant that you may change.",
            "contoso.onmicrosoft.com",
            ("Tenant ID", "Tenant GUID", "GUID", "Domain", "Tenant name", "Mandant", "Mandanten-ID", "Domäne"),
        ),
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
            "The day of the count, 2026-05-12 or 12.05.2026; not one that is still to come.",
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
    needed=(("tenant",), ("service",), ("on",), ("users",)),
    more=({"tenant": "contoso.onmicrosoft.com", "service": "Exchange", "on": "2026-05-12", "users": "2950"},),
)


@dataclass
class UsagePlan(Planned):
    """The readings of the rows that are not refused; ``corrected`` holds each with its number of before."""

    new: list[UsageReading] = field(default_factory=list)
    corrected: list[tuple[UsageReading, int]] = field(default_factory=list)


def plan_usage(rows: Iterable[Row], by: User, *, today: dt.date, lock: bool = False) -> UsagePlan:
    """What the rows would enter and correct; ``lock`` holds their tenants until the transaction ends."""
    planned = [PlannedRow(row) for row in rows]
    return UsagePlanner(Kept(planned, by, lock), today).plan(planned)


class Kept:
    """The tenants that the rows may mean, with their services and readings, in a constant number of queries."""

    def __init__(self, rows: list[PlannedRow], by: User, lock: bool):
        texts = {row.row.values["tenant"] for row in rows if "tenant" in row.row.values}
        self.services = Service.objects.by_spelling()
        self.tenants: dict[str, dict[int, Tenant]] = defaultdict(dict)
        self._read_tenants(texts, by, lock)
        pks = {pk for found in self.tenants.values() for pk in found}
        self.may_change = set(Tenant.objects.editable_by(by).values_list("pk", flat=True)) & pks
        self.tenant_services: dict[tuple[int, int], TenantService] = {}
        for row in TenantService.objects.filter(tenant__in=pks).select_related("service").order_by():
            self.tenant_services[row.tenant_id, row.service_id] = row
        self.readings = self._readings(rows, pks)

    def named(self, text: str) -> list[Tenant]:
        """The tenants of that ID, domain or name, among those that the uploader sees."""
        return list(self.tenants.get(_key(text), {}).values())

    def _read_tenants(self, texts: set[str], by: User, lock: bool) -> None:
        seen = Tenant.objects.visible_to(by).annotate(domain_lower=Lower("domain")).order_by("pk")
        ids = [found for text in texts if (found := _guid(text))]
        names = {fold(text) for text in texts}
        domains = {text.lower() for text in texts if "." in text}
        ways = (
            ("guid__in", ids, lambda tenant: str(tenant.guid)),
            ("domain_lower__in", domains, lambda tenant: fold(tenant.domain_lower)),
            ("name_folded__in", names, lambda tenant: tenant.name_folded),
        )
        if lock:
            lock_tenants({pk for lookup, wanted, _ in ways for pk in _ids(seen.filter(**{lookup: wanted}))})
        for lookup, wanted, key in ways:
            for tenant in seen.filter(**{lookup: wanted}):
                self.tenants[key(tenant)][tenant.pk] = tenant

    def _readings(self, rows: list[PlannedRow], tenants: set[int]) -> dict[tuple[int, dt.date], UsageReading]:
        days = {found for row in rows if (found := _read_day(row.row.values.get("on", "")))}
        if not days:
            return {}
        kept = UsageReading.objects.filter(tenant_service__tenant__in=tenants, on__range=(min(days), max(days)))
        return {(one.tenant_service_id, one.on): one for one in kept.order_by() if one.on in days}


class UsagePlanner:
    def __init__(self, kept: Kept, today: dt.date):
        self.kept, self.today = kept, today
        self.near = values.Near()
        self.tenants: set[int] = set()
        # (service of a tenant, day) → the first row about it, and its number.
        self.said: dict[tuple[TenantService, dt.date], tuple[PlannedRow, int]] = {}

    def plan(self, rows: list[PlannedRow]) -> UsagePlan:
        for row in rows:
            self._row(row)
        plan = UsagePlan(rows=rows)
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
            if column.key not in cells:
                row.reasons.append(f"{column.name} is empty.")
        tenant = self._tenant(row, cells["tenant"]) if "tenant" in cells else None
        service = self._service(row, cells["service"]) if "service" in cells else None
        on = self._day(row, cells["on"]) if "on" in cells else None
        users = self._users(row, cells["users"]) if "users" in cells else None
        has = self._has(row, tenant, service) if tenant and service else None
        if has and on and users is not None and not row.reasons:
            self._say(row, has, on, users)

    def _tenant(self, row: PlannedRow, text: str) -> Tenant | None:
        found = self.kept.named(text)
        if len(found) > 1:
            row.reasons.append(f"Several tenants are called “{values.short(text)}”. Give the tenant ID or the domain.")
        elif not found:
            row.reasons.append(f"No tenant of yours has the ID, domain or name “{values.short(text)}”.")
        elif found[0].pk not in self.kept.may_change:
            row.reasons.append(f"You may read {found[0].name}, not change it.")
        else:
            row.group = found[0].pk
            return found[0]
        return None

    def _service(self, row: PlannedRow, text: str) -> Service | None:
        if found := self.kept.services.get(fold(text)):
            return found
        likely = self.near(fold(text), self.kept.services, most=1)
        hint = f" Is {self.kept.services[likely[0]].name} meant?" if likely else ""
        row.reasons.append(f"“{values.short(text)}” is not a service.{hint}")
        return None

    def _day(self, row: PlannedRow, text: str) -> dt.date | None:
        try:
            on = values.day(text)
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
        if has is None:
            row.reasons.append(f"{tenant.name} does not have {service.label}. Add it on its Services tab first.")
        return has

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


def _key(text: str) -> str:
    """How a tenant is found again by what a row calls it."""
    guid = _guid(text)
    return str(guid) if guid else fold(text)


def _ids(tenants: QuerySet[Tenant]) -> Iterable[int]:
    return tenants.order_by().values_list("pk", flat=True)


def _guid(text: str):
    try:
        return values.guid(text)
    except values.Unclear:
        return None


def _read_day(text: str) -> dt.date | None:
    """The day of a cell, or nothing where planning will say what is wrong with it."""
    try:
        return values.day(text)
    except values.Unclear:
        return None
