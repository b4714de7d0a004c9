"""Starting, parking and resuming an engagement."""

from collections.abc import Iterable
from datetime import date

from engagements.models import Engagement, Tenant, User
from engagements.services import events, summaries
from engagements.services.locking import lock, lock_tenant, write
from engagements.services.refusals import Refused
from engagements.services.review_tasks import follow_reviews
from engagements.services.scope import covered, refuse_scope
from playbook.models import Edition
from tasks.models import EngagementModel, Motion, Service


@write
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
    motions = list(motions)
    tenant = lock_tenant(tenant.pk)
    services = covered(tenant, motions, services)
    if tenant.is_duplicate:
        raise Refused("This tenant is a duplicate (R46). Work with the tenant that is used.", "tenant")
    if edition.status != Edition.Status.PUBLISHED:
        raise Refused("Engagements start on the published edition of the playbook.", "edition")
    refuse_scope(tenant, motions, services)
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
    # It joins the reviews that the tenant and its customer have.
    follow_reviews(engagement_ids=[engagement.pk], by=by, today=started_on)
    summaries.refresh(engagement.pk)
    return engagement


@write
def park_engagement(*, engagement_id: int, until: date, why: str, by: User, today: date) -> Engagement:
    """Sets an engagement aside until a date, with a reason; it comes back on Today on that day."""
    engagement = lock(engagement_id)
    if until <= today:
        raise Refused("Park until a day after today.", "until")
    if not why.strip():
        raise Refused("Say why it is parked.", "why")
    change(engagement, "parked", by, status="parked", parked_until=until, parked_reason=why.strip()[:500])
    return engagement


@write
def resume_engagement(*, engagement_id: int, by: User) -> Engagement:
    engagement = lock(engagement_id)
    change(engagement, "resumed", by, status="open", parked_until=None, parked_reason="")
    return engagement


def change(engagement: Engagement, verb: str, by: User, why: str = "", **values) -> None:
    """Sets fields of a locked engagement and tells it; shared with the closing."""
    before = {name: _plain(getattr(engagement, name)) for name in values}
    for name, value in values.items():
        setattr(engagement, name, value)
    engagement.save(update_fields=list(values))
    after = {name: _plain(value) for name, value in values.items()}
    events.record(verb, "engagement", by=by, engagement=engagement, before=before, after=after | {"why": why})
    summaries.refresh(engagement.pk)


def _plain(value):
    return value.isoformat() if isinstance(value, date) else value
