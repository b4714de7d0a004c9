"""A colour that nobody confirmed within its cadence is unknown, on every page, and confirming it is one press."""

import csv
import datetime as dt
import io

import pytest
import time_machine
from django.urls import reverse

from engagements.models import EngagementSummary, Event, HealthRating
from engagements.services import handovers, health, summaries
from tests import factories as make
from tests.cast import person
from tests.engagements.test_customer_detail import text

NOW = dt.datetime(2026, 5, 21, 9, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
LONG_AGO = TODAY - dt.timedelta(days=23)
WAS = "was Yellow 23 days ago"


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
def rated(customer, engagement, keeper):
    """Rates on a day, and draws the lists."""

    def on(day=LONG_AGO, colour="yellow"):
        at = dt.datetime.combine(day, dt.time(9), dt.UTC)
        make.HealthRatingFactory(customer=customer, colour=colour, on=day, at=at, by=keeper)
        summaries.refresh(engagement.pk)
        return EngagementSummary.objects.get(pk=engagement.pk)

    return on


@pytest.fixture
def cadence(db):
    def longest(**days):
        rule = make.CadenceRuleFactory(kind="enterprise-status")
        for colour, n in days.items():
            make.CadenceIntervalFactory(rule=rule, colour=colour, longest_days=n)

    return longest


# What is stored ---------------------------------------------------------------------------------------


def test_until_when_a_colour_stands_is_stored_for_lists(rated):
    row = rated()
    assert (row.health_rated_on, row.health_until) == (LONG_AGO, LONG_AGO + dt.timedelta(days=21))
    assert list(summaries.wrong_rows()) == []


def test_admins_say_for_how_long(rated, cadence):
    cadence(yellow=40)
    assert rated().health_until == LONG_AGO + dt.timedelta(days=40)
    assert list(summaries.wrong_rows()) == []


def test_another_cadence_holds_for_what_is_rated_already(rated, cadence):
    rated()
    unrated = make.EngagementFactory()
    summaries.refresh(unrated.pk)
    cadence(yellow=40, red=7)
    summaries.restand()
    assert EngagementSummary.objects.get(engagement__tenant__customer__name="Northwind Traders").health_until == (
        LONG_AGO + dt.timedelta(days=40)
    )
    assert list(summaries.wrong_rows()) == []


def test_a_rating_that_confirms_makes_it_stand_anew_since_its_first_day(rated, customer, keeper):
    rated()
    health.rate_health(customer_id=customer.pk, group=0, colour="yellow", why="Still.", by=keeper, today=TODAY)
    row = EngagementSummary.objects.get()
    assert (row.health_on, row.health_rated_on) == (LONG_AGO, TODAY)
    assert list(summaries.wrong_rows()) == []


def test_taking_a_confirmation_back_makes_it_unknown_again(rated, customer, keeper):
    rated()
    at = {"customer_id": customer.pk, "group": 0, "by": keeper, "today": TODAY}
    event = health.rate_health(colour="yellow", why="Still.", **at)
    health.restore(event, keeper)
    assert EngagementSummary.objects.get().health_rated_on == LONG_AGO


# Where it shows ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "page", ["engagement_detail", "engagement_tenant", "engagement_services", "engagement_list", "customer_detail"]
)
def test_every_page_says_unknown_and_what_it_was(client, rated, engagement, customer, page):
    rated()
    of = {"engagement_list": [], "customer_detail": [customer.pk]}.get(page, [engagement.pk])
    said = text(client.get(reverse(page, args=of)))
    assert "Unknown" in said
    assert WAS in said


def test_on_its_last_day_it_still_stands(client, rated, engagement):
    rated(TODAY - dt.timedelta(days=21))
    said = text(client.get(engagement.get_absolute_url()))
    assert "Unknown" not in said
    assert "Yellow" in said


def test_the_day_is_that_of_the_reader(client, rated, engagement, keeper, clock):
    """At eleven in the evening in London it is tomorrow in Auckland, and the colour no longer stands there."""
    rated(TODAY - dt.timedelta(days=21))
    clock.move_to(dt.datetime(2026, 5, 21, 22, 0, tzinfo=dt.UTC))
    for zone, is_unknown in (("Europe/London", False), ("Pacific/Auckland", True), ("Pacific/Honolulu", False)):
        type(keeper).objects.filter(pk=keeper.pk).update(time_zone=zone)
        client.force_login(keeper)
        assert ("Unknown" in text(client.get(engagement.get_absolute_url()))) is is_unknown


