"""The health of a customer: every judgement stays, says why, and is on every list at once."""

import datetime as dt
import json

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from engagements.models import EngagementSummary, Event, HealthRating
from engagements.services import health, summaries
from engagements.services.overtaking import Overtaken
from tests import factories as make
from tests.engagements.test_customer_detail import text

NOW = dt.datetime(2026, 5, 21, 9, 0, tzinfo=dt.UTC)
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def customer(engagement):
    return engagement.tenant.customer


@pytest.fixture
def keeper(client, owner, customer):
    make.AssignmentFactory(user=owner, tenant=None, customer=customer)
    client.force_login(owner)
    return owner


@pytest.fixture
def rate(client, customer):
    def post(colour="yellow", why="The pilot is late.", group=0, *, htmx=False, **more):
        data = {"group": group, "colour": colour, "why": why, **more}
        headers = {"HX-Request": "true"} if htmx else {}
        return client.post(reverse("customer_health", args=[customer.pk]), data, headers=headers)

    return post


@pytest.fixture
def judge(customer):
    """Rates by the service, on a day."""

    def on(day: dt.date, colour: str, by, group=0):
        with time_machine.travel(dt.datetime.combine(day, dt.time(9), dt.UTC), tick=False):
            return health.rate_health(
                customer_id=customer.pk, group=group, colour=colour, why="As agreed.", by=by, today=day
            )

    return on


def colours(customer, group=0) -> list[tuple[str, str]]:
    return list(customer.health_ratings.filter(group=group).order_by("at", "pk").values_list("before", "colour"))


# Rating -----------------------------------------------------------------------------------------------


def test_a_rating_is_added_and_the_one_before_stays(rate, keeper, customer, judge):
    judge(dt.date(2026, 5, 4), "green", keeper)
    rate("yellow")
    assert colours(customer) == [("", "green"), ("green", "yellow")]
    newest = customer.health_ratings.first()
    assert (newest.by, newest.why, newest.on) == (keeper, "The pilot is late.", TODAY)


def test_every_engagement_of_the_customer_shows_it_also_a_closed_one(rate, keeper, engagement, customer):
    other = make.EngagementFactory(tenant__customer=customer, status="closed", closed_on=TODAY)
    stranger = make.EngagementFactory()
    for one in (engagement, other, stranger):
        summaries.refresh(one.pk)
    rate("red")
    shown = EngagementSummary.objects.order_by("pk").values_list("health", "health_on")
    assert list(shown) == [("red", TODAY), ("red", TODAY), ("", None)]
    assert list(summaries.wrong_rows()) == []


def test_a_group_has_a_colour_of_its_own(rate, keeper, customer, engagement):
    summaries.refresh(engagement.pk)
    rate("green", group=2)
    assert colours(customer, group=2) == [("", "green")]
    assert engagement.summary.health == ""


def test_the_same_colour_again_confirms_it_and_keeps_its_day(rate, keeper, customer, engagement, judge):
    summaries.refresh(engagement.pk)
    judge(dt.date(2026, 5, 4), "yellow", keeper)
    rate("yellow", why="Still late.")
    summary = EngagementSummary.objects.get()
    assert (summary.health, summary.health_on) == ("yellow", dt.date(2026, 5, 4))
    assert list(summaries.wrong_rows()) == []
    assert HealthRating.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"colour": ""}, "Choose a colour."),
        ({"colour": "purple"}, "purple"),
        ({"why": "  "}, "Say why; who reads it in a year was not there."),
        ({"why": "x" * 501}, "500"),
    ],
)
def test_what_is_not_whole_is_refused_and_kept(rate, keeper, wrong, words):
    answer = rate(**wrong)
    assert answer.status_code == 422
    assert words in text(answer)
    assert not HealthRating.objects.exists()


@pytest.mark.parametrize("group", [4, "x", ""])
def test_a_group_that_is_none_is_404(rate, keeper, group):
    assert rate(group=group).status_code == 404


def test_the_database_wants_a_reason(customer):
    with pytest.raises(IntegrityError), transaction.atomic():
        make.HealthRatingFactory(customer=customer, why="")


def test_the_second_of_two_is_told_what_the_first_said(rate, keeper, customer, admin, judge):
    judge(TODAY, "red", admin)
    answer = rate("green", seen=json.dumps({"colour": ""}))
    assert answer.status_code == 409
    assert "Keep theirs: Red" in text(answer)
    again = {"seen": answer.context["form"].seen_value()}
    assert rate("green", **again, **{"keep-colour": "theirs"}).status_code == 302
    assert colours(customer) == [("", "red")]
    rate("green", **again, **{"keep-colour": "mine"})
    assert colours(customer) == [("", "red"), ("red", "green")]


def test_two_who_judge_alike_are_not_asked(keeper, customer, admin, judge):
    judge(TODAY, "red", admin)
    at = {"customer_id": customer.pk, "group": 0, "why": "Same here.", "by": keeper, "today": TODAY}
    health.rate_health(**at, colour="red", seen={"colour": ""})
    assert colours(customer) == [("", "red"), ("red", "red")]
    with pytest.raises(Overtaken):
        health.rate_health(**at, colour="blue", seen={"colour": ""})


