"""Everything that needs one person, grouped by urgency; each thing with its reason and one action (DESIGN §8).

Reads the summary rows and next actions of the open engagements that the person is assigned to. The number
of queries depends on the groups, not on the engagements; each group shows its first ``SHOWN`` rows.
"""

from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from engagements import access
from engagements.models import Engagement, EngagementSummary, NextAction, User, Waiver
from engagements.selectors.days import day
from engagements.selectors.due import action_rows, dibs_date_rows
from engagements.selectors.next_steps import HAS_FOLLOWING, following_rows
from engagements.selectors.places import place_url
from engagements.selectors.todo import SHOWN, Group, first_summaries, todo_row, within
from engagements.selectors.two_weeks import two_weeks
from engagements.selectors.words import count, spoken


def today_page(user: User, today: date) -> dict[str, Any]:
    """What the page draws: the sentence, the groups and the two weeks."""
    mine = Engagement.objects.assigned_to(user).filter(status=Engagement.Status.OPEN)
    numbers = _numbers(mine, today)
    groups = [
        _overdue(mine, user, today, numbers),
        _ready(mine, numbers),
        _due_today(mine, user, today, numbers),
        _waivers(user, today),
        _blocked(mine, today, numbers),
        _dibs_missing(mine, numbers),
        _back(user, today),
        _shaken(mine, numbers),
        _next_steps(mine, user, numbers),
    ]
    groups = [group for group in groups if group.rows]
    for place, row in enumerate(row for group in groups for row in group.rows):
        row |= {"act_id": f"act-{place}", "main": place == 0}
    urgent = sum(group.count for group in groups if group.is_urgent)
    return {
        "title": f"{today:%A %-d %B}",
        "lead": _lead(groups, urgent),
        "groups": groups,
        "urgent": urgent,
        "engagements": f"{numbers['all']:,}",
        "days": two_weeks(mine, today) if numbers["all"] else [],
        "empty": None if groups else _empty(mine, user, today, numbers["all"]),
    }


def _numbers(mine: QuerySet[Engagement], today: date) -> dict[str, int]:
    """How many things there are of each kind, in two queries."""
    actions = NextAction.objects.filter(engagement__in=mine, done_at=None, due_on__lte=today)
    return EngagementSummary.objects.filter(engagement__in=mine).aggregate(
        all=Count("pk"),
        ready=Count("pk", filter=Q(steps_ready__gt=0)),
        blocked=Count("pk", filter=Q(tasks_blocked__gt=0)),
        missing=Count("pk", filter=Q(dibs_missing_count__gt=0)),
        shaken=Count("pk", filter=Q(steps_shaken__gt=0)),
        following=Count("pk", filter=HAS_FOLLOWING),
        dibs_late=Count("pk", filter=Q(dibs_due_on__lt=today)),
        dibs_today=Count("pk", filter=Q(dibs_due_on=today)),
    ) | actions.aggregate(
        actions_late=Count("pk", filter=Q(due_on__lt=today)), actions_today=Count("pk", filter=Q(due_on=today))
    )


# Dates ------------------------------------------------------------------------------------------------


def _overdue(mine: QuerySet[Engagement], user: User, today: date, numbers: dict[str, int]) -> Group:
    found = []
    if numbers["actions_late"]:
        found += action_rows(mine, user, today, due_on__lt=today)
    if numbers["dibs_late"]:
        found += dibs_date_rows(mine, today, dibs_due_on__lt=today)
    found.sort(key=lambda row: row["on"])
    total = numbers["actions_late"] + numbers["dibs_late"]
    return Group("overdue", "Overdue", total, found[:SHOWN], f"{reverse('engagement_list')}?show=overdue")


def _due_today(mine: QuerySet[Engagement], user: User, today: date, numbers: dict[str, int]) -> Group:
    found = []
    if numbers["actions_today"]:
        found += action_rows(mine, user, today, due_on=today)
    if numbers["dibs_today"]:
        found += dibs_date_rows(mine, today, dibs_due_on=today)
    total = numbers["actions_today"] + numbers["dibs_today"]
    url = f"{reverse('engagement_list')}?on={today.isoformat()}"
    return Group("due", "Due today", total, found[:SHOWN], url)


