"""Recording DIBS and SSAT of the services of a tenant, and confirming DIBS with the customer (DOMAIN §3.5).

Intent is not among the answers that are kept: it is what the slices say. Capturing it moves the seats nobody
was asked about, In Progress with the due date as their target, or to No Intent.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from engagements.adoption.dibs import missing_dibs
from engagements.entitlements import intent as intent_of
from engagements.entitlements import moved_to
from engagements.models import AdoptionRecord, Tenant, TenantService, User
from engagements.services import entitlements, events, overtaking, summaries
from engagements.services.contacts import find_or_add_contact
from engagements.services.locking import lock_tenant, write
from engagements.services.refusals import Refused
from tasks.consumption import Consumption
from tasks.models import Service

SSAT = ("stakeholders", "scenarios", "awareness", "training")
LETTERS = ("due_on", "business_reason", "success_owner")
ADOPTION_FIELDS = (*LETTERS, *(f"{letter}{part}" for letter in SSAT for part in ("", "_text")))
INTENTS = {"yes": Consumption.IN_PROGRESS, "no": Consumption.NO_INTENT}


@write
def record_adoption(*, tenant_service: TenantService, by: User, today: date, **values: Any) -> AdoptionRecord:
    """Saves DIBS and SSAT of one service; what changed is kept in the history."""
    tenant = lock_tenant(tenant_service.tenant_id)
    (record,) = capture_adoption(tenant=tenant, services=[tenant_service.service], by=by, today=today, **values)
    return record


@write
def capture_adoption(
    *,
    tenant: Tenant,
    services: Iterable[Service],
    by: User,
    today: date,
    owner_name: str = "",
    intent: str = "",
    confirmed: bool = False,
    **values: Any,
) -> list[AdoptionRecord]:
    """Saves the same answers for one service or several; the name of a new success owner becomes a contact."""
    services, at = list(services), timezone.now()
    if not services:
        raise Refused("Tick the services that this is about.", "services")
    tenant = lock_tenant(tenant.pk)
    if owner_name.strip():
        values["success_owner"] = find_or_add_contact(customer=tenant.customer, name=owner_name, by=by)
    records = []
    for row in held(tenant, services):
        record = put_adoption(row, values, by=by, at=at, confirmed_on=today if confirmed else None)
        entitlements.follow_due(row, record.due_on)
        if intent:
            _say_intent(row, intent, record.due_on, by, at)
        records.append(record)
    summaries.refresh_tenant(tenant.pk)
    return records


@write
def confirm_dibs(*, tenant: Tenant, services: Iterable[Service], by: User, today: date) -> list[AdoptionRecord]:
    """Says that the customer stands by the DIBS of these services; refuses where there are none to confirm."""
    tenant, at = lock_tenant(tenant.pk), timezone.now()
    records = []
    for row in held(tenant, services):
        missing = missing_dibs(row)
        if missing:
            raise Refused(f"{row.service.label} lacks {names(missing)}. Add it, then confirm.")
        records.append(put_adoption(row, {}, by=by, at=at, confirmed_on=today))
    if not records:
        raise Refused("No service has DIBS that could be confirmed.")
    summaries.refresh_tenant(tenant.pk)
    return records


# Under the lock ---------------------------------------------------------------------------------------


def held(tenant: Tenant, services: Iterable[Service]) -> list[TenantService]:
    """The tenant's rows of these services, in their order; what a tenant lacked it has from now on."""
    services = list(services)
    known = set(TenantService.objects.filter(tenant=tenant).values_list("service", flat=True))
    TenantService.objects.bulk_create(
        TenantService(tenant=tenant, service=service) for service in services if service.pk not in known
    )
    rows = TenantService.objects.filter(tenant=tenant, service__in=services)
    return list(rows.select_related("tenant", "service", "adoption"))


def put_adoption(
    row: TenantService,
    values: Mapping[str, Any],
    *,
    by: User,
    at: datetime,
    confirmed_on: date | None = None,
    seen: Mapping[str, Any] | None = None,
) -> AdoptionRecord:
    """Writes what differs, with an event where something does. A letter that changes is to be confirmed anew."""
    record = getattr(row, "adoption", None) or AdoptionRecord(tenant_service=row)
    object = f"adoption:{row.service_id}"
    changes = overtaking.put(record, values, seen=seen, object=object, tenant=row.tenant)
    if row.starts_on and record.due_on and "due_on" in changes.after and record.due_on < row.starts_on:
        raise Refused(f"The due date is before the engagement start, {row.starts_on:%-d %b %Y}.", "due_on")
    if not changes and not confirmed_on:
        return record
    before, after = dict(changes.before), dict(changes.after)
    if (confirmed_on or set(LETTERS) & set(after)) and record.confirmed_on != confirmed_on:
        before["confirmed_on"] = overtaking.plain(record.confirmed_on)
        after["confirmed_on"] = overtaking.plain(confirmed_on)
        record.confirmed_on = confirmed_on
    record.changed_by = by
    record.save()
    row.adoption = record
    verb = "recorded" if changes else "confirmed"
    events.record(verb, object, by=by, tenant=row.tenant, before=before, after=after, at=at)
    return record


def _say_intent(row: TenantService, intent: str, due_on: date | None, by: User, at: datetime) -> None:
    """Moves the seats at Status Unknown; refuses where none are left to say it with."""
    if intent == "yes" and due_on is None:
        raise Refused("Give a due date with the intent: In Progress seats need a target date.", "due_on")
    grid = moved_to(entitlements.grid_of(row.slices.all()), row.available, INTENTS[intent])
    if intent_of(one.l1 for one in grid) != intent:
        raise Refused(f"{row.service.label} has no seats at Status Unknown. Change its slices instead.", "intent")
    entitlements.write_grid(row, grid, due_on=due_on, by=by, at=at)


def names(missing: list[str]) -> str:
    """ "a due date, intent and a success owner"."""
    *others, last = [name if name == "intent" else f"a {name}" for name in missing]
    return f"{', '.join(others)} and {last}" if others else last
