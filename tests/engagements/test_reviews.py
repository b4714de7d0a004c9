"""Series of reviews: agreed, planned, moved, skipped, called off, ended (DOMAIN §7, R37, R38)."""

import datetime as dt

import pytest

from engagements.models import EngagementSummary, Event, Review, ReviewSeries, TaskRecord
from engagements.services import (
    closing,
    customer_record,
    engagements,
    handovers,
    health,
    reviews,
    summaries,
    tenant_record,
)
from engagements.services.locking import lock_review, writing
from engagements.services.refusals import Refused
from engagements.services.undo import undo
from tests import factories as make

TODAY = dt.date(2026, 5, 21)  # a Thursday
MONDAY = dt.date(2026, 5, 25)


def a_rule(kind: str, name: str = "", intervals=(("", "", 2, "week"),), **more):
    name = name or f"{kind.capitalize()} review"
    return make.CadenceRuleFactory(kind=kind, name=name, intervals=intervals, **more)


@pytest.fixture
def tenant(engagement):
    tenant = engagement.tenant
    tenant.country, tenant.time_zone = "GB", "Europe/London"
    tenant.save()
    return tenant


@pytest.fixture
def rule(db):
    return a_rule("governance", name="Governance review")


@pytest.fixture
def agree(tenant, owner):
    def do(kind="governance", *, first_on=dt.date(2026, 5, 26), customer=False, by=None, **agreed):
        at = {"customer_id": tenant.customer_id} if customer else {"tenant_id": tenant.pk}
        agreed = reviews.Agreed(**{"owner": owner, "first_on": first_on} | agreed)
        return reviews.agree(kind=kind, agreed=agreed, by=by or owner, today=TODAY, **at)

    return do


@pytest.fixture
def series(rule, agree):
    return agree()


def planned(series) -> Review:
    return Review.objects.get(series=series, state="planned")


def held(series, on, by) -> Review:
    """As closing a review does it: the state is set, then the service is told."""
    pk = planned(series).pk
    with writing():
        review = lock_review(pk)
        review.state, review.held_on, review.held_by = "held", on, by
        review.save()
        reviews.after_held(review, by=by, today=on)
    return review


def test_agreeing_plans_the_first_review_with_all_that_sweeps_compare(series, owner, tenant):
    review = planned(series)

    assert (series.tenant, series.owner, series.time_zone, series.country) == (tenant, owner, "Europe/London", "GB")
    assert (review.on, review.first_on) == (dt.date(2026, 5, 26), dt.date(2026, 5, 26))
    assert review.starts_at == dt.datetime(2026, 5, 26, 9, tzinfo=dt.UTC), "ten o'clock in a London summer"
    assert review.remind_on == dt.date(2026, 5, 22), "the 25th is the Spring Bank Holiday"
    assert (review.late_on, review.escalate_on) == (dt.date(2026, 5, 27), dt.date(2026, 5, 29))
    assert Event.objects.get(verb="agreed").tenant == tenant


def test_a_series_is_agreed_once(series, agree, colleague):
    with pytest.raises(Refused, match="Ana agreed this on 21 May 2026 already"):
        agree(by=colleague)


@pytest.mark.parametrize(
    ("agreed", "field", "says"),
    [
        ({"first_on": MONDAY}, "first_on", "is Spring Bank Holiday in GB"),
        ({"first_on": dt.date(2026, 5, 23)}, "first_on", "The next working day is Tuesday 26 May"),
        ({"first_on": dt.date(2026, 5, 20)}, "first_on", "is past"),
        ({"first_on": dt.date(2027, 12, 1)}, "first_on", "more than a year away"),
        ({"every": 0, "unit": "week"}, "every", "never come to an end"),
        ({"every": 2, "unit": "fortnight"}, "every", "days, weeks or months"),
        ({"every": 90, "unit": "week"}, "every", "at most 52"),
        ({"minutes": 900}, "minutes", "between 1 and 480"),
        ({"place": "x" * 301}, "place", "at most 300"),
    ],
)
def test_what_cannot_be_agreed_says_why(rule, agree, agreed, field, says):
    with pytest.raises(Refused, match=says) as refusal:
        agree(**agreed)

    assert refusal.value.field == field
    assert not ReviewSeries.objects.exists()


def test_its_owner_works_there(rule, agree, stranger):
    with pytest.raises(Refused, match="Ben does not work there"):
        agree(owner=stranger)


def test_what_no_rule_gives_an_interval_to_is_held_as_agreed(agree):
    a_rule("sync", intervals=[])

    with pytest.raises(Refused, match="Say how often"):
        agree("sync")
    assert agree("sync", every=3, unit="day").every == 3


