"""Writes customers, tenants, services and assignments that a spreadsheet named."""

from django.utils import timezone

from engagements.importing.plan import Plan, TenantDraft, Wish
from engagements.models import Customer, Event, Tenant, TenantService, User
from engagements.services import assignments, entitlements, summaries
from tasks.folding import fold

CHUNK = 500


def write_records(todo: Plan, by: User) -> dict[str, int]:
    """Everything that was planned; returns how many of what."""
    Customer.objects.bulk_create(todo.customers, batch_size=CHUNK)
    _write_tenants(todo)
    _write_services(todo)
    assigned = sum(wish.kept is None for wish in todo.wishes)
    _tell(todo, by, of_team=assignments.put_many(_puts(todo.wishes), by=by))
    # Lists look at the services of a tenant; its other fields are read from the tenant itself.
    new = {draft.record.pk for draft in todo.tenants}
    summaries.refresh_tenants({row.tenant_id for row in [*todo.services, *todo.entitlements]} - new)
    return {
        "customers": len(todo.customers),
        "tenants": len(todo.tenants),
        "tenants_changed": len(_changed_tenants(todo)),
        "services": len(todo.services),
        "assignments": assigned,
        "assignments_changed": len(todo.wishes) - assigned,
    }


def _write_tenants(todo: Plan) -> None:
    for draft in todo.tenants:
        _fill(draft.record, {name: value for name, (value, _) in draft.said.items()})
    Tenant.objects.bulk_create([draft.record for draft in todo.tenants], batch_size=CHUNK)
    # "before" of the events is read while the records still hold it.
    for draft in todo.changed_tenants:
        draft.before = {name: getattr(draft.record, name) for name in draft.changed}
        _fill(draft.record, draft.changed)
    fields = ["name", "name_folded", "domain", "country", "time_zone", "seats", "segment"]
    Tenant.objects.bulk_update([draft.record for draft in todo.changed_tenants], fields, batch_size=100)
    summaries.rename(draft.record.pk for draft in todo.changed_tenants if {"name", "domain"} & draft.changed.keys())


def _fill(tenant: Tenant, values: dict) -> None:
    for name, value in values.items():
        setattr(tenant, name, value)
    tenant.name_folded = fold(tenant.name)


def _write_services(todo: Plan) -> None:
    """New seats enter as Status Unknown, lost ones leave it (R47)."""
    TenantService.objects.bulk_create(todo.services, batch_size=CHUNK)
    TenantService.objects.bulk_update(todo.entitlements, ["entitlements"], batch_size=CHUNK)
    for is_duplicate in (False, True):
        rows = [row for row in todo.services if row.tenant.is_duplicate is is_duplicate]
        entitlements.enter_seats(rows, is_duplicate=is_duplicate)
    entitlements.change_seats([(row, row.had) for row in todo.entitlements])


def _puts(wishes: list[Wish]) -> list[assignments.Put]:
    return [assignments.Put(wish.place.record, wish.user, wish.role, bool(wish.primary), wish.kept) for wish in wishes]


def _tell(todo: Plan, by: User, of_team: list[Event]) -> None:
    """History in the words that the single services use (``services/customers.py``)."""
    now = timezone.now()

    def event(tenant_id: int, verb: str, object: str, before: dict | None = None, after: dict | None = None) -> Event:
        return Event(
            tenant_id=tenant_id, actor=by, at=now, verb=verb, object=object, before=before or {}, after=after or {}
        )

    new = {draft.record.pk for draft in todo.tenants}
    events = [event(draft.record.pk, "added", "tenant", after=_said(draft)) for draft in todo.tenants]
    events += [event(d.record.pk, "changed", "tenant", d.before, d.changed) for d in todo.changed_tenants]
    events += [
        event(row.tenant_id, "added", f"service:{row.service_id}", after={"entitlements": row.entitlements})
        for row in todo.services
        if row.tenant_id not in new
    ]
    events += [
        event(
            row.tenant_id,
            "changed",
            f"service:{row.service_id}",
            {"entitlements": row.was},
            {"entitlements": row.entitlements},
        )
        for row in todo.entitlements
    ]
    Event.objects.bulk_create(events + of_team, batch_size=CHUNK)


def _said(draft: TenantDraft) -> dict:
    services = [service.name for service, _, _ in draft.services.values()]
    return {"guid": str(draft.record.guid), "name": draft.record.name, "services": services}


def _changed_tenants(todo: Plan) -> set[int]:
    new = {draft.record.pk for draft in todo.tenants}
    changed = {draft.record.pk for draft in todo.changed_tenants}
    return (changed | {row.tenant_id for row in [*todo.services, *todo.entitlements]}) - new
