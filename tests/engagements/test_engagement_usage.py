"""The Usage tab: readings entered, corrected and removed in place; shares against the goal; what is missing."""

import datetime as dt
import json

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from engagements.models import EngagementSummary, Event, UsageReading
from engagements.services import summaries, usage
from engagements.services.refusals import Refused
from tests import factories as make

NOON = dt.datetime(2026, 5, 21, 12, tzinfo=dt.UTC)
TODAY = NOON.date()
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _on_21_may():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def teams(engagement):
    return engagement.tenant.services.get(service__name="Teams")


@pytest.fixture
def page(engagement):
    return reverse("engagement_usage", args=[engagement.pk])


@pytest.fixture
def save(engagement, teams):
    return reverse("usage_reading", args=[engagement.pk, teams.service_id])


def text(response):
    return " ".join(response.content.decode().split())


def toasted(answer) -> dict:
    return json.loads(answer["HX-Trigger"])["toast"]


def reading(teams, on=TODAY, users=40):
    return make.UsageReadingFactory(tenant_service=teams, on=on, active_users=users)


# Looking


def test_the_share_is_a_bar_with_its_number_and_the_goal(client, owner, teams, page):
    reading(teams, dt.date(2026, 5, 12), 18)
    client.force_login(owner)
    shown = text(client.get(page))
    assert 'aria-label="18 percent active, goal 10"' in shown
    assert "18 active users, Tue 12 May" in shown
    assert "Enablement: 10 reached" in shown  # the tenant has fewer than 1,000 seats


def test_more_users_than_entitlements_are_printed_as_they_are_and_the_bar_ends(client, owner, teams, page):
    reading(teams, users=250)
    client.force_login(owner)
    shown = text(client.get(page))
    assert "250 %" in shown
    assert 'class="ok" width="100"' in shown
    assert "More than there are entitlements." in shown


def test_what_nobody_counted_is_said_and_is_a_link(client, owner, teams, page):
    client.force_login(owner)
    shown = text(client.get(page))
    assert "Not counted yet: Exchange, Teams" in shown
    assert f'href="{page}?service={teams.service_id}#service-{teams.service_id}"' in shown


def test_an_old_number_says_how_old_it_is(client, owner, teams, page):
    reading(teams, dt.date(2026, 3, 1))
    client.force_login(owner)
    assert "81 days ago" in text(client.get(page))


def test_a_trend_goes_through_the_readings(client, owner, teams, page):
    reading(teams, dt.date(2026, 5, 1), 10)
    reading(teams, dt.date(2026, 5, 11), 20)
    reading(teams, dt.date(2026, 5, 21), 40)
    client.force_login(owner)
    shown = text(client.get(page))
    assert 'aria-label="From 10 on 1 May 2026 to 40 on 21 May 2026"' in shown
    assert 'points="2.0,17.0 48.0,12.0 94.0,2.0"' in shown


def test_a_reader_sees_the_readings_and_nothing_to_change_them(client, leader, owner, teams, page):
    usage.record_usage(tenant_service=teams, on=TODAY, active_users=40, by=owner, today=TODAY)
    client.force_login(leader)
    shown = text(client.get(f"{page}?service={teams.service_id}"))
    assert '<td class="num">40</td>' in shown
    assert f'<td class="no-phone">{owner}</td>' in shown
    assert "<form" not in shown.split("<main")[1].split("</main>")[0]


def test_the_header_and_the_services_tab_say_it_too(client, owner, engagement, teams, page):
    reading(teams, users=18)
    client.force_login(owner)
    assert "1 of 2 services" in text(client.get(page))
    services = text(client.get(reverse("engagement_services", args=[engagement.pk])))
    assert f'href="{page}#service-{teams.service_id}">18 % active' in services


# Entering


