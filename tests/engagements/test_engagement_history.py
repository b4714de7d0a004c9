"""The history of an engagement reads as sentences about people, steps, tasks and records."""

import datetime as dt
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from engagements.models import Event, NextAction
from engagements.services import conditions, customers, events, notes, steps, tasks, waivers
from engagements.services import engagements as services
from playbook.compiled import forget_compiled
from tests import factories as make
from tests.engagements.test_steps import write

TODAY = timezone.localdate()
# Session, user, engagement as walked, header; then count, page and the names that the ids stand for.
QUERIES = 35


@pytest.fixture
def step(engagement):
    process = make.ProcessFactory(edition=engagement.edition, slug="acm")
    step = make.StepFactory(process=process, slug="meet", title="Meet the customer")
    make.ListingFactory(step=step, task__number=983)
    return step


@pytest.fixture
def line(step):
    return make.RequirementFactory(step=step, text="The customer agreed")


@pytest.fixture
def page(client, engagement):
    def get(user, **query):
        client.force_login(user)
        return client.get(reverse("engagement_history", args=[engagement.pk]), query)

    return get


def told(response) -> list[str]:
    """ "Ana completed Meet the customer": the rows as sentences."""
    return [f"{row['actor']} {row['text']}" for row in response.context["events"]]


def set_task(engagement, by, status, **values):
    place = {"engagement_id": engagement.pk, "number": 983, "by": by, "today": TODAY}
    return tasks.set_task_status(**place, status=status, **values)


def complete(engagement, step, by):
    return steps.complete_step(engagement_id=engagement.pk, step_key=step.key, by=by, today=TODAY)


def test_a_stranger_gets_404_and_a_reader_reads(page, stranger, leader, engagement):
    assert page(stranger).status_code == 404
    assert page(leader).status_code == 200


def test_nothing_has_happened_yet(page, owner):
    assert "Nothing has happened yet" in page(owner).content.decode()


def test_doing_a_step_reads_as_sentences_the_newest_first(page, owner, engagement, step, line):
    write(engagement, owner, step, [line.pk])
    set_task(engagement, owner, "In Progress")
    set_task(engagement, owner, "Complete", reason="All partners called")
    receipt = complete(engagement, step, owner)
    response = page(owner)
    assert told(response) == [
        "Ana completed Meet the customer",
        "Ana set task 983 from In Progress to Complete",
        "Ana set task 983 from Not Started to In Progress",
        "Ana documented 1 line of Meet the customer",
        "Ana wrote a note, Engagement Management",
    ]
    rows = response.context["events"]
    assert rows[0]["url"] == reverse("receipt_detail", args=[engagement.pk, receipt.pk])
    assert rows[1]["after"] == "All partners called"
    assert rows[3]["after"] == "The customer agreed"


def test_reopening_keeps_the_reason(page, owner, engagement, step, line):
    write(engagement, owner, step, [line.pk])
    set_task(engagement, owner, "Complete")
    receipt = complete(engagement, step, owner)
    steps.reopen_step(receipt_id=receipt.pk, by=owner, today=TODAY, why="Wrong date")
    row = page(owner).context["events"][0]
    assert (row["text"], row["after"]) == ("reopened Meet the customer", "Wrong date")


def test_waivers_name_what_is_waived(page, owner, manager, engagement, step, line):
    waiver = waivers.ask_waiver(
        engagement_id=engagement.pk,
        step_key=step.key,
        by=owner,
        today=TODAY,
        reason="No need",
        requirement=line.pk,
    )
    waivers.decide_waiver(waiver_id=waiver.pk, by=manager, today=TODAY, grant=True, answer="Agreed")
    assert told(page(owner)) == [
        "Joana granted the waiver of “The customer agreed” in Meet the customer",
        "Ana asked to waive “The customer agreed” in Meet the customer",
    ]


def test_answers_name_the_question_and_the_service(page, owner, engagement):
    make.ConditionFactory(edition=engagement.edition, key="csm", question="Is a CSM there?", scope="service")
    teams = engagement.services.get(name="Teams")
    answer = {"engagement_id": engagement.pk, "key": "csm", "by": owner, "today": TODAY, "service_id": teams.pk}
    conditions.answer_condition(**answer, said="yes", why="Nils took over")
    assert told(page(owner)) == ["Ana answered yes to “Is a CSM there?” for Teams"]
    conditions.answer_condition(**answer, said="no")
    row = page(owner).context["events"][0]
    assert (row["text"], row["before"]) == ("answered no to “Is a CSM there?” for Teams", "yes")


def test_what_happens_to_the_tenant_belongs_to_the_history(page, owner, engagement):
    row = engagement.tenant.services.get(service__name="Teams")
    priya = make.ContactFactory(customer=engagement.tenant.customer, name="Priya Raman")
    customers.record_adoption(
        tenant_service=row, by=owner, today=TODAY, due_on=dt.date(2026, 6, 30), success_owner=priya, intent="yes"
    )
    customers.enable_service(tenant_service=row, on=dt.date(2026, 5, 11), by=owner)
    customers.assign_csm(tenant=engagement.tenant, csm=priya, by=owner)
    customers.set_account_managed(customer=engagement.tenant.customer, managed=True, by=owner)
    response = page(owner)
    assert told(response) == [
        "Ana said whether a Microsoft account team is there",
        "Ana set the Customer Success Manager",
        "Ana enabled Teams as of 11 May 2026",
        "Ana recorded DIBS and SSAT of Teams",
    ]
    assert response.context["events"][1]["after"] == "Priya Raman"
    assert (
        response.context["events"][3]["after"]
        == "due date 30 Jun 2026, intent intends to deploy, success owner Priya Raman"
    )


