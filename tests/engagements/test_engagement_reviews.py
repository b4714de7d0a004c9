"""The Reviews tab: what slips first, what is still to be agreed, and doing it in place (DOMAIN §7, R38)."""

import datetime as dt

import pytest
from django.urls import reverse

from engagements import cadence, working_days
from engagements.models import Customer, Review, ReviewSeries, Tag
from engagements.selectors.places import review_url
from engagements.services import reviews
from tests import factories as make

TODAY = dt.date.today()
SOON = working_days.same_or_next(TODAY + dt.timedelta(3), "")
LATER = working_days.same_or_next(SOON + dt.timedelta(1), "")
FORTNIGHT = [("", "", 2, "week")]


@pytest.fixture
def rule(db):
    return make.CadenceRuleFactory(
        kind="governance", name="Governance review", intervals=FORTNIGHT, partner="never", customer="never"
    )


@pytest.fixture
def series(rule, engagement, owner):
    agreed = reviews.Agreed(owner=owner, first_on=SOON)
    return reviews.agree(kind="governance", agreed=agreed, by=owner, today=TODAY, tenant_id=engagement.tenant_id)


@pytest.fixture
def page(engagement):
    return reverse("engagement_reviews", args=[engagement.pk])


@pytest.fixture
def form(owner):
    return {
        "agree": "governance",
        "owner": owner.pk,
        "first_on": SOON.isoformat(),
        "at": "10:00",
        "minutes": 30,
        "place": "",
    }


def read(client, user, url, **query) -> str:
    client.force_login(user)
    answer = client.get(url, query)
    assert answer.status_code == 200
    return answer.content.decode()


def send(client, user, url, **data):
    client.force_login(user)
    return client.post(url, data)


def slip(series, days: int) -> Review:
    review = series.reviews.get(state="planned")
    Review.objects.filter(pk=review.pk).update(on=TODAY - dt.timedelta(days))
    return review


# What stands there ----------------------------------------------------------------------------------------


def test_each_series_says_how_often_when_and_by_whom(client, owner, series, page):
    text = read(client, owner, page)

    assert "Governance review" in text
    assert "every 2 weeks" in text
    assert "not held yet, 30 minutes, by Ana" in text
    assert review_url(series.reviews.get().pk) in text


def test_what_slips_stands_first_and_in_the_sentence(client, owner, series, engagement, page):
    make.CadenceRuleFactory(kind="internal", name="Internal review", intervals=FORTNIGHT)
    agreed = reviews.Agreed(owner=owner, first_on=SOON)
    other = reviews.agree(kind="internal", agreed=agreed, by=owner, today=TODAY, tenant_id=engagement.tenant_id)
    slip(other, 3)

    text = read(client, owner, page)

    assert "1 of 2 is late; Internal review slips first, 3 days late." in text
    assert text.index("<h3>Internal review") < text.index("<h3>Governance review")


def test_a_kind_that_fits_the_motion_is_called_for(client, owner, engagement, page):
    fits = make.CadenceRuleFactory(kind="internal", name="Internal review", intervals=FORTNIGHT)
    fits.motions.set([make.MotionFactory(slug="rfa")])
    unfit = make.CadenceRuleFactory(kind="cxo", name="Leadership briefing", intervals=FORTNIGHT)
    unfit.motions.set([make.MotionFactory(slug="targeting")])

    text = read(client, owner, page)

    wanted, others = text.split("Other reviews that can be agreed")
    assert "Internal review" in wanted
    assert "Motion RFA." in wanted
    assert "Leadership briefing" in others


def test_a_kind_that_a_step_asks_for_is_called_for_and_leads_there(client, owner, engagement, page):
    step = make.StepFactory(
        process=make.ProcessFactory(edition=engagement.edition, audience="partner"), title="Schedule the reviews"
    )
    make.RequirementFactory(step=step, checks=["review:own-kind"])
    make.CadenceRuleFactory(kind="own-kind", name="Our own review")

    text = read(client, owner, page)

    assert "Schedule the reviews asks for it." in text
    assert reverse("step_detail", args=[engagement.pk, step.process.slug, step.slug]) in text


def test_a_kind_of_a_segment_is_called_for_there(client, owner, engagement, page):
    make.CadenceRuleFactory(kind="regional", name="Regional review", intervals=FORTNIGHT, segments=["S500"])
    assert "To be agreed" not in read(client, owner, page)

    engagement.tenant.customer.tags.add(Tag.objects.create(**Tag.folded("S500")))

    assert "segment S500." in read(client, owner, page)


