"""The row that lists read is written with every change, and says what the rules say (DESIGN §3)."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engagements.models import EngagementSummary, TenantService
from engagements.services import (
    adoption,
    closing,
    conditions,
    customers,
    engagements,
    notes,
    steps,
    summaries,
    tasks,
    waivers,
)
from engagements.walk import load_walk
from tests import factories as make

TODAY = dt.date(2026, 5, 21)


@pytest.fixture
def line(engagement):
    process = make.ProcessFactory(edition=engagement.edition, slug="kickoff", phase__name="Initiate")
    step = make.StepFactory(process=process, slug="meet", when="wanted")
    make.ConditionFactory(edition=engagement.edition, key="wanted")
    make.ListingFactory(step=step, task__number=994)
    make.StepFactory(process=process, slug="later")
    return make.RequirementFactory(step=step)


def row(engagement):
    return EngagementSummary.objects.get(engagement=engagement)


def test_every_service_leaves_the_row_as_the_rules_have_it(engagement, owner, manager, line):
    """One life of an engagement, looked at after each thing that happens."""
    at = {"engagement_id": engagement.pk, "by": owner, "today": TODAY}
    step = {"step_key": line.step.key}
    teams = TenantService.objects.get(tenant=engagement.tenant, service__name="Teams")
    action = {"next_action": "Call", "next_on": TODAY, "next_owner": owner}
    new = notes.NewNote(token=uuid.uuid4(), body="We met.", **action)

    def note():
        notes.write_note(**at, note=new, at_step=notes.StepPlace(line.step.key, documents=(line.pk,)))

    def waive():
        waiver = waivers.ask_waiver(**at, **step, number=994, reason="Held before")
        assert row(engagement).waivers_open == 1
        waivers.decide_waiver(waiver_id=waiver.pk, by=manager, today=TODAY, grant=True)

    def reopen():
        receipt = load_walk(engagement.pk, TODAY).place(line.step.key).receipt
        steps.reopen_step(receipt_id=receipt.pk, by=owner, today=TODAY, why="Too early")

    happenings = [
        lambda: conditions.answer_condition(**at, key="wanted", said="yes"),
        lambda: tasks.set_task_status(**at, number=994, status="Blocked-Business", reason="No budget"),
        note,
        waive,
        lambda: adoption.record_adoption(tenant_service=teams, by=owner, today=TODAY, due_on=TODAY, intent="yes"),
        lambda: customers.enable_service(tenant_service=teams, on=TODAY, by=owner),
        lambda: steps.complete_step(**at, **step),
        reopen,
        lambda: conditions.answer_condition(**at, key="wanted", said="no"),
        lambda: engagements.park_engagement(**at, until=TODAY + dt.timedelta(days=9), why="Year end"),
        lambda: engagements.resume_engagement(engagement_id=engagement.pk, by=owner),
        lambda: closing.close_engagement(**at, outcome="Done", ended_as="withdrew"),
    ]
    for happens in happenings:
        happens()
        assert list(summaries.wrong_rows()) == []


def test_it_names_the_phase_the_next_step_and_what_is_left(engagement, owner, line, summarised):
    summarised()
    said = row(engagement)
    assert (said.phase, said.next_step_title, said.next_step_left) == ("Initiate", "Meet", 2)
    assert (said.steps_done, said.steps_total) == (0, 2)
    assert said.dibs_missing_count == 2


def test_queries_do_not_grow_with_engagements(engagement, owner, line, django_assert_num_queries):
    summaries.refresh_many([engagement.pk])
    with CaptureQueriesContext(connection) as one:
        summaries.refresh_many([engagement.pk])
    more = [make.EngagementFactory(edition=engagement.edition).pk for _ in range(5)]
    with django_assert_num_queries(len(one)):
        summaries.refresh_many([engagement.pk, *more])
