"""`verify_gates` finds what no longer stands; `rebuild_summaries` draws every row anew."""

import datetime as dt
import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from engagements.models import AdoptionRecord, EngagementSummary, Receipt
from engagements.services import notes, steps
from engagements.services.summaries import wrong_rows
from tests import factories as make

TODAY = dt.date(2026, 5, 21)


@pytest.fixture
def receipt(engagement, owner):
    """A step that was completed on a note and on complete DIBS."""
    for row in engagement.tenant.services.all():
        make.AdoptionRecordFactory(tenant_service=row)
    step = make.StepFactory(process__edition=engagement.edition, slug="meet")
    line = make.RequirementFactory(step=step, text="The customer agreed")
    make.RequirementFactory(step=step, section="input", text="DIBS are captured", checks=["dibs"])
    notes.write_note(
        engagement_id=engagement.pk,
        note=notes.NewNote(token=uuid.uuid4(), body="We met."),
        by=owner,
        today=TODAY,
        at_step=notes.StepPlace(step.key, documents=(line.pk,)),
    )
    return steps.complete_step(engagement_id=engagement.pk, step_key=step.key, by=owner, today=TODAY)


def verify():
    out, errors = StringIO(), StringIO()
    try:
        call_command("verify_gates", stdout=out, stderr=errors)
    except CommandError as failed:
        return out.getvalue(), errors.getvalue(), str(failed)
    return out.getvalue(), errors.getvalue(), ""


def test_receipts_that_stand_are_counted(receipt):
    assert verify() == ("1 receipt checked, 1 passes.\n0 completed steps no longer hold on live data.\n", "", "")


@pytest.mark.django_db
def test_nothing_to_verify_is_no_failure():
    assert verify()[0].startswith("0 receipts checked, 0 pass.")


def test_a_receipt_that_was_tampered_with_is_named_with_what_is_missing(receipt):
    receipt.gate_input["outputs"][0]["proofs"] = []
    receipt.save()
    _, errors, failed = verify()
    assert f"Receipt {receipt.pk}" in errors
    assert "The customer agreed" in errors
    assert failed == f"1 of 1 receipts fails: {receipt.pk}."


def test_a_reopened_receipt_is_verified_too(receipt):
    Receipt.objects.filter(pk=receipt.pk).update(reopened_at="2026-05-22T10:00Z", gate_input={})
    _, errors, failed = verify()
    assert "cannot be read" in errors
    assert failed


def test_a_receipt_of_unknown_rules_is_not_passed_over(receipt):
    Receipt.objects.filter(pk=receipt.pk).update(rule_version=99)
    assert "version 99 of the rules" in verify()[1]


def test_a_step_that_live_data_no_longer_lets_pass_is_counted_and_is_no_failure(receipt):
    AdoptionRecord.objects.update(success_owner=None)
    said, _, failed = verify()
    assert "1 completed step no longer holds on live data." in said
    assert not failed


def test_closed_engagements_are_not_held_against_live_data(receipt):
    AdoptionRecord.objects.update(success_owner=None)
    type(receipt.engagement).objects.update(status="closed", closed_on=TODAY)
    assert "0 completed steps" in verify()[0]


def test_verifying_asks_no_more_for_many_receipts(receipt, django_assert_max_num_queries):
    with django_assert_max_num_queries(5) as captured:
        verify()
    before = len(captured)
    receipt.reopened_at = "2026-05-22T10:00Z"
    Receipt.objects.bulk_create(
        Receipt(**{f.attname: getattr(receipt, f.attname) for f in Receipt._meta.concrete_fields if f.name != "id"})
        for _ in range(300)
    )
    with django_assert_max_num_queries(before):
        assert verify()[0].startswith("301 receipts checked, 301 pass.")


def test_summaries_are_drawn_anew(receipt):
    EngagementSummary.objects.update(steps_done=77)
    out = StringIO()
    call_command("rebuild_summaries", stdout=out)
    assert out.getvalue() == "1 summary redrawn.\n"
    assert EngagementSummary.objects.get().steps_done == 1
    assert list(wrong_rows()) == []
