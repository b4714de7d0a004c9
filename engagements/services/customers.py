"""Keeping the records of a tenant: services, DIBS and SSAT, account team, success manager."""

from datetime import date
from typing import Any

from django.db import transaction

from engagements.models import AdoptionRecord, Contact, Customer, Tenant, TenantService, User
from engagements.services import events, summaries

ADOPTION_FIELDS = (
    "due_on",
    "intent",
    "business_reason",
    "success_owner",
    *(f"{letter}{part}" for letter in ("stakeholders", "scenarios", "awareness", "training") for part in ("", "_text")),
)


@transaction.atomic
def record_adoption(*, tenant_service: TenantService, by: User, today: date, **values: Any) -> AdoptionRecord:
    """Saves DIBS and SSAT of one service; what changed is kept in the history."""
    record = AdoptionRecord.objects.select_for_update().filter(pk=tenant_service.pk).first()
    record = record or AdoptionRecord(tenant_service=tenant_service)
    before = {name: _plain(getattr(record, name)) for name in ADOPTION_FIELDS if name in values}
    for name in before:
        setattr(record, name, values[name])
    after = {name: _plain(getattr(record, name)) for name in before}
    record.changed_by, record.confirmed_on = by, today
    record.save()
    changed = [name for name in before if before[name] != after[name]]
    events.record(
        "recorded" if changed else "confirmed",
        f"adoption:{tenant_service.service_id}",
        by=by,
        tenant=tenant_service.tenant,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    summaries.refresh_tenant(tenant_service.tenant_id)
    return record


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
def add_contact(*, customer: Customer, name: str, by: User, kind: str = "customer", title: str = "") -> Contact:
    """Adds a person; the history names the contact by id only."""
    contact = Contact.objects.create(customer=customer, name=name.strip(), kind=kind, title=title.strip())
    for tenant in customer.tenants.all():
        events.record("added", f"contact:{contact.pk}", by=by, tenant=tenant)
    return contact


@transaction.atomic
def assign_csm(*, tenant: Tenant, csm: Contact | None, by: User) -> Tenant:
    """Says which Customer Success Manager looks after a tenant (R11)."""
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
    before = customer.account_managed
    Customer.objects.filter(pk=customer.pk).update(account_managed=managed)
    for tenant in customer.tenants.all():
        events.record(
            "set", "account team", by=by, tenant=tenant, before={"managed": before}, after={"managed": managed}
        )
        summaries.refresh_tenant(tenant.pk)
    customer.refresh_from_db()
    return customer


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.pk if isinstance(value, Contact) else value