# States -----------------------------------------------------------------------------------------------


def _ready(mine: QuerySet[Engagement], numbers: dict[str, int]) -> Group:
    rows = [
        todo_row(summary.engagement, f"ready-{summary.pk}", "ready")
        | {
            "what": summary.ready_step_title,
            "why": "Everything it asks for is there." + _more(summary.steps_ready - 1, "step", "ready too"),
            "lead": f"{summary.ready_step_title} is ready to complete",
            "action": "Review and complete",
            "action_url": place_url(summary.pk, summary.ready_step_key),
        }
        for summary in first_summaries(mine, steps_ready__gt=0, wanted=numbers["ready"])
    ]
    url = f"{reverse('engagement_list')}?show=ready"
    return Group("ready", "Ready to complete", numbers["ready"], rows, url)


def _blocked(mine: QuerySet[Engagement], today: date, numbers: dict[str, int]) -> Group:
    rows = []
    oldest = F("blocked_since").asc(nulls_last=True)
    for summary in first_summaries(mine, oldest, tasks_blocked__gt=0, wanted=numbers["blocked"]):
        number, _, name = summary.blocked_task.partition(" ")
        since = f" since {within(summary.blocked_since, today)}" if summary.blocked_since else ""
        rows.append(
            todo_row(summary.engagement, f"blocked-{summary.pk}", "blocked")
            | {
                "what": name,
                "why": f"Task {number} is {summary.blocked_status}{since}."
                + _more(summary.tasks_blocked - 1, "task", "blocked too"),
                "lead": f"task {number} is {summary.blocked_status}",
                "action": "Open step",
                "action_url": place_url(summary.pk, summary.blocked_step_key),
            }
        )
    return Group("blocked", "Blocked", numbers["blocked"], rows, f"{reverse('engagement_list')}?show=blocked")


def _dibs_missing(mine: QuerySet[Engagement], numbers: dict[str, int]) -> Group:
    rows = []
    for summary in first_summaries(mine, dibs_missing_count__gt=0, wanted=numbers["missing"]):
        service, _, names = summary.dibs_missing.partition("; ")[0].partition(": ")
        lacking = names.split(", ")
        what = f"{service} has no {', '.join(lacking[:-1]) + ' or ' if lacking[1:] else ''}{lacking[-1]}"
        rows.append(
            todo_row(summary.engagement, f"missing-{summary.pk}", "missing")
            | {
                "what": what,
                "why": "DIBS are what a service is planned by."
                + _more(summary.dibs_missing_count - 1, "service", "without full DIBS"),
                "lead": what,
                "action": f"Add {lacking[0]}" if len(lacking) == 1 else "Add both" if len(lacking) == 2 else "Add DIBS",
                "action_url": reverse("engagement_services", args=[summary.pk]),
            }
        )
    return Group("missing", "DIBS missing", numbers["missing"], rows, f"{reverse('engagement_list')}?show=dibs")


def _shaken(mine: QuerySet[Engagement], numbers: dict[str, int]) -> Group:
    rows = []
    for summary in first_summaries(mine, steps_shaken__gt=0, wanted=numbers["shaken"]):
        verb = "holds" if summary.steps_shaken == 1 else "hold"
        what = f"{count(summary.steps_shaken, 'completed step')} no longer {verb}"
        rows.append(
            todo_row(summary.engagement, f"shaken-{summary.pk}", "warning")
            | {
                "what": what,
                "why": "What the records say today would not let it pass. Nothing reopens by itself.",
                "lead": what,
                "action": "Look at it",
                "action_url": reverse("engagement_detail", args=[summary.pk]),
            }
        )
    url = f"{reverse('engagement_list')}?show=shaken"
    return Group("shaken", "Steps that no longer hold", numbers["shaken"], rows, url)


def _back(user: User, today: date) -> Group:
    """Parked engagements whose day has come."""
    parked = Engagement.objects.assigned_to(user).filter(status=Engagement.Status.PARKED, parked_until__lte=today)
    found = list(parked.select_related("tenant__customer", "summary").order_by("parked_until", "pk")[: SHOWN + 1])
    rows = [
        todo_row(engagement, f"parked-{engagement.pk}", "paused")
        | {
            "what": "Back from parking",
            "why": f"Parked until {day(engagement.parked_until, today)}: {engagement.parked_reason}",
            "lead": "it is back from parking",
            "action": "Resume or park again",
            "action_url": reverse("engagement_state", args=[engagement.pk]),
        }
        for engagement in found[:SHOWN]
    ]
    total = len(found) if len(found) <= SHOWN else parked.count()
    return Group("back", "Back from parking", total, rows, f"{reverse('engagement_list')}?status=parked")


