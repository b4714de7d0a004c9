"""One FTOP number of an engagement as the task row component draws it, outside a step."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone

from engagements.applicability import TaskApplicability
from engagements.selectors import people
from engagements.selectors.days import on_day
from engagements.selectors.shapes import task_shape
from engagements.walk import Place, Walk
from playbook.spec import ListingSpec
from tasks.statuses import TaskStatus


@dataclass(frozen=True)
class Listed:
    """A number in the task table of one place."""

    place: Place
    row: ListingSpec
    decided: TaskApplicability

    @property
    def applies(self) -> bool:
        return self.place.applies and self.decided.applies

    @property
    def reason(self) -> str:
        """Why it does not apply there."""
        return self.decided.reason if self.place.applies else self.place.applicability.reason


@dataclass(frozen=True)
class ListedTask:
    """A number of the engagement with every place that lists it, those where it applies first."""

    number: int
    listed: tuple[Listed, ...]

    @property
    def first(self) -> Listed:
        return self.listed[0]

    @property
    def name(self) -> str:
        return self.first.row.name

    @property
    def here(self) -> tuple[Listed, ...]:
        return tuple(one for one in self.listed if one.applies)

    @property
    def mandatory(self) -> bool:
        return any(one.decided.mandatory for one in self.here)

    @property
    def roles(self) -> set[str]:
        return {role for one in self.here or self.listed for role in one.row.roles}

    def is_for(self, service_id: int) -> bool:
        """Whether a row names the service, or stands for whatever is in scope."""
        named = [service for one in self.here or self.listed for service in one.row.services]
        return not named or any(service.id == service_id or service.kind != "workload" for service in named)


def listed_tasks(walk: Walk) -> list[ListedTask]:
    """Every number of the edition, in playbook order of the first place where it applies."""
    found: dict[int, list[Listed]] = {}
    for one in _listed(walk.places):
        found.setdefault(one.row.number, []).append(one)
    tasks = [ListedTask(number, tuple(sorted(rows, key=lambda one: not one.applies))) for number, rows in found.items()]
    order = {place: position for position, place in enumerate(walk.places)}
    return sorted(tasks, key=lambda task: order[task.first.place])


def task_row(walk: Walk, number: int, error: str = "") -> dict[str, Any]:
    """One row of the tasks tab again; ``error`` is the refusal of the last change."""
    keys = [s.key for _, _, s in walk.edition.steps() if any(row.number == number for row in s.listings)]
    rows = [one for key in keys for one in _listed(walk.places_of(key)) if one.row.number == number]
    if not rows:
        return {"number": number, "name": "", "quiet": True, "kind": "off", "status": "Not listed", "error": error}
    task = ListedTask(number, tuple(sorted(rows, key=lambda one: not one.applies)))
    record = walk.task_state(number)[1]
    return drawn(walk, task, people.names([record and record.changed_by_id]), may_edit=True) | {"error": error}


def drawn(walk: Walk, task: ListedTask, names: Mapping[int, str], *, may_edit: bool) -> dict[str, Any]:
    """Where it stands in the playbook, whether it counts here and why, and its status."""
    status, _, _ = walk.task_state(task.number)
    row = {
        "number": task.number,
        "name": task.name,
        "url": reverse("task_detail", args=[task.number]),
        "places": [
            {"text": f"{one.place.process.title}:", "label": one.place.title, "url": one.place.url}
            for one in task.here or task.listed[:1]
        ],
        "kind": task_shape(status),
        "status": status,
    }
    if not task.here:
        return row | {"note": task.first.reason, "quiet": True, "kind": "off", "status": "Does not apply"}
    row["note"] = _note(walk, task, names)
    if may_edit:
        row["note_url"] = f"{reverse('engagement_notes', args=[walk.engagement.pk])}?task={task.number}#composer"
    if may_edit and any(one.place.receipt is None for one in task.here):
        row["choices"] = [{"value": s, "label": s, "selected": s == status} for s in TaskStatus]
        row["save_url"] = reverse("task_status", args=[walk.engagement.pk, task.number])
    return row


def _note(walk: Walk, task: ListedTask, names: Mapping[int, str]) -> str:
    _, record, waiver = walk.task_state(task.number)
    counts = next((one for one in task.here if one.decided.mandatory), task.here[0])
    said = ["Mandatory here." if task.mandatory else "Optional.", counts.decided.reason]
    if record:
        who = names.get(record.changed_by_id, "Somebody")
        on = on_day(timezone.localtime(record.changed_at).date(), walk.today)
        if waiver:
            said.append(f"Waived by {who}, {on}: “{waiver.reason}”")
        elif record.engagement_id != walk.engagement.pk:
            said.append(f"Done for this tenant in engagement {record.engagement_id}, {on}.")
        else:
            said.append(f"Set by {who}, {on}.")
    return " ".join(part for part in said if part)


def _listed(places: tuple[Place, ...]) -> Iterator[Listed]:
    for place in places:
        for row, decided in place.tasks:
            yield Listed(place, row, decided)
