"""Doing without: asked for with a reason, decided by a team manager, never by oneself (DESIGN §3)."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from engagements.access import may_waive
from engagements.groups import WAIVE
from engagements.models import User, Waiver
from engagements.services import events, summaries, tasks
from engagements.services.escalations import BACKEND
from engagements.services.locking import lock, locked_place, write
from engagements.services.refusals import AlreadyCompleted, Refused
from engagements.services.steps import started


@write
def ask_waiver(
    *,
    engagement_id: int,
    step_key: str,
    by: User,
    today: date,
    reason: str,
    requirement: int | None = None,
    number: int | None = None,
    service_id: int | None = None,
) -> Waiver:
    """Asks to do without a line or a mandatory task of a step; it then waits on the team manager's Today."""
    if not reason.strip():
        raise Refused("Say why this step can do without it; your team manager decides on that.", "reason")
    place = locked_place(engagement_id, step_key, service_id, today)
    if place.receipt:
        raise AlreadyCompleted(place.receipt)
    if (requirement is None) == (number is None):
        raise Refused("Choose one line or one task to do without.", "what")
    if requirement is not None and requirement not in place.verdict.lines:
        raise Refused("This line is not one of the step's.", "what")
    if number is not None and number not in {row.number for row in place.step.listings}:
        raise Refused("This task is not one of the step's.", "what")
    run = started(place, by)
    what = {"requirement_id": requirement, "task_id": place.walk.task_id(number) if number is not None else None}
    if run.waivers.filter(decision__in=[Waiver.Decision.OPEN, Waiver.Decision.GRANTED], **what).exists():
        raise Refused("A waiver for this has been asked for already.", "what")
    waiver = Waiver.objects.create(run=run, reason=reason.strip()[:1000], asked_at=timezone.now(), asked_by=by, **what)
    events.record(
        "asked to waive",
        f"step:{step_key}",
        by=by,
        engagement=place.walk.engagement,
        after={"waiver": waiver.pk, "reason": waiver.reason},
    )
    summaries.refresh(engagement_id)
    return waiver


def who_decides(by: User) -> str:
    """Who decides on what this person asks for, as a sentence: another team manager, or an administrator.

    All who decide see everything, so that any of them can.
    """
    deciding = User.objects.with_perm(WAIVE, include_superusers=False, backend=BACKEND)
    if may_waive(by):
        if deciding.exclude(pk=by.pk).exists():
            return "Another team manager sees it on Today."
        return "No other team manager can decide on it, so an administrator sees it on Today."
    if deciding.exists():
        return "Your team manager sees it on Today."
    return "An administrator sees it on Today."


@write
def decide_waiver(*, waiver_id: int, by: User, today: date, grant: bool, answer: str = "") -> Waiver:
    """Grants or refuses; raises PermissionDenied for somebody who may not, and for one's own request."""
    if not may_waive(by):
        raise PermissionDenied("Only team managers decide on waivers.")
    lock(Waiver.objects.values_list("run__engagement", flat=True).get(pk=waiver_id))
    waiver = Waiver.objects.select_related("run__step", "task").get(pk=waiver_id)
    if waiver.asked_by_id == by.pk:
        raise PermissionDenied("Nobody decides on a waiver they asked for.")
    place = locked_place(waiver.run.engagement_id, waiver.run.step.key, waiver.run.service_id, today)
    decision = Waiver.Decision.GRANTED if grant else Waiver.Decision.REFUSED
    changed = Waiver.objects.filter(pk=waiver_id, decision=Waiver.Decision.OPEN).update(
        decision=decision, decided_at=timezone.now(), decided_by=by, answer=answer.strip()[:1000]
    )
    if not changed:
        raise Refused("This waiver has been decided already.")
    if grant and waiver.task:
        tasks.put_status(place.walk, waiver.task.number, "Not Required", by=by, reason=waiver.reason, waived_by=by)
    events.record(
        "granted" if grant else "refused",
        f"waiver:{waiver_id}",
        by=by,
        engagement=place.walk.engagement,
        after={"reason": waiver.reason, "answer": answer.strip()[:1000], "step": waiver.run.step.key},
    )
    summaries.refresh(waiver.run.engagement_id)
    waiver.refresh_from_db()
    return waiver
