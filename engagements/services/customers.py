"""Keeping the records of a tenant: which services it has and uses, account team, success manager."""

from datetime import date
from typing import Any

from django.db import transaction

from engagements.models import Contact, Customer, Tenant, TenantService, User
from engagements.services import events, summaries
from engagements.services.contacts import find_or_add_contact
from engagements.services.entitlements import enter_seats
from engagements.services.locking import lock_customer, lock_tenant
from engagements.services.refusals import Refused
from tasks.models import Service


@transaction.atomic
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


@transaction.atomic
def enable_service(*, tenant_service: TenantService, on: date | None, by: User) -> TenantService:
    """Says since when a service is enabled; empty takes it back."""
    before = tenant_service.enabled_on
    TenantService.objects.filter(pk=tenant_service.pk).update(enabled_on=on, enabled_by=by if on else None)
    tenant_service.refresh_from_db()
    events.record(
        "enabled" if on else "disabled",
        f"service:{tenant_service.service_id}",
        by=by,
        tenant=tenant_service.tenant,
        before={"enabled_on": _plain(before)},
        after={"enabled_on": _plain(on)},
    )
    summaries.refresh_tenant(tenant_service.tenant_id)
    return tenant_service


@transaction.atomic
def assign_csm(*, tenant: Tenant, csm: Contact | None, by: User, csm_name: str = "") -> Tenant:
    """Says which Customer Success Manager looks after a tenant (R11); a new name becomes a Microsoft contact."""
    if csm_name.strip():
        kind, role = Contact.Kind.MICROSOFT, Contact.MsRole.CSM
        csm = find_or_add_contact(customer=tenant.customer, name=csm_name, by=by, kind=kind, ms_role=role)
    before = tenant.csm_id
    Tenant.objects.filter(pk=tenant.pk).update(csm=csm)
    events.record(
        "set", "csm", by=by, tenant=tenant, before={"contact": before}, after={"contact": csm.pk if csm else None}
    )
    summaries.refresh_tenant(tenant.pk)
    tenant.refresh_from_db()
    return tenant


@transaction.atomic
def set_account_managed(*, customer: Customer, managed: bool | None, by: User) -> Customer:
    """Says whether a Microsoft account team looks after the customer (R4, R15)."""
    before = lock_customer(customer.pk).account_managed
    Customer.objects.filter(pk=customer.pk).update(account_managed=managed)
    for tenant in customer.tenants.all():
        events.record(
            "set", "account team", by=by, tenant=tenant, before={"managed": before}, after={"managed": managed}
        )
        summaries.refresh_tenant(tenant.pk)
    customer.refresh_from_db()
    return customer


@transaction.atomic
def record_account_team(
    *, tenant: Tenant, managed: bool | None, csm: Contact | None, by: User, csm_name: str = ""
) -> Tenant:
    """Who looks after the account on Microsoft's side, as far as it is known; conditions look at both."""
    if managed != tenant.customer.account_managed:
        set_account_managed(customer=tenant.customer, managed=managed, by=by)
    if csm_name.strip() or csm != tenant.csm:
        assign_csm(tenant=tenant, csm=csm, by=by, csm_name=csm_name)
    return tenant


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.pk if isinstance(value, Contact) else value