def test_the_portfolio_finds_what_is_unknown_and_not_under_its_old_colour(client, rated):
    rated()
    found = {q: client.get(f"{reverse('engagement_list')}?health={q}").context["found"] for q in ("unknown", "yellow")}
    assert found == {"unknown": "1 engagement", "yellow": "0 engagements"}
    rated(TODAY)
    found = {q: client.get(f"{reverse('engagement_list')}?health={q}").context["found"] for q in ("unknown", "yellow")}
    assert found == {"unknown": "0 engagements", "yellow": "1 engagement"}


def test_sorted_by_health_the_unknown_come_after_the_known(client, rated, engagement, keeper):
    rated(colour="red")
    for name, colour, day in (("Blue Yonder", "blue", TODAY), ("Contoso", "", None)):
        other = make.EngagementFactory(edition=engagement.edition, tenant__customer__name=name)
        make.AssignmentFactory(user=keeper, tenant=other.tenant)
        if colour:
            make.HealthRatingFactory(customer=other.tenant.customer, colour=colour, on=day)
        summaries.refresh(other.pk)
    rows = client.get(f"{reverse('engagement_list')}?sort=health").context["rows"]
    assert [row["name"] for row in rows] == ["Blue Yonder", "Northwind Traders", "Contoso"]


def test_the_exported_portfolio_says_it(client, rated):
    rated()
    answer = client.get(reverse("engagement_export"))
    row = next(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert (row["Health"], row["Health rated on"]) == (f"Unknown, {WAS}", LONG_AGO.isoformat())


def test_the_brief_of_a_handover_says_it(client, rated, engagement, keeper, groups):
    rated()
    taker = person("eva", "FastTrack Manager")
    offered = handovers.offer(engagement_id=engagement.pk, receiver=taker, why="I go.", by=keeper, today=TODAY)
    client.force_login(taker)
    assert WAS in text(client.get(reverse("handover_detail", args=[offered.pk])))


def test_today_asks_to_confirm_once_per_customer(client, rated, engagement, customer, keeper):
    rated()
    twin = make.EngagementFactory(edition=engagement.edition, tenant__customer=customer)
    summaries.refresh(twin.pk)
    groups = {group.key: group for group in client.get(reverse("today")).context["groups"]}
    assert [row["what"] for row in groups["health"].rows] == [f"Health is unknown, {WAS}"]
    assert groups["health"].rows[0]["action_url"] == f"{customer.get_absolute_url()}#health-0"


# Confirming -------------------------------------------------------------------------------------------


@pytest.fixture
def confirm(client, customer):
    def post(colour="yellow", group=0, **headers):
        data = {"group": group, "confirm": colour}
        return client.post(reverse("customer_health", args=[customer.pk]), data, headers=headers)

    return post


def test_one_press_confirms_and_the_colour_is_known_again(client, rated, confirm, customer):
    rated()
    page = client.get(customer.get_absolute_url())
    assert "Confirm Yellow" in text(page)
    assert confirm().status_code == 302
    newest = customer.health_ratings.first()
    assert (newest.colour, newest.before, newest.why, newest.on) == ("yellow", "yellow", "confirmed", TODAY)
    assert "Unknown" not in text(client.get(customer.get_absolute_url()))
    assert Event.objects.latest("pk").verb == "rated"


def test_a_confirmation_can_be_taken_back(client, rated, confirm):
    rated()
    confirm()
    client.post(reverse("event_undo", args=[Event.objects.latest("pk").pk]))
    assert HealthRating.objects.count() == 1


def test_each_group_is_confirmed_by_itself(client, confirm, customer, keeper, engagement):
    summaries.refresh(engagement.pk)
    make.HealthRatingFactory(customer=customer, group=2, colour="green", on=LONG_AGO)
    confirm("green", group=2)
    assert customer.health_ratings.filter(group=2, on=TODAY).exists()
    assert not customer.health_ratings.filter(group=0).exists()


def test_what_somebody_rated_meanwhile_is_not_confirmed_away(rated, confirm, customer):
    rated()
    rated(TODAY, "red")
    answer = confirm()
    assert answer.status_code == 422
    assert "It is Red by now, judged 21 May. Say which colour holds, and why." in text(answer)
    assert customer.health_ratings.first().colour == "red"


def test_what_was_never_rated_offers_nothing_to_confirm(client, keeper, customer):
    assert "Confirm" not in text(client.get(customer.get_absolute_url()))


def test_a_reader_sees_no_button_and_is_refused(client, rated, confirm, customer, leader):
    rated()
    client.force_login(leader)
    assert "Confirm Yellow" not in text(client.get(customer.get_absolute_url()))
    assert confirm().status_code == 403


def test_a_stranger_learns_nothing(client, rated, confirm, stranger):
    rated()
    client.force_login(stranger)
    assert confirm().status_code == 404
