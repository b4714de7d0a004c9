"""What one person works on, read once: Today is drawn from these rows, whatever it groups them by."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.db.models import F, Q, QuerySet

from engagements import access
from engagements.models import Assignment, Engagement, EngagementSummary, NextAction, Tenant, User
from playbook.models import Process
from tasks.prepared import prepared

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

        The same as ``assigned_to`` finds; the few assignments of a person are read beforehand, because databases
        answer two short queries sooner than a nested one.
        """
        at = _assignments(user=self.user.pk)
        tenants = [tenant for tenant, _ in at if tenant]
        if customers := [customer for _, customer in at if customer]:
            tenants += _tenants(customers=customers)
        return _engagements(tenants=tenants, today=self.today)

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

    @cached_property
    def _closed_pages(self) -> set[tuple[int, str]]:
        """(edition, process) of the pages that the person does not work on; for partners, those for Microsoft staff."""
        if access.may_read_internal(self.user):
            return set()
        editions = {row.edition_id for row in self.open}
        rows = Process.objects.filter(edition__in=editions, audience="internal").order_by()
        return set(rows.values_list("edition", "key"))

    def may_use(self, summary: EngagementSummary, step_key: str) -> bool:
        """Whether the page of a step is one that the person works on, and does not only look at."""
        return (summary.engagement.edition_id, step_key.partition("/")[0]) not in self._closed_pages

    @property
    def monday(self) -> date:
        return self.today - timedelta(days=self.today.weekday())

    @cached_property
    def actions(self) -> list[NextAction]:
        """Open next actions up to today, and all of this week and the next, in the order of their days."""
        here = {row.pk: row for row in self.open}
        found = _actions(
            engagements=list(here), today=self.today, monday=self.monday, last=self.monday + timedelta(days=13)
        )
        for row in found:
            row.engagement = here[row.engagement_id]
        return found


@prepared
def _assignments(user) -> QuerySet[Assignment]:
    return Assignment.objects.filter(user=user).order_by().values_list("tenant", "customer")


@prepared
def _tenants(customers) -> QuerySet[Tenant]:
    return Tenant.objects.filter(customer__in=customers).order_by().values_list("pk", flat=True)


@prepared
def _engagements(tenants, today) -> QuerySet[Engagement]:
    wanted = Q(status=Engagement.Status.OPEN) | Q(status=Engagement.Status.PARKED, parked_until__lte=today)
    rows = Engagement.objects.filter(wanted, tenant__in=tenants, summary__isnull=False)
    first = F("summary__next_action_on").asc(nulls_last=True)
    return rows.select_related("tenant__customer", "summary").order_by(first, "pk")[:MOST]


@prepared
def _actions(engagements, today, monday, last) -> QuerySet[NextAction]:
    late = Q(done_at=None, due_on__lte=today)
    near = Q(due_on__range=(monday, last))
    rows = NextAction.objects.filter(late | near, engagement__in=engagements).select_related("owner", "handed_by")
    return rows.order_by("due_on", "pk")[: 2 * MOST]
