"""``review:<kind>``: steps hold once a series is agreed, and the bundled process waits for all four (DOMAIN §4, §7)."""

import datetime as dt

import pytest

from engagements.checks import facts_for
from engagements.gate_input import Fact
from engagements.models import EngagementSummary, ReviewSeries
from engagements.selectors.places import fact_url
from engagements.services import closing, reviews, steps
from engagements.services.locking import lock_review, writing
from engagements.services.reviews import Agreed
from engagements.walk import load_walk
from playbook.spec import RequirementSpec
from tests import factories as make
from tests.reviewing import CADENCE, FOUR, SCHEDULE, health_engagement

TODAY = dt.date(2026, 5, 21)
FIRST = dt.date(2026, 5, 25)


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(dt.datetime(2026, 5, 21, 12, tzinfo=dt.UTC))


def fact(engagement, check) -> Fact:
    line = RequirementSpec(id=1, key="line", section="output", text="A line", checks=(check,))
    return facts_for([line], (), load_walk(engagement.pk, TODAY))[check]


def test_the_check_holds_while_a_series_is_agreed_and_says_when_the_next_one_is(engagement, owner):
    make.CadenceRuleFactory(kind="own-kind", name="Our own review", intervals=[("", "", 2, "week")])
    assert not fact(engagement, "review:own-kind").holds
    here = fact_url(fact(engagement, "review:own-kind").edited_at, engagement.pk)
    assert here.endswith("/reviews/?agree=own-kind#agree-own-kind")

    agreed = Agreed(owner=owner, first_on=FIRST)
    series = reviews.agree(kind="own-kind", agreed=agreed, by=owner, today=TODAY, tenant_id=engagement.tenant_id)

    now = fact(engagement, "review:own-kind")
    assert now.holds
    assert now.reason == "Agreed on 21 May; the next one is on 25 May."
    reviews.cancel(review_id=series.reviews.get().pk, why="x", by=owner, today=TODAY)
    assert "none is planned at the moment" in fact(engagement, "review:own-kind").reason
    reviews.end(series_id=series.pk, why="x", by=owner, today=TODAY)
    assert not fact(engagement, "review:own-kind").holds


def test_a_series_of_the_customer_counts_for_every_engagement_of_its_tenants(engagement, owner):
    make.CadenceRuleFactory(kind="cxo", level="customer", intervals=[("", "", 1, "month")])
    other = make.EngagementFactory(tenant__customer=engagement.tenant.customer)
    customer = engagement.tenant.customer_id

    reviews.agree(kind="cxo", agreed=Agreed(owner, FIRST), by=owner, today=TODAY, customer_id=customer)

    assert fact(other, "review:cxo").holds


def test_a_step_whose_series_has_ended_no_longer_holds_until_the_engagement_is_closed(engagement, owner):
    step = make.StepFactory(process=make.ProcessFactory(edition=engagement.edition))
    make.RequirementFactory(step=step, checks=["review:governance"])
    make.CadenceRuleFactory(kind="governance", intervals=[("", "", 2, "week")])
    agree = {"kind": "governance", "agreed": Agreed(owner, FIRST), "by": owner, "today": TODAY}
    at = {"engagement_id": engagement.pk, "by": owner, "today": TODAY}
    series = reviews.agree(**agree, tenant_id=engagement.tenant_id)
    steps.complete_step(step_key=step.key, **at)
    summary = EngagementSummary.objects.filter(engagement=engagement)

    reviews.end(series_id=series.pk, why="x", by=owner, today=TODAY)
    assert summary.get().steps_shaken == 1

    reviews.agree(**agree, tenant_id=engagement.tenant_id)
    assert summary.get().steps_shaken == 0
    closing.close_engagement(ended_as="withdrew", outcome="No budget", **at)
    assert summary.get().steps_shaken == 0, "closing ended the reviews, and nothing has to hold any more"


# The bundled process --------------------------------------------------------------------------------------


@pytest.fixture
def health(owner, engagement):
    """A Customer Health engagement on the bundled playbook with the bundled rules."""
    return health_engagement(owner)


def agree(engagement, kind, by):
    tenant = engagement.tenant
    at = {"customer_id": tenant.customer_id} if kind == "cxo" else {"tenant_id": tenant.pk}
    return reviews.agree(kind=kind, agreed=Agreed(by, FIRST), by=by, today=TODAY, **at)


def standing(engagement):
    walk = load_walk(engagement.pk, TODAY)
    return walk, {step: walk.place(f"{CADENCE}/{step}") for step in SCHEDULE}


def test_each_schedule_step_holds_by_its_series(health, owner):
    _, places = standing(health)
    assert not any(place.verdict.passed for place in places.values())

    for step, kind in SCHEDULE.items():
        agree(health, kind, owner)
        assert standing(health)[1][step].verdict.passed, step


def test_all_meetings_scheduled_waits_for_all_four_and_for_the_first_review_held(health, owner):
    series = {kind: agree(health, kind, owner) for kind in FOUR}
    at = {"engagement_id": health.pk, "by": owner, "today": TODAY}
    last = f"{CADENCE}/all-meetings-scheduled"
    walk = load_walk(health.pk, TODAY)
    assert walk.task_state(3334)[0] == "Complete"
    assert walk.task_state(3333)[0] == "In Progress"
    for step in SCHEDULE:
        steps.complete_step(step_key=f"{CADENCE}/{step}", **at)
    left = load_walk(health.pk, TODAY).place(last).verdict.blockers
    assert [blocker.text for blocker in left] == ["Task 3333 is In Progress"]

    pk = series["customer-facing"].reviews.get().pk
    with writing():
        review = lock_review(pk)
        review.state, review.held_on, review.held_by = "held", FIRST, owner
        review.save()
        reviews.after_held(review, by=owner, today=FIRST)

    walk = load_walk(health.pk, TODAY)
    assert walk.task_state(3333)[0] == "Complete"
    assert walk.place(last).verdict.passed


def test_all_meetings_scheduled_asks_for_the_briefings(health, owner):
    for kind in FOUR[:3]:
        agree(health, kind, owner)

    left = load_walk(health.pk, TODAY).place(f"{CADENCE}/all-meetings-scheduled").verdict.blockers

    assert any("CxO briefings" in blocker.text for blocker in left)
    assert ReviewSeries.objects.count() == 3