def _next_steps(mine: QuerySet[Engagement], user: User, numbers: dict[str, int]) -> Group:
    """What to open when nothing presses; it does not count among the things that need somebody."""
    rows = following_rows(mine, user, SHOWN) if numbers["following"] else []
    return Group("next", "Next steps", numbers["following"], rows, reverse("engagement_list"), is_urgent=False)


def _waivers(user: User, today: date) -> Group:
    """What others asked to do without, for those who decide on it; nobody decides on their own request."""
    group = Group("waivers", "Waivers to decide", all_url=f"{reverse('engagement_list')}?scope=all&show=waivers")
    if not access.may_waive(user):
        return group
    visible = Engagement.objects.visible_to(user).filter(status=Engagement.Status.OPEN, summary__waivers_open__gt=0)
    asked = Waiver.objects.filter(decision=Waiver.Decision.OPEN, run__engagement__in=visible).exclude(asked_by=user)
    found = list(
        asked.select_related(
            "run__step",
            "requirement",
            "task",
            "asked_by",
            "run__engagement__tenant__customer",
            "run__engagement__summary",
        ).order_by("asked_at", "pk")[: SHOWN + 1]
    )
    for waiver in found[:SHOWN]:
        engagement = waiver.run.engagement
        key = waiver.run.step.key + (f"?{waiver.run.service_id}" if waiver.run.service_id else "")
        what = waiver.requirement.text if waiver.requirement else f"task {waiver.task}"
        who = waiver.asked_by or "Somebody"
        group.rows.append(
            todo_row(engagement, f"waiver-{waiver.pk}", "waived")
            | {
                "what": f"{waiver.run.step.title}: do without “{what}”?",
                "why": f"{who}, {within(timezone.localdate(waiver.asked_at), today)}: “{waiver.reason}”",
                "lead": f"{who} asks to do without a line of {waiver.run.step.title}",
                "action": "Decide",
                "action_url": place_url(engagement.pk, key),
            }
        )
    group.count = len(found) if len(found) <= SHOWN else asked.count()
    return group


# Sentences --------------------------------------------------------------------------------------------


def _lead(groups: list[Group], urgent: int) -> dict[str, str]:
    if not groups:
        return {"strong": "Nothing needs you today.", "text": ""}
    first = groups[0].rows[0]
    if not urgent:
        return {"strong": "Nothing is urgent.", "text": f"Go on with {first['customer']}: {first['lead']}."}
    things = "thing needs" if urgent == 1 else "things need"
    strong = f"{spoken(urgent).capitalize()} {things} you."
    return {"strong": strong, "text": f"Start with {first['customer']}: {first['lead']}."}


def _empty(mine: QuerySet[Engagement], user: User, today: date, total: int) -> dict[str, str]:
    """Nothing to do: what comes next, or how to begin."""
    if not total and access.may_start(user):
        text = "You have no open engagement. Start one for a customer that you are assigned to."
        url = reverse("engagement_new")
        return {"title": "Nothing needs you today", "text": text, "url": url, "action": "New engagement"}
    coming = NextAction.objects.filter(engagement__in=mine, done_at=None, due_on__gt=today)
    coming = coming.select_related("engagement__tenant__customer").first()
    text = "No engagement is assigned to you."
    if coming:
        text = f"Next: {coming.text}, with {coming.engagement.tenant.customer} on {day(coming.due_on, today)}."
    elif total:
        text = f"Every step of your {count(total, 'open engagement')} is complete."
    url = reverse("engagement_list") + ("" if total else "?scope=all&status=any")
    return {"title": "Nothing needs you today", "text": text, "url": url, "action": "Look at the portfolio"}


def _more(number: int, what: str, how: str) -> str:
    return f" {number:,} more {what if number == 1 else what + 's'} {how}." if number > 0 else ""
