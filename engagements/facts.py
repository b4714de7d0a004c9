"""The facts that conditions are computed from, and where people edit each of them.

A new fact is one entry of ``tenant_facts``, and of ``FACT_SOURCES`` where people can change it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from engagements.gate_input import FactPage
from engagements.models import Engagement, Tenant
from tasks.models import Service


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
