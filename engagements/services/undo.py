"""Taking back what one has just saved: the event of the change says what was there before.

What can be undone is one entry of ``RESTORES``: the word that the event's object begins with, and the function
that puts ``event.before`` back through the same service, with its rules, its lock and an event of its own.
"""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from engagements.models import Event, User
from engagements.services import (
    assignments,
    contacts,
    customer_record,
    customers,
    health,
    next_actions,
    referrals,
    reviews,
    service_record,
    tenant_record,
    usage,
)
from engagements.services.locking import lock_customer, lock_customer_of, write
from engagements.services.refusals import Refused
from engagements.services.restoring import GONE, NO_WAY

# The page offers it for some seconds; whoever reads slowly or has a slow line still gets it.
WITHIN = timedelta(minutes=1)


def _account_team(event: Event, by: User) -> None:
    customers.set_account_managed(customer=event.tenant.customer, managed=event.before["managed"], by=by)


RESTORES: dict[str, Callable[[Event, User], None]] = {
    "account team": _account_team,
    "adoption": service_record.restore,
    "compete": customer_record.restore_signal,
    "contact": contacts.restore,
    "customer": customer_record.restore,
    "health": health.restore,
    "next action": next_actions.restore,
    "partner": tenant_record.restore_partner,
    "service": service_record.restore,
    "slices": service_record.restore,
    "referral": referrals.restore,
    "review": reviews.restore,
    "series": reviews.restore,
    "tenant": tenant_record.restore,
    "usage": usage.put_back,
    "user": assignments.restore,
    "winner": customer_record.restore_winner,
}


@write
def undo(*, event: Event, by: User) -> Event:
    """Puts back what stood before one's own last change; refuses when it is late or somebody went on from it."""
    if event.customer_id or event.tenant_id:
        # Some of what stands at a tenant holds for its customer; the customer is locked before its tenants.
        lock_customer(event.customer_id) if event.customer_id else lock_customer_of(tenant_id=event.tenant_id)
    restore = RESTORES.get(event.about.kind)
    if restore is None:
        raise Refused(NO_WAY)
    if event.actor_id != by.pk:
        raise Refused("Only the person who made a change can undo it.")
    if timezone.now() - event.at > WITHIN:
        raise Refused("It is too late to undo this. Change it back by hand; History says what was there.")
    place = {"tenant": event.tenant_id, "customer": event.customer_id}
    since = Event.objects.filter(object=event.object, pk__gt=event.pk, **place)
    if since.exists():
        raise Refused(GONE)
    restore(event, by)
    return event
