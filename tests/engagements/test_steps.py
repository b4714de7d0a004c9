"""Doing a step: notes document lines, the gate decides, a receipt keeps on what (DESIGN §3)."""

import datetime as dt
import uuid

import pytest

from engagements.gate import GateClosed
from engagements.models import Event, Note, Receipt, StepRun
from engagements.services import notes, steps
from engagements.services.refusals import AlreadyCompleted, Refused
from engagements.walk import load_walk
from tests import factories as make

TODAY = dt.date(2026, 5, 21)


@pytest.fixture
def step(engagement):
    process = make.ProcessFactory(edition=engagement.edition, slug="kickoff")
    return make.StepFactory(process=process, slug="meet")


@pytest.fixture
def line(step):
    return make.RequirementFactory(step=step, text="The customer agreed")


def write(engagement, by, step=None, documents=(), **values):
    new = notes.NewNote(token=values.pop("token", None) or uuid.uuid4(), body=values.pop("body", "We met."), **values)
    place = notes.StepPlace(step.key, documents=tuple(documents)) if step else None
    return notes.write_note(engagement_id=engagement.pk, note=new, by=by, today=TODAY, at_step=place)


def complete(engagement, step, by, **values):
    return steps.complete_step(engagement_id=engagement.pk, step_key=step.key, by=by, today=TODAY, **values)


def test_an_open_step_is_refused_with_what_is_left_and_nothing_is_written(engagement, owner, step, line):
    with pytest.raises(GateClosed) as refused:
        complete(engagement, step, owner)
    assert [blocker.text for blocker in refused.value.verdict.blockers] == ["The customer agreed"]
    assert not Receipt.objects.exists()
    assert not StepRun.objects.exists()


def test_one_note_documents_a_line_and_the_step_closes_with_a_receipt(engagement, owner, step, line):
    note, new = write(engagement, owner, step, [line.pk])
    assert new
    receipt = complete(engagement, step, owner)
    assert receipt.gate_input["outputs"][0]["proofs"][0]["id"] == note.pk
    assert load_walk(engagement.pk, TODAY).place(step.key).state == "Complete"
    assert Event.objects.filter(verb="completed", actor=owner).exists()


def test_the_same_form_twice_is_one_note(engagement, owner, step, line):
    token = uuid.uuid4()
    first, _ = write(engagement, owner, step, [line.pk], token=token)
    second, new = write(engagement, owner, step, [line.pk], token=token)
    assert (first.pk, new) == (second.pk, False)
    assert Note.objects.count() == 1


def test_the_second_person_learns_who_was_faster(engagement, owner, colleague, step, line):
    write(engagement, owner, step, [line.pk])
    receipt = complete(engagement, step, owner)
    with pytest.raises(AlreadyCompleted) as faster:
        complete(engagement, step, colleague)
    assert faster.value.receipt == receipt
    assert Receipt.objects.count() == 1


def test_a_note_written_too_late_is_kept(engagement, owner, colleague, step, line):
    write(engagement, owner, step, [line.pk])
    complete(engagement, step, owner)
    with pytest.raises(AlreadyCompleted):
        write(engagement, colleague, step, [line.pk], body="I was there too.")
    assert Note.objects.filter(author=colleague, body="I was there too.").exists()


def test_a_note_of_another_category_does_not_document_the_line(engagement, owner, step, line):
    with pytest.raises(Refused, match="asks for a note of the category Engagement Management"):
        write(engagement, owner, step, [line.pk], category="technical-enablement")
    assert not Note.objects.exists()


def test_reopening_needs_a_reason_keeps_the_receipt_and_marks_later_steps(engagement, owner, step, line):
    later = make.StepFactory(process=step.process, slug="later")
    make.RequirementFactory(step=later, section="input", checks=[f"step:{step.key}"])
    write(engagement, owner, step, [line.pk])
    receipt = complete(engagement, step, owner)
    complete(engagement, later, owner)
    with pytest.raises(Refused, match="Say why"):
        steps.reopen_step(receipt_id=receipt.pk, by=owner, today=TODAY, why=" ")
    steps.reopen_step(receipt_id=receipt.pk, by=owner, today=TODAY, why="The customer changed their mind")
    receipt.refresh_from_db()
    assert receipt.reopened_by == owner
    walk = load_walk(engagement.pk, TODAY)
    assert not walk.place(step.key).is_done
    assert walk.place(later.key).is_shaken
    assert "changed their mind" in walk.place(later.key).run.needs_another_look
