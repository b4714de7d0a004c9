"""What falls due: next actions and DIBS due dates, as rows of Today."""

from datetime import date
from typing import Any

from django.db.models import F
from django.urls import reverse

from engagements.groups import WORK
from engagements.models import Engagement, EngagementSummary, Evidence, NextAction, User
from engagements.selectors.days import day
from engagements.selectors.places import place_url
from engagements.selectors.todo import todo_row
from engagements.selectors.words import late


def action_rows(actions: list[NextAction], user: User, today: date) -> list[dict[str, Any]]:
    """Next actions: one that was written at a step opens the step, others are marked as done right here."""
    if not actions:
        return []
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


def dibs_date_rows(rows: list[EngagementSummary], today: date) -> list[dict[str, Any]]:
    services = _services_due(rows) if rows else {}
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
    scope = Engagement.services.through.objects.filter(
        engagement__in=[row.pk for row in rows],
        engagement__tenant__services__service=F("service"),
        engagement__tenant__services__adoption__due_on=F("engagement__summary__dibs_due_on"),
    )
    found: dict[int, list[str]] = {}
    for row in scope.select_related("service").order_by("service__position", "service"):
        found.setdefault(row.engagement_id, []).append(row.service.label)
    return found


def _passed(on: date, today: date) -> str:
    return f"It was {day(on, today)}, {late(on, today)}." if on < today else "It is today."
