"""Notes as files: what was searched for, nothing that a spreadsheet would run; and all of an engagement to print."""

import csv
import datetime as dt
import io
import uuid

import openpyxl
import pytest
from django.urls import reverse

from engagements import spreadsheets
from engagements.selectors import note_export, note_library
from engagements.selectors.note_export import COLUMNS
from engagements.services import notes
from tests import factories as make

NOON = dt.datetime(2026, 5, 21, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def export(client):
    def ask(by, query="", **headers):
        client.force_login(by)
        return client.get(f"{reverse('note_export')}?{query}", headers=headers)

    return ask


@pytest.fixture
def document(client, engagement):
    def ask(by):
        client.force_login(by)
        return client.get(reverse("engagement_notes_print", args=[engagement.pk]))

    return ask


def table(answer, between=","):
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=between))


def sheet(answer):
    return openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active


def text(answer):
    return " ".join(answer.content.decode().split())


def test_the_file_holds_what_was_searched_for_in_its_order(export, owner, engagement):
    task = make.FtopTaskFactory(number=4047)
    about = {"task": task, "services": [make.ServiceFactory(name="Teams")], "escalated": True}
    note = make.NoteFactory(engagement=engagement, body="A pilot\nbegan", author=owner, **about)
    make.NextActionFactory(note=note, engagement=engagement, text="Call", due_on=dt.date(2026, 5, 27), owner=owner)
    make.NoteFactory(engagement=engagement, body="Something else")
    answer = export(owner, "q=pilots")
    assert answer["Content-Disposition"] == 'attachment; filename="notes-2026-05-21.csv"'
    assert answer["Cache-Control"] == "private, no-store"
    [row] = table(answer)
    assert list(row) == [*COLUMNS, "Address"]
    assert row["Text"] == "A pilot\nbegan"
    said = ("Customer", "Category", "Written on", "At", "Author", "Services", "Task", "Escalated", "Next action on")
    assert [row[name] for name in said] == [
        *("Northwind Traders", "Engagement Management", "2026-05-21", "12:00", "Ana", "Teams", "4047", "Yes"),
        "2026-05-27",
    ]
    assert row["Address"] == f"http://testserver/engagements/{engagement.pk}/notes/{note.pk}/"


def test_a_stranger_exports_nothing_and_a_german_excel_gets_semicolons(export, stranger, owner, engagement):
    make.NoteFactory(engagement=engagement)
    assert table(export(stranger)) == []
    assert len(table(export(owner, **{"Accept-Language": "de-DE"}), ";")) == 1


def test_a_workbook_holds_dates_numbers_and_long_texts(export, owner, engagement):
    make.NoteFactory(engagement=engagement, body="word " * 20_000)
    answer = export(owner, "format=xlsx")
    assert answer["Content-Type"] == spreadsheets.XLSX
    found = sheet(answer)
    cells = {head.value: cell for head, cell in zip(found[1], found[2], strict=True)}
    assert found.title == "Notes"
    assert cells["Written on"].is_date
    assert cells["TPID"].data_type == "n"
    assert len(cells["Text"].value) == 32_767
    assert cells["Text"].value.endswith("(the rest does not fit into a cell)")


@pytest.mark.parametrize("body", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx"])
def test_what_a_spreadsheet_would_run_is_text(export, owner, engagement, body):
    note = make.NoteFactory(engagement=engagement, body=body)
    make.NextActionFactory(note=note, engagement=engagement, text=body)
    [row] = table(export(owner))
    assert row["Text"] == row["Next action"] == f"'{body}"
    assert f"'{body}" in [cell.value for cell in sheet(export(owner, "format=xlsx"))[2]]


def test_a_file_says_what_it_leaves_out(export, owner, engagement, monkeypatch, client):
    for module in (note_library, note_export):
        monkeypatch.setattr(module, "MOST", 3)
    for n in range(5):
        make.NoteFactory(engagement=engagement, body=f"pilot {n}", created_at=NOON - dt.timedelta(days=n))
    for query in ("", "q=pilot", "sort=tenant"):
        rows = table(export(owner, query))
        assert {row["Text"] for row in rows[:3]} == {"pilot 0", "pilot 1", "pilot 2"}
        assert rows[3]["Customer"].startswith("More notes were found; these are the newest 3.")
    page = text(client.get(reverse("note_library"), {"q": "pilot"}))
    assert "Only the newest 3 go into a file." in page
    assert "/notes/export/?q=pilot&amp;format=xlsx" in page


def test_queries_do_not_grow_with_the_notes(client, owner, engagement, django_assert_num_queries):
    client.force_login(owner)
    address = reverse("note_export")
    make.NoteFactory(engagement=engagement)
    client.get(address)
    with django_assert_num_queries(7):
        b"".join(client.get(address).streaming_content)
    for _ in range(30):
        make.NoteFactory(engagement=engagement)
    with django_assert_num_queries(7):
        b"".join(client.get(address).streaming_content)


def test_the_document_holds_every_note_in_order(document, owner, engagement, time_machine):
    step = make.StepFactory(process=make.ProcessFactory(edition=engagement.edition), title="Hold the Kickoff")
    line = make.RequirementFactory(step=step, text="The customer agreed")
    new = notes.NewNote(token=uuid.uuid4(), body="**First** words")
    place = notes.StepPlace(step.key, documents=(line.pk,))
    time_machine.move_to(NOON - dt.timedelta(days=2), tick=False)
    first, _ = notes.write_note(engagement_id=engagement.pk, note=new, by=owner, today=NOON.date(), at_step=place)
    time_machine.move_to(NOON, tick=False)
    later = make.NoteFactory(engagement=engagement, body="Later words", corrects=first, escalated=True)
    make.NextActionFactory(note=later, engagement=engagement, text="Send the deck", owner=owner)
    page = text(document(owner))
    assert page.index("<strong>First</strong> words") < page.index("Later words")
    assert "2 notes, Tue 19 May to Today" in page
    assert "1. Engagement Management" in page
    assert "Tuesday 19 May 2026, 12:00" in page
    assert "<strong>Next:</strong> Send the deck, Ana, due Wed 27 May" in page
    assert "Hold the Kickoff (1 line)<ul><li>The customer agreed</li></ul>" in page
    assert f'<a href="#h-{first.pk}">Corrects an earlier note</a>' in page
    assert f'<a href="#h-{later.pk}">Corrected by a later note</a>' in page


def test_an_engagement_without_notes_says_so_and_a_stranger_gets_none(document, owner, stranger):
    assert "Nobody has written about this engagement." in text(document(owner))
    assert document(stranger).status_code == 404


def test_the_document_asks_as_often_for_many_notes(client, owner, engagement, django_assert_num_queries):
    client.force_login(owner)
    address = reverse("engagement_notes_print", args=[engagement.pk])
    make.NoteFactory(engagement=engagement)
    client.get(address)
    with django_assert_num_queries(11):
        client.get(address)
    for _ in range(30):
        make.NoteFactory(engagement=engagement)
    with django_assert_num_queries(11):
        client.get(address)
