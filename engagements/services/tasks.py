"""Setting the status of an FTOP number within an engagement."""

from datetime import date

from django.utils import timezone

from engagements.access import may_waive
from engagements.gate import GateClosed, checklists_closed
from engagements.models import TaskRecord, User
from engagements.services import events, summaries
from engagements.services.locking import locked_walk, write
from engagements.services.refusals import Refused
from engagements.walk import Walk
from tasks.statuses import TaskStatus

PERCENT = {TaskStatus.COMPLETE: 100, TaskStatus.NOT_STARTED: 0}


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

    A mandatory task becomes Not Required only by somebody who may waive, with a reason.
    """
    walk = locked_walk(engagement_id, today)
    if status not in list(TaskStatus):
        raise Refused(f"“{status}” is not one of the 13 task statuses.", "status")
    if percent is not None and not 0 <= percent <= 100:
        raise Refused("Percent complete is a number from 0 to 100.", "percent")
    places = walk.steps_listing(number)
    if not places:
        raise Refused(f"No step of this engagement lists task {number}.")
    waived = False
    if status == TaskStatus.COMPLETE:
        for place in places:
            if place.step.has_checklists and not place.is_done and not checklists_closed(place.verdict, number):
                raise GateClosed(place.verdict)
    if status == TaskStatus.NOT_REQUIRED and _is_mandatory(number, places):
        if not may_waive(by):
            raise Refused(f"Task {number} is mandatory. Ask your team manager to waive it, with a reason.", "status")
        if not reason.strip():
            raise Refused(f"Say why task {number} is not required; it is kept with the step's receipt.", "reason")
        waived = True
    record = put_status(walk, number, status, by=by, reason=reason.strip(), percent=percent, waived=waived)
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
    waived: bool = False,
) -> TaskRecord:
    """Writes the record and its event, already under the lock and already allowed."""
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
            "waived": waived,
            "changed_at": now,
            "changed_by": by,
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


def _is_mandatory(number: int, places) -> bool:
    return any(row.number == number and applies.mandatory for place in places for row, applies in place.tasks)
