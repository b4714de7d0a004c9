"""The only writer of assignments: the team page, the admin, spreadsheets and handovers all come through here.

Every change is told in the history of the tenant, or of the customer and so of each of its tenants, with the role,
the services and by whom.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from engagements import access, assigning
from engagements.models import Assignment, Customer, Event, Tenant, User
from engagements.selectors import people
from engagements.services import events
from engagements.services.locking import lock_customer, lock_customer_alone, lock_tenant, write
from engagements.services.overtaking import put
from engagements.services.refusals import Refused
from tasks.models import Role, Service

At = Customer | Tenant
NOT_YOURS = "Only the primary FastTrack Manager there and those who assign people may do this. Ask a team manager."
CHUNK = 500


@dataclass(frozen=True)
class Put:
    """One of many assignments to write: a new one, or ``kept`` with another ``primary``."""

    at: At
    user: User
    role: Role
    primary: bool
    kept: Assignment | None = None


# One at a time ----------------------------------------------------------------------------------------


@write
def assign(
    *,
    user: User,
    role: Role,
    at: At,
    by: User,
    services: Iterable[Service] = (),
    focus: str = "",
    primary: bool = False,
) -> Event:
    """Lets somebody work at a tenant or customer. No services means the tenant as a whole, whatever it gets later.

    A primary takes over from the one before, who stays on the team.
    """
    services = list(services)
    _lock(at)
    _refuse_by(by, at)
    if reason := why_not(user=user, role=role, at=at, services=services, focus=focus, primary=primary):
        raise Refused(reason.text, reason.field)
    team = _team(at)
    if any((row.user_id, row.role_id) == (user.pk, role.pk) for row in team):
        raise Refused(f"{user} is {role.name} here already. Change that row instead.", "user")
    before = {"primary_was": _step_down(team, role, by)} if primary else {}
    row = Assignment.objects.create(
        user=user, role=role, focus=focus, primary=primary, assigned_by=by, **{_side(at): at}
    )
    row.services.set(services)
    told = _tell("assigned", row, by, before=before, after=_facts(row))
    _promote_lone(at, by)
    return told


@write
def change(
    *, assignment_id: int, by: User, how: Mapping[str, Any], seen: Mapping[str, Any] | None = None
) -> Event | None:
    """Puts an assignment on other services or another focus, or makes it primary or not; None where nothing differs.

    ``how`` names any of services, focus and primary; what it leaves out stays. ``seen`` is what a form showed.
    """
    row, at = _held(assignment_id)
    _refuse_by(by, at)
    before = _facts(row)
    now = SimpleNamespace(services=before.get("services", []), focus=row.focus, primary=row.primary)
    wanted = dict(how)
    if "services" in wanted:
        wanted["services"] = sorted(service.pk for service in wanted["services"])
    if not put(now, wanted, seen=seen, object=f"user:{row.user_id}", tenant=row.tenant):
        return None
    services = list(Service.objects.filter(pk__in=now.services))
    asked = {"services": services, "focus": now.focus, "primary": now.primary}
    if reason := why_not(user=row.user, role=row.role, at=at, kept=row, **asked):
        raise Refused(reason.text, reason.field)
    if now.primary and not row.primary:
        before["primary_was"] = _step_down(_team(at), row.role, by)
    row.focus, row.primary = now.focus, now.primary
    row.save(update_fields=["focus", "primary"])
    row.services.set(services)
    told = _tell("changed", row, by, before=before, after=_facts(row))
    _promote_lone(at, by)
    return told


def primaries_to_copy(customer: Customer) -> list[Assignment]:
    """Primaries of the winner tenant in roles that nobody leads for the customer as a whole (DOMAIN §2.2)."""
    if customer.winner_id is None:
        return []
    led = customer.assignments.filter(primary=True).values("role")
    rows = Assignment.objects.filter(tenant=customer.winner_id, primary=True, role__name__in=assigning.COPIED)
    rows = rows.exclude(role__in=led).select_related("user", "role").order_by("pk")
    return [row for row in rows if why_not(at=customer, **_as_primary(row)) is None]


def _as_primary(row: Assignment) -> dict[str, Any]:
    return {"user": row.user, "role": row.role, "focus": row.focus, "primary": True}


@write
def copy_primaries(*, customer_id: int, by: User) -> list[Event]:
    """Assigns them at the customer, all or none; they stay at the tenant, and who is not primary is not copied."""
    customer = lock_customer(customer_id)
    _refuse_by(by, customer)
    rows = primaries_to_copy(customer)
    if not rows:
        raise Refused("Every primary of the winner tenant leads for the customer already.")
    there = {(row.user_id, row.role_id): row.pk for row in customer.assignments.all()}
    return [
        make_primary(assignment_id=there[row.user_id, row.role_id], by=by)
        if (row.user_id, row.role_id) in there
        else assign(at=customer, by=by, **_as_primary(row))
        for row in rows
    ]


@write
def make_primary(*, assignment_id: int, by: User) -> Event | None:
    """Makes somebody the primary in their role; whoever was steps down and stays on the team."""
    return change(assignment_id=assignment_id, by=by, how={"primary": True})


@write
def unassign(*, assignment_id: int, by: User) -> Event:
    """Takes an assignment away, which closes the door at once; a partner's people stay (R36)."""
    row, at = _held(assignment_id)
    _refuse_by(by, at)
    if reason := why_not_away(row, by=by):
        raise Refused(reason)
    told = _tell("unassigned", row, by, before=_facts(row))
    row.delete()
    _promote_lone(at, by)
    return told


