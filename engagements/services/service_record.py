"""Saving everything that one form shows of a service: its seats, DIBS and SSAT, start, delivery and forecast.

All of it or nothing, under the tenant's lock; each part leaves an event of its own with the same moment.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.utils import timezone

from engagements.entitlements import Grid, NoSuchSeats, Slice, adjusted
from engagements.models import Event, Forecast, Tenant, TenantService, User
from engagements.services import entitlements, events, notes, overtaking, summaries
from engagements.services.adoption import held, put_adoption
from engagements.services.contacts import find_or_add_contact
from engagements.services.entitlements import Scenarios
from engagements.services.locking import lock, write
from engagements.services.refusals import Refused
from tasks.consumption import Consumption
from tasks.models import Service

DELIVERY_FIELDS = ("entitlements_override", "starts_on", "stage", "scenario", "migrates_data", "migration_rejected")
FORECAST_FIELDS = ("submitted_on", "ten_percent_on", "forty_percent_on")


@dataclass(frozen=True)
class ServiceValues:
    """What the form says. Without a ``grid`` or ``scenarios`` these stay; ``why`` explains a moved start (R48)."""

    grid: Grid | None = None
    scenarios: Scenarios | None = None
    adoption: Mapping[str, Any] = field(default_factory=dict)
    delivery: Mapping[str, Any] = field(default_factory=dict)
    forecast: Mapping[str, date | None] | None = None
    owner_name: str = ""
    confirmed: bool = False
    why: str = ""


@write
def save_service(
    *,
    engagement_id: int,
    service: Service,
    values: ServiceValues,
    by: User,
    today: date,
    seen: Mapping[str, Any] | None = None,
) -> list[Event]:
    """Returns the events of what changed, none where all stood there already."""
    engagement = lock(engagement_id)
    tenant, at = engagement.tenant, timezone.now()
    newest = Event.objects.filter(tenant=tenant).order_by("-pk").values_list("pk", flat=True).first() or 0
    (row,) = held(tenant, [service])
    before = entitlements.grid_of(row.slices.all())
    was, started = row.available, row.starts_on
    _put_delivery(row, values.delivery, by, at, seen)
    adoption = dict(values.adoption)
    if values.owner_name.strip():
        adoption["success_owner"] = find_or_add_contact(customer=tenant.customer, name=values.owner_name, by=by)
    record = put_adoption(row, adoption, by=by, at=at, confirmed_on=today if values.confirmed else None, seen=seen)
    if values.scenarios is not None:
        entitlements.write_scenarios(row, values.scenarios if row.migrates_data else [])
    _place(row, before, was, values.grid, record.due_on, by, at, (seen or {}).get("grid"))
    if row.starts_on != started:
        _move_start(engagement_id, row, started, record.due_on, values.why, by, today)
    if values.forecast is not None:
        _forecast(row, values.forecast, by, at)
    summaries.refresh_tenant(tenant.pk)
    objects = [f"{word}:{service.pk}" for word in ("service", "adoption", "slices")]
    return list(Event.objects.filter(tenant=tenant, pk__gt=newest, at=at, object__in=objects).order_by("pk"))


def _put_delivery(
    row: TenantService, delivery: Mapping[str, Any], by: User, at: datetime, seen: Mapping[str, Any] | None
) -> None:
    object = f"service:{row.service_id}"
    changes = overtaking.put(row, delivery, seen=seen, object=object, tenant=row.tenant)
    if row.migrates_data is False and not row.migration_rejected:
        raise Refused("Say why Microsoft does not migrate the data.", "migration_rejected")
    if row.migrates_data is not False and row.migration_rejected:
        row.migration_rejected = ""
    if changes:
        row.save(update_fields=DELIVERY_FIELDS)
        events.record("changed", object, by=by, tenant=row.tenant, before=changes.before, after=changes.after, at=at)


def _place(
    row: TenantService,
    before: Grid,
    was: int,
    grid: Grid | None,
    due_on: date | None,
    by: User,
    at: datetime,
    seen: Any,
) -> None:
    """Writes the grid. Where only the number of seats changed, new ones enter and lost ones leave by R47."""
    is_untouched = grid is None or [one.plain() for one in grid if one.count] == [one.plain() for one in before]
    if is_untouched:
        try:
            grid = adjusted(before, was, row.available)
        except NoSuchSeats as few:
            lost = was - row.available
            said = f"{lost:,} seats are to go, and {few.unknown:,} stand at Status Unknown. Say which slice loses them."
            raise Refused(said, "grid") from None
        seen = None
    if grid or before or row.available:
        entitlements.write_grid(row, grid, due_on=due_on, by=by, at=at, seen=seen)


def _move_start(
    engagement_id: int, row: TenantService, started: date | None, due_on: date | None, why: str, by: User, today: date
) -> None:
    """R48: a start is for In Progress; moving one is explained in an Engagement Management note."""
    if row.starts_on and not row.slices.filter(l1=Consumption.IN_PROGRESS.value).exists():
        raise Refused("An engagement start is for seats In Progress, and none are.", "starts_on")
    if row.starts_on and due_on and due_on < row.starts_on:
        raise Refused(f"The due date, {due_on:%-d %b %Y}, is before the engagement start.", "starts_on")
    if started is None:
        return
    if not why.strip():
        raise Refused("Say why the start moves. It becomes an Engagement Management note.", "why")
    moved = f"to {row.starts_on:%-d %b %Y}" if row.starts_on else "to a day not known yet"
    body = f"Engagement start of {row.service.label} moved from {started:%-d %b %Y} {moved}: {why.strip()}"
    note = notes.NewNote(token=uuid4(), body=body, services=(row.service_id,))
    notes.write_note(engagement_id=engagement_id, note=note, by=by, today=today)


def _forecast(row: TenantService, said: Mapping[str, date | None], by: User, at: datetime) -> None:
    """R49: Submitted ≤ 10 % ≤ 40 %; each save is kept beside the earlier ones."""
    newest = row.forecasts.first()
    now = {name: getattr(newest, name, None) for name in FORECAST_FIELDS}
    wanted = {name: said.get(name) for name in FORECAST_FIELDS}
    if wanted == now:
        return
    submitted, ten, forty = wanted.values()
    if submitted is None:
        raise Refused("A forecast needs the day on which the RFA was submitted.", "submitted_on")
    if ten and ten < submitted:
        raise Refused("10 % cannot be reached before the RFA was submitted.", "ten_percent_on")
    if forty and forty < (ten or submitted):
        raise Refused("40 % cannot be reached before 10 %, nor before the RFA was submitted.", "forty_percent_on")
    Forecast.objects.create(tenant_service=row, at=at, by=by, **wanted)
    before, after = ({name: overtaking.plain(value) for name, value in one.items()} for one in (now, wanted))
    events.record("forecast", f"service:{row.service_id}", by=by, tenant=row.tenant, before=before, after=after, at=at)


def restore(event: Event, by: User) -> None:
    """Takes back what one save of the form changed: the event and those of the same moment."""
    service_id = event.about.id
    objects = [f"{word}:{service_id}" for word in ("service", "adoption", "slices")]
    together = Event.objects.filter(tenant=event.tenant_id, actor=by, at=event.at, object__in=objects)
    if reason := why_no_undo(together):
        raise Refused(reason)
    values: dict[str, dict[str, Any]] = {}
    for one in together:
        if one.verb == "forecast":
            _take_forecast_back(one, by)
            continue
        values.setdefault(one.about.kind, {}).update(one.before)
    _write_back(event.tenant, Service.objects.get(pk=service_id), values, by)


def why_no_undo(saved: Iterable[Event]) -> str:
    """Why what one save left cannot be taken back in one go; empty where it can. A first start has no note (R48)."""
    for one in saved:
        if one.before.get("starts_on"):
            return "The start moved, and a note says why: move it back by hand."
        if one.verb in ("added", "enabled", "disabled", "took into scope"):
            return "This left more behind than a value. Change it back by hand."
    return ""


def _take_forecast_back(event: Event, by: User) -> None:
    """Only the forecast of that save goes; those before it were never its business."""
    service_id = event.about.id
    saved = Forecast.objects.filter(tenant_service__tenant=event.tenant_id, tenant_service__service=service_id)
    saved.filter(at=event.at).delete()
    events.record("forecast", event.object, by=by, tenant=event.tenant, before=event.after, after=event.before)


def _write_back(tenant: Tenant, service: Service, values: dict[str, dict[str, Any]], by: User) -> None:
    (row,) = held(tenant, [service])
    at, adoption = timezone.now(), values.get("adoption", {})
    confirmed = adoption.pop("confirmed_on", None)
    if "due_on" in adoption:
        adoption["due_on"] = _date(adoption["due_on"])
    if "success_owner" in adoption:
        adoption["success_owner"] = tenant.customer.contacts.filter(pk=adoption["success_owner"]).first()
    before, was = entitlements.grid_of(row.slices.all()), row.available
    _put_delivery(row, values.get("service", {}), by, at, None)
    record = put_adoption(row, adoption, by=by, at=at, confirmed_on=_date(confirmed))
    grid = [Slice.from_plain(one) for one in values["slices"]["grid"]] if "slices" in values else None
    _place(row, before, was, grid, record.due_on, by, at, None)
    summaries.refresh_tenant(tenant.pk)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
