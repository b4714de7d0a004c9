"""Keeping the records of a tenant: services, DIBS and SSAT, account team, success manager."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction

from engagements.models import AdoptionRecord, Contact, Customer, Tenant, TenantService, User
from engagements.services import events, summaries
from engagements.services.refusals import Refused
from tasks.folding import fold
from tasks.models import Service

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
    record = _put_adoption(tenant_service, by, today, values)
    summaries.refresh_tenant(tenant_service.tenant_id)
    return record


@transaction.atomic
def capture_adoption(
    *, tenant: Tenant, services: Iterable[Service], by: User, today: date, owner_name: str = "", **values: Any
) -> list[AdoptionRecord]:
    """Saves the same answers for one service or several; the name of a new success owner becomes a contact."""
    if owner_name.strip():
        values["success_owner"] = find_or_add_contact(customer=tenant.customer, name=owner_name, by=by)
    services = list(services)
    if not services:
        raise Refused("Tick the services that this is about.", "services")
    rows = [TenantService.objects.get_or_create(tenant=tenant, service=service)[0] for service in services]
    records = [_put_adoption(row, by, today, values) for row in rows]
    summaries.refresh_tenant(tenant.pk)
    return records


@transaction.atomic
def add_service(*, tenant: Tenant, service: Service, by: User, entitlements: int = 0) -> TenantService:
    """Says that a tenant has a service; whether an engagement works on it is another question."""
    if service.kind != Service.Kind.WORKLOAD:
        raise Refused(f"{service.name} stands for several services; add them one by one.", "service")
    row, new = TenantService.objects.get_or_create(
        tenant=tenant, service=service, defaults={"entitlements": entitlements}
    )
    if not new:
        raise Refused(f"This tenant has {service.label} already.", "service")
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
def add_contact(
    *, customer: Customer, name: str, by: User, kind: str = "customer", title: str = "", email: str = ""
) -> Contact:
    """Adds a person; the history names the contact by id only."""
    contact = Contact.objects.create(
        customer=customer, name=name.strip(), kind=kind, title=title.strip(), email=email.strip()
    )
    for tenant in customer.tenants.all():
        events.record("added", f"contact:{contact.pk}", by=by, tenant=tenant)
    return contact


@transaction.atomic
def change_contact(*, contact: Contact, by: User, **values: str) -> Contact:
    """Corrects a person's details; the history says which, not what they were."""
    changed = [name for name, value in values.items() if getattr(contact, name) != value]
    if changed:
        Contact.objects.filter(pk=contact.pk).update(**{name: values[name] for name in changed})
        for tenant in contact.customer.tenants.all():
            events.record("changed", f"contact:{contact.pk}", by=by, tenant=tenant, after={"fields": changed})
    contact.refresh_from_db()
    return contact


def find_or_add_contact(*, customer: Customer, name: str, by: User, kind: str = "customer") -> Contact:
    """The contact of that name and kind, however it is capitalised, or a new one."""
    known = (row for row in customer.contacts.filter(kind=kind) if fold(row.name) == fold(name.strip()))
    return next(known, None) or add_contact(customer=customer, name=name, by=by, kind=kind)


@transaction.atomic
def assign_csm(*, tenant: Tenant, csm: Contact | None, by: User, csm_name: str = "") -> Tenant:
    """Says which Customer Success Manager looks after a tenant (R11); a new name becomes a Microsoft contact."""
    if csm_name.strip():
        csm = find_or_add_contact(customer=tenant.customer, name=csm_name, by=by, kind=Contact.Kind.MICROSOFT)
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


def _put_adoption(row: TenantService, by: User, today: date, values: dict[str, Any]) -> AdoptionRecord:
    record = AdoptionRecord.objects.select_for_update().filter(pk=row.pk).first()
    record = record or AdoptionRecord(tenant_service=row)
    before = {name: _plain(getattr(record, name)) for name in ADOPTION_FIELDS if name in values}
    for name in before:
        setattr(record, name, values[name])
    after = {name: _plain(getattr(record, name)) for name in before}
    record.changed_by, record.confirmed_on = by, today
    record.save()
    changed = [name for name in before if before[name] != after[name]]
    events.record(
        "recorded" if changed else "confirmed",
        f"adoption:{row.service_id}",
        by=by,
        tenant=row.tenant,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    return record


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.pk if isinstance(value, Contact) else value
