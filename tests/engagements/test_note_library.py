"""The library: what everybody finds among what they may see, by words and by every filter (R50, R54)."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from engagements.selectors import note_library
from engagements.services import notes, summaries
from tests import factories as make

NOON = dt.datetime(2026, 5, 21, 12, tzinfo=dt.UTC)
DAY = NOON.date()
QUERIES = 7
PARTS = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def library(client, owner):
    """Asks as the owner, unless somebody else is named; answers the page."""

    def ask(by=None, headers=None, **query):
        client.force_login(by or owner)
        return client.get(reverse("note_library"), query, headers=headers or {})

    return ask


@pytest.fixture
def found(library):
    """The ids of the notes on the page, in order."""
    return lambda by=None, **query: [row["id"] for row in library(by, **query).context["notes"]]


@pytest.fixture
def note(engagement):
    def written(body="We spoke with the customer.", days=0, **values):
        return make.NoteFactory(
            **{"engagement": engagement, "body": body, "created_at": NOON - dt.timedelta(days=days)} | values
        )

    return written


@pytest.fixture
def elsewhere(engagement):
    """An engagement with a customer whom none of the cast is assigned to."""
    return make.EngagementFactory(edition=engagement.edition, tenant__customer__name="Contoso")


def text(answer):
    return " ".join(answer.content.decode().split())


def test_the_latest_notes_stand_first(found, note):
    older, newer = note(days=3), note(days=1)
    assert found() == [newer.pk, older.pk]


def test_a_saved_note_is_found_at_once_by_another_inflection(library, owner, colleague, engagement):
    new = notes.NewNote(token=uuid.uuid4(), body="The customer agreed to **migrate** the mailboxes.")
    saved, _ = notes.write_note(engagement_id=engagement.pk, note=new, by=owner, today=DAY)
    page = library(colleague, q="migrations agreeing")
    assert [row["id"] for row in page.context["notes"]] == [saved.pk]
    assert "The customer <mark>agreed</mark> to <mark>migrate</mark> the mailboxes." in text(page)
    assert f'href="{reverse("note_detail", args=[engagement.pk, saved.pk])}"' in text(page)


def test_nobody_finds_what_they_may_not_see(found, note, elsewhere, stranger, partner, colleague, leader, manager):
    mine, theirs = note("A secret plan"), note("A secret plan", engagement=elsewhere, days=1)
    for query in ({}, {"q": "secret"}, {"customer": elsewhere.tenant.customer_id}, {"engagement": elsewhere.pk}):
        assert found(stranger, **query) == []
        assert set(found(partner, **query)) <= {mine.pk}
    for sort in ("relevance", "date", "tenant"):
        assert found(colleague, q="secret", sort=sort) == found(partner, q="secret", sort=sort) == [mine.pk]
        assert set(found(leader, q="secret", sort=sort)) == {mine.pk, theirs.pk}
    assert found(manager, scope="mine") == []


def test_a_chip_names_nothing_that_the_reader_may_not_see(library, elsewhere, stranger, owner, note):
    make.NoteFactory(engagement=elsewhere, author=make.UserFactory(username="zoe"))
    for query in ({"customer": elsewhere.tenant.customer_id}, {"tenant": elsewhere.tenant_id}):
        assert "Contoso" not in text(library(stranger, **query))
    assert "Contoso" not in text(library(stranger, engagement=elsewhere.pk))
    assert "Zoe" not in text(library(stranger, author=make.UserFactory(username="zoe").pk))


def test_every_filter_leaves_its_notes(found, note, owner, colleague, engagement, elsewhere):
    make.AssignmentFactory(user=owner, tenant=elsewhere.tenant)
    teams = make.ServiceFactory(name="Teams")
    plain = note(author=colleague)
    blocked = note("Blocked", category="technical-enablement", author=owner, days=10, services=[teams])
    loud = note("Loud", escalated=True, days=45, author=colleague)
    summaries.refresh(elsewhere.pk)
    other = note("Other", engagement=elsewhere, days=75, author=colleague)
    assert found() == [plain.pk, blocked.pk, loud.pk, other.pk]
    for query, expected in (
        ({"category": "technical-enablement"}, [blocked]),
        ({"service": teams.pk}, [blocked]),
        ({"author": "mine"}, [blocked]),
        ({"author": colleague.pk}, [plain, loud, other]),
        ({"escalated": "on"}, [loud]),
        ({"at": "CONTÓ"}, [other]),
        ({"customer": elsewhere.tenant.customer_id}, [other]),
        ({"tenant": elsewhere.tenant_id}, [other]),
        ({"engagement": engagement.pk}, [plain, blocked, loud]),
        ({"written": "0-30"}, [plain, blocked]),
        ({"written": "30-60"}, [loud]),
        ({"written": "60-90"}, [other]),
        ({"since": "2026-05-11"}, [plain, blocked]),
        ({"until": "2026-05-11"}, [blocked, loud, other]),
        ({"since": "2026-05-11", "until": "2026-05-11"}, [blocked]),
        ({"q": "loud", "escalated": "on", "written": "30-60"}, [loud]),
        ({"q": "loud", "category": "migration"}, []),
    ):
        assert found(**query) == [row.pk for row in expected], query


def test_next_updates_are_found_by_week_month_and_quarter(found, note, engagement, owner):
    rows = {}
    for on in ("2026-05-17", "2026-05-18", "2026-05-24", "2026-05-31", "2026-06-30", "2026-07-01"):
        rows[on] = note().pk
        make.NextActionFactory(engagement=engagement, note_id=rows[on], due_on=on, owner=owner)
    done = note()
    make.NextActionFactory(engagement=engagement, note=done, due_on="2026-05-20", owner=owner, done_at=NOON)
    days = {name: {on for on, pk in rows.items() if pk in found(next=name)} for name in ("week", "month", "quarter")}
    assert days["week"] == {"2026-05-18", "2026-05-24"}
    assert days["month"] == days["week"] | {"2026-05-17", "2026-05-31"}
    assert days["quarter"] == days["month"] | {"2026-06-30"}
    assert done.pk not in found(next="week")


def test_a_corrected_note_says_so_and_may_be_left_out(library, found, note, engagement):
    wrong = note("The pilot begins in May", days=1)
    right = note("The pilot begins in June", corrects=wrong)
    page = text(library(q="pilot"))
    assert f'href="{reverse("note_detail", args=[engagement.pk, right.pk])}">Corrected later</a>' in page
    assert ">Correction</span>" in page
    assert found(standing="on") == [right.pk]


def test_a_note_says_whose_it_is_when_and_what_comes_next(library, note, owner, engagement):
    task = make.FtopTaskFactory(number=4047)
    row = note("Kickoff held", escalated=True, task=task, author=owner)
    action = {"note": row, "engagement": engagement, "owner": owner}
    make.NextActionFactory(text="Send the deck", due_on=dt.date(2026, 5, 20), **action)
    page = text(library(q="decks"))
    for said in ("Northwind Traders", "Ana, <span", "today 12:00", "Escalated", "Recent", "task 4047"):
        assert said in page
    assert "Send the <mark>deck</mark>" in page
    assert "overdue since Wed 20 May" in page


def test_by_relevance_by_date_and_by_customer(found, note, elsewhere, owner):
    make.AssignmentFactory(user=owner, tenant=elsewhere.tenant)
    often = note("pilot, pilot and pilot", days=2)
    once = note("a pilot, and many other things that were said in this long meeting", days=1)
    contoso = note("once more a pilot, and many other things that were said here", days=3, engagement=elsewhere)
    assert found(q="pilot")[0] == often.pk
    assert found(q="pilot", sort="date") == [once.pk, often.pk, contoso.pk]
    assert found(q="pilot", sort="tenant") == [contoso.pk, once.pk, often.pk]
    assert found(sort="relevance") == [once.pk, often.pk, contoso.pk]


def test_chips_take_one_thing_away_and_the_address_says_it_all(library, note):
    note("A pilot", escalated=True)
    page = library(q="pilot", escalated="on", written="0-30", nonsense="1", sort="date")
    assert page.context["url"] == "/notes/?q=pilot&written=0-30&escalated=on&sort=date"
    chips = {chip["label"]: chip["url"] for chip in page.context["chips"]}
    assert chips == {
        "Words: pilot": "/notes/?written=0-30&escalated=on&sort=date",
        "Last 30 days": "/notes/?q=pilot&escalated=on&sort=date",
        "Escalated": "/notes/?q=pilot&written=0-30&sort=date",
    }
    assert "http://testserver/notes/?q=pilot&amp;written=0-30" in text(page)


def test_htmx_gets_the_notes_alone_and_the_address(library, note):
    note("A pilot")
    part = library(q="pilots", headers=PARTS)
    assert "<html" not in text(part)
    assert part["HX-Push-Url"] == "/notes/?q=pilots"
    assert 'id="found" hx-swap-oob="true">1 note</span>' in text(part)


def test_25_notes_stand_on_a_page(library, note):
    for _ in range(27):
        note("A pilot")
    for query in ({}, {"q": "pilot"}, {"q": "pilot", "sort": "tenant"}):
        first, last = library(**query), library(**query, page=2)
        assert len(first.context["notes"]) == 25
        assert len(last.context["notes"]) == 2
        assert "1–25 of 27" in text(first)
        assert "26–27 of 27" in text(last)
        assert [row["id"] for row in library(**query, page=99).context["notes"]] == [
            row["id"] for row in last.context["notes"]
        ]


def test_of_very_many_the_newest_are_ranked_and_the_page_says_so(library, found, note, monkeypatch):
    monkeypatch.setattr(note_library, "MOST", 50)
    pks = [note("pilot " * (60 if n == 0 else 1) + "of the year", days=60 - n).pk for n in range(60)]
    page = library(q="pilot")
    assert "More than 50 notes; the newest 50 are ranked" in text(page)
    assert "1–25 of more than 50" in text(page)
    assert pks[0] not in found(q="pilot") + found(q="pilot", page=2)
    assert found(q="pilot", page=3) == found(q="pilot", page=2)
    assert "the newest 50 are listed" in text(library())
    assert found(page=9) == [pks[n] for n in range(34, 9, -1)]
    assert "the newest 50 are sorted" in text(library(sort="tenant"))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"q": "\\"}, "There is no word in that"),
        ({"q": '"""***'}, "There is no word in that"),
        ({"q": "x" * 10_000}, "look for at most 500"),
        ({"q": "'; DROP TABLE engagements_note; --"}, "No note is found"),
        ({"q": "pi*"}, "At least 3 letters go before a star"),
        ({"since": "yesterday"}, "“yesterday” is no day; write it like 2026-05-21."),
        ({"since": "2026-05-20", "until": "2026-05-01"}, "The first day is after the last"),
        ({"until": "9999-12-31"}, "1 note"),
        ({"since": "0001-01-01"}, "1 note"),
        ({"category": "nonsense", "service": "-1", "author": "²", "written": "x", "next": "x"}, "1 note"),
        ({"customer": "9" * 30, "tenant": "x", "engagement": "1.5", "page": "-1"}, "1 note"),
        ({"author": "9" * 18}, "No note is found"),
        ({"page": "999999"}, "1 note"),
        ({"sort": "'"}, "1 note"),
        ({"at": "%_\\'\""}, "No note is found"),
    ],
)
def test_what_cannot_be_is_answered_in_a_sentence(library, note, query, said):
    note("A pilot")
    page = library(**query)
    assert page.status_code == 200
    assert said in text(page)


