"""Moving an engagement to a newer edition of the playbook (DESIGN §4): engagements stay where they are until then."""

from datetime import date

from engagements.carrying import Carrying, carrying
from engagements.models import ConditionAnswer, Confirmation, Engagement, Evidence, RouteChoice, StepRun, User, Waiver
from engagements.services import events, summaries
from engagements.services.locking import locked_walk, write
from engagements.services.refusals import Refused
from playbook.models import Edition

TOLD = 40  # how many lines that stayed behind the history names


@write
def move_edition(*, engagement_id: int, edition: Edition, by: User, today: date) -> Engagement:
    """Carries the work over to the published edition, all at once; receipts keep the edition they were given on."""
    walk = locked_walk(engagement_id, today)
    engagement, was = walk.engagement, walk.edition
    if edition.status != Edition.Status.PUBLISHED:
        raise Refused("Another edition was published meanwhile. Look at what that one changes.")
    if engagement.edition_id == edition.pk:
        raise Refused(f"This engagement is on {edition.name} already.")
    plan = carrying(walk, edition)
    _write(engagement, plan, by)
    Engagement.objects.filter(pk=engagement_id).update(edition=edition)
    left = [str(one) for one in plan.left]
    events.record(
        "moved",
        "engagement",
        by=by,
        engagement=engagement,
        before={"edition": was.name},
        after={"edition": edition.name, "left": left[:TOLD], "left_count": len(left)},
    )
    summaries.refresh_tenant(engagement.tenant_id)
    engagement.refresh_from_db()
    return engagement


def _write(engagement: Engagement, plan: Carrying, by: User) -> None:
    """Every row points at the new edition's step or line; what is left behind keeps pointing at the old one."""
    runs = StepRun.objects.in_bulk(plan.steps)
    for pk, step in plan.steps.items():
        runs[pk].step_id = step
    StepRun.objects.bulk_update(runs.values(), ["step"], batch_size=200)
    in_runs = {"run__engagement": engagement}
    for model, where in ((Evidence, in_runs), (Waiver, in_runs), (Confirmation, {"engagement": engagement})):
        rows = list(model.objects.filter(**where, requirement__in=plan.lines))
        for row in rows:
            row.requirement_id = plan.lines[row.requirement_id]
        model.objects.bulk_update(rows, ["requirement"], batch_size=200)
    choices = list(RouteChoice.objects.filter(**in_runs, group__in=plan.lines, route__in=plan.lines))
    for row in choices:
        row.group_id, row.route_id = plan.lines[row.group_id], plan.lines[row.route_id]
    RouteChoice.objects.bulk_update(choices, ["group", "route"], batch_size=200)
    why = f"{plan.edition.name} asks something else."
    ConditionAnswer.objects.bulk_create(
        ConditionAnswer(engagement=engagement, key=key, service_id=service, answer="unknown", why=why, by=by)
        for key, service in plan.asked_anew
    )
