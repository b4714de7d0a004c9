"""The rhythm of a series: its weekday or day of the month, and its time, whatever happens to one review (DESIGN §6)."""

import datetime as dt
from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse
from icalendar import Calendar

from engagements import working_days
from engagements.cadence import Interval
from engagements.models import CadenceInterval, Event, Review, ReviewSeries
from engagements.selectors.calendars import feed
from engagements.selectors.review_page import proposed_next
from engagements.selectors.reviews import simulation
from engagements.services import health, reviews, tenant_record
from engagements.services.locking import writing
from engagements.services.refusals import Refused
from engagements.services.undo import undo
from tests import factories as make

TODAY = dt.date(2027, 8, 26)  # a Thursday
MONDAY = dt.date(2027, 8, 30)
WEEK = dt.timedelta(days=7)


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(dt.datetime(2027, 8, 26, 9, tzinfo=dt.UTC), tick=False)


@pytest.fixture
def tenant(engagement):
    tenant = engagement.tenant
    tenant.country, tenant.time_zone = "US", "America/New_York"
    tenant.save()
    return tenant


@pytest.fixture
def agree(tenant, owner):
    def do(first_on=MONDAY, intervals=(("", "", 1, "week"),), customer=False, **agreed):
        level = "customer" if customer else "tenant"
        rule = make.CadenceRuleFactory(name="Governance review", intervals=intervals, level=level)
        at = {"customer_id": tenant.customer_id} if customer else {"tenant_id": tenant.pk}
        agreed = reviews.Agreed(owner=owner, first_on=first_on, **agreed)
        return reviews.agree(kind=rule.kind, agreed=agreed, by=owner, today=TODAY, **at)

    return do


@pytest.fixture
def series(agree):
    return agree()


@pytest.fixture
def hold(owner):
    """Holds what is planned, on its day or on another, and returns what is planned then."""

    def do(series, on=None, next_on=None) -> Review | None:
        pk = planned(series).pk
        with writing():
            review = reviews.lock_review(pk)
            review.state, review.held_on, review.held_by = "held", on or review.on, owner
            review.save()
            return reviews.after_held(review, by=owner, today=review.held_on, next_on=next_on)

    return do


@pytest.fixture
def move(owner):
    def do(series, on, at=None, **how):
        review = planned(series)
        return reviews.move(review_id=review.pk, on=on, at=at, why="Travel", by=owner, today=TODAY, **how)

    return do


def planned(series) -> Review:
    return Review.objects.get(series=series, state="planned")


def test_a_holiday_moves_one_review_of_a_weekly_series_and_the_next_is_on_monday_again(series, hold):
    days = [hold(series).on for _ in range(3)]

    assert days == [dt.date(2027, 9, 7), dt.date(2027, 9, 13), dt.date(2027, 9, 20)], "6 September is Labor Day"


def test_one_that_is_moved_or_held_late_leaves_the_rhythm(series, hold, move):
    move(series, MONDAY + dt.timedelta(3), dt.time(15))
    following = hold(series)
    assert (following.on, following.at) == (dt.date(2027, 9, 7), dt.time(10))

    assert hold(series, on=dt.date(2027, 9, 10)).on == dt.date(2027, 9, 13)
    assert hold(series, on=dt.date(2027, 9, 9)).on == dt.date(2027, 9, 20), "held early, its own Monday is done"


def test_a_day_that_the_meeting_chose_is_an_exception(series, hold):
    assert hold(series, next_on=dt.date(2027, 9, 9)).on == dt.date(2027, 9, 9)
    assert hold(series).on == dt.date(2027, 9, 13)
    assert hold(series, next_on=dt.date(2027, 9, 17)).on == dt.date(2027, 9, 17), "earlier than Monday 20"
    assert hold(series).on == dt.date(2027, 9, 27), "Monday 20 was held on the Friday before"


def test_moving_from_now_on_gives_the_series_another_weekday_and_time(series, hold, move):
    move(series, dt.date(2027, 9, 1), dt.time(15), from_now_on=True)

    assert planned(series).on == dt.date(2027, 9, 1)
    later = [hold(series) for _ in range(3)]
    assert [one.on for one in later] == [dt.date(2027, 9, 8), dt.date(2027, 9, 15), dt.date(2027, 9, 22)]
    assert {one.at for one in later} == {dt.time(15)}