def test_a_kind_that_is_not_in_use_is_not_agreed(agree):
    a_rule("old", in_use=False)

    with pytest.raises(Refused, match="No such review"):
        agree("old")


def test_a_review_of_a_customer_is_agreed_with_the_customer(agree, tenant):
    a_rule("cxo", level="customer")

    with pytest.raises(Refused, match="per customer"):
        agree("cxo")
    assert agree("cxo", customer=True).customer == tenant.customer


def test_one_that_was_held_late_leaves_the_rhythm_of_the_next(series, owner):
    held(series, dt.date(2026, 5, 28), owner)

    assert planned(series).on == dt.date(2026, 6, 9), "two weeks after Tuesday 26 May, for which it was planned"


def test_an_interval_follows_the_colour_of_the_customer(agree, tenant, owner):
    a_rule("status", level="customer", intervals=[("", "", 2, "week"), ("", "green", 3, "month")])
    series = agree("status", customer=True)
    health.rate_health(customer_id=tenant.customer_id, group=0, colour="green", why="Well", by=owner, today=TODAY)

    assert planned(series).on == dt.date(2026, 5, 26), "what people agreed stays"
    held(series, dt.date(2026, 5, 26), owner)
    assert planned(series).on == dt.date(2026, 8, 26)


def test_an_interval_follows_the_phase_of_the_engagement(agree, engagement, owner):
    phase = make.PhaseFactory(edition=engagement.edition, name="Migrate")
    make.StepFactory(process=make.ProcessFactory(edition=engagement.edition, phase=phase))
    a_rule("customer-facing", intervals=[("", "", 2, "week"), ("Migrate", "", 1, "week")])

    series = agree("customer-facing")
    held(series, dt.date(2026, 5, 26), owner)

    assert planned(series).on == dt.date(2026, 6, 2)


def test_moving_keeps_the_identity_in_calendars_and_raises_its_number(series, owner):
    before = planned(series)

    reviews.move(review_id=before.pk, on=dt.date(2026, 5, 27), at=dt.time(15), why="Ana is ill", by=owner, today=TODAY)

    after = planned(series)
    assert (after.uid, after.sequence) == (before.uid, before.sequence + 1)
    assert after.starts_at == dt.datetime(2026, 5, 27, 14, tzinfo=dt.UTC)
    assert (after.first_on, after.why, after.late_on) == (before.on, "Ana is ill", dt.date(2026, 5, 28))
    assert after.changed_at > before.changed_at


def test_moving_asks_for_a_reason_and_a_working_day(series, owner):
    ids = {"review_id": planned(series).pk, "by": owner, "today": TODAY}

    with pytest.raises(Refused, match="Say why"):
        reviews.move(on=dt.date(2026, 5, 27), why=" ", **ids)
    with pytest.raises(Refused, match="no working day"):
        reviews.move(on=dt.date(2026, 5, 30), why="x", **ids)
    with pytest.raises(Refused, match="on that day and at that time already"):
        reviews.move(on=dt.date(2026, 5, 26), why="x", **ids)


def test_a_review_is_never_moved_beyond_what_its_rule_allows(agree, owner):
    a_rule("status", level="customer", intervals=[("", "", 2, "week", 21)])
    series = agree("status", customer=True)
    held(series, dt.date(2026, 5, 26), owner)
    move = {"review_id": planned(series).pk, "why": "Leave", "by": owner, "today": dt.date(2026, 5, 27)}

    with pytest.raises(Refused, match="by 16 June 2026 at the latest"):
        reviews.move(on=dt.date(2026, 6, 17), **move)
    reviews.move(on=dt.date(2026, 6, 16), **move)

    with pytest.raises(Refused, match="cannot be skipped"):
        reviews.skip(review_id=planned(series).pk, why="Leave", by=owner, today=dt.date(2026, 5, 27))
    assert planned(series).on == dt.date(2026, 6, 16), "nothing was written"


def test_a_move_is_taken_back(series, owner):
    event = reviews.move(review_id=planned(series).pk, on=dt.date(2026, 5, 27), why="x", by=owner, today=TODAY)
    event.before["on"] = (dt.date.today() + dt.timedelta(days=(7 - dt.date.today().weekday()) or 7)).isoformat()
    tenant = series.tenant
    ReviewSeries.objects.update(country="")
    tenant.save()

    undo(event=event, by=owner)

    assert planned(series).on.isoformat() == event.before["on"]


