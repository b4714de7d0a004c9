"""Applies a spreadsheet that somebody looked at: all of it or nothing, and once."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils import timezone

from engagements.importing.plan import Plan, TenantDraft, Wish
from engagements.importing.planning import plan
from engagements.importing.reading import Row, Sheet
from engagements.models import Assignment, Customer, Engagement, Event, ImportBatch, Tenant, TenantService, User
from engagements.services import summaries
from engagements.services.refusals import Refused
from tasks.folding import fold

CHUNK = 500


class Superseded(Refused):
    """Records were changed since the preview was drawn, so that applying would do something else."""


def keep_batch(*, sheet: Sheet, file_name: str, by: User) -> ImportBatch:
    """Keeps the rows of an upload until somebody has looked at them."""
    name = f"{file_name[:120]}, sheet {sheet.sheet}" if sheet.sheet else file_name
    rows = [{"line": row.line, "values": row.values} for row in sheet.rows]
    return ImportBatch.objects.create(uploaded_by=by, file_name=name[:200], rows=rows)


def planned(batch: ImportBatch, *, lock: bool = False) -> Plan:
    """What applying would do now."""
    return plan([Row(row["line"], row["values"]) for row in batch.rows], batch.uploaded_by, lock=lock)


def apply(*, batch: ImportBatch, by: User, seen: str = "") -> dict[str, int]:
    """Writes the whole spreadsheet; a second time it only says again how many of what were written.

    ``seen`` is the fingerprint of the plan that the person agreed to.
    """
    try:
        with transaction.atomic():
            return _apply(batch, by, seen)
    except IntegrityError:
        raise Superseded("Somebody changed the same records just now. Look at the rows again, then apply.") from None


def forget_batches(*, before) -> int:
    """Deletes uploads that were neither looked at nor applied for long; returns how many."""
    return ImportBatch.objects.filter(uploaded_at__lt=before).delete()[0]


def _apply(batch: ImportBatch, by: User, seen: str) -> dict[str, int]:
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("uploaded_by").get(pk=batch.pk)
    if batch.uploaded_by_id != by.pk:
        raise Refused("Only the person who uploaded a spreadsheet may apply it.")
    if batch.applied_at:
        return batch.applied
    todo = planned(batch, lock=True)
    if todo.refused:
        raise Refused("Some rows are refused, so nothing was written. Mend them and upload the spreadsheet again.")
    if seen and seen != todo.fingerprint:
        raise Superseded("Records were changed since you looked. Look at the rows again, then apply.")
    Customer.objects.bulk_create(todo.customers, batch_size=CHUNK)
    _write_tenants(todo)
    _write_services(todo)
    assigned = _write_team(todo.wishes)
    _tell(todo, by)
    _refresh([row.tenant_id for row in [*todo.services, *todo.entitlements]], new=todo.tenants)
    batch.applied_at = timezone.now()
    batch.applied = {
        "customers": len(todo.customers),
        "tenants": len(todo.tenants),
        "tenants_changed": len(_changed_tenants(todo)),
        "services": len(todo.services),
        "assignments": assigned,
        "assignments_changed": len(todo.wishes) - assigned,
    }
    batch.save(update_fields=["applied_at", "applied"])
    return batch.applied


def _write_tenants(todo: Plan) -> None:
    for draft in todo.tenants:
        _fill(draft.record, {name: value for name, (value, _) in draft.said.items()})
    Tenant.objects.bulk_create([draft.record for draft in todo.tenants], batch_size=CHUNK)
    # "before" of the events is read while the records still hold it.
    for draft in todo.changed_tenants:
        draft.before = {name: getattr(draft.record, name) for name in draft.changed}
        _fill(draft.record, draft.changed)
    fields = ["name", "name_folded", "domain", "country", "time_zone", "seats"]
    Tenant.objects.bulk_update([draft.record for draft in todo.changed_tenants], fields, batch_size=100)


def _fill(tenant: Tenant, values: dict) -> None:
    for name, value in values.items():
        setattr(tenant, name, value)
    tenant.name_folded = fold(tenant.name)


def _write_services(todo: Plan) -> None:
    TenantService.objects.bulk_create(todo.services, batch_size=CHUNK)
    TenantService.objects.bulk_update(todo.entitlements, ["entitlements"], batch_size=CHUNK)


def _write_team(wishes: list[Wish]) -> int:
    """Who gives up being primary comes first, so that there is never a second one; returns how many are new."""
    kept = [wish for wish in wishes if wish.kept]
    for wish in kept:
        wish.kept.primary = wish.primary
    for primary in (False, True):
        rows = [wish.kept for wish in kept if wish.primary is primary]
        Assignment.objects.bulk_update(rows, ["primary"], batch_size=CHUNK)
    new = [
        Assignment(
            user=wish.user,
            role=wish.role,
            primary=bool(wish.primary),
            **{"tenant" if isinstance(wish.place, TenantDraft) else "customer": wish.place.record},
        )
        for wish in wishes
        if not wish.kept
    ]
    Assignment.objects.bulk_create(new, batch_size=CHUNK)
    return len(new)


def _tell(todo: Plan, by: User) -> None:
    """History in the words that the single services use (``services/customers.py``, ``admin/people.py``)."""
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
    places = _tenants_of([wish.place.record for wish in todo.wishes if not isinstance(wish.place, TenantDraft)])
    for wish in todo.wishes:
        at = [wish.place.record.pk] if isinstance(wish.place, TenantDraft) else places.get(wish.place.record.pk, [])
        facts = {"role": wish.role.name, "primary": bool(wish.primary)}
        before = {"role": wish.role.name, "primary": not wish.primary} if wish.kept else {}
        events += [
            event(pk, "changed" if wish.kept else "assigned", f"user:{wish.user.pk}", before, facts) for pk in at
        ]
    Event.objects.bulk_create(events, batch_size=CHUNK)


def _said(draft: TenantDraft) -> dict:
    services = [service.name for service, _, _ in draft.services.values()]
    return {"guid": str(draft.record.guid), "name": draft.record.name, "services": services}


def _tenants_of(customers: list[Customer]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    rows = Tenant.objects.filter(customer__in=customers).order_by("pk").values_list("customer_id", "pk")
    for customer, tenant in rows:
        found.setdefault(customer, []).append(tenant)
    return found


def _changed_tenants(todo: Plan) -> set[int]:
    new = {draft.record.pk for draft in todo.tenants}
    changed = {draft.record.pk for draft in todo.changed_tenants}
    return (changed | {row.tenant_id for row in [*todo.services, *todo.entitlements]}) - new


def _refresh(tenant_ids: Iterable[int], new: list[TenantDraft]) -> None:
    """Lists look at the services of a tenant; its other fields are read from the tenant itself.

    The tenants are held first, in one order, as every other service holds them: a step that somebody completes
    meanwhile is then in the row, or writes it anew afterwards.
    """
    ids = set(tenant_ids) - {draft.record.pk for draft in new}
    list(Tenant.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
    open_ones = Engagement.objects.filter(tenant__in=ids).exclude(status=Engagement.Status.CLOSED)
    found = list(open_ones.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(found), summaries.CHUNK):
        summaries.refresh_many(found[start : start + summaries.CHUNK])