def test_what_was_moved_once_can_be_made_the_rhythm(series, hold, move):
    move(series, dt.date(2027, 9, 1))
    with pytest.raises(Refused, match="on that day and at that time already"):
        move(series, dt.date(2027, 9, 1))
    move(series, dt.date(2027, 9, 1), from_now_on=True)
    with pytest.raises(Refused, match="on that day and at that time already"):
        move(series, dt.date(2027, 9, 1), from_now_on=True)

    assert hold(series).on == dt.date(2027, 9, 8)


def test_undoing_a_move_from_now_on_gives_the_rhythm_back(series, hold, move, owner):
    event = move(series, dt.date(2027, 9, 1), dt.time(15), from_now_on=True)

    undo(event=event, by=owner)

    assert (planned(series).on, planned(series).at) == (MONDAY, dt.time(10))
    following = hold(series)
    assert (following.on, following.at) == (dt.date(2027, 9, 7), dt.time(10))
    assert Event.objects.filter(verb="moved").count() == 2


def test_undoing_what_only_changed_the_rhythm_is_told_too(series, hold, move, owner):
    move(series, dt.date(2027, 9, 1))
    event = move(series, dt.date(2027, 9, 1), from_now_on=True)

    undo(event=event, by=owner)

    assert planned(series).on == dt.date(2027, 9, 1)
    assert hold(series).on == dt.date(2027, 9, 7)
    assert Event.objects.filter(verb="moved").count() == 3


def test_skipping_goes_on_with_the_next_beat(series, hold, owner):
    hold(series)  # Tuesday 7 September, for Labor Day

    following = reviews.skip(review_id=planned(series).pk, why="Leave", by=owner, today=TODAY)

    assert following.on == dt.date(2027, 9, 13)


def test_after_a_cancellation_the_rhythm_goes_on_from_what_is_planned_by_hand(series, hold, client, owner, engagement):
    hold(series)
    reviews.cancel(review_id=planned(series).pk, why="Leave", by=owner, today=TODAY)
    client.force_login(owner)
    page = client.get(reverse("engagement_reviews", args=[engagement.pk]), {"do": "plan", "series": series.pk})
    assert page.context["form"]["on"].value() == dt.date(2027, 9, 7), "the beat that was cancelled is still open"

    reviews.plan(series_id=series.pk, on=dt.date(2027, 9, 9), by=owner, today=TODAY)

    assert hold(series).on == dt.date(2027, 9, 13)


def test_a_series_whose_first_review_was_cancelled_begins_with_its_rhythm(series, hold, owner):
    reviews.cancel(review_id=planned(series).pk, why="Leave", by=owner, today=TODAY)

    reviews.plan(series_id=series.pk, on=dt.date(2027, 9, 2), by=owner, today=TODAY)

    assert hold(series).on == dt.date(2027, 9, 7)


def test_another_colour_changes_the_interval_and_keeps_the_weekday(agree, hold, tenant, owner):
    series = agree(intervals=[("", "", 2, "week"), ("", "red", 1, "week")], customer=True)
    hold(series)
    assert hold(series).on == dt.date(2027, 9, 27)
    health.rate_health(customer_id=tenant.customer_id, group=0, colour="red", why="Late", by=owner, today=TODAY)

    assert [hold(series).on, hold(series).on] == [dt.date(2027, 10, 4), dt.date(2027, 10, 12)], "11 is Columbus Day"
    assert hold(series).on == dt.date(2027, 10, 18)


def test_another_interval_keeps_the_weekday_and_its_undo_too(series, hold, owner):
    hold(series)
    before = planned(series)
    assert before.on == dt.date(2027, 9, 7)

    event = reviews.change(series_id=series.pk, every=2, unit="week", by=owner, today=TODAY)
    assert planned(series).on == dt.date(2027, 9, 13)
    undo(event=event, by=owner)

    assert (planned(series).on, planned(series).beat_on) == (before.on, before.beat_on)


