"""The portfolio as the rows of a table: all columns that people work with, one row per engagement.

Engagements are read one after the other. What stands beside them (motions, services, who leads) is read before,
as ids, so that the number of queries is the same for ten engagements and for thirty thousand.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse

from engagements.models import Assignment, Engagement, NextAction, User
from engagements.selectors.health import health_said
from engagements.selectors.portfolio import MOST_IN_WORKBOOK, what_now
from playbook.models import Edition
from tasks.models import EngagementModel, Motion, Service

LEADER = "FastTrack Manager"
CHUNK = 1_000
TOO_MANY = (
    f"More than {MOST_IN_WORKBOOK:,} engagements take too long as an Excel workbook. "
    "Export them as CSV, which Excel opens as well, or filter the list."
)


@dataclass(frozen=True)
class Beside:
    """What the columns look up: names by engagement, tenant or customer."""

    today: date
    addresses: str
    models: Mapping[int, str]
    editions: Mapping[int, str]
    motions: Mapping[int, str]
    services: Mapping[int, str]
    leaders_of_tenants: Mapping[int, str]
    leaders_of_customers: Mapping[int, str]

    def leader(self, row: Engagement) -> str:
        found = self.leaders_of_tenants.get(row.tenant_id)
        return found or self.leaders_of_customers.get(row.tenant.customer_id, "")


def is_too_much(found: QuerySet[Engagement]) -> bool:
    """Whether the list is too long for a workbook; counts no further than it must."""
    return found.order_by()[: MOST_IN_WORKBOOK + 1].count() > MOST_IN_WORKBOOK


COLUMNS: dict[str, Callable[[Engagement, Beside], Any]] = {
    "Customer": lambda row, _: row.tenant.customer.name,
    "TPID": lambda row, _: row.tenant.customer.tpid,
    "Tenant": lambda row, _: row.tenant.name,
    "Tenant ID": lambda row, _: row.tenant.guid,
    "Domain": lambda row, _: row.tenant.domain,
    "Country": lambda row, _: row.tenant.country,
    "Seats": lambda row, _: row.tenant.seats,
    "Status": lambda row, _: row.get_status_display(),
    "Parked until": lambda row, _: row.parked_until,
    "Motions": lambda row, beside: beside.motions.get(row.pk, ""),
    "Model": lambda row, beside: beside.models[row.model_id],
    "Services in scope": lambda row, beside: beside.services.get(row.pk, ""),
    LEADER: lambda row, beside: beside.leader(row),
    "Health": lambda row, beside: health_said(row.summary, beside.today),
    "Health rated on": lambda row, _: row.summary.health_rated_on,
    "Phase": lambda row, _: row.summary.phase,
    "What now": lambda row, beside: what_now(row, beside.today)[1],
    "Next step": lambda row, _: row.summary.next_step_title,
    "Next step is of": lambda row, _: row.summary.next_step_role,
    "Left in next step": lambda row, _: row.summary.next_step_left if row.summary.next_step_key else None,
    "Steps done": lambda row, _: row.summary.steps_done,
    "Steps": lambda row, _: row.summary.steps_total,
    "Ready to complete": lambda row, _: row.summary.steps_ready,
    "No longer holding": lambda row, _: row.summary.steps_shaken,
    "Blocked task": lambda row, _: row.summary.blocked_task,
    "Blocked as": lambda row, _: row.summary.blocked_status,
    "Blocked since": lambda row, _: row.summary.blocked_since,
    "DIBS missing": lambda row, _: row.summary.dibs_missing,
    "DIBS due": lambda row, _: row.summary.dibs_due_on,
    "Active users, %": lambda row, _: row.summary.active_percent,
    "Next action": lambda row, _: row.next_action,
    "Next action on": lambda row, _: row.summary.next_action_on,
    "Next review": lambda row, _: row.summary.next_review,
    "Next review on": lambda row, _: row.summary.next_review_on,
    "Partners make contact by": lambda row, _: row.summary.referral_due_on,
    "Waivers to decide": lambda row, _: row.summary.waivers_open,
    "Started": lambda row, _: row.started_on,
    "Closed": lambda row, _: row.closed_on,
    "Outcome": lambda row, _: row.outcome,
    "Edition": lambda row, beside: beside.editions[row.edition_id],
    "Address": lambda row, beside: beside.addresses.format(row.pk),
}


def rows(found: QuerySet[Engagement], today: date, site: str) -> Iterator[list[Any]]:
    """The names of the columns, then a row for each engagement in its order; ``site`` begins the addresses."""
    yield list(COLUMNS)
    beside = _beside(found, today, site)
    action = NextAction.objects.filter(engagement=OuterRef("pk"), done_at=None).order_by("due_on", "pk")
    wanted = found.select_related("tenant__customer", "summary")
    for row in wanted.annotate(next_action=Subquery(action.values("text")[:1])).iterator(CHUNK):
        yield [read(row, beside) for read in COLUMNS.values()]


def _beside(found: QuerySet[Engagement], today: date, site: str) -> Beside:
    ids = found.order_by().values("pk")
    leaders = Assignment.objects.filter(primary=True, role__name=LEADER, user__is_active=True)
    users = {user.pk: str(user) for user in User.objects.filter(pk__in=leaders.values("user"))}
    at_tenants, at_customers = {}, {}
    for tenant, customer, user in leaders.order_by("pk").values_list("tenant", "customer", "user"):
        (at_tenants if tenant else at_customers)[tenant or customer] = users.get(user, "")
    return Beside(
        today=today,
        # Writing thirty thousand addresses one by one costs seconds.
        addresses=site + reverse("engagement_detail", args=[0]).replace("/0/", "/{}/"),
        models=dict(EngagementModel.objects.values_list("pk", "name")),
        editions=dict(Edition.objects.values_list("pk", "name")),
        motions=_joined(Engagement.motions.through, "motion", {one.pk: one.name for one in Motion.objects.all()}, ids),
        services=_joined(
            Engagement.services.through, "service", {one.pk: one.label for one in Service.objects.all()}, ids
        ),
        leaders_of_tenants=at_tenants,
        leaders_of_customers=at_customers,
    )


def _joined(through: Any, what: str, names: Mapping[int, str], ids: QuerySet) -> dict[int, str]:
    """engagement id → "Exchange, Teams", in the order of the names; equal texts are kept once."""
    places = {pk: place for place, pk in enumerate(names)}
    found: dict[int, list[int]] = defaultdict(list)
    pairs = through.objects.filter(engagement__in=ids).order_by().values_list("engagement", what)
    for engagement, pk in pairs.iterator(CHUNK):
        found[engagement].append(pk)
    texts: dict[tuple[int, ...], str] = {}
    joined = {}
    for engagement, pks in found.items():
        key = tuple(sorted(pks, key=places.__getitem__))
        joined[engagement] = texts.setdefault(key, ", ".join(names[pk] for pk in key))
    return joined
