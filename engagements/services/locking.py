"""One writer per tenant at a time: row locks on PostgreSQL, the IMMEDIATE transaction on SQLite.

The customer is locked before its tenants, a tenant before its engagement, always in this order: what is done in
one engagement draws the summaries of the tenant's others, and Core Onboarding is done once for all of them.
"""

from datetime import date

from engagements.models import Customer, Engagement, Review, ReviewSeries, Tenant
from engagements.services.refusals import Refused
from engagements.walk import Place, Walk, load_walk


def lock(engagement_id: int) -> Engagement:
    """The open engagement, held until the transaction ends. Refuses one that is closed."""
    engagement = lock_any(engagement_id)
    if engagement.status == Engagement.Status.CLOSED:
        raise Refused("This engagement is closed and can only be read. Reopen it first.")
    return engagement


def lock_any(engagement_id: int) -> Engagement:
    """The engagement, open or closed, held with its tenant until the transaction ends."""
    lock_tenant(Engagement.objects.values_list("tenant", flat=True).get(pk=engagement_id))
    return Engagement.objects.select_for_update().get(pk=engagement_id)


def lock_customer(customer_id: int) -> Customer:
    """The customer with all its tenants, for what holds for it as a whole."""
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    _held_tenants(customer_id)
    return customer


def lock_tenants_of(customer_id: int) -> list[Tenant]:
    """The same, for what is told to every tenant; returns the tenants."""
    Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    return _held_tenants(customer_id)


def lock_tenant(tenant_id: int) -> Tenant:
    """The tenant, held until the transaction ends; rows that only point at it may be written meanwhile."""
    return Tenant.objects.select_for_update(no_key=True).get(pk=tenant_id)


def lock_place(*, tenant_id: int | None = None, customer_id: int | None = None) -> Tenant | Customer:
    """A tenant, or a customer with all its tenants: what a series of reviews belongs to."""
    return lock_tenant(tenant_id) if tenant_id else lock_customer(customer_id)


def lock_series(series_id: int) -> ReviewSeries:
    """A series of reviews under the lock of its tenant, or of its customer with all its tenants."""
    tenant_id, customer_id = ReviewSeries.objects.values_list("tenant", "customer").get(pk=series_id)
    lock_place(tenant_id=tenant_id, customer_id=customer_id)
    rows = ReviewSeries.objects.select_for_update(of=("self",))
    return rows.select_related("rule", "owner", "tenant__customer", "customer").get(pk=series_id)


def lock_review(review_id: int) -> Review:
    """A review with its series, under the lock of that."""
    series = lock_series(Review.objects.values_list("series", flat=True).get(pk=review_id))
    review = Review.objects.select_for_update().get(pk=review_id)
    review.series = series
    return review


def locked_walk(engagement_id: int, today: date) -> Walk:
    """The engagement as it stands under the lock."""
    lock(engagement_id)
    return load_walk(engagement_id, today)


def locked_place(engagement_id: int, step_key: str, service_id: int | None, today: date) -> Place:
    place = locked_walk(engagement_id, today).place(step_key, service_id)
    if place is None:
        raise Refused("This engagement has no such step.")
    return place


def _held_tenants(customer_id: int) -> list[Tenant]:
    """In the order of their ids, so that nobody waits for one who waits."""
    return list(Tenant.objects.select_for_update(no_key=True).filter(customer=customer_id).order_by("pk"))