def test_the_architect_holds_reviews_of_the_s500(client, owner, engagement, page):
    architect = make.UserFactory(username="ash")
    role = make.RoleFactory(name="FastTrack Architect")
    make.AssignmentFactory(user=architect, tenant=engagement.tenant, role=role)
    make.CadenceRuleFactory(kind="cxo", intervals=FORTNIGHT, owner_role_s500=role, owner_role=make.RoleFactory())
    engagement.tenant.segment = "S500"
    engagement.tenant.save()

    text = read(client, owner, page, agree="cxo")

    assert f'<option value="{architect.pk}" selected>' in text


def test_the_form_is_prefilled_with_a_working_day(client, owner, rule, page):
    text = read(client, owner, page, agree="governance")

    first = cadence.first_on(TODAY, cadence.Interval(2, "week"), "")
    assert f'value="{first.isoformat()}"' in text
    assert "Leave empty to follow the rule: every 2 weeks now" in text


def test_an_agreed_kind_is_not_offered_again(client, owner, series, page):
    assert "To be agreed" not in read(client, owner, page)
    assert 'id="form-agree-governance"' not in read(client, owner, page, agree="governance")


# Agreeing -------------------------------------------------------------------------------------------------


def test_agreeing_plans_the_first_review(client, owner, rule, page, form, engagement):
    answer = send(client, owner, page, **form)

    series = ReviewSeries.objects.get()
    assert (answer.status_code, answer.url) == (302, f"{page}#series-{series.pk}")
    assert series.reviews.get().on == SOON
    assert engagement.summary.next_review_on == SOON


def test_a_simulation_shows_half_a_year_and_saves_nothing(client, owner, rule, page, form):
    answer = send(client, owner, page, **form, every="1", unit="month", simulate="1")

    text = answer.content.decode()
    assert answer.status_code == 200
    assert f"in 180 days, every month {cadence.rhythm(SOON, 'month')}." in text
    assert f"<dt>{SOON:%B %Y}</dt>" in text
    assert not ReviewSeries.objects.exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"first_on": "soon"}, "Give a date, such as 2026-05-27."),
        ({"first_on": ""}, "Say when the first one is."),
        ({"first_on": "2020-01-06"}, "is past. Choose today or a day after it."),
        ({"every": "0"}, "An interval is at least 1."),
        ({"every": "99", "unit": "week"}, "An interval is at most 52 weeks"),
        ({"at": "noon"}, "Give a time, such as 10:30."),
        ({"minutes": "0"}, "greater than or equal to 1"),
        ({"owner": "999999"}, "Select a valid choice"),
    ],
)
def test_a_form_with_a_mistake_says_which_and_keeps_what_was_typed(client, owner, rule, page, form, change, says):
    answer = send(client, owner, page, **form | {"place": "Room 3"} | change)

    text = answer.content.decode()
    assert answer.status_code == 422
    assert says in text
    assert "Room 3" in text
    assert not ReviewSeries.objects.exists()


def test_who_is_second_hears_who_was_first(client, owner, colleague, series, page, form):
    answer = send(client, colleague, page, **form)

    assert answer.status_code == 422 or answer.status_code == 302
    assert ReviewSeries.objects.count() == 1


def test_an_unknown_kind_is_not_found(client, owner, page, form):
    assert send(client, owner, page, **form | {"agree": "nothing"}).status_code == 404


# Changing -------------------------------------------------------------------------------------------------


def test_a_review_is_moved_in_place_with_undo(client, owner, series, page):
    client.force_login(owner)
    answer = client.post(
        page,
        {"do": "move", "series": series.pk, "on": LATER.isoformat(), "at": "15:30", "why": "Ana is ill"},
        headers={"HX-Request": "true"},
    )

    assert answer.status_code == 200
    assert series.reviews.get().on == LATER
    assert "undo" in answer.headers["HX-Trigger"]
    assert "Moved: Ana is ill" in answer.content.decode()


@pytest.mark.parametrize(("do", "state"), [("skip", "skipped"), ("cancel", "cancelled")])
def test_a_review_is_left_out_with_a_reason(client, owner, series, page, do, state):
    assert send(client, owner, page, do=do, series=series.pk, why=" ").status_code == 422
    assert send(client, owner, page, do=do, series=series.pk, why="Holidays").status_code == 302

    assert series.reviews.filter(state=state, why="Holidays").exists()
    assert "Holidays" in read(client, owner, page)