def test_empty_states_say_what_to_do(library, note, stranger):
    assert "as soon as they are saved" in text(library(stranger))
    note("A pilot")
    assert "Show the latest notes" in text(library(q="nothing"))
    page = library(q="pilot", escalated="on")
    assert page.context["empty"]["url"] == "/notes/?q=pilot"


def test_what_people_write_runs_nowhere(library, note):
    note("<script>alert(1)</script> **pilot** <img src=x onerror=alert(2)>")
    page = text(library(q="pilot"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <mark>pilot</mark> &lt;img" in page
    assert "<script>alert" not in page


def test_the_number_of_queries_is_the_same_for_one_note_and_for_many(
    client, note, owner, django_assert_max_num_queries
):
    address = reverse("note_library")
    searches = ({}, {"q": "pilot"}, {"q": "pilot", "sort": "tenant"})
    client.force_login(owner)
    note("A pilot", author=owner)
    client.get(address)
    for query in searches:
        with django_assert_max_num_queries(QUERIES):
            client.get(address, query)
    for n in range(30):
        beside = {"task": make.FtopTaskFactory(number=5000 + n), "services": [make.ServiceFactory(name=f"Service {n}")]}
        row = note("A pilot", days=n, **beside)
        make.NextActionFactory(engagement=row.engagement, note=row)
    for query in searches:
        with django_assert_max_num_queries(QUERIES):
            client.get(address, query)