def test_a_reading_is_entered_in_place_and_can_be_undone(client, owner, teams, save):
    client.force_login(owner)
    answer = client.post(save, {"on": "2026-05-20", "active_users": "1.200"}, headers=HTMX)
    assert UsageReading.objects.values_list("on", "active_users").get() == (dt.date(2026, 5, 20), 1200)
    assert f"#open-service-{teams.service_id}" in answer["HX-Trigger"]
    assert toasted(answer)["text"].startswith("Teams: 1,200 active users on 20 May 2026. That is more than")
    client.post(toasted(answer)["undo"], headers=HTMX)
    assert not UsageReading.objects.exists()


def test_the_same_day_again_is_a_correction_that_says_what_was_there(client, owner, colleague, teams, save):
    usage.record_usage(tenant_service=teams, on=TODAY, active_users=40, by=colleague, today=TODAY)
    client.force_login(owner)
    answer = client.post(save, {"on": TODAY.isoformat(), "active_users": "44"}, headers=HTMX)
    assert toasted(answer)["text"] == "Teams: 44 active users on 21 May 2026, before that 40."
    kept = UsageReading.objects.get()
    assert (kept.active_users, kept.by) == (44, owner)
    told = Event.objects.latest("pk")
    assert (told.verb, told.before["active_users"], told.after["active_users"]) == ("corrected", 40, 44)
    client.post(toasted(answer)["undo"], headers=HTMX)
    assert UsageReading.objects.get().active_users == 40


def test_the_form_of_a_reading_shows_what_is_kept(client, owner, teams, page):
    reading(teams, dt.date(2026, 5, 12), 18)
    client.force_login(owner)
    shown = text(client.get(f"{page}?service={teams.service_id}&on=2026-05-12"))
    assert 'name="active_users" value="18"' in shown
    assert "Correct a reading" in shown


def test_a_reading_that_somebody_else_corrected_meanwhile_is_not_overwritten(client, owner, colleague, teams, save):
    reading(teams, users=40)
    seen = {"seen": json.dumps({"on": TODAY.isoformat(), "active_users": 40})}
    usage.record_usage(tenant_service=teams, on=TODAY, active_users=50, by=colleague, today=TODAY)
    client.force_login(owner)
    sent = {"on": TODAY.isoformat(), "active_users": "60", "correcting": TODAY.isoformat(), **seen}

    asked = client.post(save, sent, headers=HTMX)

    assert asked.status_code == 409
    assert f"{colleague}" in text(asked)
    assert "Keep theirs: 50" in text(asked)
    assert UsageReading.objects.get().active_users == 50
    again = {**sent, "seen": json.dumps({"on": TODAY.isoformat(), "active_users": 50})}
    client.post(save, {**again, "keep-active_users": "theirs"}, headers=HTMX)
    assert UsageReading.objects.get().active_users == 50
    client.post(save, {**again, "keep-active_users": "mine"}, headers=HTMX)
    assert UsageReading.objects.get().active_users == 60


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"on": "2026-05-22", "active_users": "4"}, "This day is still to come."),
        ({"on": "0026-05-12", "active_users": "4"}, "Give the year with four digits"),
        ({"on": "soon", "active_users": "4"}, "Give a date, such as 2026-05-27."),
        ({"on": "", "active_users": "4"}, "Give the day on which they were counted."),
        ({"on": "2026-05-12", "active_users": ""}, "0 is a number too."),
        ({"on": "2026-05-12", "active_users": "-3"}, "is not a whole number from 0"),
        ({"on": "2026-05-12", "active_users": "99999999999"}, "is not a whole number from 0"),
    ],
)
def test_what_cannot_be_is_refused_and_kept_as_typed(client, owner, save, sent, said):
    client.force_login(owner)
    answer = client.post(save, sent, headers=HTMX)
    assert answer.status_code == 422
    assert said in text(answer)
    assert f'value="{sent["active_users"]}"' in text(answer) or not sent["active_users"]
    assert not UsageReading.objects.exists()


