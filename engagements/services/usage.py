"""Keeping how many people use the services of a tenant: one reading per service and day (DOMAIN §3.7, Usage)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.utils import timezone

from engagements.models import Event, TenantService, UsageReading, User
from engagements.services import events, overtaking, summaries
from engagements.services.locking import lock_tenant, write
from engagements.services.refusals import Refused
from engagements.usage import why_no_day

CHUNK = 500


@write
def record_usage(
    *,
    tenant_service: TenantService,
    on: date,
    active_users: int,
    by: User,
    today: date,
    seen: Mapping[str, Any] | None = None,
) -> Event | None:
    """Says how many people were active on a day; a second time for the same day corrects what was said.

    ``seen`` is the reading of that day as the person was shown it. Nothing is told where nothing changes.
    """
    if wrong := why_no_day(on, today):
        raise Refused(wrong, "on")
    lock_tenant(tenant_service.tenant_id)
    told = _put(tenant_service, on, active_users, by, seen)
    summaries.refresh_tenant(tenant_service.tenant_id)
    return told


@write
def record_usage_of_day(
    *, active_users: Mapping[TenantService, int], on: date, by: User, today: date
) -> list[TenantService]:
    """The same for several services of one tenant in one go; returns those that changed."""
    if wrong := why_no_day(on, today):
        raise Refused(wrong, "on")
    if not active_users:
        raise Refused("Give the active users of at least one service.")
    tenant_id = next(iter(active_users)).tenant_id
    lock_tenant(tenant_id)
    changed = [row for row, number in active_users.items() if _put(row, on, number, by)]
    summaries.refresh_tenant(tenant_id)
    return changed


@write
def remove_usage(*, tenant_service: TenantService, on: date, by: User) -> Event:
    """Takes a reading away that was never right; the history keeps what it said."""
    lock_tenant(tenant_service.tenant_id)
    reading = UsageReading.objects.filter(tenant_service=tenant_service, on=on).first()
    if reading is None:
        raise Refused("Somebody has taken this reading away already.")
    reading.delete()
    told = _tell("removed", tenant_service, by, on, before=reading.active_users, after=None)
    summaries.refresh_tenant(tenant_service.tenant_id)
    return told


def write_readings(*, new: Iterable[UsageReading], corrected: Iterable[tuple[UsageReading, int]], by: User) -> None:
    """Enters and corrects readings of many tenants, which the caller has locked; ``corrected`` with what was there."""
    new, corrected = list(new), list(corrected)
    now = timezone.now()
    for reading in (*new, *(reading for reading, _ in corrected)):
        reading.at, reading.by = now, by
    UsageReading.objects.bulk_create(new, batch_size=CHUNK)
    UsageReading.objects.bulk_update([one for one, _ in corrected], ["active_users", "at", "by"], batch_size=CHUNK)
    Event.objects.bulk_create(_imported(new, corrected, by, now), batch_size=CHUNK)
    changed = {reading.tenant_service.tenant_id for reading in (*new, *(one for one, _ in corrected))}
    summaries.refresh_tenants(changed)


def put_back(event: Event, by: User) -> None:
    """Undoes the event of one reading: removes what was entered, or says again what was there."""
    service = event.about.id
    row = TenantService.objects.get(tenant=event.tenant_id, service=service)
    on, before = date.fromisoformat(event.before["on"]), event.before["active_users"]
    if before is None:
        remove_usage(tenant_service=row, on=on, by=by)
    else:
        record_usage(tenant_service=row, on=on, active_users=before, by=by, today=timezone.localdate())


def _put(row: TenantService, on: date, number: int, by: User, seen: Mapping[str, Any] | None = None) -> Event | None:
    reading = UsageReading.objects.filter(tenant_service=row, on=on).first()
    reading = reading or UsageReading(tenant_service=row, on=on)
    is_new = reading.pk is None
    changes = overtaking.put(
        reading, {"active_users": number}, seen=seen, object=f"usage:{row.service_id}", tenant=row.tenant
    )
    if not changes:
        return None
    reading.at, reading.by = timezone.now(), by
    reading.save()
    before = changes.before["active_users"]
    return _tell("entered" if is_new else "corrected", row, by, on, before=before, after=number)


def _tell(verb: str, row: TenantService, by: User, on: date, *, before: int | None, after: int | None) -> Event:
    day = {"on": on.isoformat()}
    return events.record(
        verb,
        f"usage:{row.service_id}",
        by=by,
        tenant=row.tenant,
        before={**day, "active_users": before},
        after={**day, "active_users": after},
    )


def _imported(
    new: list[UsageReading], corrected: list[tuple[UsageReading, int]], by: User, at: datetime
) -> Iterator[Event]:
    """One sentence for all new readings of a service; what was corrected is told one by one, with what was there."""

    def event(row: TenantService, verb: str, before: dict, after: dict) -> Event:
        told = f"usage:{row.service_id}"
        return Event(tenant_id=row.tenant_id, actor=by, at=at, verb=verb, object=told, before=before, after=after)

    in_order = sorted(new, key=lambda one: (one.tenant_service_id, one.on))
    for _, found in groupby(in_order, key=lambda one: one.tenant_service_id):
        days = list(found)
        first, last = days[0].on.isoformat(), days[-1].on.isoformat()
        yield event(days[0].tenant_service, "imported", {}, {"readings": len(days), "first": first, "last": last})
    for reading, was in corrected:
        day = {"on": reading.on.isoformat()}
        before, after = {**day, "active_users": was}, {**day, "active_users": reading.active_users}
        yield event(reading.tenant_service, "corrected", before, after)
