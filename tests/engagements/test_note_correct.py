"""A correction is a new note that points at the old one; both say so, and nothing of the old one changes (R50)."""

import uuid

import pytest
from django.urls import reverse

from engagements.models import Event, Note
from engagements.services import notes
from engagements.services.refusals import Refused
from engagements.walk import load_walk
from tests import factories as make
from tests.scene import TODAY


@pytest.fixture
def teams(db):
    return make.ServiceFactory(name="Teams")


@pytest.fixture
def note(engagement, owner, teams):
    return make.NoteFactory(
        engagement=engagement, author=owner, category="migration", services=[teams], body="500 seats"
    )


@pytest.fixture
def correct(client, engagement):
    def post(by, note, body, **more):
        client.force_login(by)
        url = reverse("note_correct", args=[engagement.pk, note.pk])
        return client.post(url, {"token": str(uuid.uuid4()), "body": body} | more)

    return post


@pytest.fixture
def page(client, engagement):
    def get(name, *args, **query):
        return client.get(reverse(name, args=[engagement.pk, *args]), query)

    return get


def text(response):
    return " ".join(response.content.decode().split())


def test_it_begins_with_the_old_text_and_keeps_category_services_and_task(client, owner, note, correct, page, teams):
    client.force_login(owner)
    assert page("note_correct", note.pk).context["form"]["body"].value() == "500 seats"
    answer = correct(owner, note, "5,000 seats")
    new = Note.objects.get(corrects=note)
    assert answer.url == reverse("note_detail", args=[note.engagement_id, new.pk])
    assert (new.body, new.category, list(new.services.all())) == ("5,000 seats", "migration", [teams])
    note.refresh_from_db()
    assert note.body == "500 seats"


def test_both_say_so(client, colleague, note, correct, page):
    correct(colleague, note, "5,000 seats")
    new = Note.objects.get(corrects=note)
    assert "Corrected by Sam today" in text(page("note_detail", note.pk))
    assert 'Corrects <a href="' in text(page("note_detail", new.pk))
    listed = text(page("engagement_notes"))
    assert "Corrected by Sam today" in listed
    assert "Corrects <a" in listed
    assert Event.objects.get(verb="corrected").object == f"note:{note.pk}"
    assert "corrected a note" in text(page("engagement_history"))


def test_a_chain_leads_to_the_newest(client, owner, note, correct, page):
    correct(owner, note, "5,000 seats")
    second = Note.objects.get(corrects=note)
    correct(owner, second, "5,001 seats")
    third = Note.objects.get(corrects=second)
    assert page("note_correct", note.pk).url == reverse("note_correct", args=[note.engagement_id, third.pk])
    assert "Correct the newest" in text(page("note_detail", note.pk))
    shown = text(page("note_detail", second.pk))
    assert "Corrects <a" in shown
    assert "Corrected by Ana" in shown


def test_of_two_who_correct_it_the_second_is_told(client, owner, colleague, note, correct):
    correct(owner, note, "5,000 seats")
    late = correct(colleague, note, "4,000 seats")
    assert late.status_code == 422
    assert "Ana has corrected this note meanwhile. Open theirs, and correct that." in text(late)
    assert "4,000 seats" in text(late)
    assert Note.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "Write what happened"),
        ("500 seats", "This is what the note says already."),
        ("x" * 100_001, "A note has at most 100,000 characters."),
    ],
)
def test_what_is_no_correction_is_refused_with_a_sentence(owner, note, correct, body, said):
    answer = correct(owner, note, body)
    assert answer.status_code == 422
    assert said in text(answer)
    assert Note.objects.count() == 1


def test_a_double_click_saves_one(owner, note, correct):
    token = str(uuid.uuid4())
    answers = [correct(owner, note, "5,000 seats", token=token) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Note.objects.count() == 2


def test_a_note_of_another_engagement_is_not_corrected_here(owner, engagement, correct):
    other = make.NoteFactory()
    assert correct(owner, other, "Mine now").status_code == 404
    new = notes.NewNote(token=uuid.uuid4(), body="Mine now", corrects=other.pk)
    with pytest.raises(Refused, match="no such note"):
        notes.write_note(engagement_id=engagement.pk, note=new, by=owner, today=TODAY)


def test_the_evidence_stays_with_the_old_note_and_says_that_it_was_corrected(owner, scene, correct, page):
    correct(owner, scene.note, "We did not meet.")
    shown = text(page("note_detail", scene.note.pk))
    assert "It was corrected since; look whether it still holds." in shown
    place = load_walk(scene.engagement.pk, TODAY).place(scene.step.key)
    assert [row.note_id for row in place.run.evidence_rows if row.note_id] == [scene.note.pk]
    scene.receipt.refresh_from_db()
    assert scene.receipt.reopened_at is None
    step = page("step_detail", scene.step.process.slug, scene.step.slug)
    assert "Corrected by Ana" in text(step)


def test_a_reader_is_offered_nothing(client, leader, note, page):
    client.force_login(leader)
    assert (
        reverse("note_correct", args=[note.engagement_id, note.pk]) not in page("note_detail", note.pk).content.decode()
    )
    assert "Correct</a>" not in page("engagement_notes").content.decode()
