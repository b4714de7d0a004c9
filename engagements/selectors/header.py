"""The head of every page of an engagement: who, what now, how far; its phases and its tabs (DESIGN §8).

``engagement_header(walk, user)`` gives everything that templates/engagements/_header.html draws. Two
keys serve the pages below it: ``team`` and ``roles``, the reader's own roles here.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Count, QuerySet
from django.urls import reverse

from engagements import access
from engagements.adoption.dibs import due_on, is_past_due, missing_dibs
from engagements.adoption.tenant_services import in_scope, usage_in_scope
from engagements.models import Assignment, Engagement, Note, User
from engagements.selectors import people
from engagements.selectors.days import day, due, on_day
from engagements.selectors.handovers import handover_notice
from engagements.selectors.health import health_chip
from engagements.selectors.team import team_line
from engagements.selectors.usage import active_users
from engagements.selectors.words import count, motions_said
from engagements.walk import Place, Walk
from playbook.spec import PhaseSpec
from tasks.prepared import prepared

LETTERS = (("D", "due date"), ("I", "intent"), ("B", "business reason"), ("S", "success owner"))


def engagement_header(walk: Walk, user: User, *, on_workspace: bool = False) -> dict[str, Any]:
    """The header as the template reads it, in three queries at most, whatever the engagement holds.

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
        "customer_url": engagement.tenant.customer.get_absolute_url(),
        "subs": _subs(engagement),
        "crumbs": [
            {"label": "Portfolio", "url": reverse("engagement_list")},
            {"label": engagement.tenant.customer.name, "url": engagement.tenant.customer.get_absolute_url()},
        ],
        "health": health_chip(engagement, walk.today),
        "state": _state(walk),
        "notices": list(_notices(walk, user, may_edit)),
        "next": _next(walk, roles, team, user),
        "dibs": _dibs(walk),
        "active": active_users(usage_in_scope(walk)),
        "due": _due(walk),
        "rail": phase_rail(walk, "" if on_workspace else _page(walk, "engagement_detail")),
        "tabs": _tabs(walk),
        "menu": _menu(walk, user, may_edit),
        "actions_url": _page(walk, "engagement_actions"),
        "note_url": f"{_page(walk, 'engagement_notes')}#composer" if may_edit else "",
        "roles": roles,
        "team": team,
        "team_line": team_line(team) | {"url": _page(walk, "engagement_team")},
    }


def next_for(walk: Walk, roles: Iterable[str], user: User) -> Place | None:
    """The next open step of these roles, where there is one on a page that the reader works on."""

    def usable(place: Place) -> bool:
        return access.may_use_page(user, place.process)

    return walk.next_place(roles, usable) or walk.next_place((), usable) or walk.next_place()


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
    return [
        *([tenant.name] if tenant.name != tenant.customer.name else []),
        tenant.domain,
        f"TPID {tenant.customer.tpid}",
        motions_said(motion.name for motion in engagement.motions.all()),
        model if "model" in model.lower() else f"{model} model",
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


def _notices(walk: Walk, user: User, may_edit: bool) -> Iterator[dict[str, str]]:
    """What has gone wrong by itself, or waits for somebody, and stands on top until they look at it."""
    if offered := handover_notice(walk.engagement, walk.today):
        yield offered
    if walk.engagement.status == Engagement.Status.OPEN and not walk.promised:
        yield _unplanned(walk, may_edit)
    current = next((row for row in walk.engagement.referral_rows if row.closed_on is None), None)
    if current and current.silent and current.contact_due_on and current.contact_due_on < walk.today:
        by = day(current.contact_due_on, walk.today)
        notice = {"tone": "red", "strong": f"Partners had until {by} to get in touch.", "text": "", "url": ""}
        if access.may_read_internal(user):
            notice |= {"url": _page(walk, "referral_detail"), "label": "Open the referral"}
        yield notice


def _unplanned(walk: Walk, may_edit: bool) -> dict[str, str]:
    """No open engagement without a dated next action; what waits is parked until a day."""
    notice = {"tone": "amber", "strong": "Nothing is promised next.", "text": "", "url": "", "label": ""}
    if may_edit:
        notice |= {"url": f"{_page(walk, 'engagement_actions')}#add-action", "label": "Add next action"}
        notice["text"] = "An open engagement has a next action with a day; one that waits is parked until one."
    return notice


def _next(walk: Walk, roles: set[str], team: list[Assignment], user: User) -> dict[str, Any]:
    """The action that was promised first, and the next open step of the reader's roles, on a page they work on."""
    action = walk.promised[0] if walk.promised else None
    first = walk.next_place()
    step = next_for(walk, roles, user)
    found: dict[str, Any] = {"place": step, "action": "", "due": "", "late": False, "waits": "", "done_url": ""}
    if action:
        found["done_url"] = reverse("next_action", args=[action.pk])
        found |= {"action": action.text, "owner": str(action.owner), "due": due(action.due_on, walk.today)}
        found["late"] = action.due_on < walk.today
    if step:
        usable = access.may_use_page(user, step.process)
        found |= {"name": step.title, "url": step.url, "label": "Open step" if usable else "Look at the step"}
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
        "say": _complete(walk, [names for _, names in lacks]),
    }


