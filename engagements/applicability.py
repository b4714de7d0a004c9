"""Decides what of a playbook applies to an engagement, and says why not. Pure: reads no database.

Motions meet motions, services in scope meet *Applies To*, conditions decide the rest (DESIGN §3). A
condition that nobody can answer yet applies, and the page asks it there: unknown is never a way out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

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
class Source:
    """Where an answer comes from: a question, of a service or of the engagement, and the fact that settled it.

    Without a fact a person answered. ``said`` is what the question got, however the expression turns it.
    """

    condition: str
    service: int | None
    said: str
    fact: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The value of a condition expression, the reason it gives, and what somebody should be asked."""

    value: str
    reason: str = ""
    ask: tuple[tuple[str, int | None], ...] = ()
    source: Source | None = None


ALWAYS = Answer(YES)


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
class LineApplicability:
    """``source`` is the answer that takes the line out."""

    applies: bool
    reason: str = ""
    ask: tuple[tuple[str, int | None], ...] = ()
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class TaskApplicability:
    applies: bool
    mandatory: bool = False
    reason: str = ""
    ask: tuple[tuple[str, int | None], ...] = ()


# Conditions -------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def parse(expression: str) -> tuple[tuple[bool, str], ...]:
    """``"a and not b"`` → ((True, "a"), (False, "b")): a condition key and the answer it should have."""
    terms = (term.strip() for term in " ".join(expression.split()).split(" and "))
    return tuple((not term.startswith("not "), term.removeprefix("not ")) for term in terms if term)


def answer(condition: ConditionSpec, facts: Facts, service: ServiceRef | None = None) -> Answer:
    """What the records, or else a person, say to one question, about one service where it is asked of services."""
    place = service.id if service and condition.scope == "service" else None
    if condition.scope == "service" and condition.services and place not in condition.services:
        return Answer(NO, condition.no or "the service is not one it is asked of")
    found = {kind: _fact(kind, place, facts) for kind in condition.computed}
    speaks = ""
    if found and all(found.values()):
        said, speaks = YES, next(iter(found))
    elif False in found.values():
        said, speaks = NO, next(kind for kind, value in found.items() if value is False)
    else:
        said = facts.answers.get((condition.key, place), UNKNOWN)
    if said not in (YES, NO):
        return Answer(UNKNOWN, condition.question, ((condition.key, place),))
    words = condition.yes if said == YES else condition.no
    source = Source(condition.key, place, said, speaks)
    return Answer(said, words or f"the answer is {said} to “{condition.question}”", source=source)


def decide(expression: str, facts: Facts, service: ServiceRef | None = None) -> Answer:
    """A whole expression. Without a service, a question asked of services holds when it holds for any of them."""
    ask: tuple[tuple[str, int | None], ...] = ()
    reasons = []
    for wanted, key in parse(expression):
        condition = facts.conditions.get(key)
        if condition is None:
            # Validation refuses to publish such an edition; an old one must not lose a requirement by it.
            continue
        if _spreads(condition, service):
            each = [_turned(answer(condition, facts, one), wanted) for one in facts.services]
            got = _any(each or [_turned(Answer(NO, condition.no), wanted)])
        else:
            got = _turned(answer(condition, facts, service), wanted)
        if got.value == NO:
            return got
        ask += got.ask
        reasons.append(got.reason.rstrip("."))
    return Answer(UNKNOWN if ask else YES, "; ".join(filter(None, reasons)), ask)


def _fact(kind: str, place: int | None, facts: Facts) -> bool | None:
    if kind.startswith("motion:"):
        return kind.removeprefix("motion:") in facts.motions
    return facts.computed.get((kind, place), facts.computed.get((kind, None)))


def _spreads(condition: ConditionSpec, service: ServiceRef | None) -> bool:
    return condition.scope == "service" and (service is None or service.kind != "workload")


def _any(each: list[Answer]) -> Answer:
    """Yes where one of them says yes; else unknown, asking wherever it is unknown; else the first no.

    A no that comes from an answer goes before one of a service that the question does not concern.
    """
    for value in (YES, UNKNOWN):
        of_value = [one for one in each if one.value == value]
        if of_value:
            ask = dict.fromkeys(place for one in of_value for place in one.ask)
            return Answer(value, of_value[0].reason, tuple(ask))
    return next((one for one in each if one.source), each[0])


def _turned(got: Answer, wanted: bool) -> Answer:
    if wanted or got.value == UNKNOWN:
        return got
    return Answer(NO if got.value == YES else YES, got.reason, source=got.source)


