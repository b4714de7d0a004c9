"""Setting the status of an FTOP number within an engagement."""

from collections.abc import Iterable
from datetime import date

from django.utils import timezone

from engagements.gate import GateClosed, checklists_closed
from engagements.models import TaskRecord, User, Waiver
from engagements.services import events, summaries
from engagements.services.locking import locked_walk, write
from engagements.services.refusals import Refused
from engagements.walk import Place, Walk
from tasks.statuses import TaskStatus

PERCENT = {TaskStatus.COMPLETE: 100, TaskStatus.NOT_STARTED: 0}


class NeedsWaiver(Refused):
    """A mandatory task becomes Not Required by a waiver alone; ``place`` is a step where it is requested."""

    def __init__(self, number: int, place: Place):
        self.place = place
        super().__init__(
            f"Task {number} is mandatory. Request a waiver and give the reason; a team manager other than you decides.",
            "status",
        )


@write
def set_task_status(
    *,
    engagement_id: int,
    number: int,
    status: str,
    by: User,
    today: date,
    reason: str = "",
    percent: int | None = None,
) -> TaskRecord:
    """Moves a task. Complete needs its steps' checklists closed (R9), else GateClosed with what is open.

    A mandatory task becomes Not Required only by a waiver that another person granted, whoever sets it (DESIGN §3):
    without one it raises NeedsWaiver, also for those who decide on waivers.
    """
    walk = locked_walk(engagement_id, today)
    if status not in list(TaskStatus):
        raise Refused(f"“{status}” is not one of the 13 task statuses.", "status")
    if percent is not None and not 0 <= percent <= 100:
        raise Refused("Percent complete is a number from 0 to 100.", "percent")
    places = walk.steps_listing(number)
    if not places:
        raise Refused(f"No step of this engagement lists task {number}.")
    waiver = None
    if status == TaskStatus.COMPLETE:
        for place in places:
            if place.step.has_checklists and not place.is_done and not checklists_closed(place.verdict, number):
                raise GateClosed(place.verdict)
    if status == TaskStatus.NOT_REQUIRED and (mandatory := _where_mandatory(number, places)):
        waiver = _granted(walk, number)
        if waiver is None:
            raise NeedsWaiver(number, next((place for place in mandatory if not place.is_done), mandatory[0]))
        reason = waiver.reason
    waived_by = waiver.decided_by if waiver else None
    record = put_status(walk, number, status, by=by, reason=reason.strip(), percent=percent, waived_by=waived_by)
    summaries.refresh_tenant(walk.engagement.tenant_id)
    return record


def put_status(
    walk: Walk,
    number: int,
    status: str,
    *,
    by: User,
    reason: str = "",
    percent: int | None = None,
    waived_by: User | None = None,
) -> TaskRecord:
    """Writes the record and its event, already under the lock and already allowed.

    ``waived_by`` is who granted that it is Not Required; the record names them, and the event who set it.
    """
    before, old, _ = walk.task_state(number)
    now = timezone.now()
    if percent is None:
        percent = PERCENT.get(TaskStatus(status), old.percent if old and old.percent < 100 else 0)
    record, _ = TaskRecord.objects.update_or_create(
        engagement=walk.engagement,
        task_id=walk.task_id(number),
        defaults={
            "status": status,
            "percent": percent,
            "reason": reason[:500],
            "waived": waived_by is not None,
            "changed_at": now,
            "changed_by": waived_by or by,
        },
    )
    events.record(
        "set",
        f"task:{number}",
        by=by,
        engagement=walk.engagement,
        before={"status": before},
        after={"status": status, "reason": reason[:500]},
        at=now,
    )
    return record


def _where_mandatory(number: int, places: Iterable[Place]) -> list[Place]:
    return [
        place for place in places if any(row.number == number and applies.mandatory for row, applies in place.tasks)
    ]


def _granted(walk: Walk, number: int) -> Waiver | None:
    """The waiver of this task here that another person granted."""
    rows = Waiver.objects.filter(run__engagement=walk.engagement, task=walk.task_id(number))
    return rows.filter(decision=Waiver.Decision.GRANTED).select_related("decided_by").order_by("-decided_at").first()