def _complete(walk: Walk, lacks: list[list[str]]) -> str:
    """ "3 of 5 complete, 1 date to confirm": a date that has passed stays, and asks."""
    if not lacks:
        return "No service in scope"
    passed = sum(is_past_due(row, walk.today) for row in in_scope(walk))
    said = f"{sum(not names for names in lacks)} of {len(lacks)} complete"
    return said + (f", {count(passed, 'date')} to confirm" if passed else "")


def _progress(walk: Walk) -> str:
    """ "14 of 45": steps that are done of those that apply."""
    places = [place for place in walk.places if place.applies]
    return f"{sum(place.is_done for place in places)} of {len(places)}"


def _due(walk: Walk) -> dict[str, Any]:
    """The next DIBS due date among the services in scope; a date that has passed comes first."""
    dated = [(on, row) for row in in_scope(walk) if (on := due_on(row))]
    if not dated:
        return {"day": "", "service": "", "late": False}
    on, row = min(dated, key=lambda one: one[0])
    return {"day": day(on, walk.today), "service": row.service.label, "late": on < walk.today}


def _tabs(walk: Walk) -> list[dict[str, Any]]:
    engagement = walk.engagement
    numbers = {row.number for place in walk.places if place.applies for row, decided in place.tasks if decided.applies}
    tabs = (
        ("playbook", "Playbook", "engagement_detail", _progress(walk)),
        ("services", "Services", "engagement_services", len(walk.facts.services)),
        ("usage", "Usage", "engagement_usage", None),
        ("notes", "Notes", "engagement_notes", sum(_notes(engagement=engagement.pk))),
        ("reviews", "Reviews", "engagement_reviews", len(walk.series)),
        ("tasks", "Tasks", "engagement_tasks", len(numbers)),
        ("contacts", "Contacts", "engagement_contacts", len(engagement.tenant.customer.contacts.all())),
        ("tenant", "Tenant", "engagement_tenant", None),
        ("history", "History", "engagement_history", None),
    )
    return [{"key": key, "label": label, "url": _page(walk, name), "n": n} for key, label, name, n in tabs]


@prepared
def _notes(engagement) -> QuerySet[Note]:
    """How many there are: one number, or none."""
    rows = Note.objects.filter(engagement=engagement).order_by().values("engagement")
    return rows.annotate(n=Count("pk")).values_list("n", flat=True)


def _menu(walk: Walk, user: User, may_edit: bool) -> list[dict[str, str]]:
    """What may be done with the engagement as a whole, for those who may."""
    status, url = walk.engagement.status, _page(walk, "engagement_state")
    if status == Engagement.Status.CLOSED:
        return [{"label": "Reopen", "url": url}] if access.may_reopen(user, walk.engagement) else []
    hand_over = {"label": "Hand over", "url": _page(walk, "engagement_handover")}
    may_hand_over = access.may_assign_at(user, walk.engagement.tenant, people.team(walk.engagement))
    if not may_edit:
        return [hand_over] if may_hand_over else []
    parked = status == Engagement.Status.PARKED
    return [
        {"label": "Add next action", "url": f"{_page(walk, 'engagement_actions')}#add-action"},
        {"label": "Motions, model and scope", "url": _page(walk, "engagement_scope")},
        *([hand_over] if may_hand_over else []),
        {"label": "Resume" if parked else "Park", "url": f"{url}#park"},
        {"label": "Close", "url": _page(walk, "engagement_closing")},
    ]


def _page(walk: Walk, name: str) -> str:
    return reverse(name, args=[walk.engagement.pk])


def _list(names: Iterable[str]) -> str:
    *others, last = list(names) or [""]
    return f"{', '.join(others)} and {last}" if others else last
