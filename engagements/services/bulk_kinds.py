"""What can be done to many engagements in one go, and how it is taken back (DESIGN §8).

Each kind gets engagements that are locked and that the person may change. Its queries do not grow with their number;
only handing over builds a brief for each.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone

from engagements import assigning
from engagements.models import Assignment, BulkChange, Engagement, Event, NextAction, Tag, Tenant, User
from engagements.services import engagements, handovers, next_actions, summaries
from engagements.services.refusals import Refused
from tasks.folding import fold

Do = BulkChange.Do
Reasons = dict[int, str]


@dataclass
class Part:
    """What became of some engagements: what it takes to undo each that changed, and why others did not."""

    made: dict[int, Any] = field(default_factory=dict)
    refused: Reasons = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """How one kind of change is done, and undone where that is cheap; ``at_once`` engagements in a part."""

    change: Callable[[list[Engagement], Mapping[str, Any], User, date], Part]
    undo: Callable[[dict[int, Any], User], Reasons] | None = None
    at_once: int = 100


def _promise(rows: list[Engagement], values: Mapping[str, Any], by: User, today: date) -> Part:
    """The same next action everywhere, mine or that of the FastTrack Manager who leads there."""
    part, due = Part(), date.fromisoformat(values["due_on"])
    leads = _managers(rows) if values["owner"] == "manager" else {row.pk: by.pk for row in rows}
    part.refused = {row.pk: "Nobody is the primary FastTrack Manager here." for row in rows if row.pk not in leads}
    new = [
        NextAction(engagement=row, text=values["text"], due_on=due, owner_id=leads[row.pk])
        for row in rows
        if row.pk in leads
    ]
    for action in NextAction.objects.bulk_create(new):
        part.made[action.engagement_id] = action.pk
    Event.objects.bulk_create(
        _event(
            by,
            "promised",
            next_actions.occurrence(one),
            **_of(one.engagement),
            after={"due": due.isoformat(), "user": one.owner_id},
        )
        for one in new
    )
    summaries.refresh_many(list(part.made))
    return part


def _unpromise(made: dict[int, Any], by: User) -> Reasons:
    actions = {row.pk: row for row in NextAction.objects.select_related("engagement").filter(pk__in=made.values())}
    open_ones = {pk: row for pk, row in actions.items() if row.done_at is None}
    Event.objects.bulk_create(
        _event(
            by,
            "withdrew",
            next_actions.occurrence(row),
            **_of(row.engagement),
            before={"due": row.due_on.isoformat()},
        )
        for row in open_ones.values()
    )
    NextAction.objects.filter(pk__in=open_ones).delete()
    back = [pk for pk, action in made.items() if action in open_ones]
    summaries.refresh_many(back)
    return {pk: "It was done meanwhile." for pk in made if pk not in back}


def _park(rows: list[Engagement], values: Mapping[str, Any], by: User, today: date) -> Part:
    part, until = Part(), values["until"]
    now = {"status": "parked", "parked_until": until, "parked_reason": values["why"]}
    changed = []
    for row in rows:
        was = {"status": row.status, "parked_reason": row.parked_reason}
        was["parked_until"] = row.parked_until.isoformat() if row.parked_until else None
        if was == now:
            part.refused[row.pk] = "It is parked until that day for this reason already."
        else:
            part.made[row.pk] = {"was": was, "until": until}
            changed.append(row)
    Engagement.objects.filter(pk__in=part.made).update(**now)
    Event.objects.bulk_create(
        _event(by, "parked", "engagement", **_of(row), before=part.made[row.pk]["was"], after=now | {"why": ""})
        for row in changed
    )
    summaries.refresh_many(list(part.made))
    return part


def _unpark(made: dict[int, Any], by: User) -> Reasons:
    """Back to what each was before, under the lock, where it is parked still."""
    refused = {}
    for row in Engagement.objects.filter(pk__in=made):
        was = made[row.pk]["was"]
        if row.status != Engagement.Status.PARKED or row.parked_until.isoformat() != made[row.pk]["until"]:
            refused[row.pk] = "Somebody resumed it, or parked it until another day, meanwhile."
            continue
        until = date.fromisoformat(was["parked_until"]) if was["parked_until"] else None
        verb = "resumed" if was["status"] == Engagement.Status.OPEN else "parked"
        engagements.change(row, verb, by, **(was | {"parked_until": until}))
    return refused


def _tag(rows: list[Engagement], values: Mapping[str, Any], by: User, today: date) -> Part:
    """The tag on the tenant of each; a tenant with two engagements gets it once."""
    part, name = Part(), " ".join(values["tag"].split())
    tag, _ = Tag.objects.get_or_create(name_folded=fold(name), defaults={"name": name})
    tenants = {row.tenant_id for row in rows}
    has = {one.pk: one for one in Tenant.objects.filter(pk__in=tenants).prefetch_related("tags")}
    had = {pk: [one.name for one in tenant.tags.all()] for pk, tenant in has.items()}
    new = [pk for pk, names in had.items() if tag.name not in names]
    through = Tenant.tags.through
    through.objects.bulk_create([through(tenant_id=pk, tag_id=tag.pk) for pk in new], ignore_conflicts=True)
    for row in rows:
        if row.tenant_id in new:
            part.made[row.pk] = tag.pk
        else:
            part.refused[row.pk] = f"Its tenant has the tag {tag.name} already."
    _tell_tags(by, {pk: (had[pk], sorted([*had[pk], tag.name], key=fold)) for pk in new})
    return part


def _untag(made: dict[int, Any], by: User) -> Reasons:
    tag = Tag.objects.filter(pk__in=set(made.values())).first()
    of = dict(Engagement.objects.filter(pk__in=made).values_list("pk", "tenant"))
    tagged = Tenant.objects.filter(pk__in=set(of.values()), tags=tag).prefetch_related("tags") if tag else []
    had = {tenant.pk: [one.name for one in tenant.tags.all()] for tenant in tagged}
    Tenant.tags.through.objects.filter(tenant_id__in=had, tag_id=tag.pk if tag else None).delete()
    _tell_tags(by, {pk: (names, [one for one in names if one != tag.name]) for pk, names in had.items()})
    return {pk: "Somebody took the tag off meanwhile." for pk, tenant in of.items() if tenant not in had}


def _hand_over(rows: list[Engagement], values: Mapping[str, Any], by: User, today: date) -> Part:
    """Offers each with its brief; nothing moves before the receiver accepts."""
    part, receiver = Part(), User.objects.get(pk=values["receiver"])
    for row in rows:
        try:
            offered = handovers.offer(
                engagement_id=row.pk, receiver=receiver, why=values["why"], by=by, today=today, stays=values["stays"]
            )
        except Refused as refusal:
            part.refused[row.pk] = refusal.message
        else:
            part.made[row.pk] = offered.pk
    return part


KINDS: dict[str, Kind] = {
    Do.NEXT_ACTION: Kind(_promise, _unpromise),
    Do.HAND_OVER: Kind(_hand_over, at_once=10),
    Do.TAG: Kind(_tag, _untag),
    Do.PARK: Kind(_park, _unpark),
}


def _managers(rows: Iterable[Engagement]) -> dict[int, int]:
    """Engagement → its primary FastTrack Manager: the tenant's, else the customer's."""
    rows = list(rows)
    leads = Assignment.objects.filter(role__name=assigning.MANAGER, primary=True, user__is_active=True)
    at_tenants = dict(leads.filter(tenant__in={row.tenant_id for row in rows}).values_list("tenant", "user"))
    customers = {row.tenant.customer_id for row in rows}
    at_customers = dict(leads.filter(customer__in=customers).values_list("customer", "user"))
    found = {row.pk: at_tenants.get(row.tenant_id) or at_customers.get(row.tenant.customer_id) for row in rows}
    return {pk: user for pk, user in found.items() if user}


def _event(by: User, verb: str, object: str, **what: Any) -> Event:
    return Event(actor=by, at=timezone.now(), verb=verb, object=object, **what)


def _of(row: Engagement) -> dict[str, Any]:
    """Where an event of the engagement belongs."""
    return {"engagement": row, "tenant_id": row.tenant_id}


def _tell_tags(by: User, changed: Mapping[int, tuple[list[str], list[str]]]) -> None:
    Event.objects.bulk_create(
        _event(by, "changed", f"tenant:{pk}", tenant_id=pk, before={"tags": before}, after={"tags": after})
        for pk, (before, after) in changed.items()
    )
