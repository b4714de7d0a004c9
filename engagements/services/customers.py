"""Keeping the records of a tenant: which services it has and uses, account team, success manager."""

from datetime import date
from typing import Any

from engagements.models import Contact, Customer, Tenant, TenantService, User
from engagements.services import events, summaries
from engagements.services.contacts import find_or_add_contact
from engagements.services.entitlements import enter_seats
from engagements.services.locking import lock_customer, lock_customer_of, lock_tenant, write
from engagements.services.refusals import Refused
from tasks.models import Service


@write
def add_service(*, tenant: Tenant, service: Service, by: User, entitlements: int = 0) -> TenantService:
    """Says that a tenant has a service, with its new seats (R47); whether somebody works on it is another question."""
    tenant = lock_tenant(tenant.pk)
    if service.kind != Service.Kind.WORKLOAD:
        raise Refused(f"{service.name} stands for several services; add them one by one.", "service")
    row, new = TenantService.objects.get_or_create(
        tenant=tenant, service=service, defaults={"entitlements": entitlements}
    )
    if not new:
        raise Refused(f"This tenant has {service.label} already.", "service")
    enter_seats([row], is_duplicate=tenant.is_duplicate)
    events.record("added", f"service:{service.pk}", by=by, tenant=tenant, after={"entitlements": entitlements})
    summaries.refresh_tenant(tenant.pk)
    return row


@write
def enable_service(*, tenant_service: TenantService, on: date | None, by: User) -> TenantService:
    """Says since when a service is enabled; empty takes it back."""
    return _enable(tenant_service.tenant_id, tenant_service.service_id, on, by)


@write
def enable_service_of(*, tenant: Tenant, service: Service, on: date | None, by: User) -> TenantService:
    """Says since when a service of a tenant is enabled, also one that the tenant lacked; returns the tenant's row."""
    return _enable(tenant.pk, service.pk, on, by)


def _enable(tenant_id: int, service_id: int, on: date | None, by: User) -> TenantService:
    tenant = lock_tenant(tenant_id)
    row, _ = TenantService.objects.get_or_create(tenant=tenant, service_id=service_id)
    before, row.enabled_on, row.enabled_by = row.enabled_on, on, by if on else None
    row.save(update_fields=["enabled_on", "enabled_by"])
    events.record(
        "enabled" if on else "disabled",
        f"service:{row.service_id}",
        by=by,
        tenant=tenant,
        before={"enabled_on": _plain(before)},
        after={"enabled_on": _plain(on)},
    )
    summaries.refresh_tenant(tenant.pk)
    return row


@write
def assign_csm(*, tenant: Tenant, csm: Contact | None, by: User, csm_name: str = "") -> Tenant:
    """Says which Customer Success Manager looks after a tenant (R11); a new name becomes a Microsoft contact."""
    tenant = lock_tenant(tenant.pk)
    if csm_name.strip():
        kind, role = Contact.Kind.MICROSOFT, Contact.MsRole.CSM
        csm = find_or_add_contact(customer=tenant.customer, name=csm_name, by=by, kind=kind, ms_role=role)
    before, tenant.csm = tenant.csm_id, csm
    tenant.save(update_fields=["csm"])
    events.record(
        "set", "csm", by=by, tenant=tenant, before={"contact": before}, after={"contact": csm.pk if csm else None}
    )
    summaries.refresh_tenant(tenant.pk)
    return tenant


@write
def set_account_managed(*, customer: Customer, managed: bool | None, by: User) -> Customer:
    """Says whether a Microsoft account team looks after the customer (R4, R15)."""
    customer = lock_customer(customer.pk)
    before, customer.account_managed = customer.account_managed, managed
    customer.save(update_fields=["account_managed"])
    for tenant in customer.tenants.order_by("pk"):
        events.record(
            "set", "account team", by=by, tenant=tenant, before={"managed": before}, after={"managed": managed}
        )
        summaries.refresh_tenant(tenant.pk)
    return customer


@write
def record_account_team(
    *, tenant: Tenant, managed: bool | None, csm: Contact | None, by: User, csm_name: str = ""
) -> Tenant:
    """Who looks after the account on Microsoft's side, as far as it is known; conditions look at both."""
    customer = lock_customer_of(tenant_id=tenant.pk)
    tenant = customer.tenants.get(pk=tenant.pk)
    if managed != customer.account_managed:
        set_account_managed(customer=customer, managed=managed, by=by)
    if csm_name.strip() or csm != tenant.csm:
        tenant = assign_csm(tenant=tenant, csm=csm, by=by, csm_name=csm_name)
    return tenant


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.pk if isinstance(value, Contact) else value
