"""The Notes tab: writing outside a step, finding again, what each note documents (R50–R52)."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from engagements.models import Event, NextAction, Note
from engagements.services import notes
from tests import factories as make

NOON = dt.datetime(2026, 5, 21, 12, tzinfo=dt.UTC)
TODAY = NOON.date()
HTMX = {"HX-Request": "true"}
AT_MOST = 16  # queries, three of them for the composer


@pytest.fixture(autouse=True)
def _on_21_may():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def page(engagement):
    return reverse("engagement_notes", args=[engagement.pk])


def typed(**values):
    return {"token": str(uuid.uuid4()), "category": "engagement-management", "body": "We spoke with Priya.", **values}


def text(response):
    return " ".join(response.content.decode().split())


def test_a_note_is_written_without_a_step_and_stands_first(client, owner, engagement, page):
    make.NoteFactory(engagement=engagement, body="Older", created_at=NOON - dt.timedelta(days=2))
    client.force_login(owner)
    answer = client.post(page, typed(next_action="Call Priya", next_on="2026-05-27", next_owner=owner.pk))
    note = Note.objects.get(body="We spoke with Priya.")
    assert answer.url == f"{page}?saved={note.pk}#note-{note.pk}"
    assert (note.author, note.services.count(), note.documents.count()) == (owner, 2, 0)
    shown = text(client.get(answer.url))
    assert shown.index("We spoke with Priya.") < shown.index("Older")
    assert "Saved just now" in shown
    assert "Next: Call Priya, Ana, due Wed 27 May" in shown
    assert f'<meta name="kept-clear" content="{owner.pk}:note-{engagement.pk}">' in shown


def test_by_htmx_the_draft_is_cleared_and_the_focus_is_on_the_note(client, owner, page):
    client.force_login(owner)
    answer = client.post(page, typed(), headers=HTMX)
    note = Note.objects.get()
    assert answer.status_code == 200
    assert f"#note-{note.pk}" in answer["HX-Trigger"]
    assert '"kept": {"value": "clear"}' in answer["HX-Trigger"]
    assert "We spoke with Priya.</textarea>" not in text(answer)


def test_the_same_form_twice_is_one_note(client, owner, page):
    client.force_login(owner)
    sent = typed()
    for _ in range(2):
        assert client.post(page, sent).status_code == 302
    assert Note.objects.count() == 1


def test_a_number_that_is_no_task_is_said_beside_the_field_and_the_text_is_kept(client, owner, page):
    client.force_login(owner)
    answer = client.post(page, typed(task="99999"))
    assert answer.status_code == 422
    assert "Value is not a valid Task Id." in text(answer)
    assert "We spoke with Priya.</textarea>" in text(answer)
    assert not Note.objects.exists()


def test_a_day_that_has_passed_is_asked_about_once(client, owner, page):
    client.force_login(owner)
    sent = typed(next_action="Call Priya", next_on="2026-05-20", next_owner=owner.pk)
    asked = client.post(page, sent)
    assert asked.status_code == 422
    assert "This day has passed. Save again to keep it." in text(asked)
    assert 'name="kept_day" value="2026-05-20"' in text(asked)
    other = client.post(page, sent | {"kept_day": "2026-05-20", "next_on": "2026-05-19"})
    assert other.status_code == 422
    assert client.post(page, sent | {"kept_day": "2026-05-20"}).status_code == 302
    assert NextAction.objects.get().due_on == dt.date(2026, 5, 20)


def test_category_and_words_find_a_note(client, owner, engagement, page):
    make.NoteFactory(engagement=engagement, body="The firewall blocks Teams", category="technical-enablement")
    make.NoteFactory(engagement=engagement, body="Kickoff agreed")
    client.force_login(owner)
    found = text(client.get(page, {"q": "FIREWALL"}))
    assert "The firewall blocks Teams" in found
    assert "Kickoff agreed" not in found
    assert "No note matches" in text(client.get(page, {"q": "firewall", "category": "migration"}))
    assert "Kickoff agreed" in text(client.get(page, {"category": "nonsense", "page": "99"}))


def test_25_notes_stand_on_a_page(client, owner, engagement, page):
    for _ in range(26):
        make.NoteFactory(engagement=engagement)
    client.force_login(owner)
    first = text(client.get(page, {"q": "customer"}))
    assert "1–25 of 26" in first
    assert "?q=customer&amp;page=2" in first
    assert "26–26 of 26" in text(client.get(page, {"page": 2}))


def test_a_note_names_the_steps_that_it_documents(client, owner, engagement, page):
    step = make.StepFactory(process=make.ProcessFactory(edition=engagement.edition, slug="kickoff"), slug="meet")
    line = make.RequirementFactory(step=step, text="The customer agreed")
    here = notes.StepPlace(step.key, documents=(line.pk,))
    new = notes.NewNote(token=uuid.uuid4(), body="They agreed.")
    note, _ = notes.write_note(engagement_id=engagement.pk, note=new, by=owner, today=TODAY, at_step=here)
    client.force_login(owner)
    link = f'<a href="{reverse("step_detail", args=[engagement.pk, "kickoff", "meet"])}">Meet (1 line)</a>'
    assert link in text(client.get(page))
    alone = text(client.get(reverse("note_detail", args=[engagement.pk, note.pk])))
    assert link in alone
    assert "The customer agreed" in alone


def test_what_somebody_typed_is_never_markup(client, owner, engagement, page):
    make.NoteFactory(engagement=engagement, body="<script>alert(1)</script>\n\n**bold**")
    client.force_login(owner)
    shown = text(client.get(page))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<p><strong>bold</strong></p>" in shown


def test_a_note_of_another_engagement_is_404(client, owner, engagement):
    other = make.NoteFactory()
    client.force_login(owner)
    assert client.get(reverse("note_detail", args=[engagement.pk, other.pk])).status_code == 404


def test_a_reader_reads_and_may_not_write(client, leader, engagement, page):
    action = make.NextActionFactory(engagement=engagement, note=make.NoteFactory(engagement=engagement))
    client.force_login(leader)
    shown = text(client.get(page))
    assert "We spoke with the customer." in shown
    assert 'id="composer"' not in shown
    assert "Done, or another day" not in shown
    assert "Move to this day" not in text(client.get(reverse("note_detail", args=[engagement.pk, action.note_id])))
    assert client.post(page, typed()).status_code == 403


def test_a_stranger_gets_404(client, stranger, engagement, page):
    note = make.NoteFactory(engagement=engagement)
    client.force_login(stranger)
    assert client.get(page).status_code == 404
    assert client.post(page, typed()).status_code == 404
    assert client.get(reverse("note_detail", args=[engagement.pk, note.pk])).status_code == 404


def test_a_partner_writes_at_an_assigned_tenant(client, partner, page):
    client.force_login(partner)
    assert client.post(page, typed()).status_code == 302
    assert Note.objects.get().author == partner


def test_queries_do_not_grow_with_200_notes(client, owner, engagement, page, django_assert_num_queries):
    step = make.StepFactory(process=make.ProcessFactory(edition=engagement.edition), slug="meet")
    line = make.RequirementFactory(step=step)

    def write(number):
        here = notes.StepPlace(step.key, documents=(line.pk,))
        new = notes.NewNote(
            token=uuid.uuid4(),
            body=f"Note {number}",
            services=tuple(engagement.services.values_list("pk", flat=True)),
            next_action="Call",
            next_on=TODAY,
            next_owner=owner,
        )
        return notes.write_note(engagement_id=engagement.pk, note=new, by=owner, today=TODAY, at_step=here)[0]

    first = write(0)
    client.force_login(owner)
    client.get(page)
    with CaptureQueriesContext(connection) as few:
        client.get(page)
    queries = len(few)
    assert queries <= AT_MOST
    for number in range(1, 10):
        write(number)
    for _ in range(190):
        make.NoteFactory(engagement=engagement, author=make.UserFactory())
    with django_assert_num_queries(queries):
        client.get(page)
    assert client.get(reverse("note_detail", args=[engagement.pk, first.pk])).status_code == 200
    assert Event.objects.filter(verb="wrote").count() == 10


NASTY = "http://a." * 11_111


def test_notes_that_are_too_much_for_a_page_show_their_beginning_and_the_way_to_all_of_them(
    client, owner, engagement, page
):
    for number in range(30):
        make.NoteFactory(engagement=engagement, body=f"Number {number}\n" + NASTY)
    short = make.NoteFactory(engagement=engagement, body="A **short** one")
    client.force_login(owner)
    shown = client.get(page).content.decode()
    assert len(shown) < 600_000
    assert "<strong>short</strong>" in shown
    assert "Read the whole note (100,0" in shown
    whole = client.get(reverse("note_detail", args=[engagement.pk, short.pk - 1])).content.decode()
    assert "Read the whole note" not in whole
    assert whole.count("http://a.") >= 11_111


def test_the_document_of_such_notes_comes_in_parts_that_hold_all_of_them(client, owner, engagement):
    notes = [make.NoteFactory(engagement=engagement, body=f"Number {number}\n" + NASTY) for number in range(12)]
    make.NoteFactory(engagement=engagement, body="It was wrong.", corrects=notes[0])
    client.force_login(owner)
    address = reverse("engagement_notes_print", args=[engagement.pk])
    parts = [text(client.get(f"{address}?part={part}")) for part in (1, 2, 3)]
    assert all(len(part) < 3_000_000 for part in parts)
    for number, note in enumerate(notes):
        assert sum(f'id="h-{note.pk}"' in part and f"Number {number}" in part for part in parts) == 1
    assert "13 notes" in parts[2]
    assert f'href="?part=1#h-{notes[0].pk}"' in parts[2]
    for wrong in ("0", "-1", "99", "x", "٣"):
        assert client.get(f"{address}?part={wrong}").status_code == 200


def test_a_preview_of_what_is_too_long_says_so(client, owner, engagement):
    client.force_login(owner)
    answer = client.post(reverse("note_preview", args=[engagement.pk]), {"body": "a" * 100_001})
    assert "A note has at most 100,000 characters; this one has 100,001." in text(answer)
