"""What the records of an engagement say: the facts behind conditions and the computed checks of the gate.

A new kind of computed check is one function here, named in ``CHECKS``; a new fact for conditions is one
entry of ``tenant_facts``, and of ``KEPT`` where people can change it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.urls import reverse

from engagements import usage
from engagements.gate_input import Fact
from engagements.models import Contact, Engagement, Tenant, TenantService
from playbook.spec import RequirementSpec, ServiceRef
from tasks.consumption import Consumption
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
        facts["migrates", row.service_id] = row.migrates_data
    for service in scope:
        facts.setdefault(("enabled", service.pk), False)
    return facts


@dataclass(frozen=True)
class Kept:
    """The page where people keep a fact, and what a link to it is called while the fact says no, and yes."""

    page: str
    no: str
    yes: str
    query: str = ""
    part: str = ""

    def url(self, engagement_id: int, service_id: int | None) -> str:
        return reverse(self.page, args=[engagement_id]) + f"{self.query}#{self.part}".format(service=service_id)


KEPT = {
    "account-managed": Kept("engagement_contacts", "Add one", "Change the account team", part="account-team"),
    "csm": Kept("engagement_contacts", "Assign a CSM", "Change the CSM", part="account-team"),
    "migrates": Kept(
        "engagement_services",
        "Say that Microsoft migrates",
        "Change whether Microsoft migrates",
        query="?edit={service}&field=migrates_data",
        part="service-{service}",
    ),
    "enabled": Kept(
        "engagement_services",
        "Say since when it is enabled",
        "Change since when it is enabled",
        query="?enable={service}",
        part="service-{service}",
    ),
}


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


def _dibs(which: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    """All four letters of each service; with ``confirmed``, that the customer stood by them since the beginning."""
    rows = _tenant_services(services, walk)
    if not rows:
        return Fact(False, "No service is in scope yet.", _services_page(walk))
    return _dibs_confirmed(rows, walk) if which == "confirmed" else _dibs_complete(rows, walk)


def _dibs_complete(rows: list[TenantService], walk: "Walk") -> Fact:
    lacking = [(row, missing) for row in rows if (missing := missing_dibs(row))]
    if not lacking:
        passed = [row for row in rows if is_past_due(row, walk.today)]
        ask = f" {passed[0].service.label} was due {passed[0].adoption.due_on:%-d %b}: confirm it." if passed else ""
        return Fact(True, f"Complete for {_count(len(rows), 'service')}.{ask}")
    row, missing = lacking[0]
    more = f", and {_count(len(lacking) - 1, 'more service')}" if len(lacking) > 1 else ""
    return Fact(
        False,
        f"Complete for {len(rows) - len(lacking)} of {_count(len(rows), 'service')}; "
        f"{row.service.label} lacks {_names(missing)}{more}.",
        _services_page(walk, row),
    )


def _dibs_confirmed(rows: list[TenantService], walk: "Walk") -> Fact:
    began = walk.engagement.started_on
    lacking = [row for row in rows if not is_confirmed(row, began)]
    if not lacking:
        last = max(row.adoption.confirmed_on for row in rows)
        return Fact(True, f"Confirmed with the customer for {_count(len(rows), 'service')}, last on {last:%-d %b}.")
    more = f", nor those of {_count(len(lacking) - 1, 'more service')}" if len(lacking) > 1 else ""
    label = lacking[0].service.label
    return Fact(
        False,
        f"The DIBS of {label} were not confirmed since the engagement began, {began:%-d %b}{more}.",
        _services_page(walk, lacking[0]),
    )


def _status(_: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    """L1: no seat of the services stands at Status Unknown."""
    rows = _tenant_services(services, walk)
    if not rows:
        return Fact(False, "No service is in scope yet.", _services_page(walk))
    unknown = [(row, seats) for row in rows if (seats := _seats_unknown(row))]
    if not unknown:
        return Fact(True, f"The status of every seat is known, for {_count(len(rows), 'service')}.")
    row, seats = unknown[0]
    more = f", and seats of {_count(len(unknown) - 1, 'more service')}" if len(unknown) > 1 else ""
    verb = "stands" if seats == 1 else "stand"
    return Fact(
        False,
        f"{_count(seats, 'seat')} of {row.service.label} {verb} at Status Unknown{more}.",
        _services_page(walk, row),
    )


def _seats_unknown(row: TenantService) -> int:
    return sum(one.count for one in row.placed if one.l1 == Consumption.STATUS_UNKNOWN)


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


def _start_date(_: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    """When delivery begins, asked only of services that are In Progress (R48)."""
    rows = [row for row in _tenant_services(services, walk) if _is_in_progress(row)]
    lacking = [row for row in rows if row.starts_on is None]
    if not rows:
        return Fact(True, "No service is In Progress, so there is no engagement start date to capture.")
    if not lacking:
        return Fact(True, f"Captured for {_count(len(rows), 'service')} In Progress.")
    done = f"{len(rows) - len(lacking)} of {_count(len(rows), 'service')} In Progress"
    return Fact(False, f"Captured for {done}; {lacking[0].service.label} has none.", _services_page(walk, lacking[0]))


def _is_in_progress(row: TenantService) -> bool:
    return any(part.l1 == Consumption.IN_PROGRESS and part.count for part in row.placed)


def _usage(which: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    """``usage`` asks for what ends enablement (R22), ``usage:success`` for what success is (R28)."""
    rows = _tenant_services(services, walk)
    if not rows:
        return Fact(False, "No service is in scope yet.", _services_page(walk))
    if which == "success":
        rows = [row for row in rows if row.intent != "no"]
        if not rows:
            return Fact(False, "The customer has no intent for any service in scope.", _services_page(walk))
        lacking, why = usage.judge_success([usage_of(row) for row in rows])
    else:
        lacking, why = usage.judge_enablement([usage_of(row) for row in rows], seats_of(walk.engagement.tenant))
    if not lacking:
        return Fact(True, why)
    row = next(row for row in rows if row.service.label == lacking.name)
    return Fact(False, why, f"{reverse('engagement_usage', args=[walk.engagement.pk])}#service-{row.service_id}")


def _csm(_: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    csm = walk.engagement.tenant.csm_id
    if csm:
        return Fact(True, "A Customer Success Manager is assigned.")
    return Fact(False, "No Customer Success Manager is assigned.", reverse("account_team", args=[walk.engagement.pk]))


def _contact(rest: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    """A contact of the customer; with ``survey`` one whom the survey may ask (R21, R56)."""
    people = [one for one in walk.engagement.tenant.customer.contacts.all() if one.kind == "customer"]
    page = reverse("engagement_contacts", args=[walk.engagement.pk])
    if rest == "survey":
        return _survey(people, page)
    if people:
        return Fact(True, f"{_count(len(people), 'contact')} of the customer recorded.")
    return Fact(False, "No contact of the customer is recorded.", f"{page}#new-contact")


def _survey(people: list[Contact], page: str) -> Fact:
    marked = [one for one in people if one.survey_eligible and not one.unsubscribed_on]
    whole = [one for one in marked if one.has_survey_services]
    if whole:
        return Fact(True, f"{_count(len(whole), 'contact')} eligible with language, country and services.")
    if marked:
        there = f"{page}?edit={marked[0].pk}#contact-{marked[0].pk}"
        return Fact(False, "The contact who is eligible for the survey has no services set.", there)
    if not people:
        return Fact(False, "No contact of the customer is recorded, so nobody can be asked.", f"{page}#new-contact")
    return Fact(False, f"None of {_count(len(people), 'contact')} is eligible for the survey.", page)


def _referral(_: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    """983: a referral was sent, and none is open."""
    referrals = walk.engagement.referral_rows
    page = reverse("referral_detail", args=[walk.engagement.pk])
    current = next((row for row in referrals if row.closed_on is None), None)
    sent = next((row for row in referrals if row.sent_on), None)
    if current and current.sent_on:
        left = f"{current.unheard} of {_count(current.proposed, 'partner')} without an outcome"
        return Fact(False, f"The referral sent on {current.sent_on:%-d %b} is open, {left}.", page)
    if current:
        return Fact(False, "A referral is begun and not sent yet.", page)
    if sent:
        return Fact(True, f"A referral was sent on {sent.sent_on:%-d %b}, and none is open.")
    return Fact(False, "No referral was sent yet.", page)


def _review(kind: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    """A series of reviews of a kind is agreed with the tenant or its customer (DOMAIN §7)."""
    page = reverse("engagement_reviews", args=[walk.engagement.pk])
    series = walk.series_of(kind)
    if series is None:
        return Fact(False, "No such series of reviews is agreed yet.", f"{page}?agree={kind}#agree-{kind}")
    following = f"the next one is on {series.next_on:%-d %b}" if series.next_on else "none is planned at the moment"
    return Fact(True, f"Agreed on {series.agreed_on:%-d %b}; {following}.")


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
    "status": _status,
    "start-date": _start_date,
    "usage": _usage,
    "csm": _csm,
    "contact": _contact,
    "referral": _referral,
    "review": _review,
    "step": _step,
    "task": _task,
}


def missing_dibs(row: TenantService) -> list[str]:
    """Which of the four a tenant service lacks; "no intent" is an answer, but not DIBS."""
    adoption = getattr(row, "adoption", None)
    letters = {
        "due date": adoption and adoption.due_on,
        "intent": row.intent == "yes",
        "business reason": adoption and adoption.business_reason,
        "success owner": adoption and adoption.success_owner_id,
    }
    return [name for name, there in letters.items() if not there]


def is_confirmed(row: TenantService, since: date) -> bool:
    """Whether the customer stood by the DIBS of a service on that day or later."""
    adoption = getattr(row, "adoption", None)
    return bool(adoption and adoption.confirmed_on and adoption.confirmed_on >= since)


def is_past_due(row: TenantService, today: date) -> bool:
    """A due date that has passed asks to be confirmed; until then the DIBS stay complete."""
    return bool((on := due_on(row)) and on < today)


def due_on(row: TenantService) -> date | None:
    """The due date that a service is still to keep: none once it is enabled, or the customer confirmed it since."""
    adoption = getattr(row, "adoption", None)
    if adoption is None or adoption.due_on is None or row.enabled_on or is_confirmed(row, adoption.due_on):
        return None
    return adoption.due_on


def in_scope(walk: "Walk") -> list[TenantService]:
    """The tenant's rows of the services in scope."""
    wanted = {service.id for service in walk.facts.services}
    return [row for row in walk.engagement.tenant.services.all() if row.service_id in wanted]


