"""The Reviews tab of an engagement: what slips first, each series, what was held, and what is still to be agreed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import Any

from django.db.models import Max, Prefetch, Q, QuerySet

from engagements import access, cadence
from engagements.assigning import MANAGER
from engagements.cadence import Interval, Occurrence
from engagements.models import CadenceRule, Partner, Review, ReviewSeries, Tag, User
from engagements.selectors import people
from engagements.selectors.days import day
from engagements.selectors.places import review_url
from engagements.selectors.words import count, late
from engagements.services.review_plan import intervals_of
from engagements.walk import Place, Walk
from playbook.spec import RequirementSpec
from tasks.folding import fold

PAST = 30
NEVER = CadenceRule.Audience.NEVER
STATES = {"held": "done", "skipped": "off", "cancelled": "off", "planned": "open"}


@dataclass
class ReviewsPage:
    """What the tab reads, once, for one reader."""

    walk: Walk
    user: User
    may_edit: bool

    @cached_property
    def series(self) -> list[ReviewSeries]:
        """The open ones that the reader may know of, what slips first before the others."""
        rows = _series().filter(self._here, status=ReviewSeries.Status.OPEN)
        found = [row for row in rows if self._may_know(row.rule)]
        return sorted(found, key=lambda row: (row.planned_on is None, row.planned_on or date.max, row.rule.position))

    @cached_property
    def rules(self) -> list[CadenceRule]:
        """The kinds in use that are not agreed here."""
        agreed = {row.rule_id for row in self.series}
        rows = CadenceRule.objects.filter(in_use=True).select_related("owner_role", "owner_role_s500")
        return [row for row in rows.prefetch_related("intervals", "motions", "agenda") if row.pk not in agreed]

    @property
    def _here(self) -> Q:
        tenant = self.walk.engagement.tenant
        return Q(tenant=tenant) | Q(customer=tenant.customer_id)

    def _may_know(self, rule: CadenceRule) -> bool:
        """Partners hear nothing of reviews in which none of them ever takes part."""
        return rule.partner != NEVER or access.may_read_internal(self.user)

    @cached_property
    def may_plan_for_customer(self) -> bool:
        return self.may_edit and access.may_plan_reviews_of(self.user, self.walk.engagement.tenant.customer)

    def may_change(self, row: CadenceRule) -> bool:
        return self.may_plan_for_customer if row.level == CadenceRule.Level.CUSTOMER else self.may_edit

    # How often

    def interval_of_rule(self, rule: CadenceRule) -> Interval | None:
        return cadence.choose(intervals_of(rule), self._phase, self.walk.engagement.health or "")

    def interval_of(self, series: ReviewSeries) -> Interval | None:
        ruled = self.interval_of_rule(series.rule)
        if not series.every:
            return ruled
        return Interval(series.every, series.unit, longest_days=ruled.longest_days if ruled else None)

    def unit_of(self, series: ReviewSeries) -> str:
        """The unit of how often it is held; empty where no rule says."""
        interval = self.interval_of(series)
        return interval.unit if interval else ""

    def rhythm_of(self, series: ReviewSeries) -> str:
        """The days and the time of a series, such as "on Mondays at 10:00"."""
        return f"{cadence.rhythm(series.anchor_on, self.unit_of(series))} at {series.at:%H:%M}".strip()

    @cached_property
    def _phase(self) -> str:
        following = self.walk.next_place()
        return following.phase.name if following else ""

    # What the page asks for

    @cached_property
    def asked(self) -> dict[str, Place]:
        """Kind of review → the first applicable step that asks for its series."""
        found: dict[str, Place] = {}
        for place in self.walk.places:
            if place.applies:
                for kind in _kinds((*place.step.inputs, *place.step.outputs)):
                    found.setdefault(kind, place)
        return found

    def called_for(self, rule: CadenceRule) -> str:
        """Why this engagement calls for a kind of review; empty where it does not."""
        if rule.kind in self.asked:
            place = self.asked[rule.kind]
            return f"{place.title} asks for it."
        motions = {row.name for row in rule.motions.all()} & set(self.walk.facts.motions.values())
        if (rule.motions.all() and not motions) or self.interval_of_rule(rule) is None:
            return ""
        if rule.segments and not {fold(name) for name in rule.segments} & self.segments:
            return ""
        if rule.partner == CadenceRule.Audience.IN and rule.customer == NEVER and not self._has_partner:
            return ""
        said = f"Motion {', '.join(sorted(motions))}" if motions else f"Phase {self._phase}"
        named = [name for name in rule.segments if fold(name) in self.segments]
        return f"{said}, segment {', '.join(named)}." if named else f"{said}."

    @cached_property
    def segments(self) -> set[str]:
        """The segment of the tenant, and the strategic lists that it and its customer are tagged with; folded."""
        tenant = self.walk.engagement.tenant
        tags = Tag.objects.filter(Q(tenants=tenant) | Q(customers=tenant.customer_id)).distinct()
        return {fold(tenant.segment), *tags.values_list("name_folded", flat=True)} - {""}

    @cached_property
    def _has_partner(self) -> bool:
        if any(row.role.function == "partner" for row in people.team(self.walk.engagement)):
            return True
        return Partner.objects.filter(tenant=self.walk.engagement.tenant_id).exists()

    def owner_for(self, rule: CadenceRule) -> User | None:
        """Who holds it: the FTA of the S500 where the rule says so (R38), else whoever leads here."""
        wanted = rule.owner_role
        if rule.owner_role_s500 and "s500" in self.segments:
            wanted = rule.owner_role_s500
        team = people.team(self.walk.engagement)
        for name in (wanted.name, rule.owner_role.name, MANAGER):
            found = next((row.user for row in team if row.role.name == name and row.user.is_active), None)
            if found:
                return found
        return next((one for one in self.people), None)

    @cached_property
    def people(self) -> list[User]:
        """Who works here and can hold a review, each once."""
        team = people.team(self.walk.engagement)
        return list({row.user_id: row.user for row in team if row.user.is_active}.values())

    # The page

    def context(self) -> dict[str, Any]:
        rows = [self._row(series) for series in self.series]
        if rows and rows[0]["review_url"]:
            rows[0]["main"] = True
        wanted, others = [], []
        for rule in self.rules:
            if self._may_know(rule):
                why = self.called_for(rule)
                (wanted if why else others).append(self._rule(rule, why))
        return {
            "say": self._say(rows),
            "series": rows,
            "wanted": wanted,
            "others": others,
            "past": [self._past(review) for review in self._over()],
            "may_edit": self.may_edit,
        }

    def _say(self, rows: list[dict]) -> str:
        slipping = [row for row in rows if row["late"]]
        if not rows:
            return "None is agreed yet."
        if not slipping:
            return f"{count(len(rows), 'series', 'series')}, {'not' if len(rows) == 1 else 'none of them'} late."
        first = slipping[0]
        verb = "is" if len(slipping) == 1 else "are"
        return f"{len(slipping)} of {len(rows)} {verb} late; {first['name']} slips first, {first['late']}."

    def _row(self, series: ReviewSeries) -> dict[str, Any]:
        today, review = self.walk.today, next(iter(series.planned_rows), None)
        interval = self.interval_of(series)
        on = review.on if review else None
        kind = "missing" if on is None else "overdue" if on < today else "due" if on == today else "open"
        return {
            "pk": series.pk,
            "id": f"series-{series.pk}",
            "name": series.rule.name,
            "kind": kind,
            "when": f"{day(on, today)} at {review.at:%H:%M}" if review else "Nothing is planned",
            "late": late(on, today) if on else "",
            "why": _why(review) if review else "",
            "cadence": _cadence(series, interval),
            "rhythm": self.rhythm_of(series) if interval else "",
            "held": f"last held {day(series.last_held, today)}" if series.last_held else "not held yet",
            "owner": str(series.owner),
            "place": review.place if review else series.place,
            "zone": series.time_zone,
            "minutes": series.minutes,
            "whole": series.customer_id is not None,
            "may_edit": self.may_change(series.rule),
            "has_review": review is not None,
            "review_url": review_url(review.pk) if review else "",
        }

    def _rule(self, rule: CadenceRule, why: str) -> dict[str, Any]:
        interval = self.interval_of_rule(rule)
        step = self.asked.get(rule.kind)
        return {
            "kind": rule.kind,
            "id": f"agree-{rule.kind}",
            "name": rule.name,
            "purpose": rule.purpose,
            "audience": rule.audience,
            "cadence": interval.words if interval else "as often as agreed",
            "why": why,
            "step_url": step.url if step else "",
            "minutes": rule.minutes,
            "agenda": [{"title": one.title, "minutes": one.minutes} for one in rule.agenda.all()],
            "whole": rule.level == CadenceRule.Level.CUSTOMER,
            "may_edit": self.may_change(rule),
        }

    def _over(self) -> Iterable[Review]:
        """What is over, also of series that ended, the newest first."""
        here = Q(series__tenant=self.walk.engagement.tenant_id) | Q(
            series__customer=self.walk.engagement.tenant.customer_id
        )
        rows = Review.objects.filter(here).exclude(state=Review.State.PLANNED)
        rows = rows.select_related("series__rule", "held_by").order_by("-on", "-pk")[:PAST]
        return [row for row in rows if self._may_know(row.series.rule)]

    def _past(self, review: Review) -> dict[str, Any]:
        today = self.walk.today
        said = f"by {review.held_by}" if review.held_by else ""
        moved = f"first planned for {day(review.first_on, today)}" if review.first_on != review.on else ""
        return {
            "id": f"review-{review.pk}",
            "url": review_url(review.pk),
            "name": review.series.rule.name,
            "day": day(review.held_on or review.on, today),
            "kind": STATES[review.state],
            "word": review.get_state_display(),
            "note": "; ".join(part for part in (said, moved, review.why) if part),
        }


def _why(review: Review) -> str:
    """Why a planned review is not on the day of its rhythm: the reason that somebody gave, else the day off."""
    if review.why and review.sequence:
        return review.why
    return cadence.why_moved(Occurrence(review.beat_on, review.on), review.series.country)


def simulation(first: date, interval: Interval, country: str) -> dict[str, Any]:
    """Half a year of reviews as the page draws them: by month, and as marks on a line."""
    planned = cadence.simulate(first, interval, country)
    days = [one.on for one in planned]
    end = first + cadence.AHEAD * cadence.DAY
    moved = {one.on: cadence.why_moved(one, country) for one in planned}
    often = interval.words_on(cadence.rhythm(first, interval.unit))
    months = [
        {"name": f"{name:%B %Y}", "days": [{"text": f"{on:%a %-d}", "on": on, "why": moved.get(on, "")} for on in rows]}
        for name, rows in ((key, list(rows)) for key, rows in groupby(days, lambda on: on.replace(day=1)))
    ]
    return {
        "say": f"{count(len(days), 'review')} in {cadence.AHEAD} days, {often}.",
        "moved": sum(bool(why) for why in moved.values()),
        "months": months,
        "marks": [{"x": (on - first).days, "moved": bool(moved.get(on))} for on in days],
        "borders": [
            {"x": (on - first).days, "name": f"{on:%b}"}
            for on in (first + n * cadence.DAY for n in range(1, cadence.AHEAD + 1))
            if on.day == 1
        ],
        "last": f"{end:%-d %B %Y}",
    }


def series_of_customer(customer_id: int, today: date, *, internal: bool) -> list[dict[str, Any]]:
    """For the page of a customer: the series that are held with it as a whole, as far as a reader may know of them."""
    rows = _series().filter(customer=customer_id, status=ReviewSeries.Status.OPEN)
    rows = rows if internal else rows.exclude(rule__partner=NEVER)
    found = []
    for series in rows:
        review = next(iter(series.planned_rows), None)
        found.append(
            {
                "name": series.rule.name,
                "when": f"{day(review.on, today)} at {review.at:%H:%M}" if review else "Nothing is planned",
                "late": late(review.on, today) if review else "",
                "held": f"last held {day(series.last_held, today)}" if series.last_held else "not held yet",
                "owner": str(series.owner),
                "url": review_url(review.pk) if review else "",
            }
        )
    return found


def _series() -> QuerySet[ReviewSeries]:
    planned = Review.objects.filter(state=Review.State.PLANNED)
    rows = ReviewSeries.objects.select_related("rule", "owner").prefetch_related(
        "rule__intervals", Prefetch("reviews", planned, to_attr="planned_rows")
    )
    is_planned = Q(reviews__state=Review.State.PLANNED)
    return rows.annotate(last_held=Max("reviews__held_on"), planned_on=Max("reviews__on", filter=is_planned))


def _cadence(series: ReviewSeries, interval: Interval | None) -> str:
    if interval is None:
        return "no rule says how often"
    return f"{interval.words}, as agreed" if series.every else interval.words


def _kinds(lines: Iterable[RequirementSpec]) -> Iterator[str]:
    """The kinds of reviews whose series the lines ask for."""
    for line in lines:
        yield from (check.argument for check in line.checks if check.kind == "review")
        yield from _kinds(line.children)