def test_a_time_of_its_own_is_left_where_the_place_of_the_series_changes(series, move, owner):
    move(series, MONDAY, dt.time(15))

    reviews.change(series_id=series.pk, place="Room 3", at=dt.time(9), by=owner, today=TODAY)

    assert (planned(series).at, planned(series).place) == (dt.time(15), "Room 3")


def test_the_day_of_the_month_is_kept(agree, hold):
    series = agree(first_on=dt.date(2027, 8, 31), intervals=[("", "", 1, "month")])

    assert [hold(series).on for _ in range(4)] == [
        dt.date(2027, 9, 30),
        dt.date(2027, 11, 1),  # 31 October is a Sunday
        dt.date(2027, 11, 30),
        dt.date(2028, 1, 3),  # New Year is a Saturday, and off on Friday the 31st
    ]


def test_a_bound_counts_from_the_day_of_the_last_one_and_good_friday_is_day_20(agree, hold, tenant):
    tenant.country = "DE"
    tenant.save()
    series = agree(first_on=dt.date(2027, 9, 3), intervals=[("", "", 3, "week", 21)])
    Review.objects.update(on=dt.date(2028, 3, 24), beat_on=dt.date(2028, 3, 24))
    ReviewSeries.objects.update(anchor_on=dt.date(2028, 3, 24))

    following = hold(series)

    assert following.on == dt.date(2028, 4, 13), "14 April is Good Friday"
    assert following.beat_on == dt.date(2028, 4, 14)


def test_the_time_of_day_stays_when_clocks_change(agree, hold):
    series = agree(first_on=dt.date(2027, 11, 1))

    following = hold(series)

    assert planned(series).starts_at == following.starts_at == dt.datetime(2027, 11, 8, 15, tzinfo=dt.UTC)
    assert series.reviews.get(state="held").starts_at == dt.datetime(2027, 11, 1, 14, tzinfo=dt.UTC)


def test_another_country_of_the_tenant_gives_a_review_back_its_day(series, hold, tenant, owner):
    hold(series)
    assert planned(series).on == dt.date(2027, 9, 7)

    tenant_record.change_tenant(tenant_id=tenant.pk, country="GB", by=owner, today=TODAY)

    assert planned(series).on == dt.date(2027, 9, 6), "Labor Day is none in Great Britain"


def test_another_country_leaves_a_review_that_people_moved(series, move, tenant, owner):
    move(series, dt.date(2027, 9, 1))

    tenant_record.change_tenant(tenant_id=tenant.pk, country="GB", by=owner, today=TODAY)

    assert planned(series).on == dt.date(2027, 9, 1)


@pytest.mark.parametrize(
    "interval",
    [Interval(1, "week"), Interval(2, "week"), Interval(3, "week", longest_days=21), Interval(1, "month")],
    ids=lambda one: one.words,
)
def test_the_preview_of_180_days_is_what_is_planned_then(agree, hold, interval):
    row = ("", "", interval.every, interval.unit, interval.longest_days)
    series = agree(intervals=[row])
    shown = [one["on"] for month in simulation(MONDAY, interval, "US")["months"] for one in month["days"]]

    happened = [planned(series).on]
    while (following := hold(series)).on <= MONDAY + dt.timedelta(180):
        happened.append(following.on)

    assert happened == shown
    assert all(working_days.is_working_day(on, "US") for on in happened)


def test_the_preview_goes_by_the_busiest_engagement_of_the_tenant_as_planning_does(
    client, engagement, owner, tenant, hold, rule_by_phase
):
    form = {"agree": rule_by_phase.kind, "owner": owner.pk, "first_on": MONDAY, "at": "10:00", "minutes": 30}
    client.force_login(owner)
    page = reverse("engagement_reviews", args=[engagement.pk])

    text = client.post(page, form | {"simulate": "1"}).content.decode()
    client.post(page, form)

    assert "every week on Mondays" in text
    assert hold(ReviewSeries.objects.get()).on == dt.date(2027, 9, 7)


