"""The Services tab: DIBS and SSAT of every service of a tenant, those in scope first (DOMAIN §3.5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils import timezone

from engagements.adoption.dibs import due_on, is_confirmed, is_past_due, missing_dibs
from engagements.adoption.tenant_services import usage_of
from engagements.entitlements import ORDER, counts, in_words
from engagements.models import AdoptionRecord, Contact, Engagement, Forecast, TenantService
from engagements.selectors import people
from engagements.selectors.days import day, on_day
from engagements.selectors.header import LETTERS
from engagements.selectors.words import late
from engagements.walk import Walk
from tasks.consumption import Consumption
from tasks.models import Service

INTENTS = {
    Consumption.IN_PROGRESS: {"kind": "progress", "word": "In Progress"},
    Consumption.BLOCKED: {"kind": "blocked", "word": "Blocked"},
}
NO_INTENT = {"kind": "off", "word": "No intent"}
# How a status is coloured in the bar and in the legend.
KINDS = dict(zip(ORDER, ("ip", "bl", "ni", "su", "du"), strict=True))
FEW = 6
SSAT_SHAPES = {"in-place": "yes", "in-progress": "half", "not-started": "open"}


@dataclass
class ServicesPage:
    """The services of one engagement's tenant, for one reader."""

    walk: Walk
    may_edit: bool

    @cached_property
    def rows(self) -> list[TenantService]:
        """The tenant's services in their order; one in scope that the tenant lacks stands there unsaved."""
        tenant = self.walk.engagement.tenant
        rows = list(tenant.services.all())
        known = {row.service_id for row in rows}
        scope = self.walk.engagement.services.all()
        return rows + [TenantService(tenant=tenant, service=one) for one in scope if one.pk not in known]

    @cached_property
    def scope(self) -> set[int]:
        return {service.id for service in self.walk.facts.services}

    @cached_property
    def contacts(self) -> dict[int, Contact]:
        return {one.pk: one for one in self.walk.engagement.tenant.customer.contacts.all()}

    @cached_property
    def names(self) -> dict[int, str]:
        return people.names(row.enabled_by_id for row in self.rows)

    @cached_property
    def elsewhere(self) -> dict[int, int]:
        """service id → another open engagement of the tenant that covers it."""
        covering = Engagement.services.through.objects.filter(
            engagement__tenant=self.walk.engagement.tenant_id, engagement__status__in=["open", "parked"]
        ).exclude(engagement=self.walk.engagement)
        return dict(covering.values_list("service_id", "engagement_id"))

    def row(self, service_id: int) -> TenantService | None:
        return next((row for row in self.rows if row.service_id == service_id), None)

    def owners(self) -> list[Contact]:
        """Who may be a success owner: people of the customer and its partners."""
        return [one for one in self.contacts.values() if one.kind != Contact.Kind.MICROSOFT]

    def services_in_scope(self) -> list[Service]:
        return [row.service for row in self.rows if row.service_id in self.scope]

    def services_to_add(self) -> list[Service]:
        """What the tenant does not have yet."""
        known = [row.service_id for row in self.rows]
        return list(Service.objects.filter(kind=Service.Kind.WORKLOAD).exclude(pk__in=known))

    def context(self) -> dict[str, Any]:
        inside = [row for row in self.rows if row.service_id in self.scope]
        outside = [row for row in self.rows if row.service_id not in self.scope]
        return {
            "in_scope": [self.drawn(row) for row in inside],
            "others": [self.drawn(row) | self._scope(row) for row in outside],
            "say": _say(inside),
            "csm": self._csm(),
            "to_confirm": self.to_confirm(),
        }

    def _csm(self) -> dict[str, str]:
        url = reverse("engagement_contacts", args=[self.walk.engagement.pk]) + "#account-team"
        csm = self.contacts.get(self.walk.engagement.tenant.csm_id)
        return {"name": csm.name if csm else "", "url": url}

    def _scope(self, row: TenantService) -> dict[str, Any]:
        other = self.elsewhere.get(row.service_id)
        return {"elsewhere": f"In scope of engagement {other}" if other else "", "may_add": not other}

    def drawn(self, row: TenantService) -> dict[str, Any]:
        """One line of the page."""
        record = getattr(row, "adoption", None)
        missing = missing_dibs(row)
        label = row.service.label
        there = len(LETTERS) - len(missing)
        marks = [{"letter": letter, "state": "no" if name in missing else "yes"} for letter, name in LETTERS]
        ssat = (record or AdoptionRecord()).ssat
        return {
            "id": f"service-{row.service_id}",
            "service": row.service_id,
            "name": label,
            "starts": self._starts(row),
            "bar": _bar(row),
            "words": in_words(row.placed) or "No entitlements",
            "enabled": self._enabled(row),
            "enable": "Change" if row.enabled_on else "Enable",
            "dibs": {
                "marks": marks,
                "name": f"DIBS {there} of 4" + (f", missing: {', '.join(missing)}" if missing else ""),
            },
            "due": self._due(row, record),
            "intent": self._intent(row),
            "reason": record.get_business_reason_display() if record and record.business_reason else "",
            "owner": self.contacts.get(record.success_owner_id) if record else None,
            "ssat": {
                "marks": [{"letter": name[0].upper(), "state": SSAT_SHAPES[state]} for name, state in ssat],
                "name": "SSAT: " + ", ".join(f"{name} {state.replace('-', ' ')}" for name, state in ssat),
            },
            "ssat_say": f"{sum(state == 'in-place' for _, state in ssat)} of 4 in place",
            "confirmed": self._confirmed(record),
            "ask": self._ask(row, missing),
            "active": self._active(row),
        }

    def _ask(self, row: TenantService, missing: list[str]) -> str:
        """Why the customer should stand by the DIBS once more; DIBS that are not there yet are not confirmed."""
        if missing or row.service_id not in self.scope:
            return ""
        if (due := due_on(row)) and due <= self.walk.today:
            return "The date has passed." if due < self.walk.today else "The date is today."
        return "" if is_confirmed(row, self.walk.engagement.started_on) else "Not confirmed yet."

    def _starts(self, row: TenantService) -> str:
        if not row.starts_on:
            return "No start date"
        return f"Start{'s' if row.starts_on > self.walk.today else 'ed'} {day(row.starts_on, self.walk.today)}"

    def _active(self, row: TenantService) -> dict[str, str] | None:
        """The share of active users, and where it is kept."""
        percent = usage_of(row).percent if row.pk else None
        url = f"{reverse('engagement_usage', args=[self.walk.engagement.pk])}#service-{row.service_id}"
        return None if percent is None else {"text": f"{percent:,} % active", "url": url}

    def _enabled(self, row: TenantService) -> str:
        if not row.enabled_on:
            return "Not enabled"
        who = self.names.get(row.enabled_by_id)
        return f"Enabled {on_day(row.enabled_on, self.walk.today)}" + (f" by {who}" if who else "")

    def _due(self, row: TenantService, record: AdoptionRecord | None) -> dict[str, str] | None:
        """The day; late only while nobody confirmed that it was met."""
        if not record or not record.due_on:
            return None
        today = self.walk.today
        return {"day": day(record.due_on, today), "late": late(record.due_on, today) if is_past_due(row, today) else ""}

    def forecasts(self, row: TenantService) -> list[str]:
        """What was forecast before, the newest first (R49)."""
        rows = row.forecasts.select_related("by")[1:FEW] if row.pk else []
        return [_forecast(one) for one in rows]

    def to_confirm(self) -> int:
        """How many services in scope have DIBS that wait for the customer."""
        rows = (row for row in self.rows if row.service_id in self.scope)
        return sum(bool(self._ask(row, missing_dibs(row))) for row in rows)

    def _confirmed(self, record: AdoptionRecord | None) -> str:
        return f"Confirmed {on_day(record.confirmed_on, self.walk.today)}" if record and record.confirmed_on else ""

    def _intent(self, row: TenantService) -> dict[str, str] | None:
        """The status by which the customer shows intent: what is being deployed comes before what is blocked."""
        if row.intent == "no":
            return NO_INTENT
        found = {one.l1 for one in row.placed}
        return next((chip for l1, chip in INTENTS.items() if l1 in found), None)


