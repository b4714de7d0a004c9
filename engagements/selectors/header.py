"""The head of every page of an engagement: who, what now, how far; its phases and its tabs (DESIGN §8).

``engagement_header(walk, user)`` gives everything that templates/engagements/_header.html draws. Two
keys serve the pages below it: ``team`` and ``roles``, the reader's own roles here.
"""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from engagements import access
from engagements.models import Assignment, Engagement, NextAction, User
from engagements.records import missing_dibs
from engagements.selectors import people
from engagements.selectors.days import day, due, on_day
from engagements.walk import Place, Walk
from playbook.spec import PhaseSpec

LETTERS = (("D", "due date"), ("I", "intent"), ("B", "business reason"), ("S", "success owner"))


def engagement_header(walk: Walk, user: User, *, on_workspace: bool = False) -> dict[str, Any]:
    """The header as the template reads it, in four queries whatever the engagement holds.

    On the workspace itself the phases are jumps within the page, so that its filters stay.
    ``may_edit`` is what ``access.get_engagement`` set on the engagement, where it came from there.
    """
    engagement = walk.engagement
    team = people.team(engagement)
    roles = set(people.roles_of(user, team))
    may_edit = getattr(engagement, "may_edit", None)
    if may_edit is None:
        may_edit = access.may_edit(user, engagement)
    return {
        "engagement": engagement,
        "may_edit": may_edit,
        "title": engagement.tenant.customer.name,
        "subs": _subs(engagement),
        "crumbs": [{"label": "Portfolio", "url": reverse("engagement_list")}],
        "state": _state(walk),
        "next": _next(walk, roles, team),
        "dibs": _dibs(walk),
        "progress": _progress(walk),
        "due": _due(walk),
        "rail": phase_rail(walk, "" if on_workspace else _page(walk, "engagement_detail")),
        "tabs": _tabs(walk),
        "menu": _menu(walk, user, may_edit),
        "note_url": f"{_page(walk, 'engagement_notes')}#composer" if may_edit else "",
        "roles": roles,
        "team": team,
    }


def waits_for(place: Place, team: Iterable[Assignment]) -> str:
    """Whom a step waits for: the person in its role, by name where somebody is assigned."""
    for name in place.step.roles:
        person = next((row.user for row in team if row.role.name == name), None)
        if person:
            return f"{person} ({name})"
    return " or ".join(place.step.roles) or "anybody on the team"


def phase_rail(walk: Walk, page: str) -> dict[str, Any]:
    """The ten phases in order: how many steps of each are done, and why a phase has none; links into ``page``."""
    following = walk.next_place()
    now = following.phase.slug if following else ""
    phases = [
        _phase(phase, walk, now) | {"url": f"{page}#phase-{phase.slug}"} for phase in walk.edition.phases if phase.slug
    ]
    current = next((row for row in phases if row["state"] == "now"), None)
    blocked = [row["name"] for row in phases if row["blocked"] and row is not current]
    if current:
        said = f", phase {phases.index(current) + 1} of {len(phases)}: {current['note']}."
    else:
        said = "Every step that applies is complete." if walk.places else "This edition has no steps."
    verb = "is" if len(blocked) == 1 else "are"
    return {
        "phases": phases,
        "now": current["name"] if current else "",
        "say": f"{said} {_list(blocked)} {verb} blocked." if blocked else said,
    }