@pytest.fixture
def rule_by_phase(engagement):
    """Weekly in Migrate, where another engagement of the tenant is; monthly in Assess, where this one is."""
    edition = engagement.edition
    make.StepFactory(
        process=make.ProcessFactory(edition=edition, phase=make.PhaseFactory(edition=edition, name="Assess"))
    )
    other = make.EngagementFactory(tenant=engagement.tenant)
    phase = make.PhaseFactory(edition=other.edition, name="Migrate")
    make.StepFactory(process=make.ProcessFactory(edition=other.edition, phase=phase))
    return make.CadenceRuleFactory(intervals=[("Assess", "", 1, "month"), ("Migrate", "", 1, "week")])


def test_closing_a_review_proposes_the_next_day_of_the_rhythm(series, hold):
    hold(series)
    review = planned(series)

    assert proposed_next(review, review.on, review.on) == dt.date(2027, 9, 13)


def test_calendars_follow_a_move_from_now_on(series, hold, move, owner):
    move(series, dt.date(2027, 9, 1), dt.time(15), from_now_on=True)
    hold(series)

    events = Calendar.from_ical(feed(owner, TODAY)).walk("VEVENT")
    found = {one["dtstart"].dt: int(one["sequence"]) for one in events}
    assert set(found) == {
        dt.datetime(2027, 9, 1, 19, tzinfo=dt.UTC),
        dt.datetime(2027, 9, 8, 19, tzinfo=dt.UTC),
    }
    assert found[dt.datetime(2027, 9, 1, 19, tzinfo=dt.UTC)] == 1


def test_series_that_were_there_before_go_back_to_what_was_agreed(series, hold):
    """Holidays had made a Tuesday series of it; the migration counts from its first review again."""
    hold(series)
    hold(series)
    Review.objects.filter(state="planned").update(
        on=dt.date(2027, 9, 14), first_on=dt.date(2027, 9, 14), beat_on=dt.date(2000, 1, 1)
    )
    empty = make.ReviewSeriesFactory(agreed_on=dt.date(2027, 5, 4))
    ReviewSeries.objects.update(anchor_on=dt.date(2000, 1, 1))

    import_module("engagements.migrations.0029_rhythm_of_review_series").anchor(apps, None)

    series.refresh_from_db()
    empty.refresh_from_db()
    assert (series.anchor_on, empty.anchor_on) == (MONDAY, dt.date(2027, 5, 4))
    assert planned(series).on == dt.date(2027, 9, 14), "what people expect stays"
    assert hold(series).on == dt.date(2027, 9, 20)


# The Reviews tab ------------------------------------------------------------------------------------------


@pytest.fixture
def page(engagement):
    return reverse("engagement_reviews", args=[engagement.pk])


def test_the_tab_says_the_rhythm_and_why_a_review_is_not_on_it(client, owner, series, hold, page):
    hold(series)
    client.force_login(owner)

    text = client.get(page).content.decode()

    assert "On Mondays at 10:00" in text
    assert "Moved: Monday 6 September is Labor Day" in text


@pytest.mark.parametrize(("sent", "later"), [("", dt.date(2027, 9, 7)), ("yes", dt.date(2027, 9, 8))])
def test_moving_asks_whether_it_is_only_this_review(client, owner, series, hold, page, sent, later):
    client.force_login(owner)
    opened = client.get(page, {"do": "move", "series": series.pk}).content.decode()
    assert "The series is on Mondays at 10:00." in opened
    assert "Only this review" in opened

    moved = {"do": "move", "series": series.pk, "on": "2027-09-01", "at": "10:00", "why": "Travel"}
    client.post(page, moved | {"from_now_on": sent})

    assert planned(series).on == dt.date(2027, 9, 1)
    assert hold(series).on == later


def test_the_history_says_that_all_later_reviews_moved(client, owner, series, move, engagement):
    move(series, dt.date(2027, 9, 1), from_now_on=True)
    client.force_login(owner)

    text = client.get(reverse("engagement_history", args=[engagement.pk])).content.decode()

    assert "this and all later reviews: Travel" in text


def test_an_interval_that_says_nothing_any_more_leaves_a_chosen_day(series, hold, owner):
    CadenceInterval.objects.all().delete()
    assert hold(series) is None

    review = reviews.plan(series_id=series.pk, on=dt.date(2027, 9, 9), by=owner, today=TODAY)

    assert (review.on, review.beat_on) == (dt.date(2027, 9, 9), dt.date(2027, 9, 9))
