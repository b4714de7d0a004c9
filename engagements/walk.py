"""An engagement walked through its edition: rows in, places with their verdicts out.

A *place* is a step of the playbook in one engagement (per service where the step runs per service).
Pages, services, lists and the verifier all look at an engagement through this one glass.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from django.urls import reverse

from engagements import applicability, gate
from engagements.applicability import Applicability, Facts, TaskApplicability
from engagements.checks import facts_for
from engagements.facts import condition_facts
from engagements.gate import Verdict
from engagements.gate_input import GateInput, Line, Proof, TaskLine, Waived
from engagements.models import Confirmation, Engagement, NextAction, Receipt, StepRun, TaskRecord
from engagements.walk_rows import promised, walkable
from playbook.checks import Check
from playbook.compiled import compile_edition, service_ref
from playbook.spec import EditionSpec, ListingSpec, PhaseSpec, ProcessSpec, RequirementSpec, ServiceRef, StepSpec
from tasks.statuses import TaskStatus

NOT_STARTED, IN_PROGRESS, READY = "Not started", "In progress", "Ready to complete"
ANY_ROLE = "Any Role"  # the playbook's own words for a step that is everybody's
BLOCKED, COMPLETE, DOES_NOT_APPLY = "Blocked", "Complete", "Does not apply"


@dataclass(eq=False)
class Place:
    """A step in this engagement: what applies, what was done, and what the gate says."""

    walk: "Walk"
    phase: PhaseSpec
    process: ProcessSpec
    step: StepSpec
    applicability: Applicability
    service: ServiceRef | None = None
    run: StepRun | None = None

    @property
    def applies(self) -> bool:
        return self.applicability.applies

    @property
    def title(self) -> str:
        return f"{self.step.title}: {self.service.name}" if self.service else self.step.title

    @cached_property
    def url(self) -> str:
        address = reverse("step_detail", args=[self.walk.engagement.pk, self.process.slug, self.step.slug])
        return f"{address}?service={self.service.id}" if self.service else address

    @property
    def services(self) -> tuple[ServiceRef, ...]:
        return (self.service,) if self.service else self.applicability.services

    @cached_property
    def receipt(self) -> Receipt | None:
        """The standing receipt of this engagement, if the step was completed here."""
        rows = self.run.receipt_rows if self.run else ()
        return next((row for row in rows if row.reopened_at is None), None)

    @cached_property
    def earlier(self) -> Receipt | None:
        """Core Onboarding is done once per tenant: the standing receipt of another engagement."""
        return self.walk.earlier_receipts.get(self.step.key) if self.step.is_core and not self.receipt else None

    @property
    def is_done(self) -> bool:
        return self.receipt is not None or self.earlier is not None

    @property
    def done_on(self) -> date | None:
        done = self.receipt or self.earlier
        return done.decided_on if done else None

    @cached_property
    def gate_input(self) -> GateInput:
        return _GateInput(self).build()

    @cached_property
    def verdict(self) -> Verdict:
        return gate.evaluate(self.gate_input, self.walk.today)

    @cached_property
    def tasks(self) -> tuple[tuple[ListingSpec, TaskApplicability], ...]:
        """The rows of the step's task table, each with whether it applies and is mandatory here."""
        facts = self.walk.facts
        return tuple((row, applicability.of_task(row, self.services, facts)) for row in self.step.listings)

    @cached_property
    def state(self) -> str:
        if not self.applies:
            return DOES_NOT_APPLY
        if self.is_done:
            return COMPLETE
        if self.blocked_task:
            return BLOCKED
        if self.verdict.passed:
            return READY
        return IN_PROGRESS if self.run else NOT_STARTED

    @cached_property
    def blocked_task(self) -> TaskRecord | None:
        """The first of its applicable tasks whose status is one of the Blocked ones."""
        for row, applies in self.tasks:
            record = self.walk.task_records.get(row.task)
            if applies.applies and record and TaskStatus(record.status).is_blocked:
                return record
        return None

    @property
    def is_shaken(self) -> bool:
        """Completed here, but what the records say today would no longer let it pass.

        Of a closed engagement nothing has to hold any more: closing it ended its reviews.
        """
        if self.walk.engagement.status == Engagement.Status.CLOSED:
            return False
        return self.applies and self.receipt is not None and not self.verdict.passed

    @cached_property
    def added_services(self) -> tuple[ServiceRef, ...]:
        """Services that came into scope after the step was completed."""
        if not self.receipt or self.service:
            return ()
        then = set(self.receipt.services_then or ())
        return tuple(s for s in self.services if s.name not in then and s.kind == "workload")


