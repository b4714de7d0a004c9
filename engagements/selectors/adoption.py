"""The Services tab: DIBS and SSAT of every service of a tenant, those in scope first (DOMAIN §3.5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.urls import reverse

from engagements.models import AdoptionRecord, Contact, Engagement, TenantService
from engagements.records import missing_dibs
from engagements.selectors import people
from engagements.selectors.days import day, on_day
from engagements.selectors.header import LETTERS
from engagements.selectors.words import late
from engagements.walk import Walk
from tasks.models import Service

INTENTS = {
    AdoptionRecord.Intent.YES: {"kind": "progress", "word": "Yes"},
    AdoptionRecord.Intent.NO: {"kind": "blocked", "word": "No intent"},
}
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
            "entitlements": f"{row.entitlements:,} entitlements",
            "enabled": self._enabled(row),
            "enable": "Change" if row.enabled_on else "Enable",
            "dibs": {
                "marks": marks,
                "name": f"DIBS {there} of 4" + (f", missing: {', '.join(missing)}" if missing else ""),
            },
            "due": self._due(record),
            "intent": self._intent(record),
            "reason": record.get_business_reason_display() if record and record.business_reason else "",
            "owner": self.contacts.get(record.success_owner_id) if record else None,
            "ssat": {
                "marks": [{"letter": name[0].upper(), "state": SSAT_SHAPES[state]} for name, state in ssat],
                "name": "SSAT: " + ", ".join(f"{name} {state.replace('-', ' ')}" for name, state in ssat),
            },
            "ssat_say": f"{sum(state == 'in-place' for _, state in ssat)} of 4 in place",
            "confirmed": self._confirmed(record),
        }

    def _enabled(self, row: TenantService) -> str:
        if not row.enabled_on:
            return "Not enabled"
        who = self.names.get(row.enabled_by_id)
        return f"Enabled {on_day(row.enabled_on, self.walk.today)}" + (f" by {who}" if who else "")

    def _due(self, record: AdoptionRecord | None) -> dict[str, str] | None:
        if not record or not record.due_on:
            return None
        today = self.walk.today
        return {"day": day(record.due_on, today), "late": late(record.due_on, today)}

    def _confirmed(self, record: AdoptionRecord | None) -> str:
        return f"Confirmed {on_day(record.confirmed_on, self.walk.today)}" if record and record.confirmed_on else ""

    def _intent(self, record: AdoptionRecord | None) -> dict[str, str] | None:
        return INTENTS.get(record.intent) if record else None


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


def _names(missing: list[str]) -> str:
    named = [name if name == "intent" else f"a {name}" for name in missing]
    *others, last = named
    return f"{', '.join(others)} and {last}" if others else last
