"""What falls due: next actions, reviews, DIBS due dates and referrals, as rows of Today."""

from collections import defaultdict
from datetime import date
from typing import Any

from django.db.models import F, QuerySet
from django.urls import reverse

from engagements.levels import WORK
from engagements.models import Engagement, EngagementSummary, Evidence, NextAction, Review, TenantService, User
from engagements.selectors.days import day
from engagements.selectors.places import place_url, review_url
from engagements.selectors.todo import todo_row
from engagements.selectors.words import late
from tasks.prepared import prepared
from tasks.together import together


def action_rows(actions: list[NextAction], user: User, today: date) -> list[dict[str, Any]]:
    """Next actions: one that was written at a step opens the step, others are marked as done right here."""
    if not actions:
        return []
    notes = [action.note_id for action in actions if action.note_id]
    steps = {row["note"]: row for row in _steps(notes=notes)} if notes else {}
    may_work = user.has_perm(WORK)
    return [_action_row(action, steps.get(action.note_id), user, today, may_work) for action in actions]


def _action_row(action: NextAction, step: dict | None, user: User, today: date, may_work: bool) -> dict[str, Any]:
    is_late = action.due_on < today
    owner = "Yours" if action.owner_id == user.pk else f"{action.owner}’s"
    if action.handed_by_id and action.handed_by_id != user.pk:
        owner += f", from {action.handed_by}"
    at = f" on {step['run__step__title']}" if step else ""
    when = f"was due {day(action.due_on, today)}, {late(action.due_on, today)}" if is_late else "due today"
    row = todo_row(action.engagement, f"action-{action.pk}", "overdue" if is_late else "due") | {
        "what": action.text,
        "why": f"{owner}, a next action{at}; {when}.",
        "lead": f"a next action is {late(action.due_on, today) or 'due today'}",
        "on": action.due_on,
    }
    if may_work:
        row |= {"snooze_url": reverse("next_action", args=[action.pk]), "returns": "snooze_url"}
    if step:
        key = step["run__step__key"] + (f"?{step['run__service']}" if step["run__service"] else "")
        return row | {"action": "Open step", "action_url": place_url(action.engagement_id, key)}
    if may_work:
        return row | {"action": "Mark done", "post_url": reverse("next_action", args=[action.pk])}
    return row | {"action": "Open engagement", "action_url": row["url"]}


def dibs_date_rows(rows: list[EngagementSummary], today: date) -> list[dict[str, Any]]:
    services = _services_due(rows, today) if rows else {}
    return [
        todo_row(summary.engagement, f"dibs-date-{summary.pk}", "overdue" if summary.dibs_due_on < today else "due")
        | {
            "what": f"DIBS due date of {' and '.join(services[summary.pk])}",
            "why": f"{_passed(summary.dibs_due_on, today)} Confirm that it was met, or set another.",
            "lead": f"a DIBS due date is {late(summary.dibs_due_on, today) or 'today'}",
            "on": summary.dibs_due_on,
            "action": "Confirm the date",
            "action_url": reverse("engagement_services", args=[summary.pk]),
            "returns": "action_url",
        }
        for summary in rows
    ]


def referral_rows(rows: list[EngagementSummary], today: date) -> list[dict[str, Any]]:
    """Referrals whose partners had to be in touch by a day (R8)."""
    return [
        todo_row(summary.engagement, f"referral-{summary.pk}", "overdue" if summary.referral_due_on < today else "due")
        | {
            "what": "Partners of the referral get in touch",
            "why": f"{_due_by(summary.referral_due_on, today)} Ask the customer, and write down who called.",
            "lead": f"partners of a referral are {late(summary.referral_due_on, today) or 'due today'}",
            "on": summary.referral_due_on,
            "action": "Open the referral",
            "action_url": reverse("referral_detail", args=[summary.pk]),
        }
        for summary in rows
    ]