def test_a_day_is_entered_for_all_services_at_once(client, owner, engagement, teams, page):
    client.force_login(owner)
    sent = {"on": "2026-05-20", f"users_{teams.service_id}": "44"}
    exchange = engagement.tenant.services.get(service__name="Exchange")
    assert client.post(page, {**sent, f"users_{exchange.service_id}": "91"}).url == page
    assert sorted(UsageReading.objects.values_list("active_users", flat=True)) == [44, 91]
    client.post(page, sent)
    assert Event.objects.filter(object__startswith="usage:").count() == 2
    empty = client.post(page, {"on": "2026-05-20"})
    assert (empty.status_code, "at least one service" in text(empty)) == (422, True)


def test_a_wrong_reading_is_removed_and_can_come_back(client, owner, teams, save):
    reading(teams, users=40)
    client.force_login(owner)
    answer = client.post(save, {"do": "remove", "on": TODAY.isoformat()}, headers=HTMX)
    assert not UsageReading.objects.exists()
    assert toasted(answer)["text"] == "Teams: the reading of 21 May 2026 is removed."
    client.post(toasted(answer)["undo"], headers=HTMX)
    assert UsageReading.objects.get().active_users == 40


def test_removing_what_is_gone_says_so(client, owner, save):
    client.force_login(owner)
    answer = client.post(save, {"do": "remove", "on": TODAY.isoformat()}, headers=HTMX)
    assert toasted(answer) == {"text": "Somebody has taken this reading away already."}


def test_a_service_that_the_tenant_does_not_have_is_not_found(client, owner, engagement):
    client.force_login(owner)
    other = make.ServiceFactory(name="Yammer")
    address = reverse("usage_reading", args=[engagement.pk, other.pk])
    assert client.post(address, {"on": "2026-05-12", "active_users": "4"}).status_code == 404


def test_the_service_refuses_the_future_whoever_calls_it(owner, teams):
    with pytest.raises(Refused, match="still to come"):
        usage.record_usage(tenant_service=teams, on=TODAY + dt.timedelta(days=1), active_users=1, by=owner, today=TODAY)


# What follows


def test_lists_know_the_share_of_the_services_in_scope(owner, engagement, teams):
    usage.record_usage(tenant_service=teams, on=TODAY, active_users=18, by=owner, today=TODAY)
    assert EngagementSummary.objects.get(engagement=engagement).active_percent == 18
    usage.record_usage(tenant_service=teams, on=TODAY - dt.timedelta(days=9), active_users=90, by=owner, today=TODAY)
    assert EngagementSummary.objects.get(engagement=engagement).active_percent == 18  # the newest counts
    assert list(summaries.wrong_rows()) == []


def test_the_history_tells_it(client, owner, engagement, teams):
    usage.record_usage(tenant_service=teams, on=TODAY, active_users=1800, by=owner, today=TODAY)
    usage.remove_usage(tenant_service=teams, on=TODAY, by=owner)
    client.force_login(owner)
    shown = text(client.get(reverse("engagement_history", args=[engagement.pk]) + "?kind=services"))
    assert "entered the active users of Teams on 21 May 2026" in shown
    assert "removed the active users of Teams on 21 May 2026" in shown
    assert "1,800" in shown


def test_queries_do_not_grow_with_services_and_readings(
    client, owner, engagement, teams, page, django_assert_num_queries
):
    reading(teams)
    client.force_login(owner)
    client.get(page)
    with CaptureQueriesContext(connection) as few:
        client.get(f"{page}?service={teams.service_id}")
    for number in range(20):
        row = make.TenantServiceFactory(tenant=engagement.tenant)
        engagement.services.add(row.service)
        for days in range(3):
            reading(row, TODAY - dt.timedelta(days=days), number)
    with django_assert_num_queries(len(few)):
        client.get(f"{page}?service={teams.service_id}")
    assert len(few) <= 24