class Walk:
    """All places of one engagement, in playbook order, and what is known about it."""

    def __init__(
        self,
        engagement: Engagement,
        edition: EditionSpec,
        today: date,
        earlier_receipts: dict[str, Receipt],
        earlier_tasks: dict[int, TaskRecord],
    ):
        self.engagement, self.edition, self.today = engagement, edition, today
        self.earlier_receipts, self.earlier_tasks = earlier_receipts, earlier_tasks
        self.task_records = {row.task_id: row for row in engagement.task_records.all()}
        self.runs = {(row.step_id, row.service_id): row for row in engagement.step_runs.all()}
        self.facts = _facts(engagement, edition)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        return tuple(place for key in self.edition.places for place in self.places_of(key))

    def places_of(self, key: str) -> tuple[Place, ...]:
        """The places of one step: one, or one for each service where the step runs per service (R26)."""
        if key not in self._places:
            self._places[key] = tuple(self._make(key)) if key in self.edition.places else ()
        return self._places[key]

    @cached_property
    def _places(self) -> dict[str, tuple[Place, ...]]:
        return {}

    def _make(self, key: str) -> Iterator[Place]:
        phase, process, step = self.edition.places[key]
        decided = applicability.of_step(step, phase.name, self.facts)
        services: tuple[ServiceRef | None, ...] = (None,)
        if step.per_service and decided.applies:
            services = decided.services
        for service in services:
            run = self.runs.get((step.id, service.id if service else None))
            yield Place(self, phase, process, step, decided, service, run)

    @cached_property
    def confirmations(self) -> dict[int, Confirmation]:
        """Key outputs that people confirmed, by requirement."""
        return {row.requirement_id: row for row in self.engagement.confirmations.all()}

    @cached_property
    def promised(self) -> list[NextAction]:
        """The first few next actions that are open, what is due first before the others, with their owners."""
        return promised(engagement=self.engagement.pk)

    def place(self, key: str, service_id: int | None = None) -> Place | None:
        places = self.places_of(key)
        if service_id is None:
            return places[0] if places else None
        return next((place for place in places if place.service and place.service.id == service_id), None)

    @cached_property
    def open_places(self) -> tuple[Place, ...]:
        return tuple(place for place in self.places if place.applies and not place.is_done)

    def next_place(
        self, roles: Iterable[str] = (), usable: Callable[[Place], bool] = lambda place: True
    ) -> Place | None:
        """The next open step that is usable, of one of these roles where roles are named."""
        wanted = {*roles, ANY_ROLE} if roles else set()
        mine = (p for p in self.open_places if not wanted or not p.step.roles or wanted & set(p.step.roles))
        return next(filter(usable, mine), None)

    def task_state(self, number: int) -> tuple[str, TaskRecord | None, Waived | None]:
        """The status of a number here, its record, and the waiver where it is Not Required by decision."""
        task_id, is_core = self._numbers.get(number, (None, False))
        record = self.task_records.get(task_id)
        if record is None and is_core:
            record = self.earlier_tasks.get(task_id)
        if record is None:
            return TaskStatus.NOT_STARTED.value, None, None
        waived = Waived(record.reason, record.changed_by_id, record.changed_at.date().isoformat())
        return record.status, record, waived if record.waived else None

    @property
    def series(self) -> list:
        """The open series of reviews that this engagement joins: those of its tenant, and of its customer."""
        tenant = self.engagement.tenant
        return [*tenant.series_rows, *tenant.customer.series_rows]

    def series_of(self, kind: str):
        """The open series of a kind of review, or nothing where none is agreed."""
        return next((row for row in self.series if row.kind == kind), None)

    def lists(self, number: int) -> bool:
        """Whether any step of the edition lists a number."""
        return number in self._numbers

    def task_id(self, number: int) -> int:
        """The row of a number that this edition lists; KeyError where it does not."""
        return self._numbers[number][0]

    @cached_property
    def _numbers(self) -> dict[int, tuple[int, bool]]:
        """Number → (id of the task, whether a row lists it under Core Onboarding)."""
        found: dict[int, tuple[int, bool]] = {}
        for _, _, step in self.edition.steps():
            for row in step.listings:
                core = any(service.kind == "core" for service in row.services)
                found[row.number] = (row.task, core or found.get(row.number, (0, False))[1])
        return found

    def steps_listing(self, number: int) -> tuple[Place, ...]:
        """The applicable places whose task table lists a number."""
        keys = [s.key for _, _, s in self.edition.steps() if any(row.number == number for row in s.listings)]
        return tuple(place for key in keys for place in self.places_of(key) if place.applies)


def load_walk(engagement_id: int, today: date) -> Walk:
    """One engagement by id; raises Engagement.DoesNotExist."""
    found = walkable([engagement_id])
    if not found:
        raise Engagement.DoesNotExist(f"There is no engagement {engagement_id}.")
    return next(load_walks(found, today))


def load_walks(engagements: list[Engagement], today: date) -> Iterator[Walk]:
    """Engagements that came from ``walkable``; the number of queries does not grow with them."""
    editions = {row.edition_id: row.edition for row in engagements}
    compiled = {pk: compile_edition(edition) for pk, edition in editions.items()}
    receipts, tasks = _earlier(engagements, compiled.values())
    for row in engagements:
        yield Walk(row, compiled[row.edition_id], today, receipts.get(row.pk, {}), tasks.get(row.pk, {}))


