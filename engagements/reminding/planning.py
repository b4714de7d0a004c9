"""Writes the ledger: for each kind of occurrence one INSERT … SELECT, whatever the number of rows.

A source is a queryset of what is due, joined to the mornings of who is to hear of it. Planning again plans
nothing twice: the ledger is unique per occurrence, recipient and kind.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import CharField, DateTimeField, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from engagements.assigning import MANAGER as FM
from engagements.assigning import REGIONAL
from engagements.models import (
    Assignment,
    Customer,
    Engagement,
    EnterpriseStatus,
    Morning,
    NextAction,
    Referral,
    Reminder,
    Review,
    ReviewSeries,
    User,
)
from engagements.reminding import mornings
from engagements.reminding.kinds import Kind
from engagements.staleness import CADENCE

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
FTA = "FastTrack Architect"
LARGEST = "S500"
WAIVES = "engagements.grant_waiver"
BACKEND = "engagements.backends.DeskBackend"
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

    def sql(self, today: date, now: datetime) -> tuple[str, tuple]:
        """The SELECT of what is to be promised, in the order of ``COLUMNS``."""
        return self._select(today, now).query.sql_with_params()

    def _select(self, today: date, now: datetime) -> QuerySet:
        day = f"{self.person}__mornings"
        occurrence = _occurrence(self.word, self.id, self.due)
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


@dataclass(frozen=True)
class ToAll:
    """A source whose rows name nobody: each is promised to all of ``people``, in their mornings of the day ``on``."""

    kind: Kind
    word: str
    rows: Callable[[date], QuerySet]
    people: Callable[[], QuerySet[User]]
    on: str
    due: str
    tenant: str
    customer: str

    def sql(self, today: date, now: datetime) -> tuple[str, tuple]:
        """The same SELECT, from two: what is due, and whose mornings."""
        said = {"said": _occurrence(self.word, "pk", self.due), "on": F(self.on), "due": F(self.due)}
        said |= {"tenant": F(self.tenant), "customer": F(self.customer)}
        rows = self.rows(today).order_by().annotate(**{f"r_{name}": value for name, value in said.items()})
        what, about = rows.values_list(*(f"r_{name}" for name in said)).query.sql_with_params()
        hours = Morning.objects.order_by().filter(user__in=self.people()).values_list("user_id", "day", "at")
        whose, whom = hours.query.sql_with_params()
        # Without a condition, SQLite takes "ON CONFLICT" for a part of the join.
        select = f"""SELECT %s, due.r_said, hours.user_id, NULL, due.r_tenant, due.r_customer, due.r_due,
            hours.day, hours.at, hours.at, %s, '', 0, 0, %s
            FROM ({what}) AS due JOIN ({whose}) AS hours ON hours.day = due.r_on WHERE 1 = 1"""  # noqa: S608
        began = connection.ops.adapt_datetimefield_value(now)
        return select, (self.kind.value, Reminder.State.PLANNED.value, began, *about, *whom)


def _occurrence(word: str, pk: str, due: str) -> Concat:
    return Concat(Value(f"{word}:"), Cast(pk, CharField()), Value(":"), Cast(due, CharField()))


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


def _near(today: date) -> tuple[date, date]:
    """The days whose mornings are kept, so that planning looks at what is stored for them only."""
    return today + mornings.FIRST, today + mornings.LAST


def _reviews(on: str) -> Callable[[date], QuerySet]:
    """Planned reviews of open series, joined by the day on which their owner hears of them."""

    def rows(today: date) -> QuerySet:
        wanted = Q(state=Review.State.PLANNED.value, series__status=ReviewSeries.Status.OPEN.value)
        wanted &= Q(**{f"{on}__range": _near(today), "series__owner__mornings__day": F(on)})
        # What is announced on its very day is due that day, and told once.
        return Review.objects.filter(wanted & Q(remind_on__lt=F("on")) if on == "remind_on" else wanted)

    return rows


def _escalated(reviews: str) -> Callable[[date], QuerySet]:
    """To the Team Managers assigned there, at the tenant or its customer: what is still not held."""

    def rows(today: date) -> QuerySet:
        on = f"{reviews}__escalate_on"
        wanted = Q(role__name__in=REGIONAL) & Q(**{f"{reviews}__state": Review.State.PLANNED.value})
        wanted &= Q(**{f"{reviews}__series__status": ReviewSeries.Status.OPEN.value})
        return Assignment.objects.filter(wanted & Q(**{f"{on}__range": _near(today), "user__mornings__day": F(on)}))

    return rows


def _unanswered(today: date) -> QuerySet:
    """The same where no Team Manager is assigned; like a waiver it then waits for all who may decide on one."""
    here = Q(tenant=OuterRef("series__tenant")) | Q(customer=OuterRef("series__tenant__customer"))
    here |= Q(customer=OuterRef("series__customer")) | Q(tenant__customer=OuterRef("series__customer"))
    led = Assignment.objects.filter(here, role__name__in=REGIONAL, user__is_active=True)
    planned = Q(state=Review.State.PLANNED.value, series__status=ReviewSeries.Status.OPEN.value)
    return Review.objects.filter(planned & Q(escalate_on__range=_near(today)) & ~Exists(led.order_by()))


def _deciders() -> QuerySet[User]:
    return User.objects.with_perm(WAIVES, backend=BACKEND, include_superusers=False).order_by().values("pk")


STATUS = "tenant__customer__enterprise_statuses"


def _statuses(wanted: Q) -> Callable[[date], QuerySet]:
    """The newest enterprise status of a customer, to who owns it at the winner tenant (R38)."""
    on_list = Customer.tags.through.objects.filter(customer=OuterRef("tenant__customer"), tag__name__iexact=LARGEST)
    is_largest = Q(tenant__segment=LARGEST) | Q(Exists(on_list.order_by()))
    owns = Q(role__name=FTA) & is_largest | Q(role__name=FM) & ~is_largest

    def rows(today: date) -> QuerySet:
        newer = EnterpriseStatus.objects.filter(
            Q(at__gt=OuterRef(f"{STATUS}__at")) | Q(at=OuterRef(f"{STATUS}__at"), pk__gt=OuterRef(f"{STATUS}__pk")),
            customer=OuterRef("tenant__customer"),
        )
        at_winner = Q(primary=True, tenant=F("tenant__customer__winner"))
        return Assignment.objects.filter(owns & at_winner & wanted & ~Exists(newer.order_by()))

    return rows


def _promised_as_review() -> Exists:
    """A customer whose enterprise status is a series hears of its review, and not of both."""
    planned = Review.objects.filter(state=Review.State.PLANNED.value, series__rule__kind=CADENCE)
    return Exists(planned.filter(series__customer=OuterRef("tenant__customer")).order_by())


_AGEING = Q(**{f"{STATUS}__status__in": [EnterpriseStatus.Status.RED.value, EnterpriseStatus.Status.YELLOW.value]})
SERIES = (
    # Where the assignment is, from there to the reviews, and the places that a reminder names.
    ("tenant__review_series__reviews", {"tenant": "tenant_id"}),
    ("customer__tenants__review_series__reviews", {"tenant": "customer__tenants__pk"}),
    ("customer__review_series__reviews", {"customer": "customer_id"}),
    ("tenant__customer__review_series__reviews", {"customer": "tenant__customer_id"}),
)
REVIEW = {"tenant": "series__tenant_id", "customer": "series__customer_id"}
SOURCES: tuple[Source | ToAll, ...] = (
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
    Source(Kind.REVIEW_AHEAD, "review", _reviews("remind_on"), "series__owner", "on", **REVIEW),
    Source(Kind.REVIEW_DUE, "review", _reviews("on"), "series__owner", "on", **REVIEW),
    Source(Kind.REVIEW_LATE, "review", _reviews("late_on"), "series__owner", "on", **REVIEW),
    *(
        Source(
            Kind.REVIEW_ESCALATED, "review", _escalated(reviews), "user", f"{reviews}__on", id=f"{reviews}__pk", **at
        )
        for reviews, at in SERIES
    ),
    ToAll(Kind.REVIEW_ESCALATED, "review", _unanswered, _deciders, on="escalate_on", due="on", **REVIEW),
    Source(
        Kind.STATUS_DUE,
        "status",
        _statuses(Q(user__mornings__day=F(f"{STATUS}__next_update_on")) & ~Q(_promised_as_review())),
        "user",
        f"{STATUS}__next_update_on",
        id=f"{STATUS}__pk",
        customer="tenant__customer_id",
    ),
    Source(
        Kind.STATUS_LATE,
        "status",
        _statuses(Q(user__mornings__three_weeks_before=F(f"{STATUS}__on")) & _AGEING),
        "user",
        f"{STATUS}__on",
        id=f"{STATUS}__pk",
        customer="tenant__customer_id",
    ),
)


def plan(now: datetime, sources: tuple[Source | ToAll, ...] | None = None) -> int:
    """Promises what comes up in the days around ``now``; returns how many are new."""
    today = now.date()
    mornings.extend(today)
    return sum(_insert(*source.sql(today, now)) for source in (SOURCES if sources is None else sources))


def _insert(sql: str, parameters: tuple) -> int:
    table = connection.ops.quote_name(Reminder._meta.db_table)
    columns = ", ".join(map(connection.ops.quote_name, COLUMNS))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({columns}) {sql} ON CONFLICT DO NOTHING", parameters)
        return max(cursor.rowcount, 0)
