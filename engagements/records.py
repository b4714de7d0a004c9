"""What the records of an engagement say: the facts behind conditions and the computed checks of the gate.

A new kind of computed check is one function here, named in ``CHECKS``; a new fact for conditions is one
entry of ``tenant_facts``.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from django.urls import reverse

from engagements.gate_input import Fact
from engagements.models import Engagement, Tenant, TenantService
from playbook.spec import RequirementSpec, ServiceRef
from tasks.models import Service
from tasks.statuses import TaskStatus

if TYPE_CHECKING:
    from engagements.walk import Walk


def condition_facts(engagement: Engagement) -> dict[tuple[str, int | None], bool | None]:
    """(fact, service id or None) → True, False, or None where the records do not say."""
    return tenant_facts(engagement.tenant, engagement.services.all())


def tenant_facts(tenant: Tenant, in_scope: Iterable[Service]) -> dict[tuple[str, int | None], bool | None]:
    """The same for services that an engagement has, or would have, in scope."""
    scope = list(in_scope)
    facts: dict[tuple[str, int | None], bool | None] = {
        ("csm", None): tenant.csm_id is not None,
        ("account-managed", None): tenant.customer.account_managed,
        ("several-services", None): len(scope) > 1,
    }
    for row in tenant.services.all():
        facts["enabled", row.service_id] = row.enabled_on is not None
    for service in scope:
        facts.setdefault(("enabled", service.pk), False)
    return facts


def facts_for(lines: Iterable[RequirementSpec], services: Iterable[ServiceRef], walk: "Walk") -> dict[str, Fact]:
    """Every computed check that lines name → what the records say about it."""
    return {
        check: CHECKS[kind](rest, tuple(services), walk)
        for check in sorted(_checks(lines))
        for kind, _, rest in [check.partition(":")]
        if kind in CHECKS
    }


def _checks(lines) -> set[str]:
    found = set()
    for line in lines:
        found.update(line.checks, _checks(line.children))
    return found


def _dibs(_: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    lacking = []
    records = _tenant_services(services, walk)
    for row in records:
        missing = missing_dibs(row)
        if missing:
            lacking.append((row, missing))
    if not records:
        return Fact(False, "No service is in scope yet.", _services_page(walk))
    if not lacking:
        return Fact(True, f"Complete for {_count(len(records), 'service')}.")
    row, missing = lacking[0]
    more = f", and {_count(len(lacking) - 1, 'more service')}" if len(lacking) > 1 else ""
    return Fact(
        False,
        f"Complete for {len(records) - len(lacking)} of {_count(len(records), 'service')}; "
        f"{row.service.label} lacks {_names(missing)}{more}.",
        _services_page(walk, row),
    )


def _ssat(_: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    records = _tenant_services(services, walk)
    lacking = [row for row in records if not _ssat_in_place(row)]
    if records and not lacking:
        return Fact(True, f"In place for {_count(len(records), 'service')}.")
    where = f" {lacking[0].service.label} is not there yet." if lacking else ""
    done = len(records) - len(lacking)
    return Fact(
        False,
        f"In place for {done} of {_count(len(records), 'service')}.{where}",
        _services_page(walk, lacking[0] if lacking else None),
    )


def _csm(_: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    csm = walk.engagement.tenant.csm_id
    if csm:
        return Fact(True, "A Customer Success Manager is assigned.")
    return Fact(False, "No Customer Success Manager is assigned.", reverse("account_team", args=[walk.engagement.pk]))


def _step(key: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    places = walk.places_of(key)
    if not places:
        return Fact(False, f"This edition has no step {key}.")
    open_places = [place for place in places if place.applies and not place.is_done]
    title = places[0].step.title
    if open_places:
        return Fact(False, f"{open_places[0].title} is not complete yet.", open_places[0].url)
    if not any(place.applies for place in places):
        return Fact(True, f"{title} does not apply here.")
    since = max(place.done_on for place in places if place.is_done)
    return Fact(True, f"{title}, complete since {since:%-d %b}.", places[0].url)


def _task(number: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    status, _, waived = walk.task_state(int(number))
    holds = status == TaskStatus.COMPLETE or (status == TaskStatus.NOT_REQUIRED and waived is not None)
    return Fact(holds, f"Task {number} is {status}.", "" if holds else f"#task-{number}")


CHECKS: dict[str, Callable[[str, tuple[ServiceRef, ...], "Walk"], Fact]] = {
    "dibs": _dibs,
    "ssat": _ssat,
    "csm": _csm,
    "step": _step,
    "task": _task,
}


def missing_dibs(row: TenantService) -> list[str]:
    """Which of due date, intent, business reason and success owner a tenant service lacks."""
    adoption = getattr(row, "adoption", None)
    return adoption.dibs_missing if adoption else ["due date", "intent", "business reason", "success owner"]


def _ssat_in_place(row: TenantService) -> bool:
    adoption = getattr(row, "adoption", None)
    return adoption is not None and all(state == "in-place" for _, state in adoption.ssat)


def _tenant_services(services: tuple[ServiceRef, ...], walk: "Walk") -> list[TenantService]:
    """The tenant's rows of these services, or of all in scope where a step is for all or for the tenant."""
    wanted = {service.id for service in services if service.kind == "workload"} or {s.id for s in walk.facts.services}
    return [row for row in walk.engagement.tenant.services.all() if row.service_id in wanted]


def _services_page(walk: "Walk", row: TenantService | None = None) -> str:
    address = reverse("engagement_services", args=[walk.engagement.pk])
    return f"{address}#service-{row.service_id}" if row else address


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _names(names: list[str]) -> str:
    head, last = names[:-1], names[-1]
    text = ", ".join(head) + " and " + last if head else last
    return text if text.startswith("intent") else f"a {text}"
