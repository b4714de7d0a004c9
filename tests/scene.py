"""An engagement in which something of everything has happened, for tests that go through all addresses."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from engagements import models
from engagements.services import customers, notes, steps, waivers
from tests import factories as make

TODAY = dt.date(2026, 5, 21)


@dataclass
class Scene:
    """The rows that addresses name."""

    engagement: models.Engagement
    step: Any
    line: Any
    stated: Any
    group: Any
    route: Any
    key_output: Any
    note: models.Note
    evidence: models.Evidence
    action: models.NextAction
    waiver: models.Waiver
    receipt: models.Receipt
    contact: models.Contact
    service: Any
    task: Any
    batch: models.ImportBatch
    event: models.Event
    assignment: models.Assignment
    assignment_at_customer: models.Assignment
    handover: models.Handover
    review: models.Review
    draft: models.NoteDraft
    mention: models.Mention
    bulk: models.BulkChange
    escalation: models.Escalation

    @property
    def at_step(self) -> list:
        return [self.engagement.pk, self.step.process.slug, self.step.slug]


def set_up(engagement: models.Engagement, by: models.User, mark: str = "") -> Scene:
    """``mark`` goes into every text that people write, and into every title."""
    edition, tenant = engagement.edition, engagement.tenant
    phase = make.PhaseFactory(edition=edition)
    process = make.ProcessFactory(
        edition=edition, phase=phase, slug="acm-conversation", title=f"ACM {mark}", audience="partner"
    )
    make.ConditionFactory(edition=edition, key="wanted", question=f"Is a partner wanted? {mark}")
    step = make.StepFactory(process=process, slug="request-a-partner", title=f"Request a Partner {mark}")
    line = make.RequirementFactory(step=step, text=f"The customer saw the deck {mark}", when="wanted")
    stated = make.RequirementFactory(step=step, text=f"An SME is there {mark}", checks=["attest"])
    group = make.RequirementFactory(step=step, text=f"One of {mark}", rule="one of", checks=[])
    route = make.RequirementFactory(step=step, parent=group, text=f"Own partner {mark}")
    make.RequirementFactory(step=step, parent=group, text="Another partner")
    key_output = make.RequirementFactory(
        step=None, process=process, section="key_output", text=f"Decided {mark}", checks=["attest"]
    )
    task = make.FtopTaskFactory(number=983, name=f"QuickLeads {mark}")
    make.ListingFactory(step=step, task=task, mandatory=False)
    done = make.StepFactory(process=process, slug="prepare", title=f"Prepare {mark}")
    make.StepFactory(process=process, slug="follow-up", title=f"Follow up {mark}")

    new = notes.NewNote(
        token=uuid.uuid4(),
        body=f"We met. {mark}",
        escalated=True,
        next_action=f"Call them {mark}",
        next_on=TODAY,
        next_owner=by,
    )
    at = {"engagement_id": engagement.pk, "by": by, "today": TODAY}
    note, _ = notes.write_note(note=new, at_step=notes.StepPlace(step.key, documents=(line.pk,)), **at)
    steps.link_note(step_key=done.key, note_id=note.pk, requirements=[], **at)
    receipt = steps.complete_step(step_key=done.key, **at)
    waiver = waivers.ask_waiver(step_key=step.key, requirement=stated.pk, reason=f"Not needed {mark}", **at)
    contact = make.ContactFactory(customer=tenant.customer, name=f"Priya Raman {mark}"[:200])
    tenant_service = tenant.services.first()
    make.AdoptionRecordFactory(tenant_service=tenant_service, success_owner=contact)
    make.CadenceRuleFactory(kind="check-in", name="Success check-in")
    customers.set_account_managed(customer=tenant.customer, managed=True, by=by)
    engineer = {"user": make.UserFactory(username=f"eve-{tenant.pk}"), "role": make.RoleFactory(name="SME")}
    return Scene(
        engagement=engagement,
        step=step,
        line=line,
        stated=stated,
        group=group,
        route=route,
        key_output=key_output,
        note=note,
        evidence=models.Evidence.objects.get(run__step=step, requirement=line),
        action=note.next_action,
        waiver=waiver,
        receipt=receipt,
        contact=contact,
        service=tenant_service.service,
        task=task,
        batch=make.ImportBatchFactory(uploaded_by=by),
        assignment=make.AssignmentFactory(tenant=tenant, focus="identity", **engineer),
        assignment_at_customer=make.AssignmentFactory(
            tenant=None, customer=tenant.customer, focus="identity", **engineer
        ),
        handover=make.HandoverFactory(engagement=engagement, giver=by, why=f"I go on leave {mark}"),
        review=make.ReviewFactory(series__tenant=tenant, series__owner=by),
        draft=make.NoteDraftFactory(user=by, engagement=engagement, values={"body": f"Not yet a note {mark}"}),
        mention=make.MentionFactory(note=note, user=by),
        bulk=make.BulkChangeFactory(by=by, ids=[engagement.pk]),
        escalation=models.Escalation.objects.create(note=note, user=by),
        event=models.Event.objects.filter(object="account team", actor=by).latest("pk"),
    )


@pytest.fixture
def scene(engagement, owner):
    return set_up(engagement, owner)
