"""The tenant's rows of the services that an engagement has in scope, and what they say of usage."""

from typing import TYPE_CHECKING

from engagements import usage
from engagements.models import Tenant, TenantService
from playbook.spec import ServiceRef

if TYPE_CHECKING:
    from engagements.walk import Walk


def in_scope(walk: "Walk") -> list[TenantService]:
    """The tenant's rows of the services in scope."""
    wanted = {service.id for service in walk.facts.services}
    return [row for row in walk.engagement.tenant.services.all() if row.service_id in wanted]


def asked_about(services: tuple[ServiceRef, ...], walk: "Walk") -> list[TenantService]:
    """The tenant's rows of these services, or of all in scope where a step is for all or for the tenant."""
    wanted = {service.id for service in services if service.kind == "workload"} or {s.id for s in walk.facts.services}
    return [row for row in walk.engagement.tenant.services.all() if row.service_id in wanted]


def usage_of(row: TenantService) -> usage.Usage:
    """The newest reading of a service, as the rules look at it."""
    return usage.Usage(row.service.label, row.available, row.active_users, row.active_on)


def usage_in_scope(walk: "Walk") -> list[usage.Usage]:
    return [usage_of(row) for row in in_scope(walk)]


def seats_of(tenant: Tenant) -> int:
    """Where nobody has said how many seats a tenant has, its largest service tells."""
    return tenant.seats or max((row.available for row in tenant.services.all()), default=0)
