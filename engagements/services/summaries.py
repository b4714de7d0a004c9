"""Keeps the one row per engagement that lists filter and sort by."""

from collections.abc import Iterable

from django.db import models
from django.db.models import Count, Min
from django.utils import timezone

from engagements.models import Engagement, EngagementSummary, NextAction, Waiver
from engagements.records import missing_dibs
from engagements.services.locking import lock_tenant
from engagements.walk import READY, Place, Walk, load_walks

CHUNK = 200
FIELDS = [field.name for field in EngagementSummary._meta.fields if not field.primary_key]


def refresh(engagement_id: int) -> None:
    """Writes one engagement's row anew; every service calls it before its transaction ends."""
    refresh_many([engagement_id])


def refresh_tenant(tenant_id: int) -> None:
    """For changes to a tenant's records, which all its open engagements look at.

    Under the tenant's lock: otherwise it would draw what somebody else is just changing as it was before.
    """
    lock_tenant(tenant_id)
    open_ones = Engagement.objects.filter(tenant_id=tenant_id).exclude(status=Engagement.Status.CLOSED)
    refresh_many(list(open_ones.values_list("pk", flat=True)))


def rebuild_all() -> int:
    """Writes every row anew, in chunks of bounded memory; returns how many."""
    done, last = 0, 0
    while ids := list(Engagement.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        refresh_many(ids)
        done, last = done + len(ids), ids[-1]
    return done


def summarise_all(ids: Iterable[int]) -> list[EngagementSummary]:
    """The rows as they should be, unsaved: for writing, and for comparing with what is stored."""
    ids = list(ids)
    engagements = Engagement.objects.walkable().filter(pk__in=ids)
    actions = _values(
        NextAction.objects.filter(engagement__in=ids, done_at=None).values("engagement").annotate(found=Min("due_on"))
    )
    waivers = _values(
        Waiver.objects.filter(run__engagement__in=ids, decision=Waiver.Decision.OPEN)
        .values(engagement=models.F("run__engagement"))
        .annotate(found=Count("pk"))
    )
    rows = []
    for walk in load_walks(engagements, timezone.localdate()):
        pk = walk.engagement.pk
        row = summarise(walk)
        row.next_action_on, row.waivers_open = actions.get(pk), waivers.get(pk, 0)
        rows.append(row)
    return rows


def summarise(walk: Walk) -> EngagementSummary:
    """What lists say about an engagement, from the same rules that its pages are drawn from."""
    row = EngagementSummary(engagement=walk.engagement)
    applicable = [place for place in walk.places if place.applies]
    row.steps_total = len(applicable)
    row.steps_done = sum(place.is_done for place in applicable)
    row.steps_shaken = sum(place.is_shaken for place in applicable)
    following = walk.next_place()
    if following:
        row.phase, row.phase_position = following.phase.name, following.phase.position
        row.process_title = following.process.title
        row.next_step_key, row.next_step_title = _key(following), following.title
        row.next_step_role = ", ".join(following.step.roles)[:120]
        row.next_step_left = len(following.verdict.blockers)
    elif applicable:
        row.phase, row.phase_position = applicable[-1].phase.name, applicable[-1].phase.position
    ready = [place for place in walk.open_places if place.state == READY]
    row.steps_ready = len(ready)
    if ready:
        row.ready_step_key, row.ready_step_title = _key(ready[0]), ready[0].title
    _blocked(row, walk)
    _dibs(row, walk)
    return row


def _blocked(row: EngagementSummary, walk: Walk) -> None:
    blocked = [(place, place.blocked_task) for place in walk.open_places if place.blocked_task]
    row.tasks_blocked = len({record.task_id for _, record in blocked})
    if blocked:
        place, record = blocked[0]
        listing = next(row for row, _ in place.tasks if row.task == record.task_id)
        row.blocked_task = f"{listing.number} {listing.name}"
        row.blocked_status = record.status
        row.blocked_step_key = _key(place)
        row.blocked_since = record.changed_at.date()


def _dibs(row: EngagementSummary, walk: Walk) -> None:
    in_scope = {service.id for service in walk.facts.services}
    missing, due = [], []
    for tenant_service in walk.engagement.tenant.services.all():
        if tenant_service.service_id not in in_scope:
            continue
        lacks = missing_dibs(tenant_service)
        if lacks:
            missing.append(f"{tenant_service.service.label}: {', '.join(lacks)}")
        adoption = getattr(tenant_service, "adoption", None)
        if adoption and adoption.due_on and not tenant_service.enabled_on:
            due.append(adoption.due_on)
    row.dibs_missing_count = len(missing)
    row.dibs_missing = "; ".join(missing)[:500]
    row.dibs_due_on = min(due, default=None)


def _key(place: Place) -> str:
    """``<step key>`` or ``<step key>?<service id>``: enough to build the address of a place."""
    return f"{place.step.key}?{place.service.id}" if place.service else place.step.key


def _values(rows) -> dict:
    return {row["engagement"]: row["found"] for row in rows}


def refresh_many(ids: list[int]) -> None:
    """Writes the rows of some engagements anew; the number of queries does not grow with them."""
    rows = summarise_all(ids)
    now = timezone.now()
    for row in rows:
        row.updated_at = now
    EngagementSummary.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["engagement"], update_fields=FIELDS
    )


def wrong_rows() -> Iterable[int]:
    """Ids of engagements whose stored row differs from the rules; tests expect none."""
    stored = EngagementSummary.objects.in_bulk()
    names = [name for name in FIELDS if name != "updated_at"]
    for row in summarise_all(Engagement.objects.values_list("pk", flat=True)):
        kept = stored.get(row.engagement_id)
        if kept is None or any(getattr(kept, name) != getattr(row, name) for name in names):
            yield row.engagement_id