def succeed(*, giver: User, receiver: User, role: Role, at: At, stays: bool, by: User) -> None:
    """Passes being primary from one to the other, who accepted it; for ``services/handovers.py``, under its lock.

    Whoever offered it was asked whether they may assign; ``by`` is the person who accepts.
    """
    team = _team(at)
    given = next((row for row in team if (row.user_id, row.role_id) == (giver.pk, role.pk)), None)
    taken = next((row for row in team if (row.user_id, row.role_id) == (receiver.pk, role.pk)), None)
    _step_down(team, role, by)
    if taken is None:
        taken = Assignment.objects.create(user=receiver, role=role, primary=True, assigned_by=by, **{_side(at): at})
        _tell("assigned", taken, by, after=_facts(taken))
    else:
        before = _facts(taken)
        Assignment.objects.filter(pk=taken.pk).update(primary=True)
        taken.primary = True
        taken.services.clear()
        _tell("changed", taken, by, before=before, after=_facts(taken))
    if given and not stays:
        given.primary = False
        _tell("unassigned", given, by, before=_facts(given))
        given.delete()


def why_not(
    *,
    user: User,
    role: Role,
    at: At,
    services: Sequence[Service] = (),
    focus: str = "",
    primary: bool = False,
    kept: Assignment | None = None,
) -> assigning.Reason | None:
    """The first reason against it, without writing anything."""
    wanted = assigning.Wanted(
        role=role.name,
        function=role.function,
        at_customer=isinstance(at, Customer),
        services=tuple(service.name for service in services),
        focus=focus,
        primary=primary,
    )
    if kept is None and (unfit := assigning.why_unfit(people.person(user), wanted)):
        return unfit
    if kept and primary and not kept.primary and not kept.user.is_active:
        return assigning.Reason(f"{kept.user} no longer signs in. Make somebody else primary.", "primary")
    if incomplete := assigning.why_incomplete(wanted, _strange(at, services)):
        return incomplete
    if kept and kept.primary and not primary:
        team = [people.member(row) for row in _team(at)]
        if text := assigning.why_kept(people.member(kept), team, steps_down=True):
            return assigning.Reason(text, "primary")
    return None


