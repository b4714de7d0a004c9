"""The next step of each engagement, for its reader: theirs to open, or whom it waits for."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from engagements.models import Assignment, EngagementSummary, User
from engagements.selectors.people import with_stand_ins
from engagements.selectors.places import place_url
from engagements.selectors.todo import todo_row
from engagements.selectors.words import count
from tasks.prepared import prepared

MayUse = Callable[[EngagementSummary, str], bool]  # whether the reader works on the page of a step


def has_following(row: EngagementSummary, may_use: MayUse) -> bool:
    """A step to do that no other group of Today names: neither the one that is ready nor the one that is blocked."""
    ready = row.ready_step_key if may_use(row, row.ready_step_key) else ""
    return row.next_step_key not in ("", ready, row.blocked_step_key)


def following_rows(summaries: list[EngagementSummary], user: User, may_use: MayUse) -> list[dict[str, Any]]:
    """Rows for Today; a step of other roles, or on a page that is not for the reader, says who has it."""
    team = _team(summaries) if summaries else {}
    rows = []
    for summary in summaries:
        usable = may_use(summary, summary.next_step_key)
        rows.append(_row(summary, team[summary.engagement.tenant_id], user, usable))
    return rows


def _row(summary: EngagementSummary, team: list["Member"], user: User, usable: bool) -> dict[str, Any]:
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
    own = with_stand_ins(member.role for member in team if member.user_id == user.pk)
    if usable and (not roles or set(own).intersection(roles)):
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
    at_tenant, at_customer = defaultdict(list), defaultdict(list)
    for row in _members(tenants=list(tenants), customers=list(set(tenants.values()))):
        member = Member(*row)
        (at_tenant[member.tenant_id] if member.tenant_id else at_customer[member.customer_id]).append(member)
    return defaultdict(list, {pk: at_tenant[pk] + at_customer[customer] for pk, customer in tenants.items()})


@prepared
def _members(tenants, customers) -> QuerySet[Assignment]:
    rows = Assignment.objects.filter(Q(tenant__in=tenants) | Q(customer__in=customers), user__is_active=True)
    columns = ("role__name", "user", "user__first_name", "user__last_name", "user__username")
    return rows.values_list("tenant", "customer", *columns)
