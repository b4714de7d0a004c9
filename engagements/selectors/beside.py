"""What stands beside the steps of an engagement: what is at risk, what is coming, who, the latest note."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from engagements.adoption.dibs import due_on, missing_dibs
from engagements.adoption.tenant_services import in_scope
from engagements.models import Note
from engagements.note_markdown import plain
from engagements.selectors.days import day
from engagements.selectors.step_rows import Reader
from engagements.walk import Walk
from engagements.walk_rows import FEW
from tasks.prepared import prepared


def beside(walk: Walk, reader: Reader) -> dict[str, Any]:
    """The side column, in one query beside what the header has read."""
    return {
        "risks": _risks(walk, reader),
        "coming": _coming(walk),
        "team": _team(walk, reader),
        "note": _latest_note(walk),
    }


def _risks(walk: Walk, reader: Reader) -> list[dict[str, str]]:
    """Missing DIBS, blocked tasks and completed steps that no longer hold."""
    services = reverse("engagement_services", args=[walk.engagement.pk])
    rows = []
    for row in walk.engagement.tenant.services.all():
        lacks = missing_dibs(row) if row.service_id in {s.id for s in walk.facts.services} else []
        if lacks:
            text = f"{row.service.label} lacks {_listed(lacks)}."
            action = "Add" if reader.may_edit else "Look"
            rows.append(_risk("missing", text, action, f"{services}#service-{row.service_id}"))
    seen = set()
    for place in walk.open_places:
        task = place.blocked_task
        if task and task.task_id not in seen:
            seen.add(task.task_id)
            number = next(listing.number for listing, _ in place.tasks if listing.task == task.task_id)
            days = (walk.today - task.changed_at.date()).days
            since = f"for {days} day{'' if days == 1 else 's'}" if days > 0 else "since today"
            rows.append(_risk("blocked", f"Task {number} is {task.status} {since}.", "Open step", place.url))
    for place in walk.places:
        if place.is_shaken:
            rows.append(_risk("warning", f"{place.title} is complete, but no longer holds.", "Look", place.url))
    return rows


def _risk(kind: str, text: str, label: str, url: str) -> dict[str, str]:
    return {"kind": kind, "text": text, "label": label, "url": url}


def _coming(walk: Walk) -> list[dict[str, Any]]:
    """Promised actions and DIBS due dates, the nearest first; what is late stays until it is done."""
    found = [(row.due_on, row.text) for row in walk.promised]
    found += [(on, f"Due date, {row.service.label}") for row in in_scope(walk) if (on := due_on(row))]
    found.sort(key=lambda one: one[0])
    return [{"text": text, "day": day(on, walk.today), "late": on < walk.today} for on, text in found[:FEW]]


def _team(walk: Walk, reader: Reader) -> list[dict[str, str]]:
    # Somebody may work at the tenant and at its customer, in the same role: named once, as primary where they are.
    once = {(row.user_id, row.role_id): row for row in sorted(reader.team, key=lambda row: row.primary)}
    rows = [
        {
            "name": str(row.user),
            "role": (row.role.abbreviation or row.role.name) + (", primary" if row.primary else ""),
        }
        for row in reader.team
        if once[row.user_id, row.role_id] is row
    ]
    csm = walk.engagement.tenant.csm
    return [*rows, {"name": csm.name, "role": "CSM"}] if csm else rows


def _latest_note(walk: Walk) -> dict[str, str] | None:
    note = next(iter(_latest(engagement=walk.engagement.pk)), None)
    if note is None:
        return None
    url = reverse("note_detail", args=[walk.engagement.pk, note.pk])
    body = plain(note.body[:1_000])
    body = body if len(body) <= 240 else body[:240].rsplit(" ", 1)[0] + "…"
    return {"body": body, "author": str(note.author), "at": note.created_at, "url": url}


@prepared
def _latest(engagement) -> QuerySet[Note]:
    return Note.objects.filter(engagement=engagement).select_related("author")[:1]


def _listed(names: list[str]) -> str:
    *others, last = [name if name == "intent" else f"a {name}" for name in names]
    return f"{', '.join(others)} and {last}" if others else last
