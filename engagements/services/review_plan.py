"""When the reviews of a series are: its interval, its next day, and what is stored with each (DESIGN §6).

Called under the lock of the series; ``services/reviews.py`` says what people do with it.
"""

from dataclasses import dataclass
from datetime import date, time
from functools import cached_property

from django.utils import timezone

from engagements import cadence, working_days
from engagements.cadence import DAY, Interval, Occurrence
from engagements.models import CadenceRule, Customer, Engagement, HealthRating, Review, ReviewSeries, Tenant
from engagements.services.health import newest
from engagements.walk import load_walks
from engagements.walk_rows import walkable


@dataclass(frozen=True)
class Standing:
    """Where a tenant, or a customer as a whole, stands today: what the interval of a rule follows from."""

    place: Tenant | Customer
    today: date

    @property
    def customer_id(self) -> int:
        return self.place.pk if isinstance(self.place, Customer) else self.place.customer_id

    @cached_property
    def colour(self) -> str:
        rating = newest(self.customer_id, HealthRating.Group.OVERALL)
        return rating.colour if rating else ""

    @cached_property
    def phases(self) -> list[str]:
        """The phases of its open engagements, each that of the next step."""
        at = {"tenant__customer": self.place.pk} if isinstance(self.place, Customer) else {"tenant": self.place.pk}
        ids = Engagement.objects.filter(**at).exclude(status=Engagement.Status.CLOSED).order_by("pk")
        walks = load_walks(walkable(list(ids.values_list("pk", flat=True))), self.today)
        following = [walk.next_place() for walk in walks]
        return sorted({place.phase.name for place in following if place})

    @cached_property
    def home(self) -> Tenant | None:
        """The tenant whose clock and days off hold: itself, or the winner, or the only or oldest one."""
        if isinstance(self.place, Tenant):
            return self.place
        return self.place.winner or self.place.tenants.order_by("pk").first()

    @property
    def country(self) -> str:
        return self.home.country if self.home else ""

    @property
    def time_zone(self) -> str:
        return self.home.time_zone if self.home else "UTC"


def interval_of_rule(rule: CadenceRule, standing: Standing) -> Interval | None:
    """What the rule says for a place as it stands; phases are asked for only where the rule names one."""
    rows = intervals_of(rule)
    phases = standing.phases if any(row.phase for row in rows) else []
    return cadence.choose_for(rows, phases, standing.colour)


def interval_of(series: ReviewSeries, today: date) -> Interval | None:
    """What was agreed, within the bound of the rule; else what the rule says for now."""
    ruled = interval_of_rule(series.rule, Standing(series.tenant or series.customer, today))
    if not series.every:
        return ruled
    return Interval(series.every, series.unit, longest_days=ruled.longest_days if ruled else None)


def intervals_of(rule: CadenceRule) -> list[Interval]:
    return [
        Interval(row.every, row.unit, longest_days=row.longest_days, phase=row.phase, colour=row.colour)
        for row in rule.intervals.all()
    ]


def plan(series: ReviewSeries, one: Occurrence, at: time | None = None) -> Review:
    """Plans one review of a series that has none planned."""
    review = Review(series=series, first_on=one.on, beat_on=one.beat, minutes=series.minutes, place=series.place)
    put(review, one.on, at or series.at)
    review.save()
    return review


def plan_next(series: ReviewSeries, beat: date, after: date, today: date) -> Review | None:
    """Plans the review that follows the one of a beat, held on a day; none where no rule says how often any more."""
    one = following(series, beat, after, today)
    return plan(series, one) if one else None


def following(series: ReviewSeries, beat: date, after: date, today: date) -> Occurrence | None:
    """The review that follows the one of a beat, held on a day; none where no rule says how often any more."""
    interval = interval_of(series, today)
    if interval is None:
        return None
    return cadence.following(series.anchor_on, interval, series.country, beat=beat, after=after, today=today)


def chosen(series: ReviewSeries, on: date, today: date) -> Occurrence:
    """A review on a day that people chose, as an exception: with the beat of the rhythm that it stands for."""
    interval = interval_of(series, today)
    return Occurrence(cadence.beat_on(series.anchor_on, interval, last_beat(series), on) if interval else on, on)


def proposed(series: ReviewSeries, today: date) -> Occurrence | None:
    """What is proposed where none is planned: the next beat after the last review that was held or skipped.

    Where there was none yet, the first beat from today on; none where no rule says how often.
    """
    beat = last_beat(series)
    if beat is None and series.anchor_on >= today:
        return Occurrence(series.anchor_on, working_days.same_or_next(series.anchor_on, series.country))
    return following(series, beat or series.anchor_on, last_held(series) or beat or today - DAY, today)


def put(review: Review, on: date, at: time) -> None:
    """Sets the day and the time of a review, and all that is stored with them; not saved yet."""
    series = review.series
    review.on, review.at = on, at
    review.starts_at = cadence.starts_at(on, at, series.time_zone)
    days = cadence.days_of(
        on, lead_days=series.rule.lead_days, escalate_days=series.rule.escalate_days, country=series.country
    )
    review.remind_on, review.late_on, review.escalate_on = days.remind_on, days.late_on, days.escalate_on
    review.changed_at = timezone.now()


def change(review: Review, on: date | None = None, at: time | None = None, **values) -> None:
    """Moves or changes a review that calendars know: it keeps its identity there and gets a higher number."""
    for name, value in values.items():
        setattr(review, name, value)
    put(review, on or review.on, at or review.at)
    review.sequence += 1
    review.save()


def last_beat(series: ReviewSeries) -> date | None:
    """The beat of the last review that was held or skipped; one that was cancelled leaves its beat to another."""
    rows = series.reviews.filter(state__in=[Review.State.HELD, Review.State.SKIPPED])
    return rows.order_by("-beat_on").values_list("beat_on", flat=True).first()


def last_held(series: ReviewSeries) -> date | None:
    return series.reviews.filter(state=Review.State.HELD).order_by("-held_on").values_list("held_on", flat=True).first()


def latest_on(series: ReviewSeries, today: date) -> date | None:
    """The last day on which the next one may be, where the rule knows a bound; already past, as soon as can be."""
    interval, held = interval_of(series, today), last_held(series)
    if held is None or interval is None or not interval.longest_days:
        return None
    return max(held + interval.longest_days * DAY, working_days.same_or_next(today, series.country))
