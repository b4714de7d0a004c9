"""An edition as one JSON document (DESIGN §9): from the catalogue as read, and from the rows of the database.

Both ways say the same for the same pages; a test holds them to it. Lists keep page order. Pages without
steps are guidance and not in it; their task rows are.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Model

from playbook import vocabulary
from playbook.catalogue import Catalogue
from playbook.models import Edition, Process, Requirement, Step, TaskListing
from playbook.pages import PageWarning
from playbook.pages import Requirement as ReadLine


def of_catalogue(catalogue: Catalogue, name: str) -> dict:
    """What an import of these pages would put into a draft; asks no database."""
    phases = {phase.key: phase.name for phase in catalogue.phases}
    return {
        "edition": {"name": name, "status": Edition.Status.DRAFT.value, "language": catalogue.language},
        "phases": [{"name": phase.name, "position": phase.position} for phase in catalogue.phases],
        "processes": [
            {
                "slug": process.slug,
                "title": process.title,
                "source": process.source,
                "phase": phases.get(process.phase),
                "motions": _meant("motion", process.motions),
                "audience": process.audience or "internal",
                "key_inputs": [line.text for line in process.key_inputs],
                "key_outputs": [line.text for line in process.key_outputs],
                "steps": [
                    {
                        "slug": step.slug,
                        "title": step.title,
                        "roles": _meant("role", step.roles),
                        "motions": _meant("motion", step.motions),
                        "applies_to": _meant("service", step.applies_to),
                        "cadence": step.cadence or None,
                        "inputs": [_read_line(line) for line in step.inputs],
                        "outputs": [_read_line(line) for line in step.outputs],
                        "tasks": [row.number for row in step.tasks],
                    }
                    for step in process.steps
                ],
            }
            for process in catalogue.processes
            if process.steps
        ],
        "tasks": [
            _task(row.number, row.name, row.mandatory, _meant("role", row.roles), _meant("service", row.services))
            for row in sorted(catalogue.tasks, key=lambda row: row.number)
        ],
        "warnings": of_warnings(catalogue.warnings),
    }


def of_edition(edition: Edition) -> dict:
    """The rows of an edition; a constant number of queries."""
    of_steps, of_lines = {"process__edition": edition}, {"process__edition": edition}
    of_rows = {"edition": edition}
    process_motions = _names(Process, "motions", of_rows)
    roles, motions, applies_to = (_names(Step, name, of_steps) for name in ("roles", "motions", "applies_to"))
    listed_roles, listed_services = (_names(TaskListing, name, of_rows) for name in ("roles", "services"))
    listings = list(TaskListing.objects.filter(edition=edition).select_related("task"))
    numbers = defaultdict(list)
    for row in listings:
        numbers[row.step_id].append(row.task.number)
    lines = _trees(Requirement.objects.filter(**of_lines))
    steps = defaultdict(list)
    for row in Step.objects.filter(**of_steps):
        steps[row.process_id].append(
            {
                "slug": row.slug,
                "title": row.title,
                "roles": roles[row.pk],
                "motions": motions[row.pk],
                "applies_to": applies_to[row.pk],
                "cadence": row.cadence or None,
                "inputs": lines["step", row.pk, "input"],
                "outputs": lines["step", row.pk, "output"],
                "tasks": numbers[row.pk],
            }
        )
    return {
        "edition": {"name": edition.name, "status": edition.status, "language": edition.language},
        "phases": [{"name": row.name, "position": row.position} for row in edition.phases.all()],
        "processes": [
            {
                "slug": row.slug,
                "title": row.title,
                "source": row.source,
                "phase": row.phase.name if row.phase else None,
                "motions": process_motions[row.pk],
                "audience": row.audience,
                "key_inputs": [line["text"] for line in lines["process", row.pk, "key_input"]],
                "key_outputs": [line["text"] for line in lines["process", row.pk, "key_output"]],
                "steps": steps[row.pk],
            }
            for row in Process.objects.filter(edition=edition).select_related("phase")
            if steps[row.pk]
        ],
        "tasks": [
            _task(row.task.number, row.name, row.mandatory, listed_roles[row.pk], listed_services[row.pk])
            for row in sorted(listings, key=lambda row: row.task.number)
            if row.resolved
        ],
        "warnings": edition.warnings,
    }


def of_warnings(warnings: Iterable[PageWarning]) -> list[dict]:
    return [{"file": w.file, "line": w.line, "code": w.code, "message": w.message} for w in warnings]


def _task(number: int, name: str, mandatory: bool, roles: list[str], services: list[str]) -> dict:
    return {"id": number, "name": name, "mandatory": mandatory, "roles": roles, "services": services}


def _line(row: ReadLine | Requirement, children: list[dict]) -> dict:
    return {
        "text": row.text,
        "checks": list(row.checks),
        "optional": row.optional,
        "rule": row.rule,
        "when": row.when or None,
        "children": children,
    }


# From the catalogue


def _read_line(line: ReadLine) -> dict:
    return _line(line, [_read_line(child) for child in line.children])


def _meant(kind: str, names: Iterable[str]) -> list[str]:
    """The names that an import looks up: a translated one counts as what it stands for."""
    return list(dict.fromkeys(vocabulary.meaning(kind, name) or name for name in names))


# From rows


def _names(model: type[Model], relation: str, of: dict) -> dict[int, list[str]]:
    """The names at the other end of a relation in page order, which is the order of its own rows."""
    link = model._meta.get_field(relation)
    through, here, there = link.remote_field.through, link.m2m_field_name(), link.m2m_reverse_field_name()
    rows = through.objects.filter(**{f"{here}__{path}": value for path, value in of.items()}).order_by("pk")
    found = defaultdict(list)
    for pk, name in rows.values_list(f"{here}_id", f"{there}__name"):
        found[pk].append(name)
    return found


def _trees(rows: Iterable[Requirement]) -> dict[tuple[str, int, str], list[dict]]:
    """("step" or "process", its id, section) → its lines, each with its children."""
    below = defaultdict(list)
    for row in rows:
        below[row.parent_id].append(row)

    def build(row: Requirement) -> dict:
        return _line(row, [build(child) for child in below[row.pk]])

    tops = defaultdict(list)
    for row in below[None]:
        owner = ("step", row.step_id) if row.step_id else ("process", row.process_id)
        tops[*owner, row.section].append(build(row))
    return tops