def test_people_are_named_by_id_so_an_erased_contact_is_nameless(page, owner, engagement):
    priya = make.ContactFactory(customer=engagement.tenant.customer, name="Priya Raman")
    customers.assign_csm(tenant=engagement.tenant, csm=priya, by=owner)
    engagement.tenant.refresh_from_db()
    customers.assign_csm(tenant=engagement.tenant, csm=None, by=owner)
    priya.delete()
    assert "Priya" not in page(owner).content.decode()
    assert page(owner).context["events"][0]["before"] == "somebody who is gone"


def test_next_actions_are_told_by_their_words(page, owner, engagement):
    action = make.NextActionFactory(engagement=engagement, owner=owner, text="Call Priya")
    notes.move_next_action(action_id=action.pk, to=dt.date(2026, 6, 2), by=owner, why="She is away")
    notes.finish_next_action(action_id=action.pk, by=owner)
    response = page(owner)
    assert told(response) == ["Ana did: Call Priya", "Ana moved the next action: Call Priya"]
    assert response.context["events"][1]["before"] == "27 May 2026"
    assert response.context["events"][1]["after"] == "2 Jun 2026: She is away"


def test_parking_and_closing_keep_their_words(page, owner, engagement):
    services.park_engagement(
        engagement_id=engagement.pk, until=TODAY + dt.timedelta(9), why="Waits for budget", by=owner, today=TODAY
    )
    services.resume_engagement(engagement_id=engagement.pk, by=owner)
    services.close_engagement(engagement_id=engagement.pk, outcome="All enabled", by=owner, today=TODAY)
    rows = page(owner).context["events"]
    assert [row["text"].split(" until")[0] for row in rows] == [
        "closed the engagement",
        "resumed the engagement",
        "parked the engagement",
    ]
    assert [row["after"] for row in rows] == ["All enabled", "", "Waits for budget"]


def test_an_unknown_event_is_told_as_it_was_written(page, owner, engagement):
    events.record("imported", "usage", by=None, engagement=engagement)
    assert told(page(owner)) == ["Somebody imported usage"]


def test_other_engagements_of_the_tenant_stay_out(page, owner, engagement):
    other = make.EngagementFactory(tenant=engagement.tenant, edition=engagement.edition, services=["Yammer"])
    events.record("closed", "engagement", by=owner, engagement=other)
    assert told(page(owner)) == []


def test_a_kind_narrows_and_an_empty_one_leads_back(page, owner, engagement, step):
    set_task(engagement, owner, "In Progress")
    write(engagement, owner)
    assert told(page(owner, kind="tasks")) == ["Ana set task 983 from Not Started to In Progress"]
    response = page(owner, kind="questions")
    assert "Show everything" in response.content.decode()
    assert len(told(page(owner, kind="nonsense"))) == 2


def test_fifty_to_a_page(page, owner, engagement):
    for n in range(60):
        events.record("imported", f"row {n}", by=owner, engagement=engagement)
    first, second = page(owner), page(owner, page=2)
    assert len(told(first)) == 50
    assert "1–50 of 60" in first.content.decode()
    assert len(told(second)) == 10
    assert "page=2" in first.context["older_url"]
    assert len(told(page(owner, page="lost"))) == 50


def test_htmx_gets_the_events_alone(client, owner, engagement):
    client.force_login(owner)
    url = reverse("engagement_history", args=[engagement.pk])
    html = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in html
    assert 'id="events"' in html


def test_times_are_the_readers_own(page, owner, engagement):
    at = dt.datetime(2026, 5, 21, 23, 30, tzinfo=dt.UTC)
    events.record("imported", "usage", by=owner, engagement=engagement, at=at)
    owner.time_zone = "Asia/Tokyo"
    owner.save()
    assert "Fri 22 May" in " ".join(unescape(strip_tags(page(owner).content.decode())).split())


def test_queries_do_not_grow_with_events(page, owner, manager, engagement, step, line, django_assert_num_queries):
    def live(n):
        write(engagement, owner, step, [line.pk], body=f"Note {n}")
        set_task(engagement, owner, "In Progress")
        row = engagement.tenant.services.first()
        contact = make.ContactFactory(customer=engagement.tenant.customer)
        customers.record_adoption(tenant_service=row, by=owner, today=TODAY, success_owner=contact)
        action = NextAction.objects.create(engagement=engagement, text="Call", due_on=TODAY, owner=owner)
        notes.finish_next_action(action_id=action.pk, by=owner)
        events.record("chose", f"step:{step.key}", by=owner, engagement=engagement, after={"route": line.pk})

    waivers.ask_waiver(
        engagement_id=engagement.pk, step_key=step.key, by=owner, today=TODAY, reason="No need", number=983
    )
    live(0)
    page(owner)
    with django_assert_num_queries(QUERIES):
        page(owner)
    for n in range(1, 6):
        live(n)
    forget_compiled()
    page(owner)
    with django_assert_num_queries(QUERIES):
        page(owner)
    assert Event.objects.count() > 30