def reviews_due(rows: list[EngagementSummary], today: date, *, internal: bool) -> list[Review]:
    """The reviews up to today of engagements whose next one is due, each once and with an engagement that joins it.

    Partners hear of none in which they never take part.
    """
    if not rows:
        return []
    by_tenant = {row.engagement.tenant_id: row.engagement for row in reversed(rows)}
    by_customer = {row.engagement.tenant.customer_id: row.engagement for row in reversed(rows)}
    read = _reviews_due(tenants=list(by_tenant), customers=list(by_customer), today=today)
    found = []
    for review in (row for part in read for row in part):
        rule, series = review.series.rule, review.series
        if internal or rule.partner != "never":
            review.engagement = by_tenant.get(series.tenant_id) or by_customer[series.customer_id]
            found.append(review)
    return sorted(found, key=lambda row: (row.on, row.pk))


def review_rows(reviews: list[Review], user: User, today: date) -> list[dict[str, Any]]:
    """Reviews that are to be held, moved, or left out for a reason."""
    return [
        todo_row(review.engagement, f"review-{review.pk}", "overdue" if review.on < today else "due")
        | {
            "what": review.series.rule.name,
            "why": f"{_whose(review, user)}; {_held_by(review, today)}",
            "lead": f"a {_small(review.series.rule.name)} is {late(review.on, today) or 'due today'}",
            "on": review.on,
            "action": "Open review",
            "action_url": review_url(review.pk),
        }
        for review in reviews
    ]


def _whose(review: Review, user: User) -> str:
    return "Yours" if review.series.owner_id == user.pk else f"{review.series.owner}’s"


def _held_by(review: Review, today: date) -> str:
    if review.on < today:
        return f"was due {day(review.on, today)}, {late(review.on, today)}. Close it, move it, or say why not."
    return f"today at {review.at:%H:%M}, {review.minutes} minutes."


def _small(name: str) -> str:
    """A name inside a sentence; FRP and CxO stay as they are."""
    return name if name[1:2].isupper() or name[2:3].isupper() else name[:1].lower() + name[1:]


def _due_by(on: date, today: date) -> str:
    return f"They had until {day(on, today)}, {late(on, today)}." if on < today else "They have until today."


def _services_due(rows: list[EngagementSummary], today: date) -> dict[int, list[str]]:
    """Engagement → the services in scope whose due date is the one that the summary names."""
    tenants = list({row.engagement.tenant_id for row in rows})
    scope, due = _scope_and_due(engagements=[row.pk for row in rows], tenants=tenants, today=today)
    in_scope, by_tenant = set(scope), defaultdict(list)
    for row in due:
        by_tenant[row.tenant_id].append(row)
    return {
        summary.pk: [
            row.service.label
            for row in by_tenant[summary.engagement.tenant_id]
            if row.due_on == summary.dibs_due_on and (summary.pk, row.service_id) in in_scope
        ]
        or ["a service"]
        for summary in rows
    }


@prepared
def _steps(notes) -> QuerySet[Evidence]:
    """The steps that notes were written at; of several the first."""
    rows = Evidence.objects.filter(note__in=notes).order_by("-pk")
    return rows.values("note", "run__step__key", "run__step__title", "run__service")


def _scope(engagements, tenants, today) -> QuerySet:
    rows = Engagement.services.through.objects.filter(engagement__in=engagements)
    return rows.values_list("engagement", "service")


def _due(engagements, tenants, today) -> QuerySet[TenantService]:
    rows = TenantService.objects.filter(tenant__in=tenants, adoption__due_on__lte=today)
    return rows.select_related("service").annotate(due_on=F("adoption__due_on"))


_scope_and_due = together(_scope, _due)


def _of_tenants(tenants, customers, today) -> QuerySet[Review]:
    return _planned(today).filter(series__tenant__in=tenants)


def _of_customers(tenants, customers, today) -> QuerySet[Review]:
    return _planned(today).filter(series__customer__in=customers)


def _planned(today) -> QuerySet[Review]:
    rows = Review.objects.filter(state="planned", on__lte=today).select_related("series__rule", "series__owner")
    return rows.defer("milestones", "risks", "blockers", "decisions", "asks").order_by("on", "pk")


_reviews_due = together(_of_tenants, _of_customers)


def _passed(on: date, today: date) -> str:
    return f"It was {day(on, today)}, {late(on, today)}." if on < today else "It is today."
