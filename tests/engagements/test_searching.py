"""One table of notes and questions, with one answer on both databases; words follow the notes they belong to."""

import datetime as dt
import random
import uuid
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from engagements import guards
from engagements.models import NoteWords
from engagements.searching.excerpts import LENGTH, excerpt
from engagements.searching.matching import fit, holding
from engagements.searching.query import LONGEST, MOST, Part, read
from engagements.services import erasure, notes
from tests import factories as make

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 5, 21, 12, tzinfo=dt.UTC)

NOTES = {
    "kickoff": "Kickoff held. Priya agreed to the rollout plan; we sent the deck.",
    "blocked": "Migration is blocked: the firewall of the data centre drops Teams traffic.",
    "ärzte": "Die Ärzte müssen Postfächer migrieren. Straße 983",
    "chinese": "启动会议在周五举行，客户同意。",
    "numbers": "Task 983 and #4047: 1,200 mailboxes by 2026-06-30.",
    "marks": "O'Brien said \"100% of it\" isn't e-mail; see C:\\temp\\* and a_b.",
    "russian": "Да, встреча в пятницу",
    "repeats": "budget budget budget",
    "aside": "The budget was named once in a long talk about many other things of the year.",
    "empty": "…",
}
QUESTIONS = [
    ("migrations", {"blocked"}),
    ("MIGRATE", {"blocked"}),
    ("sending decks", {"kickoff"}),
    ("agree plans", {"kickoff"}),
    ("arzte", {"ärzte"}),
    ("ÄRZTE strasse", {"ärzte"}),
    ("983", {"ärzte", "numbers"}),
    ("#983", {"ärzte", "numbers"}),
    ("98", set()),
    ("983 -ärzte", {"numbers"}),
    ("983 -mailbox", {"ärzte"}),
    ("-budget -kickoff -983 -migration", {"chinese", "marks", "russian", "empty"}),
    ('"rollout plan"', {"kickoff"}),
    ('"plan rollout"', set()),
    ("plan rollout", {"kickoff"}),
    ("“rollout plans”", {"kickoff"}),
    ('-"rollout plan" priya', set()),
    ('"data center"', set()),
    ('"data centre drops', {"blocked"}),
    ("fire*", {"blocked"}),
    ('"drops teams" traff*', {"blocked"}),
    ("fi*", set()),
    ("mail*", {"numbers", "marks"}),
    ("会议", {"chinese"}),
    ("议会", set()),
    ("客户 启动", {"chinese"}),
    ("да", {"russian"}),
    ("встреча", {"russian"}),
    ("e-mail", {"marks"}),
    ("email", set()),
    ("o'brien", {"marks"}),
    ("100%", {"marks"}),
    ("a_b", {"marks"}),
    ("C:\\temp", {"marks"}),
    ("budget", {"repeats", "aside"}),
    ("budget budget", {"repeats", "aside"}),
    ('"budget budget"', {"repeats"}),
    ("2026-06-30", {"numbers"}),
    ("1,200", {"numbers"}),
    ("kickoff OR firewall", set()),
    ("NOT kickoff", set()),
    ("words:kickoff", set()),
    ("kickoff' OR '1'='1", set()),
    ("'; DROP TABLE engagements_note; --", set()),
    ("kickoff & !firewall | <-> :*", set()),
    ("NEAR(kickoff held)", set()),
    ("kickoff\x00held", {"kickoff"}),
]


@pytest.fixture
def written(engagement):
    rows = [
        make.NoteFactory(engagement=engagement, body=body, created_at=NOON + dt.timedelta(minutes=at))
        for at, body in enumerate(NOTES.values())
    ]
    return {row.pk: name for row, name in zip(rows, NOTES, strict=True)}


def names(written, text):
    return {written[pk] for pk in holding(NoteWords.objects.all(), read(text)).values_list("pk", flat=True)}


@pytest.mark.parametrize(("question", "answer"), QUESTIONS, ids=[question for question, _ in QUESTIONS])
def test_a_question_finds_the_same_notes_on_both_databases(written, question, answer):
    assert names(written, question) == answer


def test_the_best_comes_first_by_the_same_measure_on_both_databases(written):
    asked = read("budget")
    rows = holding(NoteWords.objects.all(), asked).annotate(fit=fit(asked)).order_by("-fit", "-created_at")
    assert [written[row.pk] for row in rows] == ["repeats", "aside"]
    assert [round(row.fit, 6) for row in rows] == [0.857265, 0.708717]


@pytest.mark.parametrize("text", ["", "  \n", "\x00"])
def test_nothing_asked_is_no_question(text):
    assert read(text).is_empty
    assert not read(text).refusal


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\\", "There is no word in that"),
        ('"', "There is no word in that"),
        ("***", "There is no word in that"),
        ('- -- "" \' %', "There is no word in that"),
        ("x" * 10_000, f"look for at most {LONGEST}"),
        (" ".join(f"w{n}" for n in range(MOST + 1)), f"Those are {MOST + 1} words"),
    ],
)
def test_what_cannot_be_looked_for_is_refused_in_a_sentence_and_finds_nothing(written, text, said):
    assert said in read(text).refusal
    assert names(written, text) == set()


def test_a_beginning_of_two_letters_is_a_word_and_that_is_said(written):
    assert read("te*").hint == "At least 3 letters go before a star; “te” is taken as a whole word."
    assert not read("team*").hint


