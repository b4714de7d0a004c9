"""Series of demo reviews: some due, some overdue, most with a few that were held; written in bulk."""

import datetime as dt
from collections.abc import Iterable

from django.utils import timezone

from engagements import cadence, working_days
from engagements.cadence import Occurrence
from engagements.models import CadenceRule, Engagement, Event, Review, ReviewSeries, Tenant, User
from engagements.services.cadences import ensure_cadences
from engagements.services.review_plan import intervals_of

EXTRA = {"rfa": ("onboarding-status",)}
HELD = 5
HOURS = (dt.time(9), dt.time(10), dt.time(14), dt.time(15, 30))
# How many days from today the next one is, by the number of the engagement: late, today, this week, later.
AWAY = (2, -3, 5, 0, 9, 1, -8, 4)


class DemoReviews:
    """The series that the steps of engagements ask for, and what an RFA is followed by."""

    def __init__(self, today: dt.date):
        self.today = today
        ensure_cadences()
        rules = CadenceRule.objects.prefetch_related("intervals")
        self.rules = {rule.kind: (rule, intervals_of(rule)) for rule in rules}
        self.series: list[ReviewSeries] = []
        self.reviews: list[Review] = []

    def agree(self, engagement: Engagement, kinds: Iterable[str], owner: User, number: int) -> None:
        """One series of each kind, with what was held of it and what is planned."""
        slugs = [motion.slug for motion in engagement.motions.all()]
        wanted = [*kinds, *(kind for slug in slugs for kind in EXTRA.get(slug, ()))]
        for at, kind in enumerate(dict.fromkeys(wanted)):
            if kind in self.rules:
                self._agree(engagement.tenant, kind, owner, number + at, engagement.started_on)

    def _agree(self, tenant: Tenant, kind: str, owner: User, number: int, started_on: dt.date) -> None:
        rule, intervals = self.rules[kind]
        interval = cadence.choose(intervals, "", "") or cadence.Interval(2, "week")
        whole = rule.level == CadenceRule.Level.CUSTOMER
        on = working_days.same_or_next(self.today + dt.timedelta(days=AWAY[number % len(AWAY)]), tenant.country)
        series = ReviewSeries(
            rule=rule,
            tenant=None if whole else tenant,
            customer=tenant.customer if whole else None,
            owner=owner,
            anchor_on=on,
            at=HOURS[number % len(HOURS)],
            minutes=rule.minutes,
            place="Teams" if number % 3 else "",
            time_zone=tenant.time_zone,
            country=tenant.country,
            agreed_on=max(started_on, self.today - dt.timedelta(days=70)),
            agreed_by=owner,
        )
        self.series.append(series)
        self.reviews.append(self._review(series, Occurrence(on, on)))
        for beat in cadence.beats_before(on, interval, HELD):
            day = working_days.same_or_next(beat, tenant.country)
            if day <= series.agreed_on or day >= self.today:
                break
            self.reviews.append(self._review(series, Occurrence(beat, day), held_by=owner))

    def _review(self, series: ReviewSeries, one: Occurrence, held_by: User | None = None) -> Review:
        rule, on = series.rule, one.on
        days = cadence.days_of(on, lead_days=rule.lead_days, escalate_days=rule.escalate_days, country=series.country)
        return Review(
            series=series,
            state=Review.State.HELD if held_by else Review.State.PLANNED,
            on=on,
            first_on=on,
            beat_on=one.beat,
            at=series.at,
            starts_at=cadence.starts_at(on, series.at, series.time_zone),
            remind_on=days.remind_on,
            late_on=days.late_on,
            escalate_on=days.escalate_on,
            minutes=series.minutes,
            place=series.place,
            held_on=on if held_by else None,
            held_by=held_by,
            changed_at=timezone.now(),
        )

    def write(self) -> None:
        """Three statements, however many there are."""
        ReviewSeries.objects.bulk_create(self.series, batch_size=500)
        Review.objects.bulk_create(self.reviews, batch_size=500)
        Event.objects.bulk_create(
            (
                Event(
                    tenant=series.tenant,
                    customer=series.customer,
                    actor=series.agreed_by,
                    verb="agreed",
                    object=f"series:{series.pk}",
                    after={"series": series.pk, "owner": series.owner_id, "on": series.agreed_on.isoformat()},
                    at=dt.datetime.combine(series.agreed_on, dt.time(9), dt.UTC),
                )
                for series in self.series
            ),
            batch_size=500,
        )
        self.series, self.reviews = [], []
