"""An edition as flat, plain rows, each under what identifies it in every edition: for comparing and checking.

Constant number of queries, whatever the size of the edition. ``playbook.diff`` and ``playbook.validation``
read these rows and nothing else.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import models

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


def snapshot(edition: Edition) -> Snapshot:
    """Every process, step, requirement, listing and condition of the edition, in page order."""
    rows = [*_conditions(edition), *_processes(edition), *_steps(edition), *_requirements(edition), *_listings(edition)]
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


def _processes(edition: Edition) -> Iterable[Row]:
    of = {"edition": edition}
    motions = _names(Process, "motions", of)
    for row in Process.objects.filter(**of).select_related("phase", "next_process"):
        fields = {
            "title": row.title,
            "phase": row.phase.name if row.phase else "",
            "audience": row.audience,
            "motions": motions[row.pk],
            "guidance": row.guidance,
            "next steps": row.next_steps,
            "next process": row.next_process.key if row.next_process else "",
            "position": row.position,
        }
        yield Row("process", (row.key,), row.title, row.title, fields)


def _steps(edition: Edition) -> Iterable[Row]:
    of = {"process__edition": edition}
    roles, motions, services = (_names(Step, name, of) for name in ("roles", "motions", "applies_to"))
    for row in Step.objects.filter(**of).select_related("process").order_by("process__position", "position"):
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
        yield Row("step", (row.key,), row.title, f"{row.process.title} › {row.title}", fields)


def _requirements(edition: Edition) -> Iterable[Row]:
    rows = Requirement.objects.filter(process__edition=edition).select_related("process", "step", "parent")
    children = Counter(row.parent_id for row in rows)
    for row in rows.order_by("process__position", "step__position", "position"):
        fields = {
            "text": row.text,
            "section": row.section,
            "below": row.parent.text if row.parent else "",
            "checks": tuple(row.checks),
            "rule": row.rule,
            "children": children[row.pk],
            "optional": row.optional,
            "when": row.when,
        }
        key = (row.process.key, row.step.key if row.step else "", row.key)
        yield Row("requirement", key, row.text, _place(row), fields)


def _listings(edition: Edition) -> Iterable[Row]:
    of = {"edition": edition}
    roles, services = (_names(TaskListing, name, of) for name in ("roles", "services"))
    met = Counter()
    rows = TaskListing.objects.filter(**of).select_related("task", "process", "step")
    for row in rows.order_by("process__position", "position"):
        key = (row.task.number, row.process.key, row.step.key if row.step else "")
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
        yield Row("task", (*key, met[key]), f"{row.task.number} {row.name}", _place(row), fields)


def _place(row: Requirement | TaskListing) -> str:
    return f"{row.process.title} › {row.step.title}" if row.step else row.process.title