def why_not_away(row: Assignment, *, by: User) -> str:
    """Why an assignment cannot be taken away, without writing anything."""
    team = [people.member(one) for one in _team(row.customer or row.tenant)]
    if text := assigning.why_kept(people.member(row), team):
        return text
    if row.tenant_id and row.role.name == assigning.MANAGER and _waits_for_queue(row.tenant):
        return "The move to the inactive queue is not confirmed yet; the FastTrack Manager stays until then (R27)."
    leads = row.primary and row.role.name == assigning.MANAGER
    if row.user_id == by.pk and leads and not access.may_assign(by) and not _is_in_its_queue(row.tenant):
        return "You are the primary FastTrack Manager. Hand over, or make somebody else primary first."
    return ""


def restore(event: Event, by: User) -> None:
    """Undo: puts back what stood before the event, through the same rules."""
    facts = event.before if event.verb == "unassigned" else event.after
    user_id = event.about.id
    at = event.customer or event.tenant
    row = Assignment.objects.filter(user=user_id, role__name=facts["role"], **{_side(at): at}).first()
    if event.verb == "unassigned":
        assign(
            user=User.objects.get(pk=user_id),
            role=Role.objects.get(name=facts["role"]),
            at=at,
            by=by,
            services=Service.objects.filter(pk__in=facts.get("services", [])),
            focus=facts.get("focus", ""),
            primary=facts["primary"],
        )
        return
    if row is None:
        raise Refused("This was changed again in between. Look at what stands there now.")
    if event.verb == "assigned":
        _give_back(event, by)
        unassign(assignment_id=row.pk, by=by)
        return
    before = event.before
    services = list(Service.objects.filter(pk__in=before.get("services", [])))
    how = {"services": services, "focus": before.get("focus", ""), "primary": before["primary"]}
    change(assignment_id=row.pk, by=by, how=how)
    _give_back(event, by)


# Many at once -----------------------------------------------------------------------------------------


def put_many(puts: Sequence[Put], *, by: User) -> list[Event]:
    """Writes what an import planned and asked the rules about, under its locks; returns the events, unsaved.

    Who gives up being primary comes first, so that there is never a second one.
    """
    for one in puts:
        if one.kept:
            one.kept.primary = one.primary
    for primary in (False, True):
        rows = [one.kept for one in puts if one.kept and one.primary is primary]
        Assignment.objects.bulk_update(rows, ["primary"], batch_size=CHUNK)
    new = [
        Assignment(user=one.user, role=one.role, primary=one.primary, assigned_by=by, **{_side(one.at): one.at})
        for one in puts
        if not one.kept
    ]
    Assignment.objects.bulk_create(new, batch_size=CHUNK)
    promoted = _promote_lone_many({one.at for one in puts if one.role.name in assigning.REGIONAL})
    now = timezone.now()
    told = []
    for one in puts:
        facts = _plain_facts(one.role.name, one.primary or (one.user.pk, one.role.pk, one.at) in promoted)
        event = Event(
            actor=by,
            at=now,
            verb="changed" if one.kept else "assigned",
            object=f"user:{one.user.pk}",
            before={**facts, "primary": not one.primary} if one.kept else {},
            after=facts,
            **{_side(one.at): one.at},
        )
        told.append(event)
    return told


def _promote_lone_many(places: set[At]) -> set[tuple[int, int, At]]:
    """Makes primary who is alone as Team Manager of one of many places; one query to read, one to write."""
    rows = Assignment.objects.filter(
        role__name__in=assigning.REGIONAL,
        tenant__in=[at.pk for at in places if isinstance(at, Tenant)],
    ).select_related("user", "role", "tenant")
    by_place: dict[At, list[Assignment]] = {}
    for row in rows.prefetch_related("services"):
        by_place.setdefault(row.tenant, []).append(row)
    promoted = []
    for team in by_place.values():
        if lone := assigning.lone_regional([people.member(row) for row in team]):
            promoted += [row for row in team if row.pk == lone.id]
    Assignment.objects.filter(pk__in=[row.pk for row in promoted]).update(primary=True)
    return {(row.user_id, row.role_id, row.tenant) for row in promoted}


