"""Keeps the one row per engagement that lists filter and sort by."""

from collections.abc import Iterable
from datetime import date

from django.db import models
from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from engagements import staleness, usage
from engagements.adoption.dibs import due_on, missing_dibs
from engagements.adoption.tenant_services import in_scope, usage_in_scope
from engagements.handshake import handshakes
from engagements.models import (
    CadenceInterval,
    Engagement,
    EngagementSummary,
    HealthRating,
    NextAction,
    Waiver,
)
from engagements.services.locking import (
    covers,
    joining,
    lock_tenants,
    lock_tenants_of_engagements,
    writing,
)
from engagements.walk import READY, Place, Walk, load_walks
from engagements.walk_rows import SERIES, walkable
from tasks.prepared import prepared

CHUNK = 200
EPOCH = date(2000, 1, 1)
HEALTH = ("health", "health_on", "health_rated_on", "health_until")
MOST_PERCENT = 32_767  # what the column holds
FIELDS = [field.name for field in EngagementSummary._meta.fields if not field.primary_key]


def refresh(engagement_id: int) -> None:
    """Writes one engagement's row anew; every service calls it before its transaction ends."""
    refresh_many([engagement_id])


def refresh_tenant(tenant_id: int) -> None:
    """For changes to a tenant's records, which all its open engagements look at.

    Under the tenant's lock: otherwise it would draw what somebody else is just changing as it was before.
    """
    refresh_tenants([tenant_id])


def refresh_tenants(tenant_ids: Iterable[int]) -> None:
    """Writes the rows of the open engagements of many tenants anew, whose locks it takes in one order.

    A step that somebody completes meanwhile is then in the rows, or writes its own anew afterwards.
    """
    ids = set(tenant_ids)
    with joining():
        lock_tenants(ids)
        open_ones = Engagement.objects.filter(tenant__in=ids).exclude(status=Engagement.Status.CLOSED)
        found = list(open_ones.order_by("pk").values_list("pk", flat=True))
        covers(found)
        for start in range(0, len(found), CHUNK):
            refresh_many(found[start : start + CHUNK])


def refresh_health(customer_id: int) -> None:
    """For a rating: puts its colour and day on every engagement of the customer, also on closed ones.

    Called under the locks of the customer's tenants, so that no row is drawn meanwhile as it was before.
    """
    row = EngagementSummary()
    _health(row, next(iter(_turns(customers=[customer_id])), None))
    rows = EngagementSummary.objects.filter(engagement__tenant__customer=customer_id)
    rows.update(**{name: getattr(row, name) for name in HEALTH}, updated_at=timezone.now())


def restand() -> None:
    """For changes to the cadence that colours are confirmed in: until when each stands, a statement per colour.

    Under the locks of all tenants whose rows it changes, so that none is drawn meanwhile by the cadence of before.
    """
    rated = EngagementSummary.objects.filter(health_rated_on__isnull=False).exclude(health="")
    with joining():
        lock_tenants(set(rated.order_by().values_list("engagement__tenant", flat=True)))
        longest = dict(longest_by_colour())
        for colour in HealthRating.Colour.values:
            days = staleness.stands_until(colour, EPOCH, longest.get(colour)) - EPOCH
            rated.filter(health=colour).update(health_until=F("health_rated_on") + days)


def rename_reviews(before: str, after: str) -> None:
    """For a kind of reviews with another name: lists name the next review by its kind. Under the locks of all."""
    named = EngagementSummary.objects.filter(next_review=before)
    with joining():
        lock_tenants(set(named.order_by().values_list("engagement__tenant", flat=True)))
        named.update(next_review=after)


def refresh_next_reviews(*, tenant_id: int | None = None, customer_id: int | None = None) -> None:
    """For what is planned, moved or called off: puts the next review on the open engagements of a tenant, or of all.

    Called under the lock of that tenant, or of the customer with all its tenants: rows of tenants that are not held
    would be drawn as they were before somebody else changed them.
    """
    at = Q(tenant=tenant_id) if tenant_id else Q(tenant__customer=customer_id)
    found = Engagement.objects.filter(at).exclude(status=Engagement.Status.CLOSED)
    theirs = Q(tenant=tenant_id) | Q(customer__tenants=tenant_id)
    theirs = theirs if tenant_id else Q(tenant__customer=customer_id) | Q(customer=customer_id)
    series = list(SERIES.filter(theirs))
    rows = list(EngagementSummary.objects.filter(engagement__in=found).select_related("engagement"))
    for row in rows:
        _first_of(row, [one for one in series if one.tenant_id in (None, row.engagement.tenant_id)])
        row.updated_at = timezone.now()
    EngagementSummary.objects.bulk_update(rows, ["next_review_on", "next_review", "updated_at"], batch_size=CHUNK)


def rename(tenant_ids: Iterable[int]) -> None:
    """For changes to names and domains: what engagements are found by, also those that are closed."""
    ids = set(tenant_ids)
    with joining():
        lock_tenants(ids)
        rows = EngagementSummary.objects.filter(engagement__tenant__in=ids)
        found = list(rows.select_related("engagement__tenant__customer"))
        for row in found:
            row.found_by = row.engagement.tenant.found_by
        EngagementSummary.objects.bulk_update(found, ["found_by"], batch_size=CHUNK)


