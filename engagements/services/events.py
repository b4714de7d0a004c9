"""Writes history: one sentence per change, in the transaction of the change."""

from datetime import datetime

from django.utils import timezone

from engagements.event_types import EventObject, ObjectKind, Verb
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
    """Writes one event and returns it; people appear in it by id only.

    What is true of a customer as a whole is recorded once, with ``customer`` alone. Raises ValueError for a verb, or
    for a kind of object, that is not in ``event_types``, because nobody could read such an event.
    """
    Verb(verb)
    ObjectKind(EventObject(object).kind)
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
