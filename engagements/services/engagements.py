"""Starting, parking, closing and reopening an engagement."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from engagements.models import Engagement, Tenant, User
from engagements.services import events, summaries
from engagements.services.locking import lock, lock_any, lock_tenant
from engagements.services.refusals import Refused
from playbook.models import Edition
from tasks.models import EngagementModel, Motion, Service


@transaction.atomic
def start_engagement(
    *,
    tenant: Tenant,
    edition: Edition,
    model: EngagementModel,
    motions: Iterable[Motion],
    services: Iterable[Service],
    by: User,
    started_on: date,
) -> Engagement:
    """Opens a run of a published edition. Refuses motions that exclude each other at the tenant (R33)."""
    motions, services = list(motions), list(services)
    lock_tenant(tenant.pk)
    if edition.status != Edition.Status.PUBLISHED:
        raise Refused("Engagements start on the published edition of the playbook.", "edition")
    if not motions:
        raise Refused("Choose at least one motion.", "motions")
    if not services:
        raise Refused("Choose at least one service for the scope.", "services")
    _refuse_excluded(tenant, motions)
    _refuse_overlap(tenant, services)
    engagement = Engagement.objects.create(
        tenant=tenant, edition=edition, model=model, opened_by=by, started_on=started_on
    )
    engagement.motions.set(motions)
    engagement.services.set(services)
    events.record(
        "started",
        "engagement",
        by=by,
        engagement=engagement,
        after={
            "edition": edition.name,
            "model": model.name,
            "motions": [motion.name for motion in motions],
            "services": [service.name for service in services],
        },
    )
    summaries.refresh(engagement.pk)
    return engagement


@transaction.atomic
def add_to_scope(*, engagement_id: int, service: Service, by: User) -> Engagement:
    """Takes one more service of the tenant into the scope; another open engagement may not cover it already."""
    engagement = lock(engagement_id)
    tenant = engagement.tenant
    if engagement.services.filter(pk=service.pk).exists():
        raise Refused(f"{service.label} is in scope already.", "service")
    if not tenant.services.filter(service=service).exists():
        raise Refused(f"This tenant does not have {service.label} yet. Add it to the tenant first.", "service")
    _refuse_overlap(tenant, [service])
    engagement.services.add(service)
    events.record(
        "took into scope", f"service:{service.pk}", by=by, engagement=engagement, after={"service": service.name}
    )
    summaries.refresh(engagement_id)
    return engagement


@transaction.atomic
def park_engagement(*, engagement_id: int, until: date, why: str, by: User, today: date) -> Engagement:
    """Sets an engagement aside until a date, with a reason; it comes back on Today on that day."""
    engagement = lock(engagement_id)
    if until <= today:
        raise Refused("Park until a day after today.", "until")
    if not why.strip():
        raise Refused("Say why it is parked.", "why")
    _change(engagement, "parked", by, status="parked", parked_until=until, parked_reason=why.strip()[:500])
    return engagement


@transaction.atomic
def resume_engagement(*, engagement_id: int, by: User) -> Engagement:
    engagement = lock(engagement_id)
    _change(engagement, "resumed", by, status="open", parked_until=None, parked_reason="")
    return engagement


@transaction.atomic
def close_engagement(*, engagement_id: int, outcome: str, by: User, today: date) -> Engagement:
    """Ends it with an outcome; it is read-only from then on."""
    engagement = lock(engagement_id)
    if not outcome.strip():
        raise Refused("Say how the engagement ended.", "outcome")
    _change(engagement, "closed", by, status="closed", outcome=outcome.strip()[:500], closed_on=today)
    return engagement


@transaction.atomic
def reopen_engagement(*, engagement_id: int, why: str, by: User) -> Engagement:
    """Opens a closed engagement again, with a reason."""
    engagement = lock_any(engagement_id)
    if not why.strip():
        raise Refused("Say why the engagement is reopened.", "why")
    if engagement.status != Engagement.Status.CLOSED:
        raise Refused("This engagement is open already.")
    _change(engagement, "reopened", by, why=why.strip()[:500], status="open", closed_on=None, outcome="")
    return engagement


def _change(engagement: Engagement, verb: str, by: User, why: str = "", **values) -> None:
    before = {name: _plain(getattr(engagement, name)) for name in values}
    for name, value in values.items():
        setattr(engagement, name, value)
    engagement.save(update_fields=list(values))
    after = {name: _plain(value) for name, value in values.items()}
    events.record(verb, "engagement", by=by, engagement=engagement, before=before, after=after | {"why": why})
    summaries.refresh(engagement.pk)


def _refuse_excluded(tenant: Tenant, motions: list[Motion]) -> None:
    running = Motion.objects.filter(
        pk__in=Engagement.motions.through.objects.filter(
            engagement__tenant=tenant, engagement__status__in=["open", "parked"]
        ).values("motion_id")
    )
    around = {motion.pk: motion for motion in [*motions, *running]}
    for motion in motions:
        for other in motion.excludes.all():
            if other.pk in around:
                raise Refused(f"{motion.name} and {other.name} cannot run at the same tenant (R33).", "motions")


def _refuse_overlap(tenant: Tenant, services: list[Service]) -> None:
    taken = Service.objects.filter(
        pk__in=Engagement.services.through.objects.filter(
            engagement__tenant=tenant, engagement__status__in=["open", "parked"]
        ).values("service_id")
    )
    both = [service.label for service in taken if service in services]
    if both:
        raise Refused(f"Another open engagement of this tenant covers {', '.join(both)} already.", "services")


def _plain(value):
    return value.isoformat() if isinstance(value, date) else value
