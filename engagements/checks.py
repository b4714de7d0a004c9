"""What the records say about the computed checks of a step.

The mechanism, and the two kinds that steps and tasks answer themselves; every other kind is registered by the
concept whose records answer it (`engagements/*/checks.py`).
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from engagements.gate_input import Fact, FactPage
from playbook import checks
from playbook.checks import Check, CheckKind
from playbook.spec import RequirementSpec, ServiceRef
from tasks.statuses import TaskStatus

if TYPE_CHECKING:
    from engagements.walk import Walk

# What answers a computed check: (argument, services of the step, engagement) → what the records say.
FactFunction = Callable[[str, tuple[ServiceRef, ...], "Walk"], Fact]

_functions: dict[str, FactFunction] = {}


def register(kind: CheckKind, function: FactFunction) -> None:
    """Makes a kind of check known to the playbook, and says how the records answer it."""
    checks.register(kind)
    _functions[kind.name] = function


def facts_for(lines: Iterable[RequirementSpec], services: Iterable[ServiceRef], walk: "Walk") -> dict[str, Fact]:
    """Every computed check that lines name → what the records say about it."""
    scope = tuple(services)
    return {
        check: _functions[check.kind](check.argument, scope, walk)
        for check in sorted(_checks(lines))
        if check.kind in _functions
    }


def _checks(lines: Iterable[RequirementSpec]) -> set[Check]:
    found: set[Check] = set()
    for line in lines:
        found.update(map(Check, line.checks), _checks(line.children))
    return found


def _step(key: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    places = walk.places_of(key)
    if not places:
        return Fact(False, f"This edition has no step {key}.")
    open_places = [place for place in places if place.applies and not place.is_done]
    title = places[0].step.title
    if open_places:
        first = open_places[0]
        here = FactPage(step=key, service=first.service.id if first.service else None)
        return Fact(False, f"{first.title} is not complete yet.", here)
    if not any(place.applies for place in places):
        return Fact(True, f"{title} does not apply here.")
    since = max(place.done_on for place in places if place.is_done)
    return Fact(True, f"{title}, complete since {since:%-d %b}.")


def _task(number: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    status, _, waived = walk.task_state(int(number))
    holds = status == TaskStatus.COMPLETE or (status == TaskStatus.NOT_REQUIRED and waived is not None)
    return Fact(holds, f"Task {number} is {status}.", None if holds else FactPage(anchor=f"task-{number}"))


_functions.update(step=_step, task=_task)
