"""What the records of an engagement say: the facts behind conditions, and those behind the computed checks.

The mechanism only: each concept registers the kinds of checks that its records answer (`engagements/*/checks.py`).
A new fact for conditions is one entry of ``tenant_facts``, and of ``FACT_SOURCES`` where people can change it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engagements.gate_input import Fact, FactPage
from engagements.models import Engagement, Tenant
from playbook import checks
from playbook.checks import Check, CheckKind
from playbook.spec import RequirementSpec, ServiceRef
from tasks.models import Service
from tasks.statuses import TaskStatus

if TYPE_CHECKING:
    from engagements.walk import Walk


def condition_facts(engagement: Engagement) -> dict[tuple[str, int | None], bool | None]:
    """(fact, service id or None) → True, False, or None where the records do not say."""
    return tenant_facts(engagement.tenant, engagement.services.all())


def tenant_facts(tenant: Tenant, in_scope: Iterable[Service]) -> dict[tuple[str, int | None], bool | None]:
    """(fact, service id or None) → True, False or None, for services that are, or would be, in scope."""
    scope = list(in_scope)
    facts: dict[tuple[str, int | None], bool | None] = {
        ("csm", None): tenant.csm_id is not None,
        ("account-managed", None): tenant.customer.account_managed,
        ("several-services", None): len(scope) > 1,
    }
    for row in tenant.services.all():
        facts["enabled", row.service_id] = row.enabled_on is not None
        facts["migrates", row.service_id] = row.migrates_data
    for service in scope:
        facts.setdefault(("enabled", service.pk), False)
    return facts


@dataclass(frozen=True)
class FactSource:
    """The page where people edit a fact, and what a link to it is called while the fact says no, and yes."""

    page: str
    no: str
    yes: str
    query: tuple[tuple[str, str], ...] = ()
    anchor: str = ""

    def edited_at(self, service_id: int | None) -> FactPage:
        """The place on its page where the fact of a service is edited; without one, that of the tenant."""
        query = tuple((key, value.format(service=service_id)) for key, value in self.query)
        return FactPage(self.page, self.anchor.format(service=service_id), query)


FACT_SOURCES = {
    "account-managed": FactSource("engagement_contacts", "Add one", "Change the account team", anchor="account-team"),
    "csm": FactSource("engagement_contacts", "Assign a CSM", "Change the CSM", anchor="account-team"),
    "migrates": FactSource(
        "engagement_services",
        "Say that Microsoft migrates",
        "Change whether Microsoft migrates",
        query=(("edit", "{service}"), ("field", "migrates_data")),
        anchor="service-{service}",
    ),
    "enabled": FactSource(
        "engagement_services",
        "Say since when it is enabled",
        "Change since when it is enabled",
        query=(("enable", "{service}"),),
        anchor="service-{service}",
    ),
}


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