def rebuild_all() -> int:
    """Writes every row anew while the desk is in use, in chunks of bounded memory; returns how many.

    Each chunk is a write of its own, under the locks of its tenants: what somebody does meanwhile is drawn into it,
    or drawn anew by them afterwards.
    """
    done, last = 0, 0
    while ids := list(Engagement.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        with writing():
            refresh_many(ids)
        done, last = done + len(ids), ids[-1]
    return done


def summarise_all(ids: Iterable[int]) -> list[EngagementSummary]:
    """The rows as they should be, unsaved: for writing, and for comparing with what is stored."""
    ids = list(ids)
    actions = _values(
        NextAction.objects.filter(engagement__in=ids, done_at=None).values("engagement").annotate(found=Min("due_on"))
    )
    waivers = _values(
        Waiver.objects.filter(run__engagement__in=ids, decision=Waiver.Decision.OPEN)
        .values(engagement=models.F("run__engagement"))
        .annotate(found=Count("pk"))
    )
    engagements = walkable(ids)
    rows = []
    for walk in load_walks(engagements, timezone.localdate()):
        pk = walk.engagement.pk
        row = summarise(walk)
        row.next_action_on, row.waivers_open = actions.get(pk), waivers.get(pk, 0)
        rows.append(row)
    put_health(rows)
    return rows


def put_health(rows: Iterable[EngagementSummary]) -> None:
    """Sets the colour of each row's customer, and since when it is that; for rows whose engagements are walked."""
    of = [(row, row.engagement.tenant.customer_id) for row in rows]
    turns = {turn.customer_id: turn for turn in _turns(customers=list({customer for _, customer in of}))}
    for row, customer in of:
        _health(row, turns.get(customer))


def summarise(walk: Walk) -> EngagementSummary:
    """What lists say about an engagement, from the same rules that its pages are drawn from."""
    row = EngagementSummary(engagement=walk.engagement, found_by=walk.engagement.tenant.found_by)
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
    _handshake(row, walk)
    _dibs(row, walk)
    row.active_percent = _active_percent(walk)
    row.referral_due_on = _partners_due(walk)
    _next_review(row, walk)
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


def _handshake(row: EngagementSummary, walk: Walk) -> None:
    """The first step that records ask for: a CSM was assigned, or a service enabled (R11)."""
    for found in handshakes(walk)[:1]:
        row.handshake_step_key, row.handshake_title = _key(found.place), found.place.title
        because = f"{found.because[:1].upper()}{found.because[1:]}"
        row.handshake_why = f"{because}. For {found.names}: {found.numbers}. {found.instead}".strip()[:500]


def _dibs(row: EngagementSummary, walk: Walk) -> None:
    missing, due = [], []
    for tenant_service in in_scope(walk):
        lacks = missing_dibs(tenant_service)
        if lacks:
            missing.append(f"{tenant_service.service.label}: {', '.join(lacks)}")
        if on := due_on(tenant_service):
            due.append(on)
    row.dibs_missing_count = len(missing)
    row.dibs_missing = "; ".join(missing)[:500]
    row.dibs_due_on = min(due, default=None)


def _active_percent(walk: Walk) -> int | None:
    found = usage.overall(usage_in_scope(walk))
    return None if found is None else min(found, MOST_PERCENT)


def _partners_due(walk: Walk) -> date | None:
    """By when the partners of the open referral make contact, while one of them has not (R8)."""
    waited_for = (row.contact_due_on for row in walk.engagement.referral_rows if row.closed_on is None and row.silent)
    return next(waited_for, None)


def _next_review(row: EngagementSummary, walk: Walk) -> None:
    """What is planned first of its tenant's and its customer's series; a closed engagement waits for none."""
    if walk.engagement.status != Engagement.Status.CLOSED:
        _first_of(row, walk.series)


def _first_of(row: EngagementSummary, series: Iterable) -> None:
    first = min((one for one in series if one.next_on), key=lambda one: one.next_on, default=None)
    row.next_review_on, row.next_review = (first.next_on, first.name) if first else (None, "")


def _health(row: EngagementSummary, turn: HealthRating | None) -> None:
    if turn:
        row.health, row.health_on, row.health_rated_on = turn.colour, turn.on, turn.rated_on
        row.health_until = staleness.stands_until(turn.colour, turn.rated_on, turn.longest)


def longest_by_colour() -> QuerySet:
    """(colour, days) that the cadence of the enterprise status allows between two updates."""
    rows = CadenceInterval.objects.filter(rule__kind=staleness.CADENCE, phase="", longest_days__isnull=False)
    return rows.exclude(colour="").order_by().values_list("colour", "longest_days")


@prepared
def _turns(customers) -> QuerySet[HealthRating]:
    """The overall ratings that the colours of today began with; one that confirms a colour keeps its day.

    Each with the day of the newest rating, and the days that its cadence allows until the next.
    """
    turns = HealthRating.objects.filter(group=HealthRating.Group.OVERALL.value).exclude(colour=F("before"))
    since = Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("pk"))
    newer = turns.filter(since, customer=OuterRef("customer")).order_by()
    confirmed = HealthRating.objects.filter(group=HealthRating.Group.OVERALL.value, customer=OuterRef("customer"))
    longest = CadenceInterval.objects.filter(rule__kind=staleness.CADENCE, phase="", colour=OuterRef("colour"))
    return turns.filter(~Exists(newer), customer__in=customers).annotate(
        rated_on=Subquery(confirmed.order_by("-at", "-pk").values("on")[:1]),
        longest=Subquery(longest.order_by().values("longest_days")[:1]),
    )


def _key(place: Place) -> str:
    """``<step key>`` or ``<step key>?<service id>``: enough to build the address of a place."""
    return f"{place.step.key}?{place.service.id}" if place.service else place.step.key


def _values(rows) -> dict:
    return {row["engagement"]: row["found"] for row in rows}


def refresh_many(ids: list[int]) -> None:
    """Writes the rows of some engagements anew under the locks of their tenants.

    The number of queries does not grow with them.
    """
    with joining():
        lock_tenants_of_engagements(ids)
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