def test_skipping_plans_the_one_after(series, owner):
    review = planned(series)

    following = reviews.skip(review_id=review.pk, why="Holidays", by=owner, today=TODAY)

    review.refresh_from_db()
    assert (review.state, review.why, review.sequence) == ("skipped", "Holidays", 1)
    assert following.on == dt.date(2026, 6, 9)


def test_cancelling_plans_nothing_until_somebody_does(series, owner):
    review = reviews.cancel(review_id=planned(series).pk, why="The sponsor left", by=owner, today=TODAY)

    assert review.state == "cancelled"
    assert EngagementSummary.objects.get().next_review_on is None
    reviews.plan(series_id=series.pk, on=dt.date(2026, 6, 2), by=owner, today=TODAY)
    assert planned(series).on == dt.date(2026, 6, 2)
    with pytest.raises(Refused, match="Move it instead"):
        reviews.plan(series_id=series.pk, on=dt.date(2026, 6, 3), by=owner, today=TODAY)


def test_what_is_over_is_neither_moved_nor_skipped(series, owner):
    review = held(series, dt.date(2026, 5, 26), owner)

    with pytest.raises(Refused, match="It is held"):
        reviews.move(review_id=review.pk, on=dt.date(2026, 6, 2), why="x", by=owner, today=TODAY)


def test_ending_a_series_cancels_what_is_planned_and_keeps_what_was_held(series, owner):
    held(series, dt.date(2026, 5, 26), owner)

    reviews.end(series_id=series.pk, why="Merged with the internal call", by=owner, today=dt.date(2026, 5, 27))

    series.refresh_from_db()
    assert (series.status, series.ended_why) == ("ended", "Merged with the internal call")
    assert sorted(series.reviews.values_list("state", flat=True)) == ["cancelled", "held"]
    with pytest.raises(Refused, match="ended on 27 May 2026"):
        reviews.plan(series_id=series.pk, on=dt.date(2026, 6, 2), by=owner, today=TODAY)


def test_another_time_of_day_moves_what_is_planned(series, owner):
    reviews.change(series_id=series.pk, at=dt.time(16, 30), minutes=45, place="Teams", by=owner, today=TODAY)

    review = planned(series)
    assert review.starts_at == dt.datetime(2026, 5, 26, 15, 30, tzinfo=dt.UTC)
    assert (review.minutes, review.place, review.sequence) == (45, "Teams", 1)


def test_another_interval_plans_anew_from_the_last_one_held(series, owner):
    held(series, dt.date(2026, 5, 26), owner)

    reviews.change(series_id=series.pk, every=1, unit="week", by=owner, today=dt.date(2026, 5, 27))

    assert planned(series).on == dt.date(2026, 6, 2)


def test_another_owner_works_there_and_calendars_hear_of_it(series, owner, colleague, stranger):
    with pytest.raises(Refused, match="does not work there"):
        reviews.change(series_id=series.pk, owner=stranger, by=owner, today=TODAY)
    reviews.change(series_id=series.pk, owner=colleague, by=owner, today=TODAY)

    assert planned(series).sequence == 1


def test_another_clock_of_the_tenant_keeps_local_days_and_times(series, tenant, owner):
    change = {"tenant_id": tenant.pk, "by": owner, "today": TODAY}
    tenant_record.change_tenant(time_zone="Pacific/Auckland", **change)

    review = planned(series)
    assert (review.on, review.at) == (dt.date(2026, 5, 26), dt.time(10))
    assert review.starts_at == dt.datetime(2026, 5, 25, 22, tzinfo=dt.UTC)
    assert review.sequence == 1


def test_another_country_moves_what_would_be_on_its_holiday(rule, agree, tenant, owner):
    series = agree(first_on=dt.date(2026, 6, 19))

    tenant_record.change_tenant(tenant_id=tenant.pk, country="US", by=owner, today=TODAY)

    assert planned(series).on == dt.date(2026, 6, 22), "Juneteenth is a Friday"


def test_the_summary_names_what_is_planned_first(series, agree, owner, engagement):
    a_rule("cxo", level="customer", name="CxO briefing")
    agree("cxo", customer=True, first_on=dt.date(2026, 5, 22))

    row = EngagementSummary.objects.get(engagement=engagement)
    assert (row.next_review, row.next_review_on) == ("CxO briefing", dt.date(2026, 5, 22))
    assert not list(summaries.wrong_rows())
    reviews.move(
        review_id=planned(ReviewSeries.objects.get(rule__kind="cxo")).pk,
        on=dt.date(2026, 6, 1),
        why="x",
        by=owner,
        today=TODAY,
    )
    row.refresh_from_db()
    assert (row.next_review, row.next_review_on) == ("Governance review", dt.date(2026, 5, 26))
    assert not list(summaries.wrong_rows())


