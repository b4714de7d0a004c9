"""Sets the scene of a journey: a customer with services, DIBS and an FM, on the published playbook."""

import datetime as dt

from engagements.models import Assignment, Engagement, Tenant, User
from engagements.services.engagements import start_engagement
from playbook.models import Edition
from tasks.models import EngagementModel, Motion, Role, Service
from tests import factories as make


def customer(name: str, fm: User, services=("Teams", "OneDrive for Business"), *, managed=False, csm=False) -> Tenant:
    """Its DIBS are complete; nobody has worked on the playbook yet."""
    row = make.CustomerFactory(name=name, account_managed=managed)
    contact = make.ContactFactory(customer=row)
    tenant = make.TenantFactory(customer=row, seats=3200)
    if csm:
        tenant.csm = make.ContactFactory(customer=row, name="Nils Berg", kind="microsoft")
        tenant.save()
    for service in services:
        make.AdoptionRecordFactory(
            tenant_service=make.TenantServiceFactory(
                tenant=tenant, service=Service.objects.get(name=service), entitlements=3200
            ),
            due_on=dt.date.today() + dt.timedelta(days=60),
            business_reason="collaborate",
            success_owner=contact,
            confirmed_on=dt.date.today(),
        )
    Assignment.objects.create(user=fm, role=Role.objects.get(name="FastTrack Manager"), tenant=tenant, primary=True)
    return tenant


def engagement(tenant: Tenant, by: User, motion="rfa") -> Engagement:
    return start_engagement(
        tenant=tenant,
        edition=Edition.objects.get(status="published"),
        model=EngagementModel.objects.get(slug="reactive"),
        motions=[Motion.objects.get(slug=motion)],
        services=[row.service for row in tenant.services.all()],
        by=by,
        started_on=dt.date.today(),
    )
