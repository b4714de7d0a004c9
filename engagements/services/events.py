"""Writes history: one sentence per change, in the transaction of the change."""

from datetime import datetime

from django.utils import timezone

from engagements.models import Customer, Engagement, Event, Tenant, User


def record(
    verb: str,
    object: str,
    *,
    by: User | None,
    engagement: Engagement | None = None,
    tenant: Tenant | None = None,
    customer: Customer | None = None,
    before: dict | None = None,
    after: dict | None = None,
    at: datetime | None = None,
) -> Event:
    """``verb`` and ``object`` are words such as "completed" and "step:<key>"; people appear by id only.

    What holds for a customer as a whole is recorded once, with ``customer`` alone.
    """
    return Event.objects.create(
        engagement=engagement,
        tenant_id=tenant.pk if tenant else engagement.tenant_id if engagement else None,
        customer=customer,
        actor=by,
        verb=verb,
        object=object,
        before=before or {},
        after=after or {},
        at=at or timezone.now(),
    )