def _say(rows: Iterable[TenantService]) -> str:
    """ "DIBS complete for 3 of 5; SharePoint lacks a success owner, Outlook Mobile a due date"."""
    rows = list(rows)
    if not rows:
        return ""
    lacking = [(row.service.label, missing_dibs(row)) for row in rows]
    lacking = [(label, missing) for label, missing in lacking if missing]
    said = f"DIBS complete for {len(rows) - len(lacking)} of {len(rows)}"
    if lacking:
        first, *more = [f"{label} {'lacks ' if n == 0 else ''}{_names(m)}" for n, (label, m) in enumerate(lacking[:2])]
        said += "; " + ", ".join([first, *more])
        rest = len(lacking) - 2
        said += f", and {rest} more {'is' if rest == 1 else 'are'} incomplete" if rest > 0 else ""
    return said


def _bar(row: TenantService) -> dict[str, Any]:
    """The slices as one bar, each by its share; a status of few seats can still be seen."""
    found = counts(row.placed)
    total, x, slices = sum(found.values()), 0.0, []
    gap = 0.8 if len(found) > 1 else 0
    for l1, seats in found.items():
        width = (100 - gap * (len(found) - 1)) * seats / total
        slices.append({"kind": KINDS[l1], "x": round(x, 2), "width": round(width, 2)})
        x += width + gap
    return {"slices": slices, "name": in_words(row.placed)}


def _forecast(one: Forecast) -> str:
    days = [("submitted", one.submitted_on), ("10 %", one.ten_percent_on), ("40 %", one.forty_percent_on)]
    said = ", ".join(f"{word} {on:%-d %b %Y}" for word, on in days if on)
    return f"{timezone.localtime(one.at):%-d %b %Y}, {one.by or 'somebody'}: {said}"


def _names(missing: list[str]) -> str:
    named = [name if name == "intent" else f"a {name}" for name in missing]
    *others, last = named
    return f"{', '.join(others)} and {last}" if others else last
