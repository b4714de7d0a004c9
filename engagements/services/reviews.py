"""Reviews that happen: series are agreed, their reviews planned, moved, skipped, called off (DOMAIN §7, R37, R38).

A series belongs to a tenant, or to a customer where its rule says so, and every engagement there joins it. Each
function holds its tenant or customer, writes once, tells it, and draws the summaries of the engagements anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from engagements import cadence, working_days
from engagements.cadence import Occurrence
from engagements.models import CadenceRule, Customer, Engagement, Event, Review, ReviewSeries, Tenant, User
from engagements.services import events, overtaking, review_plan, summaries
from engagements.services.locking import lock_place, lock_review, lock_series, write
from engagements.services.refusals import Refused
from engagements.services.restoring import GONE, row_of, values_before
from engagements.services.review_plan import Standing
from engagements.services.review_tasks import follow_reviews

State = Review.State
FARTHEST = timedelta(days=366)
LONGEST_MINUTES = 480
FIELDS = ("owner", "every", "unit", "at", "minutes", "place")
NOT_PLANNED = "This review is not planned any more."


@dataclass(frozen=True)
class Agreed:
    """What was agreed: who holds it, from when on, how often where it differs from the rule, and where."""

    owner: User
    first_on: date
    at: time = time(10)
    every: int | None = None
    unit: str = ""
    minutes: int | None = None
    place: str = ""


# What people do ---------------------------------------------------------------------------------------


@write
def agree(
    *,
    kind: str,
    agreed: Agreed,
    by: User,
    today: date,
    tenant_id: int | None = None,
    customer_id: int | None = None,
) -> ReviewSeries:
    """Agrees a series with a tenant or a customer, and plans its first review, whose day and time are its rhythm."""
    place = lock_place(tenant_id=tenant_id, customer_id=customer_id)
    rule = CadenceRule.objects.filter(kind=kind, in_use=True).first()
    if rule is None:
        raise Refused("No such review is in use. Administrators keep the kinds of reviews.")
    if (rule.level == CadenceRule.Level.CUSTOMER) != isinstance(place, Customer):
        raise Refused(f"{rule} is agreed per {rule.level}, not here.")
    at_place = {"customer": place} if isinstance(place, Customer) else {"tenant": place}
    standing = ReviewSeries.objects.filter(rule=rule, status=ReviewSeries.Status.OPEN, **at_place).first()
    if standing:
        who = f"{standing.agreed_by} agreed" if standing.agreed_by else "Somebody agreed"
        raise Refused(f"{who} this on {standing.agreed_on:%-d %B %Y} already. Move its reviews, or end it first.")
    if isinstance(place, Tenant) and place.is_duplicate:
        raise Refused("This tenant is a duplicate (R46). Agree reviews with the tenant that is used.")
    at = Standing(place, today)
    series = ReviewSeries(
        rule=rule,
        owner=agreed.owner,
        every=agreed.every or None,
        unit=agreed.unit if agreed.every else "",
        anchor_on=agreed.first_on,
        at=agreed.at,
        minutes=agreed.minutes or rule.minutes,
        place=agreed.place.strip(),
        time_zone=at.time_zone,
        country=at.country,
        agreed_on=today,
        agreed_by=by,
        **at_place,
    )
    _must_be_sound(series, agreed.every, agreed.unit)
    if review_plan.interval_of(series, today) is None:
        raise Refused(f"No rule says how often {rule} is held here. Say how often.", "every")
    _must_be_a_day(agreed.first_on, series.country, today, "first_on")
    series.save()
    review = review_plan.plan(series, Occurrence(agreed.first_on, agreed.first_on))
    how = {"every": series.every, "unit": series.unit, "owner": series.owner_id, "on": review.on.isoformat()}
    _tell("agreed", f"series:{series.pk}", series, by, after=how)
    _follow(series, by, today)
    return series


@write
def change(
    *, series_id: int, by: User, today: date, seen: Mapping[str, Any] | None = None, **values: Any
) -> Event | None:
    """Changes owner, interval, time of day, length or place; what is planned follows, and calendars hear of it."""
    series = _open(series_id)
    if unknown := set(values) - set(FIELDS):
        raise ValueError(f"These are kept elsewhere: {', '.join(sorted(unknown))}")
    if "every" in values:
        values["every"] = values["every"] or None
        values["unit"] = values.get("unit", series.unit) if values["every"] else ""
    object = f"series:{series.pk}"
    changes = overtaking.put(series, values, seen=seen, object=object, tenant=series.tenant)
    if not changes:
        return None
    _must_be_sound(series, series.every, series.unit, changed=changes.after)
    if review_plan.interval_of(series, today) is None:
        raise Refused("No rule says how often this is held. Say how often.", "every")
    series.save(update_fields=list(changes.after))
    review = planned(series)
    if review:
        kept = {name: getattr(series, name) for name in ("minutes", "place") if name in changes.after}
        one = Occurrence(review.beat_on, review.on)
        if {"every", "unit"} & set(changes.after):
            one = _again(series, review, today)
        # A review that was moved to a time of its own keeps it; it is an exception.
        usual = "at" in changes.after and overtaking.plain(review.at) == changes.before["at"]
        review_plan.change(review, one.on, series.at if usual else review.at, beat_on=one.beat, **kept)
    event = _tell("changed", object, series, by, before=changes.before, after=changes.after)
    _refresh(series)
    return event


@write
def plan(*, series_id: int, on: date, by: User, today: date, at: time | None = None) -> Review:
    """Plans a review of a series that has none planned, because the last one was called off."""
    series = _open(series_id)
    if there := planned(series):
        raise Refused(f"One is planned for {there.on:%-d %B %Y} already. Move it instead.")
    _must_be_a_day(on, series.country, today, "on")
    _must_be_within(series, on, today)
    review = review_plan.plan(series, review_plan.chosen(series, on, today), at)
    _tell("planned", f"review:{review.pk}", series, by, after=_when(review))
    _refresh(series)
    return review


@write
def move(
    *,
    review_id: int,
    on: date,
    why: str,
    by: User,
    today: date,
    at: time | None = None,
    from_now_on: bool = False,
) -> Event:
    """Moves a review to another day or time, with the reason; never further than its rule allows.

    It is an exception: the reviews after it keep the rhythm of the series. ``from_now_on`` gives the series the
    weekday, or the day of the month, and the time of its new day instead. Raises Refused.
    """
    review = _planned(review_id)
    _must_say(why, "Say why it is moved; who waits for it reads that.")
    at = at or review.at
    rhythm = {"anchor": on, "at": at, "beat": on} if from_now_on else None
    return _move(review, on, at, rhythm, why=why, by=by, today=today)


@write
def skip(*, review_id: int, why: str, by: User, today: date) -> Review:
    """Leaves one review out, with the reason, and plans the one that follows it."""
    review = _planned(review_id)
    series = review.series
    _must_say(why, "Say why it is skipped; who waits for it reads that.")
    _end_review(review, State.SKIPPED, why)
    following = review_plan.plan_next(series, review.beat_on, review.on, today)
    if following is None:
        raise Refused("No rule says how often this is held any more. Cancel it, or say how often it is held.")
    bound = review_plan.latest_on(series, today)
    if bound and following.on > bound:
        raise Refused(
            f"Reviews of this kind are held by {bound:%-d %B %Y} at the latest, so this one cannot be skipped. Move it."
        )
    after = {"next": following.on.isoformat(), "why": review.why}
    _tell("skipped", f"review:{review.pk}", series, by, before=_when(review), after=after)
    _refresh(series)
    return following


@write
def cancel(*, review_id: int, why: str, by: User, today: date) -> Review:
    """Calls one review off, with the reason; the next one is planned when somebody plans it."""
    review = _planned(review_id)
    _must_say(why, "Say why it is cancelled; who waits for it reads that.")
    _end_review(review, State.CANCELLED, why)
    _tell("cancelled", f"review:{review.pk}", review.series, by, before=_when(review), after={"why": review.why})
    _refresh(review.series)
    return review


@write
def end(*, series_id: int, why: str, by: User, today: date) -> ReviewSeries:
    """Ends a series, with the reason; what is planned of it is cancelled, what was held stays."""
    series = _open(series_id)
    _must_say(why, "Say why the series ends.")
    _end(series, why, by, today)
    _follow(series, by, today)
    return series


def restore(event: Event, by: User) -> None:
    """Takes back that a review was moved, or that a series was changed."""
    today = timezone.localdate()
    word = event.about.kind
    if word == "review" and event.verb == "moved":
        review = row_of(event, Review.objects.filter(state=State.PLANNED))
        if review is None:
            raise Refused(GONE)
        _take_back_move(review.pk, event.before, by, today)
    elif word == "series" and event.verb == "changed":
        series = row_of(event, ReviewSeries.objects.filter(status=ReviewSeries.Status.OPEN))
        if series is None:
            raise Refused(GONE)
        change(series_id=series.pk, by=by, today=today, **values_before(ReviewSeries, event.before, FIELDS))
    else:
        raise Refused("This cannot be undone. Change it back by hand.")


# What follows from something else ------------------------------------------------------------------------


def after_held(review: Review, *, by: User, today: date, next_on: date | None = None) -> Review | None:
    """For a review that was just set to Held, under its lock: plans the next one, and moves the tasks it is for.

    ``next_on`` is the day that was agreed in the meeting, an exception where it is not the one that the rhythm of the
    series says; without it the rhythm says when. Returns the next one.
    """
    series = review.series
    following = None
    if series.status == ReviewSeries.Status.OPEN:
        one = review_plan.following(series, review.beat_on, review.held_on, today)
        if next_on and (one is None or one.on != next_on):
            _must_be_a_day(next_on, series.country, today, "next_on")
            _must_be_within(series, next_on, today)
            one = review_plan.chosen(series, next_on, today)
        following = review_plan.plan(series, one) if one else None
    _follow(series, by, today)
    return following


def replan(customer_id: int, today: date) -> None:
    """After a tenant's clock or country changed, or another tenant became the winner: the same local days and times,
    away from new days off. Under the lock of the customer and its tenants.
    """
    mine = Q(tenant__customer=customer_id) | Q(customer=customer_id)
    for series in _with_all(ReviewSeries.objects.filter(mine, status=ReviewSeries.Status.OPEN)):
        at = Standing(series.tenant or series.customer, today)
        if (series.time_zone, series.country) == (at.time_zone, at.country):
            continue
        review = planned(series)
        # What a day off moved goes back to its day, unless the new country is off as well; what people moved stays.
        usual = review and cadence.is_usual(Occurrence(review.beat_on, review.on), series.country)
        series.time_zone, series.country = at.time_zone, at.country
        series.save(update_fields=["time_zone", "country"])
        if review:
            on = max(review.beat_on, today) if usual and review.on >= today else review.on
            review_plan.change(review, _off_holidays(series, on, today))
    summaries.refresh_next_reviews(customer_id=customer_id)


def end_with_last(engagement: Engagement, *, by: User, today: date) -> list[ReviewSeries]:
    """The last open engagement of a tenant ends its series, that of a customer those of the customer as well.

    Called under the lock of the customer, before the engagement is closed; returns what ended.
    """
    tenant = engagement.tenant
    others = Engagement.objects.filter(tenant__customer=tenant.customer_id).exclude(pk=engagement.pk)
    places = list(others.exclude(status=Engagement.Status.CLOSED).values_list("tenant", flat=True))
    over = Q(tenant=tenant) if tenant.pk not in places else Q(pk__in=())
    if not places:
        over |= Q(customer=tenant.customer_id)
    found = _with_all(ReviewSeries.objects.filter(over, status=ReviewSeries.Status.OPEN))
    for series in found:
        _end(series, "The last engagement was closed.", by, today)
    return found


def hand_over(*, engagement: Engagement, giver: User, receiver: User, by: User) -> int:
    """Gives the series of the old FastTrack Manager to the new one; those of the customer where it has one tenant."""
    tenant = engagement.tenant
    mine = Q(tenant=tenant)
    if not Tenant.objects.filter(customer=tenant.customer_id).exclude(pk=tenant.pk).exists():
        mine |= Q(customer=tenant.customer_id)
    found = _with_all(ReviewSeries.objects.filter(mine, status=ReviewSeries.Status.OPEN, owner=giver))
    for series in found:
        series.owner = receiver
        series.save(update_fields=["owner"])
        if review := planned(series):
            review_plan.change(review)
        before, after = {"owner": giver.pk}, {"owner": receiver.pk}
        _tell("changed", f"series:{series.pk}", series, by, before=before, after=after)
    return len(found)


# Parts ------------------------------------------------------------------------------------------------


def planned(series: ReviewSeries) -> Review | None:
    """The one planned review of a series; it knows its series as the caller holds it."""
    review = series.reviews.filter(state=State.PLANNED).first()
    if review:
        review.series = series
    return review


def may_own(user: User, series: ReviewSeries) -> bool:
    """Who owns a review works at its tenant or customer, and can be reached."""
    customer = series.customer_id or series.tenant.customer_id
    tenants = [series.tenant_id] if series.tenant_id else series.customer.tenants.values("pk")
    return user.is_active and user.assignments.filter(Q(customer=customer) | Q(tenant__in=tenants)).exists()


def _open(series_id: int) -> ReviewSeries:
    series = lock_series(series_id)
    if series.status != ReviewSeries.Status.OPEN:
        raise Refused(f"This series ended on {series.ended_on:%-d %B %Y}. Agree it anew where it is needed again.")
    return series


def _planned(review_id: int) -> Review:
    review = lock_review(review_id)
    if review.state != State.PLANNED:
        raise Refused(f"{NOT_PLANNED} It is {review.get_state_display().lower()}.")
    return review


def _must_be_sound(series: ReviewSeries, every: int | None, unit: str, changed: Iterable[str] = FIELDS) -> None:
    if (every or unit) and (why := cadence.why_no_interval(every or 0, unit)):
        raise Refused(why, "every")
    if "owner" in changed and not may_own(series.owner, series):
        raise Refused(f"{series.owner} does not work there. Assign them on the team page first.", "owner")
    if not 1 <= series.minutes <= LONGEST_MINUTES:
        raise Refused(f"A review takes between 1 and {LONGEST_MINUTES} minutes.", "minutes")
    if len(series.place) > ReviewSeries._meta.get_field("place").max_length:
        raise Refused("The place has at most 300 characters.", "place")


def _must_be_a_day(on: date, country: str, today: date, field: str) -> None:
    if on < today:
        raise Refused(f"{on:%-d %B %Y} is past. Choose today or a day after it.", field)
    if on > today + FARTHEST:
        raise Refused("That is more than a year away. Choose a day within a year.", field)
    if not working_days.is_working_day(on, country):
        name = working_days.holiday(on, country)
        off = f"is {name} in {country}" if name else "is no working day"
        better = working_days.same_or_next(on, country)
        raise Refused(f"{on:%A %-d %B} {off}. The next working day is {better:%A %-d %B}.", field)


def _must_be_within(series: ReviewSeries, on: date, today: date) -> None:
    bound = review_plan.latest_on(series, today)
    if bound and on > bound:
        held = review_plan.last_held(series)
        raise Refused(
            f"The last one was held on {held:%-d %B}; the next one is due by {bound:%-d %B %Y} at the latest.", "on"
        )


def _must_say(why: str, sentence: str) -> None:
    if not why.strip():
        raise Refused(sentence, "why")


def _short(why: str) -> str:
    return why.strip()[:500]


def _again(series: ReviewSeries, review: Review, today: date) -> Occurrence:
    """The planned review by a new interval; the first one stays where it was agreed."""
    one = review_plan.proposed(series, today) if review_plan.last_beat(series) else None
    return one or Occurrence(review.beat_on, review.on)


def _move(
    review: Review, on: date, at: time, rhythm: dict[str, Any] | None, *, why: str, by: User, today: date
) -> Event:
    """Moves a planned review, and gives its series another rhythm where there is one."""
    series, before, old = review.series, _when(review), _rhythm(review)
    stays = (on, at) == (review.on, review.at)
    if stays and rhythm in (None, old):
        raise Refused("It is on that day and at that time already.", "on")
    if not stays:
        _must_be_a_day(on, series.country, today, "on")
        _must_be_within(series, on, today)
    if rhythm:
        series.anchor_on, series.at, review.beat_on = rhythm["anchor"], rhythm["at"], rhythm["beat"]
        series.save(update_fields=["anchor_on", "at"])
    review_plan.change(review, on, at, why=_short(why))
    after = _when(review) | {"why": review.why}
    if rhythm:
        before, after = before | {"rhythm": _plain(old)}, after | {"rhythm": _plain(rhythm)}
    event = _tell("moved", f"review:{review.pk}", series, by, before=before, after=after)
    _refresh(series)
    return event


def _rhythm(review: Review) -> dict[str, Any]:
    """What moving from now on changes: the rhythm of the series, and which of its beats the review stands for."""
    return {"anchor": review.series.anchor_on, "at": review.series.at, "beat": review.beat_on}


def _take_back_move(review_id: int, before: Mapping[str, Any], by: User, today: date) -> None:
    """Moves a review back, and the rhythm of its series where that was changed with it."""
    rhythm = None
    if kept := before.get("rhythm"):
        days = {name: date.fromisoformat(kept[name]) for name in ("anchor", "beat")}
        rhythm = days | {"at": time.fromisoformat(kept["at"])}
    on, at = date.fromisoformat(before["on"]), time.fromisoformat(before["at"])
    _move(_planned(review_id), on, at, rhythm, why="The move was undone.", by=by, today=today)


def _off_holidays(series: ReviewSeries, on: date, today: date) -> date:
    later = working_days.same_or_next(on, series.country)
    bound = review_plan.latest_on(series, today)
    return working_days.same_or_last(on, series.country) if bound and later > bound else later


def _end_review(review: Review, state: str, why: str) -> None:
    review_plan.change(review, state=state, why=_short(why))


def _end(series: ReviewSeries, why: str, by: User, today: date) -> None:
    if review := planned(series):
        _end_review(review, State.CANCELLED, why)
    series.status, series.ended_on, series.ended_why = ReviewSeries.Status.ENDED, today, _short(why)
    series.save(update_fields=["status", "ended_on", "ended_why"])
    _tell("ended", f"series:{series.pk}", series, by, after={"why": series.ended_why})


def _with_all(rows) -> list[ReviewSeries]:
    return list(rows.select_related("rule", "owner", "tenant__customer", "customer__winner").order_by("pk"))


def _when(review: Review) -> dict[str, str]:
    return {"on": review.on.isoformat(), "at": review.at.isoformat("minutes")}


def _tell(
    verb: str, object: str, series: ReviewSeries, by: User, *, before: dict | None = None, after: dict | None = None
) -> Event:
    place = {"tenant": series.tenant} if series.tenant_id else {"customer": series.customer}
    values = {"before": _plain(before), "after": {"series": series.pk} | _plain(after)}
    return events.record(verb, object, by=by, **place, **values)


def _plain(values: dict | None) -> dict:
    return {name: overtaking.plain(value) for name, value in (values or {}).items()}


def _follow(series: ReviewSeries, by: User, today: date) -> None:
    """What engagements make of it: their tasks, and what lists say of their steps."""
    at = Q(tenant=series.tenant_id) if series.tenant_id else Q(tenant__customer=series.customer_id)
    ids = Engagement.objects.filter(at).exclude(status=Engagement.Status.CLOSED).order_by("pk")
    found = list(ids.values_list("pk", flat=True))
    follow_reviews(engagement_ids=found, by=by, today=today)
    for start in range(0, len(found), summaries.CHUNK):
        summaries.refresh_many(found[start : start + summaries.CHUNK])


def _refresh(series: ReviewSeries) -> None:
    """What lists say of the next review; nothing else follows from when it is."""
    summaries.refresh_next_reviews(tenant_id=series.tenant_id, customer_id=series.customer_id)
