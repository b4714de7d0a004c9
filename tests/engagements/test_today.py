"""Today: what needs a person, grouped by urgency, each thing with its reason and one action (DESIGN §8)."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from engagements.models import EngagementSummary, NextAction, Waiver
from engagements.selectors import today as selector
from engagements.selectors.today import today_page
from engagements.services import next_actions, summaries
from tests import factories as make
from tests.engagements.test_steps import write

DAY = dt.date(2026, 5, 21)  # a Thursday


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(dt.datetime(2026, 5, 21, 12, tzinfo=dt.UTC))


@pytest.fixture
def step(engagement):
    process = make.ProcessFactory(edition=engagement.edition, slug="kickoff")
    return make.StepFactory(process=process, slug="meet", title="Prepare for Kickoff Meeting")


@pytest.fixture
def line(step):
    return make.RequirementFactory(step=step, text="The customer agreed")


@pytest.fixture
def complete_dibs(engagement):
    for row in engagement.tenant.services.all():
        make.AdoptionRecordFactory(tenant_service=row, due_on=DAY + dt.timedelta(days=90))


@pytest.fixture
def promised(engagement, owner):
    """Something far away, so that the engagement has a next action."""
    return make.NextActionFactory(engagement=engagement, owner=owner, due_on=DAY + dt.timedelta(days=60))


@pytest.fixture
def open_page(client, owner):
    client.force_login(owner)
    return lambda: client.get(reverse("today"))


def promise(engagement, owner, on, **values):
    action = make.NextActionFactory(engagement=engagement, owner=owner, due_on=on, **values)
    summaries.refresh(engagement.pk)
    return action


def change(engagement, **values):
    EngagementSummary.objects.filter(pk=engagement.pk).update(**values)


def groups(user, today=DAY):
    return {group.title: group for group in today_page(user, today)["groups"]}


def test_a_new_engagement_proposes_its_next_step(
    engagement, owner, line, complete_dibs, promised, summarised, open_page
):
    summarised()
    found = groups(owner)
    assert list(found) == ["Next steps"]
    row = found["Next steps"].rows[0]
    assert row["what"] == "Start: Prepare for Kickoff Meeting"
    assert row["action_url"] == reverse("step_detail", args=[engagement.pk, "kickoff", "meet"])
    answer = open_page()
    assert "Start: Prepare for Kickoff Meeting" in answer.content.decode()
    assert "Nothing is urgent." in answer.content.decode()


def test_a_step_of_another_role_says_whom_it_waits_for(engagement, colleague, line, complete_dibs, summarised, owner):
    summarised()
    row = groups(colleague)["Next steps"].rows[0]
    assert row["why"].startswith("Waits for Ana (FastTrack Manager).")
    assert row["action"] == "Look at the step"


def test_what_is_late_comes_first_and_has_the_only_filled_button(engagement, owner, line, summarised, open_page):
    promise(engagement, owner, DAY - dt.timedelta(days=4), text="Send the agenda")
    page = today_page(owner, DAY)
    assert [group.title for group in page["groups"]] == ["Overdue", "DIBS missing", "Next steps"]
    assert page["lead"] == {
        "strong": "Two things need you.",
        "text": "Start with Northwind Traders: a next action is 4 days late.",
    }
    assert page["groups"][0].rows[0]["why"] == "Yours, a next action; was due Sun 17 May, 4 days late."
    assert open_page().content.decode().count("b-main") == 1


def test_overdue_is_before_today_and_due_today_is_not_overdue(engagement, owner, line, complete_dibs):
    promise(engagement, owner, DAY)
    assert list(groups(owner)) == ["Due today", "Next steps"]
    assert list(groups(owner, DAY + dt.timedelta(days=1)))[0] == "Overdue"


def test_today_is_the_readers_own(engagement, owner, line, client, time_machine):
    time_machine.move_to(dt.datetime(2026, 5, 21, 23, 30, tzinfo=dt.UTC))
    promise(engagement, owner, DAY, text="Send the agenda")
    client.force_login(owner)
    assert 'id="group-due"' in client.get(reverse("today")).content.decode()
    owner.time_zone = "Asia/Tokyo"
    owner.save()
    page = client.get(reverse("today")).content.decode()
    assert "Friday 22 May" in page
    assert 'id="group-overdue"' in page


def test_a_next_action_written_at_a_step_opens_the_step_and_others_are_marked_done(engagement, owner, step, line):
    write(engagement, owner, step, [line.pk], next_action="Send the deck", next_on=DAY, next_owner=owner)
    promise(engagement, owner, DAY, text="Call Priya")
    at_step, alone = groups(owner)["Due today"].rows
    assert (at_step["action"], at_step["what"]) == ("Open step", "Send the deck")
    assert at_step["action_url"].endswith("/steps/kickoff/meet/")
    assert (alone["action"], alone["post_url"]) == (
        "Mark done",
        reverse("next_action", args=[NextAction.objects.get(text="Call Priya").pk]),
    )


def test_done_from_the_page_comes_back_to_it_and_another_day_is_offered(engagement, owner, line, open_page, client):
    action = promise(engagement, owner, DAY)
    url = reverse("next_action", args=[action.pk])
    assert f'href="{url}?next=%2F%23act-0"' in open_page().content.decode()
    answer = client.post(url, {"done": "1", "next": "/"}, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert f"action-{action.pk}" not in answer.content.decode()


def test_what_is_done_leaves_and_asks_for_the_next(client, engagement, owner, line, complete_dibs):
    action = promise(engagement, owner, DAY)
    next_actions.finish(action_id=action.pk, by=owner)
    found = groups(owner)
    assert list(found) == ["Without a next action", "Next steps"]
    url = reverse("engagement_actions", args=[engagement.pk])
    assert found["Without a next action"].rows[0]["action_url"].startswith(f"{url}?next=")
    client.force_login(owner)
    added = {"text": "Call Priya", "due_on": "2026-06-01", "owner": owner.pk, "next": "/"}
    assert client.post(url, added).url == "/"
    assert list(groups(owner)) == ["Next steps"]


def test_a_dibs_date_that_passed_names_the_service(engagement, owner, line, complete_dibs):
    record = engagement.tenant.services.get(service__name="Teams").adoption
    record.due_on = DAY - dt.timedelta(days=1)
    record.save()
    summaries.refresh(engagement.pk)
    row = groups(owner)["Overdue"].rows[0]
    assert row["what"] == "DIBS due date of Teams"
    assert "1 day late" in row["why"]


def test_confirming_a_dibs_date_returns_to_the_place_of_its_row(client, engagement, owner, line, complete_dibs):
    record = engagement.tenant.services.get(service__name="Teams").adoption
    record.due_on = DAY - dt.timedelta(days=1)
    record.save()
    summaries.refresh(engagement.pk)
    client.force_login(owner)
    url = groups(owner)["Overdue"].rows[0]["action_url"]
    page = client.get(url).content.decode()
    assert page.count('name="next" value="/#act-0"') >= 1
    at = {"next": "/#act-0"}
    services = reverse("engagement_services", args=[engagement.pk])
    answer = client.post(services, {"do": "confirm", "services": [record.tenant_service.service_id]} | at)
    assert answer["Location"] == "/#act-0"
    edited = reverse("service_edit", args=[engagement.pk, record.tenant_service.service_id])
    answer = client.post(edited, {"due_on": "2026-12-01"} | at, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/#act-0"


def test_a_dibs_date_of_today_is_confirmed_where_today_leads_to(client, engagement, owner, line, complete_dibs):
    record = engagement.tenant.services.get(service__name="Teams").adoption
    record.due_on, record.confirmed_on = DAY, DAY - dt.timedelta(days=1)
    record.save()
    engagement.started_on = DAY - dt.timedelta(days=9)
    engagement.save()
    summaries.refresh(engagement.pk)
    client.force_login(owner)
    (row,) = groups(owner)["Due today"].rows
    assert (
        f'name="services" value="{record.tenant_service.service_id}"' in client.get(row["action_url"]).content.decode()
    )
    services = reverse("engagement_services", args=[engagement.pk])
    client.post(services, {"do": "confirm", "services": [record.tenant_service.service_id]})
    assert "Due today" not in groups(owner)


def test_a_ready_step_is_offered_to_complete_and_not_twice(engagement, owner, step, line, complete_dibs):
    write(engagement, owner, step, [line.pk])
    found = groups(owner)
    assert list(found) == ["Ready to complete", "Without a next action"]
    assert found["Ready to complete"].rows[0]["action"] == "Review and complete"


def test_a_blocked_task_says_which_and_since_when(engagement, owner, line, complete_dibs, summarised):
    summarised()
    change(
        engagement,
        tasks_blocked=2,
        blocked_task="1126 Assist with Enablement",
        blocked_status="Blocked-Technical-Customer",
        blocked_step_key="kickoff/meet",
        blocked_since=dt.date(2026, 5, 12),
    )
    row = groups(owner)["Blocked"].rows[0]
    assert row["why"] == "Task 1126 is Blocked-Technical-Customer since Tue 12 May. 1 more task blocked too."


def test_missing_dibs_are_named(engagement, owner, line, summarised):
    summarised()
    row = groups(owner)["DIBS missing"].rows[0]
    assert row["what"] == "Exchange has no due date, intent, business reason or success owner"
    assert row["action_url"] == reverse("engagement_services", args=[engagement.pk])


def test_a_parked_engagement_comes_back_on_its_day(engagement, owner, line, summarised):
    summarised()
    type(engagement).objects.filter(pk=engagement.pk).update(
        status="parked", parked_until=DAY, parked_reason="Budget is decided in May"
    )
    assert groups(owner, DAY - dt.timedelta(days=1)) == {}
    assert "Budget is decided in May" in groups(owner)["Back from parking"].rows[0]["why"]


def test_a_completed_step_that_no_longer_holds_is_shown(engagement, owner, line, summarised):
    summarised()
    change(engagement, steps_shaken=1)
    assert groups(owner)["Steps that no longer hold"].rows[0]["what"] == "1 completed step no longer holds"


def test_a_partner_is_not_promised_what_only_others_can_do(engagement, partner, step, line, summarised):
    summarised()
    change(engagement, steps_ready=1, ready_step_key=step.key, ready_step_title=step.title)
    found = groups(partner)
    assert "Ready to complete" not in found
    assert found["Next steps"].rows[0]["action"] == "Look at the step"
    type(step.process).objects.update(audience="partner")
    assert groups(partner)["Ready to complete"].rows[0]["action"] == "Review and complete"


def test_a_waiver_waits_for_a_manager_and_never_for_the_one_who_asked(engagement, owner, manager, step, line):
    run = write(engagement, owner, step)[0].engagement.step_runs.first()
    asked = {"run": run, "requirement": line, "reason": "No partner here", "asked_at": timezone.now()}
    waiver = Waiver.objects.create(**asked, asked_by=owner)
    summaries.refresh(engagement.pk)
    row = groups(manager)["Waivers to decide"].rows[0]
    assert "No partner here" in row["why"]
    back = "?next=%2F%23act-0"  # to where the next row stands by then
    assert row["action_url"] == reverse("waiver_decide", args=[waiver.pk]) + back
    assert "Waivers to decide" not in groups(owner)
    Waiver.objects.filter(pk=waiver.pk).update(asked_by=manager)
    assert "Waivers to decide" not in groups(manager)


def test_a_stranger_and_a_leader_have_nothing_to_do(engagement, stranger, leader, line, client):
    promise(engagement, stranger, DAY)
    for user in (stranger, leader):
        assert groups(user) == {}
        client.force_login(user)
        page = client.get(reverse("today")).content.decode()
        assert "Nothing needs you today" in page
        assert "Northwind" not in page


def test_a_closed_engagement_needs_nobody(engagement, owner, line):
    promise(engagement, owner, DAY)
    type(engagement).objects.filter(pk=engagement.pk).update(status="closed", closed_on=DAY)
    assert groups(owner) == {}


def test_the_strip_shows_ten_working_days_and_puts_weekends_on_friday(engagement, owner, line):
    promise(engagement, owner, dt.date(2026, 5, 23))
    days = today_page(owner, DAY)["days"]
    assert [day["name"] for day in days][:6] == ["Mon 18", "Tue 19", "Wed 20", "Thu 21", "Fri 22", "Mon 25"]
    assert days[4]["entries"] == [
        {"kind": "due", "text": "Sat: Northwind Traders", "late": False},
    ]
    assert days[4]["count"] == "1 due"
    assert days[3]["today"]


def test_the_strip_knows_the_holidays_of_the_tenants(engagement, owner, line, summarised):
    summarised()
    type(engagement.tenant).objects.update(country="US")
    monday = today_page(owner, DAY)["days"][5]
    assert monday["off"]
    assert monday["entries"] == [{"text": "Memorial Day, US"}]


def test_a_long_group_shows_its_first_rows_and_leads_to_the_rest(engagement, owner, line, monkeypatch, summarised):
    monkeypatch.setattr(selector, "SHOWN", 2)
    for _ in range(5):
        promise(engagement, owner, DAY - dt.timedelta(days=1))
    group = groups(owner)["Overdue"]
    assert (len(group.rows), group.count, group.rest) == (2, 5, "3 more in the portfolio")


def test_the_number_of_queries_does_not_grow(
    engagement, owner, manager, step, line, open_page, django_assert_max_num_queries
):
    def fill(times):
        for _ in range(times):
            other = make.EngagementFactory(edition=engagement.edition, tenant__customer=engagement.tenant.customer)
            make.AssignmentFactory(user=owner, tenant=other.tenant)
            promise(other, owner, timezone.localdate())
            promise(other, owner, timezone.localdate() - dt.timedelta(days=2))
            change(other, steps_shaken=1, tasks_blocked=1, blocked_task="1 A", blocked_step_key="kickoff/meet")

    fill(1)
    open_page()
    with django_assert_max_num_queries(11) as few:
        open_page()
    fill(6)
    with django_assert_max_num_queries(len(few)):
        open_page()


def test_partners_of_a_referral_who_did_not_get_in_touch_are_overdue(
    engagement, owner, partner, line, complete_dibs, summarised, open_page, client
):
    referral = make.ReferralFactory(
        engagement=engagement, ready=True, sent_on=DAY - dt.timedelta(days=7), contact_due_on=DAY - dt.timedelta(days=2)
    )
    make.ReferralPartnerFactory(referral=referral)
    summarised()
    row = groups(owner)["Overdue"].rows[0]
    assert row["why"] == "They had until Tue 19 May, 2 days late. Ask the customer, and write down who called."
    assert row["action_url"] == reverse("referral_detail", args=[engagement.pk])
    assert "Partners had until Tue 19 May to get in touch." in client_text(client, owner, engagement)
    assert "Overdue" not in groups(partner)  # a partner reads no referral
    change(engagement, referral_due_on=DAY)
    assert groups(owner)["Due today"].rows[0]["why"].startswith("They have until today.")


def client_text(client, user, engagement) -> str:
    client.force_login(user)
    return client.get(reverse("engagement_detail", args=[engagement.pk])).content.decode()


# Reviews ------------------------------------------------------------------------------------------------


def plan(engagement, owner, on, **rule):
    rule = make.CadenceRuleFactory(**({"kind": "governance", "name": "Governance review"} | rule))
    review = make.ReviewFactory(series__rule=rule, series__tenant=engagement.tenant, series__owner=owner, on=on)
    summaries.refresh(engagement.pk)
    return review


def test_a_review_that_was_not_held_is_overdue_and_opens(complete_dibs, engagement, owner):
    plan(engagement, owner, DAY - dt.timedelta(days=3))

    group = groups(owner)["Overdue"]

    assert (group.count, group.rows[0]["what"], group.rows[0]["action"]) == (1, "Governance review", "Open review")
    assert group.rows[0]["why"].startswith("Yours; was due Mon 18 May, 3 days late.")
    assert today_page(owner, DAY)["lead"]["text"].endswith("a governance review is 3 days late.")


def test_a_review_of_today_is_due_and_says_when(complete_dibs, engagement, owner, colleague):
    plan(engagement, owner, DAY)

    row = groups(colleague)["Due today"].rows[0]

    assert row["why"] == "Ana’s; today at 10:00, 30 minutes."


def test_a_review_of_two_engagements_needs_somebody_once(complete_dibs, engagement, owner):
    other = make.EngagementFactory(tenant=engagement.tenant)
    plan(engagement, owner, DAY)
    summaries.refresh(other.pk)

    assert groups(owner)["Due today"].count == 1


def test_a_review_that_is_still_to_come_needs_nobody_and_stands_in_the_two_weeks(complete_dibs, engagement, owner):
    plan(engagement, owner, DAY + dt.timedelta(days=1))

    page = today_page(owner, DAY)

    assert "Due today" not in {group.title for group in page["groups"]}
    friday = next(day for day in page["days"] if day["name"] == "Fri 22")
    assert friday["entries"][0]["text"].endswith("Governance review")


def test_partners_are_not_asked_for_reviews_without_partners(complete_dibs, engagement, owner, partner):
    plan(engagement, owner, DAY, partner="never")

    assert "Due today" not in groups(partner)
