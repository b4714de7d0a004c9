"""Doing a step: choosing a route, linking evidence, completing, reopening (DESIGN §3)."""

from collections.abc import Iterable
from datetime import date

from django.utils import timezone

from engagements.gate import RULE_VERSION, GateClosed
from engagements.gate_input import Line
from engagements.models import Evidence, Note, Receipt, RouteChoice, StepRun, User
from engagements.referring import TASK as REFERRAL_TASK
from engagements.services import events, referral_task, summaries, tasks
from engagements.services.locking import lock, locked_place, write
from engagements.services.refusals import AlreadyCompleted, Refused
from engagements.walk import Place
from playbook.checks import ATTEST


@write
def complete_step(
    *,
    engagement_id: int,
    step_key: str,
    by: User,
    today: date,
    service_id: int | None = None,
    with_tasks: bool = False,
) -> Receipt:
    """Closes a step and keeps on what; ``with_tasks`` also completes the tasks that alone are left (R9).

    Raises GateClosed with every blocker, AlreadyCompleted with the other person's receipt, or Refused.
    """
    place = locked_place(engagement_id, step_key, service_id, today)
    if place.receipt:
        raise AlreadyCompleted(place.receipt)
    if not place.applies:
        raise Refused(f"This step does not apply here: {place.applicability.reason}")
    if with_tasks and place.verdict.tasks_only:
        for number in place.verdict.tasks_only:
            tasks.put_status(place.walk, number, "Complete", by=by)
        place = locked_place(engagement_id, step_key, service_id, today)
    if not place.verdict.passed:
        raise GateClosed(place.verdict)
    run, now = started(place, by), timezone.now()
    receipt = Receipt.objects.create(
        run=run,
        engagement=place.walk.engagement,
        step_key=step_key,
        edition_name=place.walk.edition.name,
        rule_version=RULE_VERSION,
        gate_input=place.gate_input.as_json(),
        decided_on=today,
        completed_at=now,
        completed_by=by,
    )
    StepRun.objects.filter(pk=run.pk).update(needs_another_look="")
    events.record(
        "completed",
        f"step:{step_key}",
        by=by,
        engagement=place.walk.engagement,
        after={"receipt": receipt.pk, "title": place.title},
        at=now,
    )
    if any(row.number == REFERRAL_TASK for row in place.step.listings):
        referral_task.follow_referrals(engagement_id=engagement_id, by=by, today=today)
    summaries.refresh_tenant(place.walk.engagement.tenant_id)
    return receipt


@write
def reopen_step(*, receipt_id: int, by: User, today: date, why: str) -> StepRun:
    """Takes a completion back. The receipt is kept, and completed steps that relied on it are marked."""
    why = why.strip()
    if not why:
        raise Refused("Say why the step is reopened; the reason is kept with its receipt.", "why")
    lock(Receipt.objects.values_list("engagement", flat=True).get(pk=receipt_id))
    receipt = Receipt.objects.select_related("run").get(pk=receipt_id)
    place = locked_place(receipt.engagement_id, receipt.step_key, receipt.run.service_id, today)
    if place.receipt is None or place.receipt.pk != receipt_id:
        raise Refused("This step is open already.")
    now = timezone.now()
    Receipt.objects.filter(pk=receipt_id).update(reopened_at=now, reopened_by=by, reopened_why=why)
    relied = Receipt.objects.filter(gate_input__facts__has_key=f"step:{receipt.step_key}", reopened_at=None)
    StepRun.objects.filter(receipts__in=relied.filter(engagement=receipt.engagement_id)).update(
        needs_another_look=f"{place.title} was reopened: {why}"[:500]
    )
    events.record(
        "reopened",
        f"step:{receipt.step_key}",
        by=by,
        engagement=place.walk.engagement,
        before={"receipt": receipt_id},
        after={"why": why, "title": place.title},
        at=now,
    )
    summaries.refresh_tenant(place.walk.engagement.tenant_id)
    return receipt.run


@write
def choose_route(
    *, engagement_id: int, step_key: str, group: int, route: int, by: User, today: date, service_id: int | None = None
) -> StepRun:
    """Goes one of several routes. Evidence given for another route stays where it is."""
    place = _open_place(engagement_id, step_key, service_id, today)
    line = _lines(place).get(group)
    if line is None or line.rule != "one of" or route not in {child.id for child in line.children}:
        raise Refused("This route is not one of the step's.")
    if not next(child for child in line.children if child.id == route).applies:
        raise Refused("This route is not open here.")
    run = started(place, by)
    RouteChoice.objects.update_or_create(
        run=run, group_id=group, defaults={"route_id": route, "at": timezone.now(), "by": by}
    )
    events.record(
        "chose", f"step:{step_key}", by=by, engagement=place.walk.engagement, after={"group": group, "route": route}
    )
    summaries.refresh(engagement_id)
    return run


