"""Further tenants of some of the first demo customers: a subsidiary's, and one that was remapped (R46)."""

import uuid
from collections.abc import Sequence

from engagements.demo.people import DemoTeams
from engagements.models import Assignment, Customer, Tenant, TenantService
from engagements.services.entitlements import enter_seats
from tasks.models import Role, Service

SUBSIDIARY, OLD = "Subsidiary", "before the merger"


def more_tenants(
    customers: Sequence[Customer], numbers: range, teams: DemoTeams, role: Role, workloads: Sequence[Service]
) -> None:
    """Every eighth customer has a subsidiary without an engagement, another eighth a tenant that is a duplicate."""
    made = []
    for n, customer in zip(numbers, customers, strict=True):
        if n < teams.EACH and n % 8 in (3, 5):
            made.append((n, _tenant(n, customer, is_duplicate=n % 8 == 5)))
    tenants = Tenant.objects.bulk_create(tenant for _, tenant in made)
    rows = TenantService.objects.bulk_create(
        TenantService(tenant=tenant, service=service, entitlements=tenant.seats)
        for tenant in tenants
        for service in workloads[:2]
    )
    for is_duplicate in (False, True):
        enter_seats([row for row in rows if row.tenant.is_duplicate is is_duplicate], is_duplicate=is_duplicate)
    Assignment.objects.bulk_create(
        Assignment(user=teams.manager(n), role=role, tenant=tenant, primary=True) for n, tenant in made
    )


def _tenant(n: int, customer: Customer, *, is_duplicate: bool) -> Tenant:
    name = f"{customer.name}, {OLD if is_duplicate else SUBSIDIARY}"
    return Tenant(
        customer=customer,
        guid=uuid.UUID(int=(n + 1) << 64, version=4),
        **Tenant.folded(name),
        domain=f"{'old' if is_duplicate else 'sub'}{n}.onmicrosoft.com",
        country="US",
        time_zone="America/New_York",
        seats=180 if is_duplicate else 450,
        status="Inactive" if is_duplicate else "Active",
        is_duplicate=is_duplicate,
    )
