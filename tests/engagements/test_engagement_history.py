"""The history of an engagement reads as sentences about people, steps, tasks and records."""

import csv
import datetime as dt
import io
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from engagements.models import Event, NextAction
from engagements.selectors.history import engagement_events
from engagements.selectors.history.names import NAMED, VALUES
from engagements.selectors.history.objects import KINDS, OBJECTS
from engagements.services import (
    adoption,
    closing,
    conditions,
    contacts,
    customers,
    events,
    next_actions,
    steps,
    tasks,
    waivers,
)
from engagements.services import engagements as services
from engagements.walk import load_walk
from playbook.compiled import forget_compiled
from tests import factories as make
from tests.engagements.test_steps import write

TODAY = timezone.localdate()
# Session, user, engagement as walked, header; then count, page, who did something, and what the ids stand for.
QUERIES = 26


def written(verb, object, *, by, engagement=None, customer=None, at=None) -> Event:
    """An event as some other version of the desk wrote it, of which this one knows no sentence."""
    tenant = engagement.tenant if engagement else None
    at = at or timezone.now()
    return Event.objects.create(
        verb=verb, object=object, actor=by, engagement=engagement, tenant=tenant, customer=customer, at=at
    )


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
    adoption.record_adoption(
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
        "Ana placed the entitlements of Teams",
        "Ana recorded DIBS and SSAT of Teams",
    ]
    assert response.context["events"][1]["after"] == "Priya Raman"
    assert response.context["events"][4]["after"] == "due date 30 Jun 2026, success owner Priya Raman"


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
    next_actions.move(action_id=action.pk, to=dt.date(2026, 6, 2), by=owner, why="She is away")
    next_actions.finish(action_id=action.pk, by=owner)
    response = page(owner)
    assert told(response) == ["Ana did: Call Priya", "Ana moved the next action: Call Priya"]
    assert response.context["events"][1]["before"] == "27 May 2026"
    assert response.context["events"][1]["after"] == "2 Jun 2026: She is away"


def test_parking_and_closing_keep_their_words(page, owner, engagement):
    services.park_engagement(
        engagement_id=engagement.pk, until=TODAY + dt.timedelta(9), why="Waits for budget", by=owner, today=TODAY
    )
    services.resume_engagement(engagement_id=engagement.pk, by=owner)
    closing.close_engagement(
        engagement_id=engagement.pk, outcome="All enabled", ended_as="withdrew", by=owner, today=TODAY
    )
    rows = page(owner).context["events"]
    assert [row["text"].split(" until")[0] for row in rows] == [
        "closed the engagement",
        "resumed the engagement",
        "parked the engagement",
    ]
    assert [row["after"] for row in rows] == ["The customer withdrew: All enabled", "", "Waits for budget"]


def test_an_unknown_event_is_told_as_it_was_written(page, owner, engagement):
    written("imported", "weather", by=None, engagement=engagement)
    assert told(page(owner)) == ["Somebody imported weather"]


def test_other_engagements_of_the_tenant_stay_out(page, owner, engagement):
    other = make.EngagementFactory(tenant=engagement.tenant, edition=engagement.edition, services=["Yammer"])
    events.record("closed", "engagement", by=owner, engagement=other)
    assert told(page(owner)) == []


def test_what_happens_to_the_customer_is_told_once_in_each_of_its_engagements(page, owner, engagement):
    customer = engagement.tenant.customer
    make.AssignmentFactory(user=owner, customer=customer, tenant=None)
    other = make.EngagementFactory(tenant__customer=customer, edition=engagement.edition)
    stranger = make.EngagementFactory(edition=engagement.edition)
    written("rated", "somewhere", by=owner, customer=customer)
    for one, said in ((engagement, 1), (other, 1), (stranger, 0)):
        walk = load_walk(one.pk, TODAY)
        assert len(engagement_events(walk, {})["events"]) == said


def test_every_sentence_has_a_kind_and_knows_what_its_ids_name():
    assert {known.kind for known in OBJECTS.values()} <= set(KINDS)
    assert {known.names for known in OBJECTS.values() if known.names} | set(VALUES.values()) <= set(NAMED)


def test_a_kind_narrows_and_an_empty_one_leads_back(page, owner, engagement, step):
    set_task(engagement, owner, "In Progress")
    write(engagement, owner)
    assert told(page(owner, kind="tasks")) == ["Ana set task 983 from Not Started to In Progress"]
    response = page(owner, kind="questions")
    assert "Show everything" in response.content.decode()
    assert len(told(page(owner, kind="nonsense"))) == 2


def test_a_person_narrows(page, owner, colleague, engagement):
    written("imported", "one", by=owner, engagement=engagement)
    written("imported", "two", by=colleague, engagement=engagement)
    response = page(owner, who=colleague.pk)
    assert told(response) == ["Sam imported two"]
    assert [one["label"] for one in response.context["people"]] == ["Ana", "Sam"]
    assert "Only: by Sam" in response.content.decode()