# Steps, lines and tasks -------------------------------------------------------------------------------


def of_step(step: StepSpec, phase: str, facts: Facts) -> Applicability:
    """Whether a step of ``phase`` (its name) applies, and to which of the services in scope."""
    if phase in facts.phases_left_out:
        return Applicability(False, kind="phase", reason=f"The {facts.model} model leaves out {phase}.")
    if step.motions and not set(step.motions) & set(facts.motions):
        runs = _list(facts.motions.values()) or "no motion"
        reason = f"{_list(step.motions.values())} only; this engagement runs {runs}."
        return Applicability(False, kind="motion", reason=reason)
    services = _in_scope(step.applies_to, facts)
    if step.applies_to and not services:
        verb = "is" if len(step.applies_to) == 1 else "are"
        return Applicability(False, kind="service", reason=f"{_names(step.applies_to)} {verb} not in scope.")
    return _by_condition(step.when, services, facts)


def of_line(when: str, services: tuple[ServiceRef, ...], facts: Facts) -> LineApplicability:
    """Whether a requirement applies in a step that runs for these services."""
    got = _for_any(when, _asked_of(services, facts), facts)
    if got.value == NO:
        return LineApplicability(False, _sentence(got.reason), source=got.source)
    return LineApplicability(True, ask=got.ask)


def of_task(listing: ListingSpec, services: tuple[ServiceRef, ...], facts: Facts) -> TaskApplicability:
    """Whether a task row applies to the services of its step, and whether it is mandatory here (R11, R14)."""
    mine = pool = _asked_of(services, facts)
    if listing.services and all(service.kind == "workload" for service in listing.services):
        mine = tuple(service for service in listing.services if service in pool)
        if not mine:
            here = f"this step runs for {_names(pool)}" if pool else "no service is in scope"
            return TaskApplicability(False, reason=f"{_names(listing.services)} only; {here}.")
    got = _for_any(listing.when, mine, facts)
    if got.value == NO:
        return TaskApplicability(False, reason=_sentence(got.reason))
    must = _for_any(listing.mandatory_when, mine, facts) if listing.mandatory_when else Answer(NO)
    return TaskApplicability(
        applies=True,
        mandatory=listing.mandatory or must.value != NO,
        reason=_sentence(must.reason) if must.value == YES else "",
        ask=tuple(dict.fromkeys(got.ask + must.ask)),
    )


def _in_scope(applies_to: tuple[ServiceRef, ...], facts: Facts) -> tuple[ServiceRef, ...]:
    """All Services always apply; Core Onboarding is always in scope; others as far as they are in scope."""
    core = tuple(service for service in applies_to if service.kind == "core")
    if core:
        return core
    everything = tuple(service for service in applies_to if service.kind == "all")
    if everything or not applies_to:
        return facts.services or everything
    return tuple(service for service in facts.services if service in applies_to)


def _asked_of(services: tuple[ServiceRef, ...], facts: Facts) -> tuple[ServiceRef, ...]:
    """The services that a step is about: its own, or all in scope where it is for the tenant as a whole."""
    return services if all(service.kind == "workload" for service in services) else facts.services


def _by_condition(when: str, services: tuple[ServiceRef, ...], facts: Facts) -> Applicability:
    if not when:
        return Applicability(True, services)
    got = [(service, decide(when, facts, service)) for service in services or (None,)]
    kept = [(service, one) for service, one in got if one.value != NO]
    left_out = [(service, _sentence(one.reason)) for service, one in got if one.value == NO]
    excluded = tuple((service, reason) for service, reason in left_out if service)
    if not kept:
        reason = " ".join(dict.fromkeys(reason for _, reason in left_out))
        return Applicability(False, excluded=excluded, kind="condition", reason=reason)
    ask = dict.fromkeys(place for _, one in kept for place in one.ask)
    return Applicability(True, tuple(service for service, _ in kept if service), excluded, ask=tuple(ask))


def _for_any(expression: str, services: tuple[ServiceRef, ...], facts: Facts) -> Answer:
    if not expression:
        return ALWAYS
    return _any([decide(expression, facts, service) for service in services or (None,)])


# Sentences --------------------------------------------------------------------------------------------


def _names(services: Iterable[ServiceRef]) -> str:
    return _list(service.name for service in services)


def _list(names: Iterable[str]) -> str:
    *others, last = list(names) or [""]
    return f"{', '.join(others)} and {last}" if others else last


def _sentence(text: str) -> str:
    ended = not text or text.endswith((".", "!", "?"))
    return text[:1].upper() + text[1:] + ("" if ended else ".")
