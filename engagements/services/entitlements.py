"""Placing the seats of a tenant's services on statuses: the one writer of slices (R42–R47).

Everything here holds the tenant, so that two people who place the seats of one service come one after the other.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from engagements.entitlements import Grid, Problem, Slice, adjusted, apart, in_progress, in_words, problems, tidied
from engagements.models import Engagement, EntitlementSlice, Event, MigrationScenario, Tenant, TenantService, User
from engagements.services import events, overtaking, summaries
from engagements.services.locking import lock_tenant, write
from engagements.services.refusals import Refused
from tasks.consumption import NEW_SEATS, Consumption
from tasks.reasons import known_reasons, new_seats

Scenarios = list[tuple[str, int]]


class GridRefused(Refused):
    """The grid cannot stand; ``problems`` says why, row by row."""

    def __init__(self, found: list[Problem]):
        self.problems = found
        super().__init__(found[-1].text, "grid")


@write
def put_grid(
    *, tenant_service: TenantService, grid: Grid, by: User, scenarios: Scenarios | None = None
) -> Event | None:
    """Places all seats of one service at once; returns the event, or nothing where all stood there already."""
    lock_tenant(tenant_service.tenant_id)
    row = TenantService.objects.select_related("tenant", "service", "adoption").get(pk=tenant_service.pk)
    if scenarios is not None:
        write_scenarios(row, scenarios)
    event = write_grid(row, grid, due_on=due_on_of(row), by=by, at=timezone.now())
    summaries.refresh_tenant(row.tenant_id)
    return event


@write
def mark_duplicate(*, tenant: Tenant, by: User) -> Tenant:
    """Says that a tenant is a duplicate: all its seats become Duplicate/Invalid, and reports leave it out (R46)."""
    tenant = lock_tenant(tenant.pk)
    running = tenant.engagements.exclude(status=Engagement.Status.CLOSED).values_list("pk", flat=True)
    if running:
        raise Refused(f"Engagement {running[0]} of this tenant is open. Close it before the tenant is a duplicate.")
    return _set_duplicate(tenant, True, by)


@write
def unmark_duplicate(*, tenant: Tenant, by: User) -> Tenant:
    """Takes it back: the seats are asked about anew, as new ones (R47)."""
    return _set_duplicate(lock_tenant(tenant.pk), False, by)


def _set_duplicate(tenant: Tenant, is_duplicate: bool, by: User) -> Tenant:
    if tenant.is_duplicate == is_duplicate:
        raise Refused("This tenant is marked as a duplicate already." if is_duplicate else "It is no duplicate.")
    Tenant.objects.filter(pk=tenant.pk).update(is_duplicate=is_duplicate)
    tenant.is_duplicate = is_duplicate
    rows = TenantService.objects.filter(tenant=tenant)
    EntitlementSlice.objects.filter(tenant_service__tenant=tenant).delete()
    MigrationScenario.objects.filter(tenant_service__tenant=tenant).delete()
    enter_seats(rows, is_duplicate=is_duplicate)
    before, after = {"is_duplicate": not is_duplicate}, {"is_duplicate": is_duplicate}
    events.record("changed", f"tenant:{tenant.pk}", by=by, tenant=tenant, before=before, after=after)
    summaries.refresh_tenant(tenant.pk)
    return tenant


# Under the lock ---------------------------------------------------------------------------------------


def grid_of(rows: Iterable[EntitlementSlice]) -> Grid:
    """Stored slices as the rules read them."""
    return [
        Slice(
            one.l1,
            one.count,
            one.detail_id or one.reason_id or "",
            one.target_on,
            one.inherits_target,
            one.owner,
            one.note,
        )
        for one in rows
    ]


def due_on_of(row: TenantService) -> date | None:
    """The DIBS due date, which slices may follow."""
    adoption = getattr(row, "adoption", None)
    return adoption.due_on if adoption else None


def write_grid(
    row: TenantService,
    grid: Grid,
    *,
    due_on: date | None,
    by: User,
    at: datetime,
    seen: Any = None,
) -> Event | None:
    """Writes the slices of a held service, or refuses; the caller refreshes the summaries.

    ``seen`` is the grid that the person was shown, as plain values: somebody else's slices are not overwritten.
    """
    before = grid_of(row.slices.all())
    wanted = _merged(row, before, grid, seen)
    found = problems(
        wanted, row.available, due_on=due_on, reasons=known_reasons([o.why for o in wanted], row.service_id)
    )
    if found:
        raise GridRefused(found)
    wanted = tidied(wanted, row.available)
    if row.tenant.is_duplicate and any(one.l1 != Consumption.DUPLICATE for one in wanted):
        raise Refused("This tenant is a duplicate, so all its seats are Duplicate/Invalid.", "grid")
    refuse_scenarios(row, wanted)
    if wanted == before or [one.plain() for one in wanted] == [one.plain() for one in before]:
        row.slices.filter(inherits_target=True).exclude(target_on=due_on).update(target_on=due_on)
        return None
    row.slices.all().delete()
    EntitlementSlice.objects.bulk_create(_rows(row, wanted, due_on))
    return events.record(
        "placed",
        f"slices:{row.service_id}",
        by=by,
        tenant=row.tenant,
        before={"grid": [one.plain() for one in before], "words": in_words(before)},
        after={"grid": [one.plain() for one in wanted], "words": in_words(wanted)},
        at=at,
    )


def follow_due(row: TenantService, due_on: date | None) -> None:
    """Moves the targets that follow the due date with it (R44)."""
    followers = row.slices.filter(inherits_target=True)
    if due_on is None and followers.exists():
        raise Refused(
            "In Progress seats take their target from the due date. Give them one of their own first.", "due_on"
        )
    followers.update(target_on=due_on)


def write_scenarios(row: TenantService, scenarios: Scenarios) -> None:
    """Keeps how the seats are migrated; whether they total is asked once the grid stands."""
    if len({name for name, _ in scenarios}) < len(scenarios):
        raise Refused("Two migration scenarios have the same name. Join them.", "scenarios")
    if [(one.name, one.count) for one in row.migrations.all()] != scenarios:
        row.migrations.all().delete()
        MigrationScenario.objects.bulk_create(
            MigrationScenario(tenant_service=row, name=name, count=count) for name, count in scenarios
        )


def refuse_scenarios(row: TenantService, grid: Grid) -> None:
    """R43: where Microsoft migrates, the scenarios total the In Progress seats."""
    if row.migrates_data:
        placed = sum(row.migrations.values_list("count", flat=True))
        if said := apart(placed, in_progress(grid), "In Progress seats have a migration scenario"):
            raise Refused(said, "scenarios")


def enter_seats(rows: Iterable[TenantService], *, is_duplicate: bool = False) -> None:
    """The first slices of services that have none (R47)."""
    l1, reason = Consumption.STATUS_UNKNOWN, NEW_SEATS
    if is_duplicate:
        l1, reason = Consumption.DUPLICATE, None
    else:
        new_seats()
    EntitlementSlice.objects.bulk_create(
        [
            EntitlementSlice(tenant_service=row, l1=l1.value, reason_id=reason, count=row.available)
            for row in rows
            if row.available
        ],
        batch_size=500,
    )


def change_seats(rows: Iterable[tuple[TenantService, int]]) -> None:
    """Held services whose number of seats was ``before``: new ones enter, lost ones leave Status Unknown (R47).

    Raises NoSuchSeats where more are lost than stand there. Three queries, however many services.
    """
    changed = {row.pk: (row, before) for row, before in rows if row.available != before}
    if not changed:
        return
    new_seats()
    slices: dict[int, list[EntitlementSlice]] = {pk: [] for pk in changed}
    for one in EntitlementSlice.objects.filter(tenant_service__in=changed):
        slices[one.tenant_service_id].append(one)
    made = []
    for pk, (row, before) in changed.items():
        due_on = next((one.target_on for one in slices[pk] if one.inherits_target), None)
        made += _rows(row, adjusted(grid_of(slices[pk]), before, row.available), due_on)
    EntitlementSlice.objects.filter(tenant_service__in=changed).delete()
    EntitlementSlice.objects.bulk_create(made, batch_size=500)


def _rows(row: TenantService, grid: Grid, due_on: date | None) -> list[EntitlementSlice]:
    return [
        EntitlementSlice(
            tenant_service=row,
            l1=one.l1,
            reason_id=one.reason or None,
            detail_id=one.detail or None,
            count=one.count,
            target_on=due_on if one.follows_due else one.target_on,
            inherits_target=one.follows_due,
            owner=one.owner,
            note=one.note,
        )
        for one in grid
    ]


class _Shown:
    """The grid as one value that two people may change."""

    def __init__(self, grid: list[dict]):
        self.grid = grid


def _merged(row: TenantService, before: Grid, grid: Grid, seen: Any) -> Grid:
    """The person's grid, or the stored one where the person left it as it was shown; else Overtaken."""
    if seen is None:
        return grid
    held = _Shown([one.plain() for one in before])
    wanted = [one.plain() for one in tidied(grid, row.available)]
    object = f"slices:{row.service_id}"
    overtaking.put(held, {"grid": wanted}, seen={"grid": seen}, object=object, tenant=row.tenant)
    return before if held.grid != wanted else grid
