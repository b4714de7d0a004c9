"""What an engagement would have before it exists, by the very rules that it will be walked with."""

from collections.abc import Iterable
from dataclasses import dataclass

from engagements import applicability
from engagements.applicability import Facts
from engagements.facts import tenant_facts
from engagements.models import Tenant
from playbook.compiled import compile_edition, service_ref
from playbook.models import Edition
from playbook.spec import EditionSpec, PhaseSpec
from tasks.models import EngagementModel, Motion, Service


@dataclass(frozen=True)
class RehearsedPhase:
    """A phase with how many of its steps would apply; ``why`` says it where none would.

    ``internal`` of the steps are on pages for Microsoft staff.
    """

    name: str
    steps: int
    left_out: int
    why: tuple[str, ...] = ()
    internal: int = 0


@dataclass(frozen=True)
class Rehearsal:
    phases: tuple[RehearsedPhase, ...]

    @property
    def steps(self) -> int:
        return sum(phase.steps for phase in self.phases)

    @property
    def internal(self) -> int:
        return sum(phase.internal for phase in self.phases)

    @property
    def running(self) -> tuple[RehearsedPhase, ...]:
        return tuple(phase for phase in self.phases if phase.steps)

    @property
    def falling_away(self) -> tuple[RehearsedPhase, ...]:
        return tuple(phase for phase in self.phases if not phase.steps)


def rehearse(edition: EditionSpec, facts: Facts) -> Rehearsal:
    """Counts the places that a walk of these facts would have. Writes nothing, reads nothing."""
    return Rehearsal(tuple(_phase(phase, facts) for phase in edition.phases))


def facts_of(
    edition: EditionSpec,
    tenant: Tenant,
    model: EngagementModel,
    motions: Iterable[Motion],
    services: Iterable[Service],
) -> Facts:
    """What would be known on the first day: nobody has answered anything yet."""
    services = list(services)
    return Facts(
        motions={motion.slug: motion.name for motion in motions},
        services=tuple(service_ref(service) for service in services),
        conditions=edition.conditions,
        computed=tenant_facts(tenant, services),
        model=model.name,
        phases_left_out=frozenset(model.phases_left_out),
    )


def rehearse_choices(
    edition: Edition, tenant: Tenant, model: EngagementModel, motions: Iterable[Motion], services: Iterable[Service]
) -> Rehearsal:
    spec = compile_edition(edition)
    return rehearse(spec, facts_of(spec, tenant, model, motions, services))


def _phase(phase: PhaseSpec, facts: Facts) -> RehearsedPhase:
    steps, internal, left_out, reasons = 0, 0, 0, []
    for process in phase.processes:
        for step in process.steps:
            decided = applicability.of_step(step, phase.name, facts)
            if decided.applies:
                # A step that runs per service is one place for each of them (R26).
                places = len(decided.services) if step.per_service else 1
                steps += places
                internal += places if process.audience == "internal" else 0
            else:
                left_out += 1
                reasons.append(decided.reason)
    if phase.name in facts.phases_left_out:
        reasons = [f"The {facts.model} model leaves out {phase.name}."]
    why = () if steps else tuple(dict.fromkeys(reasons)) or ("The edition has no step in it.",)
    return RehearsedPhase(phase.name, steps, left_out, why, internal)