def test_who_is_assigned_at_a_tenant_rates_nothing(client, colleague, rate):
    client.force_login(colleague)
    assert rate().status_code == 403


# Undo -------------------------------------------------------------------------------------------------


def undo(client):
    return client.post(reverse("event_undo", args=[Event.objects.latest("pk").pk]))


def test_undo_removes_the_rating_and_the_history_keeps_both(client, rate, keeper, customer, engagement, judge):
    summaries.refresh(engagement.pk)
    judge(dt.date(2026, 5, 4), "green", keeper)
    rate("red")
    undo(client)
    assert colours(customer) == [("", "green")]
    assert EngagementSummary.objects.get().health_on == dt.date(2026, 5, 4)
    assert list(summaries.wrong_rows()) == []
    assert list(Event.objects.order_by("pk").values_list("verb", flat=True)) == ["rated", "rated", "took back"]


def test_a_rating_that_somebody_followed_is_not_taken_back(client, rate, keeper, customer, admin, judge):
    rate("red")
    mine = Event.objects.latest("pk")
    judge(TODAY, "green", admin)
    client.post(reverse("event_undo", args=[mine.pk]))
    assert colours(customer) == [("", "red"), ("red", "green")]


def test_undo_of_one_group_leaves_the_others(client, rate, keeper, customer):
    rate("red", group=1)
    first = Event.objects.latest("pk")
    rate("green", group=2)
    client.post(reverse("event_undo", args=[first.pk]))
    assert not colours(customer, group=1)
    assert colours(customer, group=2) == [("", "green")]


# Where it is shown ------------------------------------------------------------------------------------


def test_the_page_draws_how_the_colour_came_about(client, keeper, customer, judge):
    judge(dt.date(2026, 2, 3), "red", keeper)
    judge(dt.date(2026, 5, 4), "yellow", keeper)
    shown = client.get(customer.get_absolute_url())
    html = shown.content.decode()
    assert 'aria-label="Red since 3 Feb, then Yellow since 4 May"' in html
    assert "Yellow since 4 May" in text(shown)
    assert "2 ratings" in text(shown)
    pieces = shown.context["health"][0]["line"]["pieces"]
    assert [piece["kind"] for piece in pieces] == ["red", "yellow"]
    assert sum(piece["width"] for piece in pieces) == pytest.approx(100)


def test_what_is_older_than_a_year_begins_at_the_edge(client, keeper, customer, judge):
    judge(dt.date(2024, 1, 9), "green", keeper)
    judge(dt.date(2025, 1, 9), "blue", keeper)
    line = client.get(customer.get_absolute_url()).context["health"][0]["line"]
    assert line["pieces"] == [{"kind": "blue", "x": 0, "width": 100}]


def test_a_rating_of_today_is_seen_though_it_is_a_day_of_many(client, keeper, customer, judge):
    judge(dt.date(2026, 1, 9), "green", keeper)
    judge(TODAY, "red", keeper)
    pieces = client.get(customer.get_absolute_url()).context["health"][0]["line"]["pieces"]
    assert pieces[-1] == {"kind": "red", "x": 98, "width": 2}


def test_the_header_of_an_engagement_says_since_when(client, keeper, engagement, judge):
    summaries.refresh(engagement.pk)
    assert "Health Not rated" in text(client.get(engagement.get_absolute_url()))
    judge(dt.date(2026, 5, 4), "yellow", keeper)
    assert "Health Yellow since 4 May" in text(client.get(engagement.get_absolute_url()))


def test_today_shows_the_colour_of_a_row(client, keeper, engagement, judge):
    make.NextActionFactory(engagement=engagement, owner=keeper, due_on=TODAY)
    summaries.refresh(engagement.pk)
    judge(TODAY, "red", keeper)
    row = client.get(reverse("today")).context["groups"][0].rows[0]
    assert (row["health"], row["health_word"]) == ("red", "Red")


def test_the_portfolio_filters_and_sorts_by_it(client, leader, owner, customer, engagement, judge):
    client.force_login(leader)
    green = make.EngagementFactory()
    unrated = make.EngagementFactory()
    make.HealthRatingFactory(customer=green.tenant.customer, colour="green")
    judge(TODAY, "red", owner)
    for one in (engagement, green, unrated):
        summaries.refresh(one.pk)

    def shown(**query):
        page = client.get(reverse("engagement_list"), {"scope": "all", **query})
        return [row["id"] for row in page.context["rows"]]

    assert shown(sort="health") == [engagement.pk, green.pk, unrated.pk]
    assert shown(sort="-health") == [unrated.pk, green.pk, engagement.pk]
    assert shown(health="red") == [engagement.pk]
    assert shown(health="unrated") == [unrated.pk]
    none = client.get(reverse("engagement_list"), {"scope": "all", "health": "blue"})
    assert "No engagement is Blue" in text(none)


def test_the_history_tells_a_rating_with_its_reason(client, keeper, engagement, rate):
    rate("red")
    told = text(client.get(reverse("engagement_history", args=[engagement.pk])))
    assert "rated the health Not rated Red: The pilot is late." in told
