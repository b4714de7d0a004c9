"""The next step of each engagement, for its reader: theirs to open, or whom it waits for."""

from collections import defaultdict
from typing import Any, NamedTuple

from django.db.models import Q

from engagements.models import Assignment, EngagementSummary, User
from engagements.selectors.places import place_url
from engagements.selectors.todo import todo_row
from engagements.selectors.words import count

ANYBODY = "Any Role"


def has_following(row: EngagementSummary) -> bool:
    """A step to do that no other group of Today names: neither the one that is ready nor the one that is blocked."""
    return row.next_step_key not in ("", row.ready_step_key, row.blocked_step_key)


def following_rows(summaries: list[EngagementSummary], user: User) -> list[dict[str, Any]]:
    """Rows for Today; a step of other roles says who has it."""
    team = _team(summaries) if summaries else {}
    return [_row(summary, team[summary.engagement.tenant_id], user) for summary in summaries]


def _row(summary: EngagementSummary, team: list["Member"], user: User) -> dict[str, Any]:
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
    own = {member.role for member in team if member.user_id == user.pk}
    if not roles or own.intersection(roles):
        return row
    return row | {"kind": "paused", "why": f"Waits for {_who(roles, team)}. {row['why']}", "action": "Look at the step"}


def _who(roles: list[str], team: list["Member"]) -> str:
    """The first person in one of the roles, by name; else the roles."""
    for name in roles:
        for member in team:
            if member.role == name:
                return f"{member} ({name})"
    return f"the {' or '.join(roles)}, nobody is assigned yet"


class Member(NamedTuple):
    """Somebody who works at a tenant or at its customer; as few columns as a sentence needs."""

    tenant_id: int | None
    customer_id: int | None
    role: str
    user_id: int
    first_name: str
    last_name: str
    username: str

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.username


def _team(summaries: list[EngagementSummary]) -> dict[int, list[Member]]:
    """Tenant → who works there, at the tenant or at its customer; primaries first. One query."""
    tenants = {row.engagement.tenant_id: row.engagement.tenant.customer_id for row in summaries}
    rows = Assignment.objects.filter(Q(tenant__in=tenants) | Q(customer__in=set(tenants.values())))
    columns = ("role__name", "user", "user__first_name", "user__last_name", "user__username")
    at_tenant, at_customer = defaultdict(list), defaultdict(list)
    for row in rows.filter(user__is_active=True).values_list("tenant", "customer", *columns):
        member = Member(*row)
        (at_tenant[member.tenant_id] if member.tenant_id else at_customer[member.customer_id]).append(member)
    return defaultdict(list, {pk: at_tenant[pk] + at_customer[customer] for pk, customer in tenants.items()})