@write
def link_note(
    *,
    engagement_id: int,
    step_key: str,
    note_id: int,
    requirements: Iterable[int],
    by: User,
    today: date,
    service_id: int | None = None,
) -> StepRun:
    """Documents lines of a step with a note of this engagement; with no lines, the step as a whole."""
    place = _open_place(engagement_id, step_key, service_id, today)
    note = Note.objects.filter(engagement_id=engagement_id, pk=note_id).first()
    if note is None:
        raise Refused("This engagement has no such note.")
    run = put_evidence(place, note, list(requirements), by)
    summaries.refresh(engagement_id)
    return run


@write
def state_line(
    *,
    engagement_id: int,
    step_key: str,
    requirement: int,
    text: str,
    by: User,
    today: date,
    service_id: int | None = None,
) -> StepRun:
    """A person states that a line holds, in words; for lines that no note category is asked for."""
    place = _open_place(engagement_id, step_key, service_id, today)
    line = _lines(place).get(requirement)
    if line is None or "attest" not in line.checks:
        raise Refused("This line asks for a note or for a record, not for a statement.")
    if not text.strip():
        raise Refused("Say in a few words what holds.", "text")
    run = started(place, by)
    Evidence.objects.create(
        run=run,
        requirement_id=requirement,
        kind=Evidence.Kind.ATTESTATION,
        text=text.strip()[:1000],
        at=timezone.now(),
        by=by,
    )
    events.record(
        "stated",
        f"step:{step_key}",
        by=by,
        engagement=place.walk.engagement,
        after={"line": line.text, "text": text.strip()[:1000]},
    )
    summaries.refresh(engagement_id)
    return run


@write
def unlink(*, evidence_id: int, by: User, today: date) -> StepRun:
    """Takes a wrong link away; possible until the step is completed. The note itself stays."""
    lock(Evidence.objects.values_list("run__engagement", flat=True).get(pk=evidence_id))
    row = Evidence.objects.select_related("run__step", "requirement").get(pk=evidence_id)
    place = _open_place(row.run.engagement_id, row.run.step.key, row.run.service_id, today)
    Evidence.objects.filter(pk=evidence_id).delete()
    events.record(
        "unlinked",
        f"step:{row.run.step.key}",
        by=by,
        engagement=place.walk.engagement,
        before={"note": row.note_id, "line": row.requirement.text if row.requirement else ""},
    )
    summaries.refresh(row.run.engagement_id)
    return row.run


# Shared by the services that write within a step, already under the lock --------------------------------


def started(place: Place, by: User) -> StepRun:
    """The run of a place; starting is always allowed and happens with the first thing done."""
    if place.run is None:
        place.run = StepRun.objects.create(
            engagement=place.walk.engagement,
            step_id=place.step.id,
            service_id=place.service.id if place.service else None,
            started_at=timezone.now(),
            started_by=by,
        )
    return place.run


def put_evidence(place: Place, note: Note, requirements: list[int], by: User) -> StepRun:
    """Links a note to lines that can take it; refuses a line of another step, category or kind."""
    known = _lines(place)
    for pk in requirements:
        _must_take(known.get(pk), note)
    run, now = started(place, by), timezone.now()
    linked = {(row.requirement_id, row.note_id) for row in run.evidence.all()}
    Evidence.objects.bulk_create(
        Evidence(run=run, requirement_id=pk, kind=Evidence.Kind.NOTE, note=note, at=now, by=by)
        for pk in dict.fromkeys(requirements or [None])
        if (pk, note.pk) not in linked
    )
    events.record(
        "documented",
        f"step:{place.step.key}",
        by=by,
        engagement=place.walk.engagement,
        after={"note": note.pk, "lines": [known[pk].text for pk in requirements]},
        at=now,
    )
    return run


def _must_take(line: Line | None, note: Note) -> None:
    if line is None:
        raise Refused("A ticked line is not one of this step's. Reload the page and tick again.", "documents")
    written = [check for check in line.asks or (ATTEST,) if check.is_written]
    if not written:
        raise Refused(f"“{line.text}” becomes true from the records; no note can document it.", "documents")
    wanted = [check.categories for check in written if check.categories]
    if wanted and not any(note.category in categories for categories in wanted):
        names = " or ".join(Note.Category(slug).label for categories in wanted for slug in categories)
        raise Refused(f"“{line.text}” asks for a note of the category {names}.", "category")


def _open_place(engagement_id: int, step_key: str, service_id: int | None, today: date) -> Place:
    place = locked_place(engagement_id, step_key, service_id, today)
    if place.receipt:
        raise AlreadyCompleted(place.receipt)
    if not place.applies:
        raise Refused(f"This step does not apply here: {place.applicability.reason}")
    return place


def _lines(place: Place) -> dict[int, Line]:
    found: dict[int, Line] = {}

    def collect(lines):
        for line in lines:
            found[line.id] = line
            collect(line.children)

    collect(place.gate_input.inputs + place.gate_input.outputs)
    return found
