"""What an engagement runs: its motions, its model and the services in scope (R33)."""

from collections.abc import Iterable, Mapping
from typing import Any

from engagements.models import Engagement, Event, Tenant, User
from engagements.services import events, summaries
from engagements.services.locking import lock, write
from engagements.services.refusals import Refused
from tasks.models import EngagementModel, Motion, Service

COVERS_ALL = "customer-health"  # R33: Customer Health applies to all services of a tenant
GOING = [Engagement.Status.OPEN, Engagement.Status.PARKED]


@write
def change_scope(
    *,
    engagement_id: int,
    motions: Iterable[Motion],
    model: EngagementModel,
    services: Iterable[Service],
    why: str,
    by: User,
    seen: Mapping[str, Any] | None = None,
) -> Engagement:
    """Moves an engagement between motions and models, and changes its scope; the history keeps before and after.

    Work on a service that leaves the scope stays: notes, evidence and receipts come back with the service.
    ``seen`` is what ``as_seen`` said when the form was drawn; what somebody changed since is not overwritten.
    """
    engagement = lock(engagement_id)
    before = as_seen(engagement)
    if seen and dict(seen) != before:
        raise Refused(f"{_last_changed_by(engagement)} changed this while you were choosing. Look at it again.")
    motions, services = list(motions), covered(engagement.tenant, motions, services)
    refuse_scope(engagement.tenant, motions, services, but=engagement)
    if not why.strip():
        raise Refused("Say why; the reason is kept in the history.", "why")
    was = {"motions": _names(engagement.motions.all()), "model": engagement.model.name}
    now = {"motions": _names(motions), "model": model.name}
    changed = [name for name in was if was[name] != now[name]]
    added = [service for service in services if service.pk not in before["services"]]
    gone = engagement.services.exclude(pk__in=[service.pk for service in services])
    gone = list(gone)
    if not (changed or added or gone):
        raise Refused("This is what it runs already.")
    engagement.motions.set(motions)
    engagement.services.set(services)
    Engagement.objects.filter(pk=engagement_id).update(model=model)
    why = why.strip()[:500]
    if changed:
        events.record(
            "moved",
            "engagement",
            by=by,
            engagement=engagement,
            before={name: was[name] for name in changed},
            after={name: now[name] for name in changed} | {"why": why},
        )
    for verb, some in (("took into scope", added), ("took out of scope", gone)):
        for service in some:
            _scoped(verb, service, engagement, by, why)
    summaries.refresh(engagement_id)
    engagement.refresh_from_db()
    return engagement


@write
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
    _scoped("took into scope", service, engagement, by)
    summaries.refresh(engagement_id)
    return engagement


def as_seen(engagement: Engagement) -> dict[str, Any]:
    """What it runs, as plain values."""
    return {
        "motions": sorted(motion.pk for motion in engagement.motions.all()),
        "model": engagement.model_id,
        "services": sorted(service.pk for service in engagement.services.all()),
    }


def covered(tenant: Tenant, motions: Iterable[Motion], services: Iterable[Service]) -> list[Service]:
    """The services that these motions run for: Customer Health covers all of the tenant (R33)."""
    if any(motion.slug == COVERS_ALL for motion in motions):
        return list(Service.objects.filter(pk__in=tenant.services.values("service")))
    return list(services)


def refuse_scope(tenant: Tenant, motions: list[Motion], services: list[Service], but: Engagement | None = None) -> None:
    """Refuses what cannot run at the tenant beside its other engagements; ``but`` is the one that is changed."""
    if not motions:
        raise Refused("Choose at least one motion.", "motions")
    if not services:
        raise Refused("Choose at least one service for the scope.", "services")
    _refuse_excluded(tenant, motions, but)
    _refuse_overlap(tenant, services, but)


def _refuse_excluded(tenant: Tenant, motions: list[Motion], but: Engagement | None = None) -> None:
    through = Engagement.motions.through.objects.filter(engagement__in=_going(tenant, but))
    running = {row.motion_id: row.engagement_id for row in through}
    mine = {motion.pk for motion in motions}
    for motion in motions:
        for other in motion.excludes.all():
            if other.pk in mine:
                raise Refused(f"{motion.name} and {other.name} cannot run at the same tenant (R33).", "motions")
            if other.pk in running:
                raise Refused(
                    f"{motion.name} and {other.name} cannot run at the same tenant (R33), "
                    f"and engagement {running[other.pk]} runs {other.name}.",
                    "motions",
                )


def _refuse_overlap(tenant: Tenant, services: list[Service], but: Engagement | None = None) -> None:
    through = Engagement.services.through.objects.filter(engagement__in=_going(tenant, but))
    taken = {row.service_id: row.engagement_id for row in through}
    both = [service for service in services if service.pk in taken]
    if both:
        others = [str(pk) for pk in sorted({taken[service.pk] for service in both})]
        who = f"Engagement {others[0]}" if len(others) == 1 else f"Engagements {' and '.join(others)}"
        verb = "covers" if len(others) == 1 else "cover"
        names = ", ".join(service.label for service in both)
        raise Refused(f"{who} of this tenant {verb} {names} already.", "services")


def _going(tenant: Tenant, but: Engagement | None):
    rows = Engagement.objects.filter(tenant=tenant, status__in=GOING)
    return rows.exclude(pk=but.pk) if but else rows


def _scoped(verb: str, service: Service, engagement: Engagement, by: User, why: str = "") -> None:
    after = {"service": service.name} | ({"why": why} if why else {})
    events.record(verb, f"service:{service.pk}", by=by, engagement=engagement, after=after)


def _last_changed_by(engagement: Engagement) -> str:
    rows = Event.objects.filter(engagement=engagement, verb__in=["moved", "took into scope", "took out of scope"])
    last = rows.select_related("actor").order_by("-pk").first()
    return str(last.actor) if last and last.actor else "Somebody"


def _names(rows: Iterable[Any]) -> list[str]:
    return [row.name for row in rows]
