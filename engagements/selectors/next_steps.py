"""The next step of each engagement, for its reader: theirs to open, or whom it waits for."""

from collections import defaultdict
from typing import Any

from django.db.models import F, Q, QuerySet

from engagements.models import Assignment, Engagement, EngagementSummary, User
from engagements.selectors.places import place_url
from engagements.selectors.todo import todo_row
from engagements.selectors.words import count

ANYBODY = "Any Role"

# A step to do that no other group of Today names: neither the one that is ready nor the one that is blocked.
HAS_FOLLOWING = ~Q(next_step_key="") & ~Q(next_step_key=F("ready_step_key")) & ~Q(next_step_key=F("blocked_step_key"))


def following_rows(mine: QuerySet[Engagement], user: User, most: int) -> list[dict[str, Any]]:
    """Rows for Today, new engagements first; a step of other roles says who has it."""
    summaries = list(
        EngagementSummary.objects.filter(HAS_FOLLOWING, engagement__in=mine)
        .select_related("engagement__tenant__customer")
        .order_by("steps_done", "-engagement_id")[:most]
    )
    team = _team(summaries)
    return [_row(summary, team[summary.engagement.tenant_id], user) for summary in summaries]


def _row(summary: EngagementSummary, team: list[Assignment], user: User) -> dict[str, Any]:
    is_new = summary.steps_done == 0
    left = f"{count(summary.next_step_left, 'thing')} left in it. " if summary.next_step_left else ""
    row = todo_row(summary.engagement, f"next-{summary.pk}", "open" if is_new else "progress") | {
        "what": f"{'Start' if is_new else 'Next'}: {summary.next_step_title}",
        "why": f"{left}{summary.steps_done} of {count(summary.steps_total, 'step')} complete.",
        "lead": summary.next_step_title,
        "action": "Open step",
        "action_url": place_url(summary.pk, summary.next_step_key),
    }
    roles = [name for name in summary.next_step_role.split(", ") if name]
    own = {member.role.name for member in team if member.user_id == user.pk}
    if not roles or ANYBODY in roles or own.intersection(roles):
        return row
    return row | {"kind": "paused", "why": f"Waits for {_who(roles, team)}. {row['why']}", "action": "Look at the step"}


def _who(roles: list[str], team: list[Assignment]) -> str:
    """The first person in one of the roles, by name; else the roles."""
    for name in roles:
        for member in team:
            if member.role.name == name:
                return f"{member.user} ({name})"
    return f"the {' or '.join(roles)}, nobody is assigned yet"


def _team(summaries: list[EngagementSummary]) -> dict[int, list[Assignment]]:
    """Tenant → who works there, at the tenant or at its customer; primaries first. One query."""
    tenants = {row.engagement.tenant_id: row.engagement.tenant.customer_id for row in summaries}
    rows = Assignment.objects.filter(Q(tenant__in=tenants) | Q(customer__in=set(tenants.values())))
    at_tenant, at_customer = defaultdict(list), defaultdict(list)
    for row in rows.filter(user__is_active=True).select_related("user", "role"):
        (at_tenant[row.tenant_id] if row.tenant_id else at_customer[row.customer_id]).append(row)
    return defaultdict(list, {pk: at_tenant[pk] + at_customer[customer] for pk, customer in tenants.items()})
