"""Decides what of a playbook applies to an engagement, and says why not. Pure: reads no database.

Motions meet motions, services in scope meet *Applies To*, conditions decide the rest (DESIGN §3). A
condition that nobody can answer yet applies, and the page asks it there: unknown is never a way out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from playbook.spec import ConditionSpec, ListingSpec, ServiceRef, StepSpec

YES, NO, UNKNOWN = "yes", "no", "unknown"


@dataclass(frozen=True)
class Facts:
    """What is known about an engagement.

    ``answers`` and ``computed`` are keyed by (condition key or fact, service id or None); a fact is
    True, False, or None where the records do not say.
    """

    motions: Mapping[str, str] = field(default_factory=dict)
    services: tuple[ServiceRef, ...] = ()
    conditions: Mapping[str, ConditionSpec] = field(default_factory=dict)
    answers: Mapping[tuple[str, int | None], str] = field(default_factory=dict)
    computed: Mapping[tuple[str, int | None], bool | None] = field(default_factory=dict)
    model: str = ""
    phases_left_out: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Answer:
    """The value of a condition expression, the reason it gives, and what somebody should be asked."""

    value: str
    reason: str = ""
    ask: tuple[tuple[str, int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Applicability:
    """Whether a step applies, for which services, and why not where it does not.

    ``kind`` names what decided against it: "phase", "motion", "service" or "condition".
    """

    applies: bool
    services: tuple[ServiceRef, ...] = ()
    excluded: tuple[tuple[ServiceRef, str], ...] = ()
    kind: str = ""
    reason: str = ""
    ask: tuple[tuple[str, int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class TaskApplicability:
    applies: bool
    mandatory: bool = False
    reason: str = ""
    ask: tuple[tuple[str, int | None], ...] = ()


# Conditions -------------------------------------------------------------------------------------------


def parse(expression: str) -> tuple[tuple[bool, str], ...]:
    """``"a and not b"`` → ((True, "a"), (False, "b")): a condition key and the answer it should have."""
    terms = []
    for term in expression.split(" and "):
        words = term.split()
        if words:
            terms.append((words[0] != "not", words[-1]))
    return tuple(terms)


def answer(condition: ConditionSpec, facts: Facts, service: ServiceRef | None = None) -> Answer:
    """What the records, or else a person, say to one question, about one service where it is asked of services."""
    place = service.id if service and condition.scope == "service" else None
    if condition.scope == "service" and condition.services and place not in condition.services:
        return Answer(NO, condition.no or "the service is not one it is asked of")
    found = [_fact(kind, place, facts) for kind in condition.computed]
    if found and all(found):
        return Answer(YES, condition.yes)
    if any(value is False for value in found):
        return Answer(NO, condition.no)
    said = facts.answers.get((condition.key, place), UNKNOWN)
    reasons = {YES: condition.yes, NO: condition.no, UNKNOWN: condition.question}
    return Answer(said, reasons[said], ((condition.key, place),) if said == UNKNOWN else ())


def decide(expression: str, facts: Facts, service: ServiceRef | None = None) -> Answer:
    """A whole expression. Without a service, a question asked of services holds when it holds for any of them."""
    undecided: tuple[tuple[str, int | None], ...] = ()
    reasons = []
    for wanted, key in parse(expression):
        condition = facts.conditions.get(key)
        if condition is None:
            # Validation refuses to publish such an edition; an old one must not lose a requirement by it.
            continue
        got = _any_service(condition, wanted, facts) if _spreads(condition, service) else None
        got = got or _turned(answer(condition, facts, service), wanted)
        if got.value == NO:
            return got
        undecided += got.ask if got.value == UNKNOWN else ()
        reasons.append(got.reason)
    return Answer(UNKNOWN if undecided else YES, "; ".join(filter(None, reasons)), undecided)


def _fact(kind: str, place: int | None, facts: Facts) -> bool | None:
    if kind.startswith("motion:"):
        return kind.removeprefix("motion:") in facts.motions
    return facts.computed.get((kind, place), facts.computed.get((kind, None)))


def _spreads(condition: ConditionSpec, service: ServiceRef | None) -> bool:
    return condition.scope == "service" and (service is None or service.kind != "workload")


def _any_service(condition: ConditionSpec, wanted: bool, facts: Facts) -> Answer:
    each = [_turned(answer(condition, facts, service), wanted) for service in facts.services]
    for value in (YES, UNKNOWN):
        of_value = [one for one in each if one.value == value]
        if of_value:
            return Answer(value, of_value[0].reason, tuple(ask for one in of_value for ask in one.ask))
    return each[0] if each else _turned(Answer(NO, condition.no), wanted)


def _turned(got: Answer, wanted: bool) -> Answer:
    if wanted or got.value == UNKNOWN:
        return got
    return Answer(NO if got.value == YES else YES, got.reason, got.ask)


# Steps and tasks --------------------------------------------------------------------------------------


def of_step(step: StepSpec, phase: str, facts: Facts) -> Applicability:
    """Whether a step of ``phase`` (its name) applies, and to which of the services in scope."""
    if phase in facts.phases_left_out:
        return Applicability(False, kind="phase", reason=f"The {facts.model} model leaves out {phase}.")
    if step.motions and not set(step.motions) & set(facts.motions):
        runs = _list(facts.motions.values()) or "no motion"
        return Applicability(
            False, kind="motion", reason=f"{_list(step.motions.values())} only; this engagement runs {runs}."
        )
    services = _in_scope(step.applies_to, facts)
    if not services:
        names = _list(service.name for service in step.applies_to)
        verb = "is" if len(step.applies_to) == 1 else "are"
        return Applicability(False, kind="service", reason=f"{names} {verb} not in scope.")
    return _by_condition(step.when, services, facts)


def of_task(listing: ListingSpec, services: tuple[ServiceRef, ...], facts: Facts) -> TaskApplicability:
    """Whether a task row applies to the services of its step, and whether it is mandatory here (R11, R14)."""
    wide = not listing.services or any(service.kind != "workload" for service in listing.services)
    pool = services if all(service.kind == "workload" for service in services) else facts.services
    mine = pool if wide else tuple(service for service in listing.services if service in pool)
    if not mine and not wide:
        return TaskApplicability(False, reason=f"For {_list(s.name for s in listing.services)}, not in scope.")
    got = _for_any(listing.when, mine, facts)
    if got.value == NO:
        return TaskApplicability(False, reason=_sentence(got.reason))
    must = _for_any(listing.mandatory_when, mine, facts) if listing.mandatory_when else Answer(NO)
    return TaskApplicability(
        applies=True,
        mandatory=listing.mandatory or must.value != NO,
        reason=_sentence(must.reason) if must.value == YES else "",
        ask=got.ask + must.ask,
    )


def _in_scope(applies_to: Iterable[ServiceRef], facts: Facts) -> tuple[ServiceRef, ...]:
    """All Services always apply; Core Onboarding is always in scope; others as far as they are in scope."""
    wanted = tuple(applies_to)
    core = tuple(service for service in wanted if service.kind == "core")
    if core:
        return core
    everything = tuple(service for service in wanted if service.kind == "all")
    if everything or not wanted:
        return facts.services or everything
    return tuple(service for service in facts.services if service in wanted)


def _by_condition(when: str, services: tuple[ServiceRef, ...], facts: Facts) -> Applicability:
    if not when:
        return Applicability(True, services)
    got = [(service, decide(when, facts, service)) for service in services]
    excluded = tuple((service, _sentence(one.reason)) for service, one in got if one.value == NO)
    kept = tuple(service for service, one in got if one.value != NO)
    if kept:
        ask = dict.fromkeys(ask for _, one in got for ask in one.ask)
        return Applicability(True, kept, excluded, ask=tuple(ask))
    return Applicability(False, excluded=excluded, kind="condition", reason=excluded[0][1] if excluded else "")


def _for_any(expression: str, services: tuple[ServiceRef, ...], facts: Facts) -> Answer:
    """Yes where it is yes for any of the services, else unknown where unknown for any, else no."""
    if not expression:
        return Answer(YES)
    each = [decide(expression, facts, service) for service in services] or [decide(expression, facts)]
    order = (YES, UNKNOWN, NO)
    best = min(each, key=lambda one: order.index(one.value))
    return Answer(best.value, best.reason, tuple(dict.fromkeys(a for one in each for a in one.ask)))


def _list(names: Iterable[str]) -> str:
    found = list(names)
    return " and ".join(filter(None, [", ".join(found[:-1]), found[-1]])) if found else ""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if not text or text.endswith(".") else ".")