def test_any_text_is_answered(written):
    dice = random.Random(7)
    letters = "ab \"'*-\\%_()&|!<>:;,~^{}[]…ä会\u0301\u200b\ud7ff\U0001f44d\t"
    for _ in range(150):
        text = "".join(dice.choice(letters) for _ in range(dice.randrange(1, 30)))
        with transaction.atomic():
            found = names(written, text)
        assert found <= set(written.values())
        if read(text).is_empty or read(text).refusal:
            assert found == set()


def test_phrases_are_found_at_the_end_of_a_long_note(engagement):
    body = "The plan was discussed again. " * 3_000 + "The pilot group was named."
    note = make.NoteFactory(engagement=engagement, body=body)
    assert names({note.pk: "long"}, '"pilot group"') == {"long"}
    assert names({note.pk: "long"}, '"named the plan"') == set()


@pytest.fixture
def new(owner):
    def build(**values):
        return notes.NewNote(
            **{"token": uuid.uuid4(), "body": "We agreed on the pilots.", "next_owner": owner, "next_on": NOON.date()}
            | values
        )

    return build


def test_a_note_is_found_in_the_transaction_that_writes_it(owner, engagement, new):
    task = make.FtopTaskFactory(number=4047)
    note = new(next_action="Send the survey", task=task.pk)
    saved, _ = notes.write_note(engagement_id=engagement.pk, note=note, by=owner, today=NOON.date())
    found = {saved.pk: "it"}
    for text in ("agreeing pilot", "surveys", "4047", '"send the survey"'):
        assert names(found, text) == {"it"}
    assert names(found, '"pilots send"') == set()
    row = NoteWords.objects.get()
    assert (row.tenant_id, row.author, row.escalated) == (engagement.tenant_id, owner, False)


def test_an_erased_name_is_found_no_more(owner, admin, engagement):
    contact = make.ContactFactory(customer=engagement.tenant.customer, name="Priya Raman")
    note = make.NoteFactory(engagement=engagement, body="Priya Raman agreed to the pilot.")
    make.NextActionFactory(engagement=engagement, note=note, text="Call Priya Raman", owner=owner)
    found = {note.pk: "it"}
    call_command("rebuild_note_words", stdout=StringIO())
    assert names(found, "raman") == {"it"}
    texts = {note.pk: "The sponsor agreed to the pilot."}
    erasure.erase_contact(contact_id=contact.pk, by=admin, basis="Asked by mail", texts=texts)
    assert names(found, "raman") == set()
    assert names(found, "sponsor call") == {"it"}


def test_words_that_are_lost_are_written_anew(written):
    NoteWords.objects.all().delete()
    assert names(written, "kickoff") == set()
    said = StringIO()
    call_command("rebuild_note_words", stdout=said)
    assert said.getvalue() == "The words of 10 notes written anew.\n"
    assert names(written, "kickoff") == {"kickoff"}
    call_command("rebuild_note_words", stdout=said)
    assert NoteWords.objects.count() == len(NOTES)


def test_the_index_is_filled_when_it_comes_after_the_words(written):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name in ("note_words_written", "note_words_changed", "note_words_deleted"):
                cursor.execute(f"DROP TRIGGER {name}")
            cursor.execute("DROP TABLE engagements_notewords_fts")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE engagements_notewords DROP COLUMN found_by")
    guards.install()
    assert names(written, "migrating") == {"blocked"}


def marked(text, question):
    return "".join(f"[{piece.text}]" if piece.hit else piece.text for piece in excerpt(text, read(question).wanted))


@pytest.mark.parametrize(
    ("text", "question", "shown"),
    [
        ("Ärzte migrating", "arzte migrations", "[Ärzte] [migrating]"),
        ("the plan, the rollout plan", '"rollout plan"', "the plan, the [rollout] [plan]"),
        ("启动会议", "会议", "启动[会][议]"),
        ("firewalls", "fire*", "[firewalls]"),
        ("<b>bold</b>", "bold", "<b>[bold]</b>"),
        ("nothing of it", "firewall", "nothing of it"),
        ("", "firewall", ""),
    ],
)
def test_an_excerpt_marks_the_words_that_were_found(text, question, shown):
    assert marked(text, question) == shown


def test_an_excerpt_of_a_long_note_is_the_part_that_holds_most():
    text = "one pilot " + "word " * 300 + "the pilot group of the firewall " + "word " * 300
    shown = marked(text, "pilot firewall group")
    assert shown.startswith("… word")
    assert shown.endswith("word …")
    assert "the [pilot] [group] of the [firewall] word" in shown
    assert len(shown) < LENGTH + 20


def test_an_excerpt_without_a_question_is_the_beginning():
    assert marked("word " * 300, "").startswith("word word")
    assert [piece.hit for piece in excerpt("word", (Part(("word",)),))] == [True]


@given(st.lists(st.sampled_from("aab"), max_size=30), st.lists(st.sampled_from("aab"), min_size=1, max_size=5))
def test_a_phrase_is_marked_wherever_its_words_stand_side_by_side(words, phrase):
    places = [at for at in range(len(words)) if words[at : at + len(phrase)] == phrase]
    marked = {at for place in places for at in range(place, place + len(phrase))}
    pieces = excerpt(" ".join(words), [Part(tuple(phrase))])
    assert sum(piece.hit for piece in pieces) == len(marked)
