"""Writes the ledger: for each kind of occurrence one INSERT … SELECT, whatever the number of rows.

A source is a queryset of what is due, joined to the mornings of who is to hear of it. Planning again plans
nothing twice: the ledger is unique per occurrence, recipient and kind.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import CharField, DateTimeField, F, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from engagements.models import Assignment, Engagement, NextAction, Referral, Reminder
from engagements.reminding import mornings
from engagements.reminding.kinds import Kind

COLUMNS = (
    "kind",
    "occurrence",
    "recipient_id",
    "engagement_id",
    "tenant_id",
    "customer_id",
    "due_on",
    "send_on",
    "send_at",
    "try_at",
    "state",
    "reason",
    "attempts",
    "refusals",
    "planned_at",
)
NONE = Value(None, output_field=IntegerField())
FM = "FastTrack Manager"
OPEN = Engagement.Status.OPEN.value


@dataclass(frozen=True)
class Source:
    """``rows`` are joined to mornings by ``person``; ``due`` is the column of the day that it is about.

    ``place`` are the ids of engagement, tenant and customer, as far as the occurrence has them.
    """

    kind: Kind
    word: str
    rows: Callable[[date], QuerySet]
    person: str
    due: str
    id: str = "pk"
    engagement: str = ""
    tenant: str = ""
    customer: str = ""

    def select(self, today: date, now: datetime) -> QuerySet:
        day = f"{self.person}__mornings"
        occurrence = Concat(Value(f"{self.word}:"), Cast(self.id, CharField()), Value(":"), Cast(self.due, CharField()))
        said = {
            "kind": Value(self.kind.value),
            "occurrence": occurrence,
            "recipient": F(self.person),
            "place_engagement": F(self.engagement) if self.engagement else NONE,
            "place_tenant": F(self.tenant) if self.tenant else NONE,
            "place_customer": F(self.customer) if self.customer else NONE,
            "about": F(self.due),
            "morning_on": F(f"{day}__day"),
            "morning_at": F(f"{day}__at"),
            "morning_try": F(f"{day}__at"),
            "begin_state": Value(Reminder.State.PLANNED.value),
            "no_reason": Value(""),
            "no_attempts": Value(0),
            "no_refusals": Value(0),
            "now": Value(now, output_field=DateTimeField()),
        }
        rows = self.rows(today).filter(**{f"{self.person}__is_active": True})
        return (
            rows.order_by()
            .annotate(**{f"r_{name}": value for name, value in said.items()})
            .values_list(*(f"r_{name}" for name in said))
        )


def _actions(on: str) -> Callable[[date], QuerySet]:
    """Open next actions, joined by which day of the morning is theirs: the day itself or the one before."""
    return lambda today: NextAction.objects.filter(
        Q(done_at=None, engagement__status=OPEN), **{f"owner__mornings__{on}": F("due_on")}
    )


def _late_referrals(today: date) -> QuerySet:
    """To who sent it: partners were to make contact by yesterday, and not all of them did (R8)."""
    return Referral.objects.filter(
        closed_on=None, engagement__status=OPEN, sent_by__mornings__day_before=F("contact_due_on")
    )


def _week_ahead(of: str) -> Callable[[date], QuerySet]:
    """To the primary FastTrack Manager of a tenant: a day of a service that an open engagement works on."""

    def rows(today: date) -> QuerySet:
        # One condition on many joins: each further call of filter() would join anew.
        return Assignment.objects.filter(
            Q(primary=True, role__name=FM, tenant__engagements__status=OPEN),
            tenant__engagements__services=F("tenant__services__service"),
            user__mornings__week_after=F(f"tenant__services__{of}"),
        )

    return rows


SOURCES: tuple[Source, ...] = (
    Source(Kind.ACTION_DUE, "action", _actions("day"), "owner", "due_on", engagement="engagement_id"),
    Source(Kind.ACTION_OVERDUE, "action", _actions("day_before"), "owner", "due_on", engagement="engagement_id"),
    Source(
        Kind.START_AHEAD,
        "start",
        _week_ahead("starts_on"),
        "user",
        "tenant__services__starts_on",
        id="tenant__services__pk",
        engagement="tenant__engagements__pk",
    ),
    Source(
        Kind.TARGET_AHEAD,
        "target",
        _week_ahead("slices__target_on"),
        "user",
        "tenant__services__slices__target_on",
        id="tenant__services__pk",
        engagement="tenant__engagements__pk",
    ),
    Source(Kind.REFERRAL_LATE, "referral", _late_referrals, "sent_by", "contact_due_on", engagement="engagement_id"),
)


def plan(now: datetime, sources: tuple[Source, ...] | None = None) -> int:
    """Promises what comes up in the days around ``now``; returns how many are new."""
    today = now.date()
    mornings.extend(today)
    return sum(_insert(source.select(today, now)) for source in (SOURCES if sources is None else sources))


def _insert(rows: QuerySet) -> int:
    sql, parameters = rows.query.sql_with_params()
    table = connection.ops.quote_name(Reminder._meta.db_table)
    columns = ", ".join(map(connection.ops.quote_name, COLUMNS))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({columns}) {sql} ON CONFLICT DO NOTHING", parameters)
        return max(cursor.rowcount, 0)
