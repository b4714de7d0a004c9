"""Rows of an edition → the frozen values that rules read, in a constant number of queries.

A published edition cannot change, so its compiled form is kept in memory; a draft is compiled anew.
"""

import time
from collections import defaultdict

from playbook.checks import Check
from playbook.models import Edition, Process, Requirement, Step, TaskListing
from playbook.spec import (
    ConditionSpec,
    EditionSpec,
    ListingSpec,
    PhaseSpec,
    ProcessSpec,
    RequirementSpec,
    ServiceRef,
    StepSpec,
)
from tasks.models import Service

# Names of roles and services may be corrected in the admin; everything else of a frozen edition stands.
KEPT_SECONDS = 300
_kept: dict[int, tuple[float, EditionSpec]] = {}


def compile_edition(edition: Edition) -> EditionSpec:
    """The edition as plain values; the same object for every request while it is kept."""
    kept = _kept.get(edition.pk)
    if kept and kept[0] > time.monotonic():
        return kept[1]
    spec = _compile(edition)
    if edition.is_frozen:
        _kept[edition.pk] = (time.monotonic() + KEPT_SECONDS, spec)
    return spec


def forget_compiled() -> None:
    """Drops what is kept; for tests, which reuse primary keys."""
    _kept.clear()


def service_ref(service: Service) -> ServiceRef:
    return ServiceRef(service.pk, service.label, service.kind)


def _compile(edition: Edition) -> EditionSpec:
    lines = _requirements(edition)
    listings = defaultdict(list)
    for row in TaskListing.objects.filter(edition=edition).select_related("task").prefetch_related("roles", "services"):
        listings[row.step_id].append(_listing(row))
    steps = defaultdict(list)
    rows = Step.objects.filter(process__edition=edition).prefetch_related("roles", "motions", "applies_to")
    for row in rows:
        steps[row.process_id].append(_step(row, lines, listings[row.pk]))
    processes = defaultdict(list)
    for row in Process.objects.filter(edition=edition).select_related("next_process"):
        processes[row.phase_id].append(_process(row, lines, steps[row.pk]))

    phases = [PhaseSpec(p.slug, p.name, p.position, tuple(processes[p.pk])) for p in edition.phases.all()]
    loose = tuple(process for process in processes[None] if process.steps)
    if loose:
        phases.append(PhaseSpec("", "No phase", 99, loose))
    return EditionSpec(
        id=edition.pk,
        name=edition.name,
        phases=tuple(phases),
        conditions={row.key: _condition(row) for row in edition.conditions.prefetch_related("services")},
        places={s.key: (phase, p, s) for phase in phases for p in phase.processes for s in p.steps},
        pages={row.source: row.slug for rows in processes.values() for row in rows},
    )


def _requirements(edition: Edition) -> dict[tuple[str, int, str], tuple[RequirementSpec, ...]]:
    """("step" or "process", its id, section) → its lines, each with its children."""
    rows = list(Requirement.objects.filter(process__edition=edition))
    children = defaultdict(list)
    for row in rows:
        children[row.parent_id].append(row)

    def build(row: Requirement) -> RequirementSpec:
        return RequirementSpec(
            id=row.pk,
            key=row.key,
            section=row.section,
            text=row.text,
            checks=tuple(map(Check, row.checks)),
            rule=row.rule,
            optional=row.optional,
            when=row.when,
            children=tuple(build(child) for child in children[row.pk]),
        )

    tops = defaultdict(list)
    for row in children[None]:
        owner = ("step", row.step_id) if row.step_id else ("process", row.process_id)
        tops[(*owner, row.section)].append(build(row))
    return defaultdict(tuple, {place: tuple(found) for place, found in tops.items()})


def _listing(row: TaskListing) -> ListingSpec:
    return ListingSpec(
        task=row.task_id,
        number=row.task.number,
        name=row.name,
        mandatory=row.mandatory,
        roles=tuple(role.name for role in row.roles.all()),
        services=tuple(service_ref(service) for service in row.services.all()),
        when=row.when,
        mandatory_when=row.mandatory_when,
    )


def _step(row: Step, lines, listings: list[ListingSpec]) -> StepSpec:
    return StepSpec(
        id=row.pk,
        key=row.key,
        slug=row.slug,
        title=row.title,
        roles=tuple(role.name for role in row.roles.all()),
        motions={motion.slug: motion.name for motion in row.motions.all()},
        applies_to=tuple(service_ref(service) for service in row.applies_to.all()),
        cadence=row.cadence,
        guidance=row.guidance,
        when=row.when,
        per_service=row.per_service,
        inputs=lines["step", row.pk, "input"],
        outputs=lines["step", row.pk, "output"],
        listings=tuple(listings),
    )


def _process(row: Process, lines, steps: list[StepSpec]) -> ProcessSpec:
    return ProcessSpec(
        id=row.pk,
        key=row.key,
        slug=row.slug,
        title=row.title,
        source=row.source,
        audience=row.audience,
        steps=tuple(steps),
        key_inputs=lines["process", row.pk, "key_input"],
        key_outputs=lines["process", row.pk, "key_output"],
        next_process=row.next_process.key if row.next_process else "",
    )


def _condition(row) -> ConditionSpec:
    return ConditionSpec(
        key=row.key,
        question=row.question,
        scope=row.scope,
        computed=tuple(row.computed),
        services=frozenset(service.pk for service in row.services.all()),
        yes=row.yes,
        no=row.no,
    )