def test_closing_the_last_engagement_of_a_tenant_ends_its_series(series, agree, engagement, owner):
    a_rule("cxo", level="customer")
    briefing = agree("cxo", customer=True)
    other = make.EngagementFactory(tenant__customer=engagement.tenant.customer)
    close = {"ended_as": "withdrew", "outcome": "No budget", "by": owner, "today": TODAY}

    closing.close_engagement(engagement_id=engagement.pk, **close)

    series.refresh_from_db()
    briefing.refresh_from_db()
    assert (series.status, series.ended_why) == ("ended", "The last engagement was closed.")
    assert briefing.status == "open", "another tenant of the customer still has an engagement"
    closing.close_engagement(engagement_id=other.pk, **close)
    briefing.refresh_from_db()
    assert briefing.status == "ended"
    assert not list(summaries.wrong_rows())


# Tasks 3333 and 3334 --------------------------------------------------------------------------------------


@pytest.fixture
def listed(engagement):
    step = make.StepFactory(process=make.ProcessFactory(edition=engagement.edition))
    for number in (3333, 3334):
        make.ListingFactory(step=step, task=make.FtopTaskFactory(number=number))
    make.RequirementFactory(step=step, section="input", checks=["review:customer-facing"])
    return step


def status(number: int) -> str:
    record = TaskRecord.objects.filter(task__number=number).first()
    return record.status if record else "Not Started"


def test_3334_is_complete_when_the_briefings_are_agreed(listed, agree):
    a_rule("cxo", level="customer")

    agree("cxo", customer=True)

    assert status(3334) == "Complete"
    assert status(3333) == "Not Started"


def test_3333_is_in_progress_when_agreed_and_complete_at_the_first_review_held(listed, agree, owner):
    a_rule("customer-facing")
    series = agree("customer-facing")
    assert status(3333) == "In Progress"

    held(series, dt.date(2026, 5, 26), owner)

    assert status(3333) == "Complete"


def test_a_task_that_somebody_settled_stays_settled(listed, agree, owner, engagement):
    a_rule("cxo", level="customer")
    make_task = TaskRecord.objects.create
    make_task(
        engagement=engagement,
        task=make.FtopTaskFactory(number=3334),
        status="Cancelled",
        changed_at=dt.datetime(2026, 5, 1, tzinfo=dt.UTC),
        changed_by=owner,
    )

    agree("cxo", customer=True)

    assert status(3334) == "Cancelled"


def test_an_engagement_that_starts_later_joins_what_is_agreed(listed, agree, engagement, tenant, owner):
    a_rule("cxo", level="customer")
    agree("cxo", customer=True)
    engagement.motions.set([make.MotionFactory(slug="targeting")])

    later = engagements.start_engagement(
        tenant=tenant,
        edition=engagement.edition,
        model=engagement.model,
        motions=[make.MotionFactory(slug="rfa")],
        services=[make.TenantServiceFactory(tenant=tenant, service=make.ServiceFactory(name="Yammer")).service],
        by=owner,
        started_on=TODAY,
    )

    assert later.task_records.get(task__number=3334).status == "Complete"
    assert later.summary.next_review_on == dt.date(2026, 5, 26)


# What changes around them ---------------------------------------------------------------------------------


def test_another_winner_tenant_moves_the_reviews_of_the_customer_to_its_clock(agree, tenant, owner):
    a_rule("cxo", level="customer")
    series = agree("cxo", customer=True)
    other = make.TenantFactory(customer=tenant.customer, time_zone="Pacific/Honolulu", country="US")

    customer_record.set_winner(customer_id=tenant.customer_id, tenant_id=other.pk, by=owner)

    review = planned(series)
    assert (review.on, review.at, review.sequence) == (dt.date(2026, 5, 26), dt.time(10), 1)
    assert review.starts_at == dt.datetime(2026, 5, 26, 20, tzinfo=dt.UTC)


def test_a_handover_gives_the_series_of_the_old_manager_to_the_new_one(
    series, agree, engagement, owner, stranger, colleague
):
    a_rule("internal")
    theirs = agree("internal", owner=colleague)
    how = {"why": "Leave", "by": owner, "today": TODAY}
    handover = handovers.offer(engagement_id=engagement.pk, receiver=stranger, **how)

    handovers.accept(handover_id=handover.pk, by=stranger)

    series.refresh_from_db()
    theirs.refresh_from_db()
    assert (series.owner, theirs.owner) == (stranger, colleague)
    assert planned(series).sequence == 1