def test_days_narrow_in_the_readers_own_zone(page, owner, engagement):
    owner.time_zone = "Asia/Tokyo"
    owner.save()
    for day, hour, what in ((20, 14, "one"), (20, 16, "two"), (21, 16, "three")):
        at = dt.datetime(2026, 5, day, hour, tzinfo=dt.UTC)
        written("imported", what, by=owner, engagement=engagement, at=at)
    assert told(page(owner, since="2026-05-21")) == ["Ana imported three", "Ana imported two"]
    assert told(page(owner, since="2026-05-21", until="2026-05-21")) == ["Ana imported two"]
    assert told(page(owner, until="2026-05-20")) == ["Ana imported one"]


@pytest.mark.parametrize("query", [{"since": "soon"}, {"until": "2026-02-31"}, {"who": "9" * 30}, {"who": "ana"}])
def test_what_it_does_not_know_filters_nothing(page, owner, engagement, query):
    written("imported", "one", by=owner, engagement=engagement)
    assert told(page(owner, **query)) == ["Ana imported one"]


def test_words_are_found_in_the_sentences_and_in_what_was_before_and_after(page, owner, engagement, step, line):
    write(engagement, owner, step, [line.pk])
    set_task(engagement, owner, "In Progress", reason="Déjà vu")
    assert told(page(owner, q="MEET documented")) == ["Ana documented 1 line of Meet the customer"]
    assert told(page(owner, q="deja")) == ["Ana set task 983 from Not Started to In Progress"]
    response = page(owner, q="ana 983", kind="tasks")
    assert "Only: Tasks, with “ana 983”" in response.content.decode()
    assert told(page(owner, q="nowhere")) == []


def test_words_are_looked_for_in_the_newest_and_the_page_says_so(page, owner, engagement, monkeypatch):
    monkeypatch.setattr("engagements.selectors.history.page.LOOKED_THROUGH", 3)
    for n in range(5):
        written("imported", f"row {n}", by=owner, engagement=engagement)
    response = page(owner, q="row")
    assert len(told(response)) == 3
    assert "Looked through the newest 3." in response.content.decode()


def test_the_address_keeps_the_filter_from_page_to_page(page, owner, engagement):
    for n in range(60):
        written("imported", f"row {n}", by=owner, engagement=engagement)
    address = page(owner, who=owner.pk, q="row", since="2026-01-01").context["older_url"]
    assert address.endswith(f"?who={owner.pk}&since=2026-01-01&q=row&page=2")


def test_the_export_is_what_was_asked_for_and_holds_no_formula(client, owner, leader, stranger, engagement, step):
    set_task(engagement, owner, "In Progress", reason="=1+1")
    write(engagement, owner)
    url = reverse("engagement_history_export", args=[engagement.pk])
    client.force_login(owner)
    answer = client.get(url, {"kind": "tasks"})
    assert answer["Content-Disposition"] == f'attachment; filename="history-{engagement.pk}.csv"'
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head == ["When", "Who", "What", "Before", "Now", "Page"]
    assert [row[1:3] + row[4:5] for row in rows] == [["Ana", "set task 983 from Not Started to In Progress", "'=1+1"]]
    assert len(client.get(url, {"q": "note"}).content.decode().splitlines()) == 2
    client.force_login(leader)
    assert client.get(url).status_code == 200
    client.force_login(stranger)
    assert client.get(url).status_code == 404


def test_no_event_holds_the_name_of_a_person_of_the_customer(owner, engagement):
    customer, row = engagement.tenant.customer, engagement.tenant.services.first()
    contact = contacts.add_contact(customer=customer, name="Priya Raman", by=owner)
    contacts.change_contact(contact=contact, by=owner, title="CIO")
    today = {"by": owner, "today": TODAY}
    adoption.capture_adoption(tenant=engagement.tenant, services=[row.service], owner_name="Priya Raman", **today)
    customers.assign_csm(tenant=engagement.tenant, csm=None, csm_name="Priya Raman", by=owner)
    assert Event.objects.count() >= 4
    assert not [event for event in Event.objects.all() if "Priya" in f"{event.object}{event.before}{event.after}"]


def test_fifty_to_a_page(page, owner, engagement):
    for n in range(60):
        written("imported", f"row {n}", by=owner, engagement=engagement)
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
    written("imported", "usage", by=owner, engagement=engagement, at=at)
    owner.time_zone = "Asia/Tokyo"
    owner.save()
    assert "Fri 22 May" in " ".join(unescape(strip_tags(page(owner).content.decode())).split())


def test_queries_do_not_grow_with_events(page, owner, manager, engagement, step, line, django_assert_num_queries):
    def live(n):
        write(engagement, owner, step, [line.pk], body=f"Note {n}")
        set_task(engagement, owner, "In Progress")
        row = engagement.tenant.services.first()
        contact = make.ContactFactory(customer=engagement.tenant.customer)
        adoption.record_adoption(tenant_service=row, by=owner, today=TODAY, success_owner=contact)
        action = NextAction.objects.create(engagement=engagement, text="Call", due_on=TODAY, owner=owner)
        next_actions.finish(action_id=action.pk, by=owner)
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