# Parts ------------------------------------------------------------------------------------------------


def _side(at: At) -> str:
    return "customer" if isinstance(at, Customer) else "tenant"


def _lock(at: At) -> None:
    if isinstance(at, Customer):
        lock_customer_alone(at.pk)
    else:
        lock_tenant(at.pk)


def _held(assignment_id: int) -> tuple[Assignment, At]:
    """The assignment as it stands under the lock of its place."""
    of = Assignment.objects.filter(pk=assignment_id).values_list("customer", "tenant").first()
    row = None
    if of:
        customer_id, tenant_id = of
        _lock(Customer(pk=customer_id) if customer_id else Tenant(pk=tenant_id))
        rows = Assignment.objects.select_related("user", "role", "customer", "tenant__customer")
        row = rows.filter(pk=assignment_id).first()
    if row is None:
        raise Refused("Somebody took this assignment away meanwhile.")
    return row, row.customer or row.tenant


def _refuse_by(by: User, at: At) -> None:
    if not access.may_assign_at(by, at):
        raise Refused(NOT_YOURS)


def _team(at: At) -> list[Assignment]:
    return list(at.assignments.select_related("user", "role").prefetch_related("services"))


def _waits_for_queue(tenant: Tenant) -> bool:
    """Whether a closed engagement asked for a queue that nobody has confirmed the move to."""
    return tenant.engagements.filter(status="closed", queue_moved_on=None).exclude(queue="").exists()


def _is_in_its_queue(tenant: Tenant | None) -> bool:
    """Whether the tenant was moved to a queue and nothing runs there any more (R27)."""
    if tenant is None or tenant.engagements.exclude(status="closed").exists():
        return False
    return tenant.engagements.filter(queue_moved_on__isnull=False).exists()


def _strange(at: At, services: Sequence[Service]) -> list[str]:
    """The services that a tenant does not have."""
    if isinstance(at, Customer) or not services:
        return []
    has = set(at.services.values_list("service", flat=True))
    return [service.label for service in services if service.pk not in has]


def _step_down(team: Iterable[Assignment], role: Role, by: User) -> int | None:
    """The primary in this role no longer is; returns the assignment."""
    row = next((one for one in team if one.role_id == role.pk and one.primary), None)
    if row is None:
        return None
    before = _facts(row)
    Assignment.objects.filter(pk=row.pk).update(primary=False)
    row.primary = False
    _tell("changed", row, by, before=before, after=_facts(row))
    return row.pk


def _give_back(event: Event, by: User) -> None:
    """Makes the one primary again who stepped down for this event."""
    was = event.before.get("primary_was")
    if was and Assignment.objects.filter(pk=was).exists():
        make_primary(assignment_id=was, by=by)


def _promote_lone(at: At, by: User) -> None:
    team = _team(at)
    lone = assigning.lone_regional([people.member(row) for row in team])
    if lone is None:
        return
    row = next(one for one in team if one.pk == lone.id)
    before = _facts(row)
    Assignment.objects.filter(pk=row.pk).update(primary=True)
    row.primary = True
    _tell("changed", row, by, before=before, after=_facts(row))


def _facts(row: Assignment) -> dict[str, Any]:
    """What the history keeps of an assignment; services by id."""
    services = sorted(row.services.values_list("pk", flat=True))
    return _plain_facts(row.role.name, row.primary, services, row.focus)


def _plain_facts(role: str, primary: bool, services: Sequence[int] = (), focus: str = "") -> dict[str, Any]:
    said = {"services": list(services), "focus": focus}
    return {"role": role, "primary": primary} | {name: value for name, value in said.items() if value}


def _tell(verb: str, row: Assignment, by: User, *, before: dict | None = None, after: dict | None = None) -> Event:
    where = {"customer": row.customer} if row.customer_id else {"tenant": row.tenant}
    return events.record(verb, f"user:{row.user_id}", by=by, before=before, after=after, **where)