def _earlier(engagements: list[Engagement], editions: Iterable[EditionSpec]):
    """What other engagements of the same tenants already did of Core Onboarding, by engagement id."""
    engagements = [row for row in engagements if len(row.tenant.engagement_rows) > 1]
    if not engagements:
        return {}, {}
    core_keys = {s.key for e in editions for _, _, s in e.steps() if s.is_core}
    tenants = {row.tenant_id for row in engagements}
    rows = Receipt.objects.filter(engagement__tenant__in=tenants, reopened_at=None, step_key__in=core_keys)
    by_tenant = defaultdict(list)
    for row in rows.select_related("engagement").defer("gate_input").order_by("pk"):
        by_tenant[row.engagement.tenant_id].append(row)
    receipts = {
        mine.pk: {row.step_key: row for row in by_tenant[mine.tenant_id] if row.engagement_id != mine.pk}
        for mine in engagements
    }
    complete = TaskRecord.objects.filter(engagement__tenant__in=tenants, status=TaskStatus.COMPLETE.value)
    tasks_by_tenant = defaultdict(list)
    for row in complete.select_related("engagement"):
        tasks_by_tenant[row.engagement.tenant_id].append(row)
    tasks = {
        mine.pk: {row.task_id: row for row in tasks_by_tenant[mine.tenant_id] if row.engagement_id != mine.pk}
        for mine in engagements
    }
    return receipts, tasks


def _facts(engagement: Engagement, edition: EditionSpec) -> Facts:
    answers = {(row.key, row.service_id): row.answer for row in engagement.answers.all()}
    return Facts(
        motions={motion.slug: motion.name for motion in engagement.motions.all()},
        services=tuple(service_ref(service) for service in engagement.services.all()),
        conditions=edition.conditions,
        answers=answers,
        computed=condition_facts(engagement),
        model=engagement.model.name,
        phases_left_out=frozenset(engagement.model.phases_left_out),
    )


@dataclass
class _GateInput:
    """Builds the gate input of a place from the rows of its run."""

    place: Place
    proofs: dict[int | None, list[Proof]] = field(default_factory=lambda: defaultdict(list))
    waivers: dict[int, Waived] = field(default_factory=dict)

    def build(self) -> GateInput:
        place, run = self.place, self.place.run
        notes = []
        for row in run.evidence_rows if run else ():
            self.proofs[row.requirement_id].append(_proof(row))
            if row.note_id:
                notes.append(row.note_id)
        for row in run.waiver_rows if run else ():
            if row.decision == "granted" and row.requirement_id:
                self.waivers[row.requirement_id] = Waived(
                    row.reason, row.decided_by_id, row.decided_at.date().isoformat()
                )
        return GateInput(
            step=place.step.key,
            title=place.title,
            services=tuple(service.name for service in place.services),
            inputs=self._lines(place.step.inputs),
            outputs=self._lines(place.step.outputs),
            tasks=tuple(self._task(row, applies) for row, applies in place.tasks),
            facts=facts_for(place.step.inputs + place.step.outputs, place.services, place.walk),
            routes={row.group_id: row.route_id for row in run.choice_rows} if run else {},
            notes=tuple(dict.fromkeys(notes)),
        )

    def _lines(self, specs: tuple[RequirementSpec, ...]) -> tuple[Line, ...]:
        place = self.place
        return build_lines(specs, place.services, place.walk.facts, self.proofs, self.waivers)

    def _task(self, row: ListingSpec, applies: TaskApplicability) -> TaskLine:
        status, _, waived = self.place.walk.task_state(row.number)
        return TaskLine(
            number=row.number,
            name=row.name,
            mandatory=applies.mandatory,
            applies=applies.applies,
            because=applies.reason,
            status=status,
            waiver=waived,
        )


def build_lines(
    specs: Iterable[RequirementSpec],
    services: tuple[ServiceRef, ...],
    facts: Facts,
    proofs: Mapping[int | None, list[Proof]],
    waivers: Mapping[int, Waived],
    inherited: Check | None = None,
) -> tuple[Line, ...]:
    """Requirements as the gate reads them, with what documents them.

    A note category that a parent names passes down to its leaves, because people tick leaves; where all
    its children are optional it stays with the parent, or nothing would be asked.
    """
    lines = []
    for spec in specs:
        own_note = next((check for check in spec.checks if check.kind == "note"), None)
        checks = spec.checks
        if any(not child.optional for child in spec.children):
            checks = tuple(check for check in spec.checks if check != own_note)
        elif inherited and not own_note and not spec.children:
            checks = (inherited, *spec.checks)
        decided = applicability.of_line(spec.when, services, facts)
        lines.append(
            Line(
                id=spec.id,
                text=spec.text,
                checks=checks,
                rule=spec.rule,
                optional=spec.optional,
                applies=decided.applies,
                because=decided.reason,
                proofs=tuple(proofs.get(spec.id, ())),
                waiver=waivers.get(spec.id),
                children=build_lines(spec.children, services, facts, proofs, waivers, own_note or inherited),
            )
        )
    return tuple(lines)


def _proof(row) -> Proof:
    return Proof(
        kind=row.kind,
        id=row.note_id or row.pk,
        category=row.category or "",
        by=row.by_id,
        on=row.at.date().isoformat(),
        text=row.text,
    )
