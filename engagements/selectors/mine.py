"""What one person works on, read once: Today is drawn from these rows, whatever it groups them by."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.db.models import F, Q

from engagements.models import Engagement, EngagementSummary, NextAction, User

# Nobody works on more; who is assigned to more sees those whose next actions come first.
MOST = 1_000


@dataclass
class Mine:
    """The engagements of one person with their summaries, and what was promised in them; three queries."""

    user: User
    today: date

    @cached_property
    def engagements(self) -> list[Engagement]:
        """Open ones, and parked ones whose day has come; with tenant, customer and summary.

        The same as ``assigned_to`` finds; the few assignments of a person are read beforehand, because Django
        takes longer to write the nested query than the database to answer two short ones.
        """
        at = list(self.user.assignments.order_by().values_list("tenant", "customer"))
        mine = Q(tenant__in=[tenant for tenant, _ in at if tenant])
        if customers := [customer for _, customer in at if customer]:
            mine |= Q(tenant__customer__in=customers)
        wanted = Q(status=Engagement.Status.OPEN) | Q(status=Engagement.Status.PARKED, parked_until__lte=self.today)
        rows = Engagement.objects.filter(mine, wanted, summary__isnull=False)
        first = F("summary__next_action_on").asc(nulls_last=True)
        return list(rows.select_related("tenant__customer", "summary").order_by(first, "pk")[:MOST])

    @cached_property
    def open(self) -> list[Engagement]:
        found = [row for row in self.engagements if row.status == Engagement.Status.OPEN]
        return sorted(found, key=lambda row: row.pk)

    @cached_property
    def back(self) -> list[Engagement]:
        """Back from parking, the first first."""
        found = [row for row in self.engagements if row.status == Engagement.Status.PARKED]
        return sorted(found, key=lambda row: (row.parked_until, row.pk))

    def such(self, wanted: Callable[[EngagementSummary], Any], key: Callable | None = None) -> list[EngagementSummary]:
        """The summaries of open engagements that are wanted, each with its engagement."""
        found = [row.summary for row in self.open if wanted(row.summary)]
        return sorted(found, key=key) if key else found

    @property
    def monday(self) -> date:
        return self.today - timedelta(days=self.today.weekday())

    @cached_property
    def actions(self) -> list[NextAction]:
        """Open next actions up to today, and all of this week and the next, in the order of their days."""
        here = {row.pk: row for row in self.open}
        late = Q(done_at=None, due_on__lte=self.today)
        near = Q(due_on__range=(self.monday, self.monday + timedelta(days=13)))
        rows = NextAction.objects.filter(late | near, engagement__in=list(here)).select_related("owner")
        found = list(rows.order_by("due_on", "pk")[: 2 * MOST])
        for row in found:
            row.engagement = here[row.engagement_id]
        return found