def test_after_a_cancellation_the_next_one_is_planned_by_hand(client, owner, series, page):
    send(client, owner, page, do="cancel", series=series.pk, why="The sponsor left")

    text = read(client, owner, page, do="plan", series=series.pk)
    assert "Nothing is planned" in text
    assert 'name="on"' in text
    send(client, owner, page, do="plan", series=series.pk, on=LATER.isoformat(), at="10:00")
    assert series.reviews.get(state="planned").on == LATER


def test_a_series_is_changed_and_ended(client, owner, series, page):
    change = {"owner": owner.pk, "every": "1", "unit": "week", "at": "09:00", "minutes": "45", "place": "Room 3"}
    send(client, owner, page, do="change", series=series.pk, **change)
    assert "every week, as agreed" in read(client, owner, page)

    send(client, owner, page, do="end", series=series.pk, why="Merged")
    assert "None is agreed yet." in read(client, owner, page)


def test_what_is_done_to_a_review_that_is_gone_says_so(client, owner, series, page):
    series.reviews.all().delete()

    answer = send(client, owner, page, do="move", series=series.pk, on=LATER.isoformat(), at="10:00", why="x")

    assert answer.status_code == 302


@pytest.mark.parametrize("query", [{"agree": "'"}, {"do": "move", "series": "x"}, {"do": "fly", "series": "1"}])
def test_an_address_that_names_nothing_draws_the_page(client, owner, series, page, query):
    assert "Governance review" in read(client, owner, page, **query)


# Who ------------------------------------------------------------------------------------------------------


def test_a_reader_sees_no_controls_and_may_not_post(client, leader, series, page, form):
    text = read(client, leader, page, do="move", series=series.pk)

    assert "Governance review" in text
    assert "Move" not in text
    assert 'name="why"' not in text
    assert send(client, leader, page, **form).status_code == 403


def test_a_stranger_finds_nothing(client, stranger, series, page, form):
    client.force_login(stranger)
    assert client.get(page).status_code == 404
    assert send(client, stranger, page, **form).status_code == 404


def test_partners_hear_nothing_of_reviews_without_partners(client, partner, series, page):
    text = read(client, partner, page)

    assert "Governance review" not in text


def test_a_series_of_another_tenant_is_not_changed_from_here(client, owner, series, page):
    other = make.ReviewSeriesFactory(rule=make.CadenceRuleFactory(kind="other"))

    assert send(client, owner, page, do="end", series=other.pk, why="x").status_code == 404


def test_a_review_of_the_customer_is_planned_by_who_works_at_its_only_or_winner_tenant(
    client, owner, engagement, page, form
):
    make.CadenceRuleFactory(kind="cxo", name="Leadership briefing", level="customer", intervals=FORTNIGHT)
    other = make.TenantFactory(customer=engagement.tenant.customer)
    form |= {"agree": "cxo"}

    assert send(client, owner, page, **form).status_code == 403, "two tenants, and no winner"
    Customer.objects.update(winner=other)
    assert send(client, owner, page, **form).status_code == 403
    assert "works at its winner tenant" in read(client, owner, page)
    Customer.objects.update(winner=engagement.tenant)
    assert send(client, owner, page, **form).status_code == 302
    assert ReviewSeries.objects.get().customer == engagement.tenant.customer


# How much it costs ----------------------------------------------------------------------------------------


def test_the_page_costs_as_much_with_many_series_as_with_one(
    client, owner, series, engagement, page, django_assert_max_num_queries
):
    client.force_login(owner)
    client.get(page)
    with django_assert_max_num_queries(40) as few:
        client.get(page)
    for number in range(6):
        rule = make.CadenceRuleFactory(kind=f"kind-{number}", intervals=FORTNIGHT)
        agreed = reviews.Agreed(owner=owner, first_on=SOON)
        reviews.agree(kind=rule.kind, agreed=agreed, by=owner, today=TODAY, tenant_id=engagement.tenant_id)
        make.CadenceRuleFactory(kind=f"free-{number}", intervals=FORTNIGHT)
    with django_assert_max_num_queries(len(few.captured_queries)):
        client.get(page)