def _ssat_in_place(row: TenantService) -> bool:
    adoption = getattr(row, "adoption", None)
    return adoption is not None and all(state == "in-place" for _, state in adoption.ssat)


def usage_of(row: TenantService) -> usage.Usage:
    """The newest reading of a service, as the rules look at it."""
    return usage.Usage(row.service.label, row.available, row.active_users, row.active_on)


def usage_in_scope(walk: "Walk") -> list[usage.Usage]:
    return [usage_of(row) for row in in_scope(walk)]


def seats_of(tenant: Tenant) -> int:
    """Where nobody has said how many seats a tenant has, its largest service tells."""
    return tenant.seats or max((row.available for row in tenant.services.all()), default=0)


def _tenant_services(services: tuple[ServiceRef, ...], walk: "Walk") -> list[TenantService]:
    """The tenant's rows of these services, or of all in scope where a step is for all or for the tenant."""
    wanted = {service.id for service in services if service.kind == "workload"} or {s.id for s in walk.facts.services}
    return [row for row in walk.engagement.tenant.services.all() if row.service_id in wanted]


def _services_page(walk: "Walk", row: TenantService | None = None) -> str:
    address = reverse("engagement_services", args=[walk.engagement.pk])
    return f"{address}#service-{row.service_id}" if row else address


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def _names(names: list[str]) -> str:
    head, last = names[:-1], names[-1]
    text = ", ".join(head) + " and " + last if head else last
    return text if text.startswith("intent") else f"a {text}"
