"""What falls due: next actions and DIBS due dates, as rows of Today."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from engagements.groups import WORK
from engagements.models import AdoptionRecord, Engagement, EngagementSummary, Evidence, NextAction, User
from engagements.selectors.days import day
from engagements.selectors.places import place_url
from engagements.selectors.todo import SHOWN, first_summaries, todo_row
from engagements.selectors.words import late


def action_rows(mine: QuerySet[Engagement], user: User, today: date, **due) -> list[dict[str, Any]]:
    """Next actions: one that was written at a step opens the step, others are marked as done right here."""
    actions = list(
        NextAction.objects.filter(engagement__in=mine, done_at=None, **due)
        .select_related("engagement__tenant__customer", "engagement__summary", "owner")
        .order_by("due_on", "pk")[:SHOWN]
    )
    steps = {
        row["note"]: row
        for row in Evidence.objects.filter(note__in=[a.note_id for a in actions if a.note_id])
        .order_by("-pk")
        .values("note", "run__step__key", "run__step__title", "run__service")
    }
    may_work = user.has_perm(WORK)
    return [_action_row(action, steps.get(action.note_id), user, today, may_work) for action in actions]


def _action_row(action: NextAction, step: dict | None, user: User, today: date, may_work: bool) -> dict[str, Any]:
    is_late = action.due_on < today
    owner = "Yours" if action.owner_id == user.pk else f"{action.owner}’s"
    at = f" on {step['run__step__title']}" if step else ""
    when = f"was due {day(action.due_on, today)}, {late(action.due_on, today)}" if is_late else "due today"
    row = todo_row(action.engagement, f"action-{action.pk}", "overdue" if is_late else "due") | {
        "what": action.text,
        "why": f"{owner}, a next action{at}; {when}.",
        "lead": f"a next action is {late(action.due_on, today) or 'due today'}",
        "on": action.due_on,
    }
    if may_work:
        row["snooze_url"] = f"{reverse('next_action', args=[action.pk])}?next={reverse('today')}"
    if step:
        key = step["run__step__key"] + (f"?{step['run__service']}" if step["run__service"] else "")
        return row | {"action": "Open step", "action_url": place_url(action.engagement_id, key)}
    if may_work:
        return row | {"action": "Mark done", "post_url": reverse("next_action", args=[action.pk])}
    return row | {"action": "Open engagement", "action_url": row["url"]}


def dibs_date_rows(mine: QuerySet[Engagement], today: date, **due) -> list[dict[str, Any]]:
    rows = first_summaries(mine, "dibs_due_on", **due)
    services = _services_due(rows)
    return [
        todo_row(summary.engagement, f"dibs-date-{summary.pk}", "overdue" if summary.dibs_due_on < today else "due")
        | {
            "what": f"DIBS due date of {' and '.join(services.get(summary.pk, ['a service']))}",
            "why": f"{_passed(summary.dibs_due_on, today)} Confirm that it was met, or set another.",
            "lead": f"a DIBS due date is {late(summary.dibs_due_on, today) or 'today'}",
            "on": summary.dibs_due_on,
            "action": "Confirm the date",
            "action_url": reverse("engagement_services", args=[summary.pk]),
        }
        for summary in rows
    ]


def _services_due(rows: list[EngagementSummary]) -> dict[int, list[str]]:
    """Engagement → the services in scope whose due date is the one that the summary names."""
    through = Engagement.services.through.objects.filter(engagement__in=[row.pk for row in rows])
    scope = set(through.values_list("engagement_id", "service_id"))
    records = AdoptionRecord.objects.filter(
        tenant_service__tenant__in={row.engagement.tenant_id for row in rows},
        due_on__in={row.dibs_due_on for row in rows},
    ).select_related("tenant_service__service")
    return {
        row.pk: [
            record.tenant_service.service.label
            for record in records
            if record.tenant_service.tenant_id == row.engagement.tenant_id
            and record.due_on == row.dibs_due_on
            and (row.pk, record.tenant_service.service_id) in scope
        ]
        or ["a service"]
        for row in rows
    }


def _passed(on: date, today: date) -> str:
    return f"It was {day(on, today)}, {late(on, today)}." if on < today else "It is today."