def _phase(phase: PhaseSpec, walk: Walk, now: str) -> dict[str, Any]:
    places = [place for place in walk.places if place.phase.slug == phase.slug and place.applies]
    done = sum(place.is_done for place in places)
    blocked = any(place.blocked_task and not place.is_done for place in places)
    row = {"name": phase.name, "blocked": blocked}
    if not places:
        left_out = phase.name in walk.facts.phases_left_out
        note = "Not in this model" if left_out else "No step applies"
        return row | {"kind": "off", "state": "skip", "value": 0, "note": note}
    kind = "blocked" if blocked else "progress" if done or phase.slug == now else "open"
    state = "now" if phase.slug == now else "later"
    if done == len(places):
        kind, state = "done", "done"
    note = f"{done} of {len(places)}" + (", blocked" if blocked else "")
    return row | {"kind": kind, "state": state, "value": 100 * done // len(places), "note": note}


def _subs(engagement: Engagement) -> list[str]:
    tenant = engagement.tenant
    model = engagement.model.name
    motions = _list(motion.name for motion in engagement.motions.all())
    return [
        *([tenant.name] if tenant.name != tenant.customer.name else []),
        tenant.domain,
        f"TPID {tenant.customer.tpid}",
        f"{motions}, {model if 'model' in model.lower() else f'{model} model'}",
        f"{tenant.seats:,} seats",
        f"Edition {engagement.edition.name.removeprefix('Edition ')}",
    ]


def _state(walk: Walk) -> dict[str, str] | None:
    """What stands on top of a parked or closed engagement, as a notice."""
    row = walk.engagement
    url = _page(walk, "engagement_state")
    if row.status == Engagement.Status.PARKED:
        strong = f"Parked until {day(row.parked_until, walk.today)}."
        return {"tone": "amber", "strong": strong, "text": row.parked_reason, "url": url, "label": "Look at its state"}
    if row.status == Engagement.Status.CLOSED:
        strong = f"Closed {on_day(row.closed_on, walk.today)}, and can only be read."
        return {"tone": "", "strong": strong, "text": row.outcome, "url": url, "label": "Look at its state"}
    return None


def _next(walk: Walk, roles: set[str], team: list[Assignment]) -> dict[str, Any]:
    """The action that was promised first, and the next open step of the reader's roles."""
    action = NextAction.objects.filter(engagement=walk.engagement, done_at=None).select_related("owner").first()
    first = walk.next_place()
    step = walk.next_place(roles) or first
    found: dict[str, Any] = {"place": step, "action": "", "due": "", "late": False, "waits": ""}
    if action:
        found |= {"action": action.text, "owner": str(action.owner), "due": due(action.due_on, walk.today)}
        found["late"] = action.due_on < walk.today
    if step:
        found |= {"name": step.title, "url": step.url}
    if first and roles and not set(first.step.roles) & roles and first.step.roles:
        who = waits_for(first, team)
        found["waits"] = f"waits for {who}" if first is step else f"before it, {first.title} waits for {who}"
    return found


def _dibs(walk: Walk) -> dict[str, Any]:
    """A letter is there when every service in scope has it."""
    rows = {row.service_id: row for row in walk.engagement.tenant.services.all()}
    nothing = [name for _, name in LETTERS]
    lacks = [(s, missing_dibs(rows[s.id]) if s.id in rows else nothing) for s in walk.facts.services]
    missing = [f"{name} of {service.name}" for service, names in lacks for name in names]
    absent = {name for _, names in lacks for name in names}
    there = sum(name not in absent for _, name in LETTERS) if lacks else 0
    return {
        "marks": [{"letter": c, "state": "yes" if lacks and name not in absent else "no"} for c, name in LETTERS],
        "name": f"DIBS {there} of 4" + (f", missing: {', '.join(missing)}" if missing else ""),
        "say": f"{sum(not names for _, names in lacks)} of {len(lacks)} complete" if lacks else "No service in scope",
    }


def _progress(walk: Walk) -> dict[str, Any]:
    places = [place for place in walk.places if place.applies]
    done = sum(place.is_done for place in places)
    value = 100 * done // len(places) if places else 0
    return {"value": value, "say": f"{done} of {len(places)} steps", "name": f"{done} of {len(places)} steps complete"}


def _due(walk: Walk) -> dict[str, Any]:
    """The next DIBS due date among the services in scope; a date that has passed comes first."""
    scope = {service.id for service in walk.facts.services}
    rows = [row for row in walk.engagement.tenant.services.all() if row.service_id in scope]
    dated = [(row.adoption.due_on, row) for row in rows if getattr(row, "adoption", None) and row.adoption.due_on]
    if not dated:
        return {"day": "", "service": "", "late": False}
    on, row = min(dated, key=lambda one: one[0])
    return {"day": day(on, walk.today), "service": row.service.label, "late": on < walk.today}


def _tabs(walk: Walk) -> list[dict[str, Any]]:
    engagement = walk.engagement
    numbers = {row.number for place in walk.places if place.applies for row, decided in place.tasks if decided.applies}
    tabs = (
        ("playbook", "Playbook", "engagement_detail", None),
        ("services", "Services", "engagement_services", len(walk.facts.services)),
        ("notes", "Notes", "engagement_notes", engagement.notes.count()),
        ("tasks", "Tasks", "engagement_tasks", len(numbers)),
        ("contacts", "Contacts", "engagement_contacts", engagement.tenant.customer.contacts.count()),
        ("history", "History", "engagement_history", None),
    )
    return [{"key": key, "label": label, "url": _page(walk, name), "n": n} for key, label, name, n in tabs]


def _menu(walk: Walk, user: User, may_edit: bool) -> list[dict[str, str]]:
    """What may be done with the engagement as a whole, for those who may."""
    status, url = walk.engagement.status, _page(walk, "engagement_state")
    if status == Engagement.Status.CLOSED:
        return [{"label": "Reopen", "url": url}] if access.may_reopen(user, walk.engagement) else []
    if not may_edit:
        return []
    parked = status == Engagement.Status.PARKED
    return [
        {"label": "Resume" if parked else "Park", "url": f"{url}#park"},
        {"label": "Close", "url": f"{url}#close"},
    ]


def _page(walk: Walk, name: str) -> str:
    return reverse(name, args=[walk.engagement.pk])


def _list(names: Iterable[str]) -> str:
    *others, last = list(names) or [""]
    return f"{', '.join(others)} and {last}" if others else last
