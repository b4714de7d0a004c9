"""An edition as plain values: what the rules read. Pure, frozen, shared between requests.

``playbook.compiled`` makes it from rows. Services are known by id, because a name may be corrected
while an edition stands; motions by slug, conditions and steps by key.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from playbook.checks import Check


@dataclass(frozen=True, slots=True)
class ServiceRef:
    """A service as rules see it. ``kind`` is "workload", "all" (All Services) or "core" (Core Onboarding)."""

    id: int
    name: str = field(compare=False)
    kind: str = field(default="workload", compare=False)


@dataclass(frozen=True, slots=True)
class ConditionSpec:
    key: str
    question: str
    scope: str = "engagement"
    computed: tuple[str, ...] = ()
    services: frozenset[int] = frozenset()
    yes: str = ""
    no: str = ""


@dataclass(frozen=True, slots=True)
class RequirementSpec:
    id: int
    key: str
    section: str
    text: str
    checks: tuple[Check, ...] = ()
    rule: str = "all"
    optional: bool = False
    when: str = ""
    children: tuple["RequirementSpec", ...] = ()


@dataclass(frozen=True, slots=True)
class ListingSpec:
    """A row of a task table; ``task`` is the id of the FtopTask, ``number`` what people call it."""

    task: int
    number: int
    name: str
    mandatory: bool = False
    roles: tuple[str, ...] = ()
    services: tuple[ServiceRef, ...] = ()
    when: str = ""
    mandatory_when: str = ""


@dataclass(frozen=True, slots=True)
class StepSpec:
    id: int
    key: str
    slug: str
    title: str
    roles: tuple[str, ...] = ()
    motions: Mapping[str, str] = field(default_factory=dict)
    applies_to: tuple[ServiceRef, ...] = ()
    cadence: str = ""
    guidance: str = ""
    when: str = ""
    per_service: bool = False
    inputs: tuple[RequirementSpec, ...] = ()
    outputs: tuple[RequirementSpec, ...] = ()
    listings: tuple[ListingSpec, ...] = ()

    @property
    def is_core(self) -> bool:
        """Core Onboarding: done once per tenant."""
        return any(service.kind == "core" for service in self.applies_to)

    @property
    def has_checklists(self) -> bool:
        return bool(self.inputs or self.outputs)


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    id: int
    key: str
    slug: str
    title: str
    source: str = ""
    audience: str = "internal"
    steps: tuple[StepSpec, ...] = ()
    key_inputs: tuple[RequirementSpec, ...] = ()
    key_outputs: tuple[RequirementSpec, ...] = ()
    next_process: str = ""


@dataclass(frozen=True, slots=True)
class PhaseSpec:
    slug: str
    name: str
    position: int
    processes: tuple[ProcessSpec, ...] = ()


@dataclass(frozen=True)
class EditionSpec:
    """Phases in order, each with its processes in order; steps without a phase stand in a last one named "".

    ``pages`` are the slugs of all pages by file name, guidance pages too, for links between them.
    """

    id: int
    name: str
    phases: tuple[PhaseSpec, ...]
    conditions: Mapping[str, ConditionSpec]
    places: Mapping[str, tuple[PhaseSpec, ProcessSpec, StepSpec]]
    pages: Mapping[str, str] = field(default_factory=dict)

    def steps(self) -> Iterator[tuple[PhaseSpec, ProcessSpec, StepSpec]]:
        """Every step with its process and phase, in playbook order."""
        yield from self.places.values()

    def process(self, key: str) -> ProcessSpec | None:
        return next((p for phase in self.phases for p in phase.processes if p.key == key), None)
