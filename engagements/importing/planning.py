"""Rows and what is kept → what each row would make or change, or every reason why it is refused.

Asks the database nothing beyond ``Records`` and who fits which role. Records that the uploader may not see are
refused in words that do not depend on what is kept in them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from engagements.importing import values
from engagements.importing.options import NO_OPTIONS, ImportOptions
from engagements.importing.plan import Change, CustomerDraft, Plan, PlannedRow, TenantDraft
from engagements.importing.reading import Row, clean
from engagements.importing.records import Records
from engagements.importing.team import TeamPlanner
from engagements.importing.writing import harmless
from engagements.models import Customer, Tenant, TenantService, User
from tasks.consumption import Consumption
from tasks.folding import fold
from tasks.models import Service

# Column → field of a tenant, and how people call it.
DETAILS = {
    "tenant": ("name", "Name"),
    "domain": ("domain", "Domain"),
    "country": ("country", "Country"),
    "time_zone": ("time_zone", "Time zone"),
    "seats": ("seats", "Seats"),
    "segment": ("segment", "Segment"),
}
ABOUT = {"region": "Region", "vertical": "Vertical"}  # column and field of a customer → how people call it
LONGEST = 60  # characters of a segment, region or vertical
NO_SERVICE = {
    Service.Kind.ALL: "{} stands for several services. Name them one by one.",
    Service.Kind.CORE: "{} belongs to every tenant by itself. Leave it out.",
}
NOT_YOURS = "is kept already and you are not assigned there. Ask a team manager to assign you, or take the row out."


def plan(rows: Iterable[Row], by: User, *, options: ImportOptions = NO_OPTIONS, lock: bool = False) -> Plan:
    """What the rows would make and change; ``lock`` holds their customers and tenants until the transaction ends."""
    rows = list(rows)
    return Planner(Records(rows, by, lock=lock), by, options).plan(rows)


class Planner:
    """With columns that are not read, rows may repeat each other in those that are.

    The exported portfolio has a row per engagement; a tenant with two of them stands there twice.
    """

    def __init__(self, records: Records, by: User, options: ImportOptions):
        self.records, self.rights = records, records.rights
        self.rows_differ_unread = bool(options.ignored)
        self.near = values.Near()
        self.customers: dict[int, CustomerDraft] = {}
        self.customers_named: dict[str, list[CustomerDraft]] = defaultdict(list)
        self.tenants: dict[Any, TenantDraft] = {}
        self.tenants_named: dict[tuple[CustomerDraft, str], list[TenantDraft]] = defaultdict(list)
        self.team = TeamPlanner(records, by, self.near, options)

    def plan(self, rows: list[Row]) -> Plan:
        planned = [PlannedRow(row) for row in rows]
        # Rows that name their records by number come first: the others refer to them.
        for row in sorted(planned, key=lambda one: ("tpid" not in one.row.values, "guid" not in one.row.values)):
            self._row(row)
        for draft in self.tenants.values():
            self._complete(draft)
        self.team.decide(list(self.tenants.values()))
        for row in planned:
            if not row.fresh and not row.reasons and not self.rows_differ_unread:
                row.reasons.append("An earlier row says the same. Take one of them out.")
        return self._result(planned)

    def _row(self, row: PlannedRow) -> None:
        cells = row.row.values
        row.name = _name(_title(cells, "tenant", "guid"), _title(cells, "customer", "tpid"))
        customer = self._customer(row, cells)
        if customer:
            row.group = customer.record.tpid
            self._about(row, cells, customer)
        at_tenant = "tenant" in cells or "guid" in cells
        tenant = self._tenant(row, cells, customer) if at_tenant and customer else None
        if tenant:
            row.name = _name(cells.get("tenant") or tenant.record.name, customer.record.name)
            self._details(row, cells, tenant)
        elif not at_tenant:
            self._without_tenant(row, cells)
        self._services(row, cells, tenant)
        self.team.meet(row, cells, tenant if at_tenant else customer)

    # Customers

    def _customer(self, row: PlannedRow, cells: dict[str, str]) -> CustomerDraft | None:
        title = _try(row, lambda: values.name(cells.get("customer", ""), "Customer"))
        if "tpid" not in cells:
            return self._customer_named(row, title or "")
        tpid = _try(row, lambda: values.tpid(cells["tpid"]))
        if tpid is None or title is None:
            return None
        draft = self.customers.get(tpid)
        if draft is None:
            return self._customer_met_first(row, tpid, title)
        if title and not _is_named(draft.record, title):
            row.reasons.append(
                f"TPID {tpid} is kept as “{draft.record.name}”. Correct the TPID or the name."
                if not draft.is_new
                else f"Row {draft.first.line} calls TPID {tpid} “{draft.record.name}”. Correct one of the two."
            )
        return draft

    def _customer_met_first(self, row: PlannedRow, tpid: int, title: str) -> CustomerDraft | None:
        record = self.records.customers.get(tpid)
        if record is None and not title:
            row.reasons.append(f"No customer with TPID {tpid} is kept yet. Give its name too.")
            return None
        if record is not None and not (self.rights.may_see(record) or self.rights.may_add_tenant(record)):
            row.reasons.append(f"A customer with TPID {tpid} {NOT_YOURS}")
            return None
        if record is not None and title and not _is_named(record, title):
            row.reasons.append(
                f"TPID {tpid} is kept as “{record.name}”, not “{values.short(title)}”. Correct the TPID or the name; "
                "customers are renamed in the admin."
            )
            return None
        draft = CustomerDraft(record or Customer(tpid=tpid, **Customer.folded(title)), row)
        if draft.is_new:
            row.news.append(f"Customer {title}, TPID {tpid}")
        row.fresh = True
        self.customers[tpid] = draft
        self.customers_named[draft.record.name_folded].append(draft)
        return draft

    def _customer_named(self, row: PlannedRow, title: str) -> CustomerDraft | None:
        """The one customer of that name, in the spreadsheet or among those that the uploader may see."""
        if not title:
            if not row.reasons:
                row.reasons.append("Customer and TPID are empty. Fill them in every row.")
            return None
        drafts = self.customers_named[fold(title)]
        met = {draft.record.pk for draft in drafts}
        kept = [record for record in self.records.customers_named[fold(title)] if record.pk not in met]
        if len(drafts) + len(kept) == 1:
            if drafts:
                return drafts[0]
            draft = CustomerDraft(kept[0], row)
            row.fresh = True
            drafts.append(draft)
            self.customers[kept[0].tpid] = draft
            return draft
        several = "Several customers are called" if drafts or kept else "A new customer needs its TPID:"
        row.reasons.append(f"{several} “{values.short(title)}”. Give the TPID.")
        return None

    def _about(self, row: PlannedRow, cells: dict[str, str], draft: CustomerDraft) -> None:
        """What a new customer is said to be; what is kept belongs to those who keep its record."""
        for name, label in ABOUT.items():
            if name not in cells:
                continue
            value = _try(row, lambda text=cells[name], label=label: values.name(text, label, LONGEST))
            kept = getattr(draft.record, name)
            if value is None or value == kept:
                continue
            if not draft.is_new:
                row.reasons.append(f"{label} differs from what is kept. Change it on the page of the customer.")
            elif kept:
                row.reasons.append(f"{label}: an earlier row says “{kept}”. Correct one of the two.")
            else:
                setattr(draft.record, name, value)
                row.fresh = True
                row.news.append(f"{label} {value}")

    # Tenants

    def _tenant(self, row: PlannedRow, cells: dict[str, str], customer: CustomerDraft) -> TenantDraft | None:
        if "guid" not in cells:
            return self._tenant_named(row, cells["tenant"], customer)
        guid = _try(row, lambda: values.guid(cells["guid"]))
        if guid is None:
            return None
        draft = self.tenants.get(guid)
        if draft is None:
            return self._tenant_met_first(row, cells, customer, guid)
        if draft.customer is not customer:
            row.reasons.append(
                f"Row {draft.first.line} gives this tenant ID to {draft.customer.record.name}. Correct one of the two."
            )
            return None
        return draft

    def _tenant_met_first(
        self, row: PlannedRow, cells: dict[str, str], customer: CustomerDraft, guid: Any
    ) -> TenantDraft | None:
        record = self.records.tenants.get(guid)
        if record is not None and not self.rights.may_see(record):
            row.reasons.append(f"A tenant with this ID {NOT_YOURS}")
            return None
        if record is not None and record.customer_id != customer.record.pk:
            kept = record.customer
            row.reasons.append(f"This tenant belongs to {kept.name}, TPID {kept.tpid}. Correct the customer or the ID.")
            return None
        if record is None and not customer.is_new and not self.rights.may_add_tenant(customer.record):
            row.reasons.append(f"A customer with TPID {customer.record.tpid} {NOT_YOURS}")
            return None
        record = record or Tenant(guid=guid, customer=customer.record)
        draft = self._met(row, TenantDraft(record, customer, row))
        if draft.is_new:
            row.news.append(f"Tenant {guid}")
            self.tenants_named[customer, fold(cells.get("tenant", ""))].append(draft)
        return draft

    def _tenant_named(self, row: PlannedRow, title: str, customer: CustomerDraft) -> TenantDraft | None:
        folded = fold(title)
        drafts = self.tenants_named[customer, folded]
        met = {draft.record.pk for draft in drafts}
        kept = self.records.tenants_named[customer.record.pk, folded] if not customer.is_new else []
        kept = [record for record in kept if record.pk not in met]
        if len(drafts) + len(kept) == 1:
            return drafts[0] if drafts else self._met(row, TenantDraft(kept[0], customer, row))
        several = "Several tenants of this customer are called" if drafts or kept else "A new tenant needs its ID:"
        row.reasons.append(f"{several} “{values.short(title)}”. Give the tenant ID.")
        return None

    def _met(self, row: PlannedRow, draft: TenantDraft) -> TenantDraft:
        row.fresh = True
        self.tenants[draft.record.guid] = draft
        if not draft.is_new:
            self.tenants_named[draft.customer, draft.record.name_folded].append(draft)
        return draft

    # What a tenant has

    def _details(self, row: PlannedRow, cells: dict[str, str], draft: TenantDraft) -> None:
        readers: dict[str, Callable[[str], Any]] = {
            "tenant": lambda text: values.name(text, "Tenant"),
            "domain": values.domain,
            "country": lambda text: values.country(text, self.near),
            "time_zone": lambda text: values.time_zone(text, self.near),
            "seats": values.seats,
            "segment": lambda text: values.name(text, "Segment", LONGEST),
        }
        for key, (name, label) in DETAILS.items():
            if key not in cells or (key == "tenant" and "guid" not in cells):  # found by its name
                continue
            kept = None if draft.is_new else getattr(draft.record, name)
            if kept is not None and cells[key] == as_read_again(kept):
                value = kept  # what is kept is never refused, however it came there
            else:
                value = _try(row, lambda read=readers[key], text=cells[key]: read(text))
            if value is None:
                continue
            said = draft.said.get(name)
            if said and self.rows_differ_unread and kept is not None and not _alike(name, said[0], value):
                if _alike(name, kept, value):
                    continue  # the row of another engagement, in which nobody changed the cell
                said = None if _alike(name, kept, said[0]) else said
            if said is None:
                draft.said[name] = (value, row.line)
                row.fresh = True
                self._say(row, draft, name, label, value)
            elif not _alike(name, said[0], value):
                row.reasons.append(
                    f"{label}: row {said[1]} says “{_said(said[0])}”, this row “{_said(value)}”. "
                    "Correct one of the two."
                )

    def _say(self, row: PlannedRow, draft: TenantDraft, name: str, label: str, value: Any) -> None:
        if draft.is_new:
            if name != "name":
                row.news.append(f"{label} {_said(value)}")
            return
        kept = getattr(draft.record, name)
        if _alike(name, kept, value):
            return
        if not self.rights.may_change(draft.record):
            row.reasons.append(f"{label} differs from what is kept, and you may read this tenant, not change it.")
            return
        draft.changed[name] = value
        row.changes.append(Change(label, _said(kept), _said(value)))

    def _without_tenant(self, row: PlannedRow, cells: dict[str, str]) -> None:
        given = [label for key, (_, label) in DETAILS.items() if key in cells]
        given += ["Services"] if "services" in cells else []
        if given:
            what = " and ".join(given) if len(given) < 3 else f"{', '.join(given[:-1])} and {given[-1]}"
            row.reasons.append(f"{what}: of which tenant? Give the tenant and its ID.")
        elif "user" not in cells and not row.reasons:
            row.reasons.append("The row names neither a tenant nor a user. Give one of them, or take the row out.")

    def _services(self, row: PlannedRow, cells: dict[str, str], draft: TenantDraft | None) -> None:
        if "services" not in cells:
            return
        read = _try(row, lambda: values.services(cells["services"], self.records.services))
        if read is None:
            return
        found, strange = read
        for part in strange:
            likely = self.near(fold(part), self.records.services, most=2)
            hint = _or(dict.fromkeys(self.records.services[spelling].name for spelling in likely))
            row.reasons.append(f"“{values.short(part)}” is not a service.{f' Is {hint} meant?' if hint else ''}")
        before, after = [], []
        for service, count in found:
            if service.kind != Service.Kind.WORKLOAD:
                row.reasons.append(NO_SERVICE[service.kind].format(service.name))
            elif draft:
                self._service(row, draft, service, count, before, after)
        if after and draft.is_new:
            row.news.append(f"Services {', '.join(after)}")
        elif after:
            row.changes.append(Change("Services", ", ".join(before), ", ".join(after)))

    def _service(
        self, row: PlannedRow, draft: TenantDraft, service: Service, count: int | None, before: list, after: list
    ) -> None:
        _, said, line = draft.services.get(service.pk, (service, None, 0))
        if said is not None and count not in (None, said):
            row.reasons.append(
                f"{service.label}: row {line} says {said:,}, this row {count:,}. Correct one of the two."
            )
            return
        if line and (count is None or said is not None):
            return
        draft.services[service.pk] = (service, count, row.line)
        row.fresh = True
        kept = None if draft.is_new else self.records.tenant_services[draft.record.pk].get(service.pk)
        if kept and count in (None, kept.entitlements):
            return
        if kept and (said := too_few(kept, count)):
            row.reasons.append(f"{service.label}: {said}")
            return
        if not draft.is_new and not self.rights.may_change(draft.record):
            row.reasons.append(
                f"{service.label} differs from what is kept, and you may read this tenant, not change it."
            )
            return
        if kept:
            before.append(f"{service.label} {kept.entitlements:,}")
        after.append(service.label if count is None else f"{service.label} {count:,}")

    # The whole

    def _complete(self, draft: TenantDraft) -> None:
        if draft.is_new:
            for name, what in (("name", "name"), ("domain", "domain, such as contoso.onmicrosoft.com")):
                column = {"name": "tenant"}.get(name, name)
                if name not in draft.said and column not in draft.first.row.values:
                    draft.first.reasons.append(f"A new tenant needs a {what}.")

    def _result(self, planned: list[PlannedRow]) -> Plan:
        result = Plan(rows=planned, options=self.team.options, unowned=self.team.unowned)
        if result.refused:
            return result
        result.customers = [draft.record for draft in self.customers.values() if draft.is_new]
        for draft in self.tenants.values():
            if draft.is_new:
                result.tenants.append(draft)
            elif draft.changed:
                result.changed_tenants.append(draft)
            kept = {} if draft.is_new else self.records.tenant_services[draft.record.pk]
            for service, count, _ in draft.services.values():
                row = kept.get(service.pk)
                if row is None:
                    result.services.append(TenantService(tenant=draft.record, service=service, entitlements=count or 0))
                elif count not in (None, row.entitlements):
                    row.had, row.was, row.entitlements = row.available, row.entitlements, count
                    result.entitlements.append(row)
        result.wishes = [wish for wish in self.team.wishes.values() if wish.is_change]
        return result


def _try(row: PlannedRow, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except values.Unclear as unclear:
        row.reasons.append(str(unclear))
        return None


def too_few(kept: TenantService, count: int) -> str:
    """Why seats cannot go: more than stand at Status Unknown would (R47)."""
    lost = kept.available - count if kept.entitlements_override is None else 0
    unknown = sum(one.count for one in kept.slices.all() if one.l1 == Consumption.STATUS_UNKNOWN)
    if lost <= unknown:
        return ""
    return (
        f"from {kept.available:,} to {count:,} takes {lost:,} seats away, and only {unknown:,} stand at Status "
        "Unknown. Lower the slices of the service first."
    )


def _is_named(customer: Customer, title: str) -> bool:
    return fold(title) in (customer.name_folded, fold(as_read_again(customer.name)))


def as_read_again(kept: Any) -> str:
    """What is kept as the text that reading makes of an exported cell."""
    return clean(harmless(str(kept)))


def _name(tenant: str, customer: str) -> str:
    return f"{tenant}, {customer}" if tenant and customer and tenant != customer else tenant or customer


def _title(cells: dict[str, str], *keys: str) -> str:
    return next((values.short(cells[key]) for key in keys if key in cells), "")


def _said(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _alike(name: str, one: Any, other: Any) -> bool:
    return one.casefold() == other.casefold() if name == "domain" else one == other


def _or(names: Iterable[str]) -> str:
    return " or ".join(names)
