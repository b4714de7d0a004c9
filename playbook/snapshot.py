"""An edition as flat, plain rows, each under what identifies it in every edition: for comparing and checking.

Constant number of queries, whatever the size of the edition. ``playbook.diff`` and ``playbook.validation``
read these rows and nothing else.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import models
from django.db.models import F

from playbook.models import Condition, Edition, Process, Requirement, Step, TaskListing


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an edition. ``key`` is stable across editions, ``where`` is how a person finds it."""

    kind: str
    key: tuple
    name: str
    where: str
    fields: dict = field(default_factory=dict)


Snapshot = dict[tuple[str, tuple], Row]
Owners = dict[int, Process | Step]


def snapshot(edition: Edition) -> Snapshot:
    """Every process, step, requirement, listing and condition of the edition, in page order."""
    processes = {row.pk: row for row in Process.objects.filter(edition=edition).select_related("phase")}
    steps = {row.pk: row for row in Step.objects.filter(process__edition=edition).order_by()}
    rows = [
        *_conditions(edition),
        *_processes(edition, processes),
        *_steps(edition, processes, steps),
        *_requirements(edition, processes, steps),
        *_listings(edition, processes, steps),
    ]
    return {(row.kind, row.key): row for row in rows}


def _names(model: type[models.Model], relation: str, of: dict) -> dict[int, tuple[str, ...]]:
    """The sorted names at the other end of a many-to-many relation, for each row that has some."""
    found = defaultdict(list)
    rows = model.objects.filter(**of, **{f"{relation}__isnull": False})
    for pk, name in rows.order_by().values_list("pk", f"{relation}__name"):
        found[pk].append(name)
    return defaultdict(tuple, {pk: tuple(sorted(names)) for pk, names in found.items()})


def _conditions(edition: Edition) -> Iterable[Row]:
    of = {"edition": edition}
    services = _names(Condition, "services", of)
    for row in Condition.objects.filter(**of):
        fields = {"question": row.question, "scope": row.scope, "computed": tuple(row.computed), "yes": row.yes}
        yield Row("condition", (row.key,), row.key, row.question, fields | {"no": row.no, "services": services[row.pk]})


def _processes(edition: Edition, processes: Owners) -> Iterable[Row]:
    of = {"edition": edition}
    motions = _names(Process, "motions", of)
    for row in processes.values():
        fields = {
            "title": row.title,
            "phase": row.phase.name if row.phase else "",
            "audience": row.audience,
            "motions": motions[row.pk],
            "guidance": row.guidance,
            "next steps": row.next_steps,
            "next process": processes[row.next_process_id].key if row.next_process_id else "",
            "position": row.position,
        }
        yield Row("process", (row.key,), row.title, row.title, fields)


def _steps(edition: Edition, processes: Owners, steps: Owners) -> Iterable[Row]:
    of = {"process__edition": edition}
    roles, motions, services = (_names(Step, name, of) for name in ("roles", "motions", "applies_to"))
    for row in sorted(steps.values(), key=lambda row: (processes[row.process_id].position, row.position)):
        fields = {
            "title": row.title,
            "roles": roles[row.pk],
            "motions": motions[row.pk],
            "applies to": services[row.pk],
            "cadence": row.cadence,
            "guidance": row.guidance,
            "when": row.when,
            "per service": row.per_service,
            "position": row.position,
        }
        yield Row("step", (row.key,), row.title, f"{processes[row.process_id].title} › {row.title}", fields)


def _requirements(edition: Edition, processes: Owners, steps: Owners) -> Iterable[Row]:
    rows = {row.pk: row for row in Requirement.objects.filter(process__edition=edition).order_by()}
    children = Counter(row.parent_id for row in rows.values())
    for row in _in_page_order(rows.values(), processes, steps):
        fields = {
            "text": row.text,
            "section": row.section,
            "below": rows[row.parent_id].text if row.parent_id else "",
            "checks": tuple(row.checks),
            "rule": row.rule,
            "children": children[row.pk],
            "optional": row.optional,
            "when": row.when,
        }
        key = (processes[row.process_id].key, steps[row.step_id].key if row.step_id else "", row.key)
        yield Row("requirement", key, row.text, _place(row, processes, steps), fields)


def _listings(edition: Edition, processes: Owners, steps: Owners) -> Iterable[Row]:
    of = {"edition": edition}
    roles, services = (_names(TaskListing, name, of) for name in ("roles", "services"))
    met = Counter()
    rows = TaskListing.objects.filter(**of).order_by().annotate(number=F("task__number"))
    for row in sorted(rows, key=lambda row: (processes[row.process_id].position, row.position, row.pk)):
        key = (row.number, processes[row.process_id].key, steps[row.step_id].key if row.step_id else "")
        met[key] += 1
        fields = {
            "name": row.name,
            "mandatory": row.mandatory,
            "roles": roles[row.pk],
            "services": services[row.pk],
            "when": row.when,
            "mandatory when": row.mandatory_when,
            "resolved": row.resolved,
        }
        yield Row("task", (*key, met[key]), f"{row.number} {row.name}", _place(row, processes, steps), fields)


def _in_page_order(rows: Iterable[Requirement], processes: Owners, steps: Owners) -> list[Requirement]:
    """Lines of the process itself before those of its steps."""
    return sorted(
        rows,
        key=lambda row: (
            processes[row.process_id].position,
            steps[row.step_id].position if row.step_id else -1,
            row.position,
            row.pk,
        ),
    )


def _place(row: Requirement | TaskListing, processes: Owners, steps: Owners) -> str:
    title = processes[row.process_id].title
    return f"{title} › {steps[row.step_id].title}" if row.step_id else title
