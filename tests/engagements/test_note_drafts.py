"""Drafts: kept while somebody types, private, at most ten, two windows never lose each other's words (R50)."""

import uuid

import pytest
from django.contrib import admin as django_admin
from django.urls import reverse

from engagements.models import Note, NoteDraft
from engagements.services import notes
from tests import factories as make


@pytest.fixture
def page(engagement):
    return reverse("engagement_notes", args=[engagement.pk])


@pytest.fixture
def keep(client, owner, engagement, page):
    """Posts what a composer would, and returns the answer."""
    client.force_login(owner)

    def post(body="We met.", version=0, token=None, **more):
        sent = {"place": page, "version": version, "token": str(token or uuid.uuid4()), "body": body, **more}
        return client.post(reverse("note_draft", args=[engagement.pk]), sent)

    return post


def filled(client, page, **query):
    return client.get(page, query).context["form"]


def test_what_is_typed_is_kept_and_the_page_goes_on_with_it(keep, client, page):
    token = uuid.uuid4()
    first = keep("We met", token=token, next_action="Call", category="environment").json()
    assert (first["how"], first["version"], first["token"]) == ("kept", 1, str(token))
    assert keep("We met Priya.", 1, token, next_action="Call", category="environment").json()["version"] == 2
    form = filled(client, page)
    assert form["body"].value() == "We met Priya."
    assert (form["token"].value(), form["draft_version"].value()) == (str(token), 2)
    assert (form["next_action"].value(), form["category"].value()) == ("Call", "environment")
    assert "Draft of " in client.get(page).content.decode()


def test_the_saved_note_ends_the_draft_and_a_late_keeping_brings_it_not_back(keep, client, page):
    token = uuid.uuid4()
    keep(token=token)
    client.post(page, {"token": str(token), "category": "environment", "body": "We met.\r\n"})
    assert not NoteDraft.objects.exists()
    assert keep("We met.", 1, token).json()["how"] == "saved"
    assert not NoteDraft.objects.exists()


def test_other_words_in_a_form_that_was_saved_elsewhere_become_a_draft_and_a_note_of_their_own(keep, client, page):
    token = uuid.uuid4()
    keep(token=token)
    client.post(page, {"token": str(token), "category": "environment", "body": "We met."})
    apart = keep("We met again.", 1, token).json()
    assert (apart["how"], apart["token"] == str(token)) == ("apart", False)
    refused = client.post(page, {"token": str(token), "category": "environment", "body": "We met again."})
    assert refused.status_code == 422
    assert "Save again to keep these too" in refused.content.decode()
    again = refused.context["form"]["token"].value()
    assert client.post(page, {"token": again, "category": "environment", "body": "We met again."}).status_code == 302
    assert Note.objects.count() == 2


def test_of_two_windows_the_newer_is_kept_and_the_older_offered(keep, client, page):
    token = uuid.uuid4()
    keep("Begun", token=token)
    keep("Begun, first window", 1, token)
    answer = keep("Begun, second window", 1, token).json()
    assert answer["how"] == "apart"
    assert "Both are kept" in answer["say"]
    assert keep("Begun, second window goes on", 1, answer["token"]).json()["how"] == "kept"
    assert keep("Begun, first window goes on", 2, token).json()["how"] == "kept"
    first = NoteDraft.objects.get(token=token)
    assert NoteDraft.objects.count() == 2
    assert filled(client, page)["body"].value() == "Begun, first window goes on"
    other = filled(client, page).older
    assert [row["gist"] for row in other] == ["Begun, second window goes on"]
    chosen = client.get(other[0]["url"].partition("#")[0]).context["form"]
    assert chosen["body"].value() == "Begun, second window goes on"
    assert first.version == 3


def test_the_same_words_from_a_window_behind_are_no_quarrel(keep):
    token = uuid.uuid4()
    keep("A", token=token)
    keep("B", 1, token)
    assert keep("B", 1, token).json() | {"kept": ""} == keep("B", 2, token).json() | {"kept": ""}
    assert NoteDraft.objects.count() == 1


def test_an_emptied_form_ends_its_draft(keep):
    token = uuid.uuid4()
    keep(token=token)
    assert keep("  ", 1, token).json()["how"] == "empty"
    assert not NoteDraft.objects.exists()


def test_the_eleventh_replaces_nothing_and_offers_the_oldest(keep, engagement):
    for number in range(10):
        keep(f"Draft {number}")
    answer = keep("The eleventh").json()
    assert answer["how"] == "full"
    assert "You have 10 drafts, so this one is kept on this device only." in answer["say"]
    assert "Draft 0" in answer["say"]
    assert answer["links"][0]["label"] == "Discard the oldest"
    assert NoteDraft.objects.count() == 10
    NoteDraft.objects.last().delete()
    assert keep("The eleventh").json()["how"] == "kept"


def test_ticks_and_step_come_back(client, owner, engagement):
    step = make.StepFactory(process=make.ProcessFactory(edition=engagement.edition, slug="kickoff"), slug="meet")
    lines = [make.RequirementFactory(step=step, text=f"Line {n}") for n in range(2)]
    page = reverse("step_detail", args=[engagement.pk, "kickoff", "meet"])
    client.force_login(owner)
    sent = {"place": page, "version": 0, "token": str(uuid.uuid4()), "body": "x", "documents": [lines[1].pk]}
    assert client.post(reverse("note_draft", args=[engagement.pk]), sent).json()["how"] == "kept"
    shown = client.get(page)
    assert [row["state"] for row in shown.context["outputs"] + shown.context["inputs"]] == ["open", "note"]


def test_lines_that_the_text_seems_to_document_are_named(keep, engagement):
    step = make.StepFactory(process=make.ProcessFactory(edition=engagement.edition))
    deck = make.RequirementFactory(step=step, text="The ACM deck was presented")
    other = make.RequirementFactory(step=step, text="DIBS are captured for each service")
    elsewhere = make.RequirementFactory(text="The ACM deck was presented")
    lines = [deck.pk, other.pk, elsewhere.pk, "x"]
    assert keep("Presented the deck on ACM.", line=lines).json()["seems"] == [deck.pk]
    assert keep("In progress", line=lines).json()["seems"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": "nonsense"},
        {"version": "x"},
        {"version": "-1"},
        {"place": "https://evil.example/"},
        {"place": "//evil.example/"},
        {"place": "/engagements/999999/notes/"},
        {"place": "/engagements/1/" + "x" * 500},
    ],
)
def test_what_no_composer_sends_is_answered_with_a_sentence(keep, wrong):
    answer = keep(**wrong)
    assert answer.status_code == 400
    assert "Reload the page" in answer.json()["say"]
    assert not NoteDraft.objects.exists()


def test_too_much_is_said_and_not_kept(keep):
    answer = keep("x" * 2_000_000)
    assert answer.status_code == 422
    assert "100,000 characters" in answer.json()["say"]


def test_drafts_are_private_even_to_admins(keep, client, owner, colleague, manager, admin, page):
    keep("My thoughts")
    draft = NoteDraft.objects.get()
    for other in (colleague, manager, admin):
        client.force_login(other)
        assert "My thoughts" not in client.get(reverse("draft_list")).content.decode()
        assert client.get(reverse("draft_delete", args=[draft.pk])).status_code == 404
        assert client.post(reverse("draft_delete", args=[draft.pk])).status_code == 404
        shown = client.get(page, {"draft": draft.pk}).content.decode()
        assert "My thoughts" not in shown
    assert NoteDraft not in django_admin.site._registry


def test_strangers_and_readers_keep_nothing(client, stranger, leader, engagement, page):
    sent = {"place": page, "version": 0, "token": str(uuid.uuid4()), "body": "x"}
    for user, status in ((stranger, 404), (leader, 403)):
        client.force_login(user)
        assert client.post(reverse("note_draft", args=[engagement.pk]), sent).status_code == status


def test_my_drafts_are_listed_gone_on_with_and_discarded_after_a_question(keep, client, engagement, page):
    keep("First\nof two", next_action="Call")
    listed = client.get(reverse("draft_list")).content.decode()
    assert "First" in listed
    assert "Northwind Traders" in listed
    draft = NoteDraft.objects.get()
    assert f"{page}?draft={draft.pk}#composer" in listed
    asked = reverse("draft_delete", args=[draft.pk])
    assert "It cannot be brought back." in client.get(asked).content.decode()
    assert NoteDraft.objects.exists()
    assert client.post(asked, {"next": page}).url == page
    assert not NoteDraft.objects.exists()
    assert "No drafts" in client.get(reverse("draft_list")).content.decode()


def test_a_draft_goes_with_its_engagement_but_not_with_the_access(keep, client, owner, engagement, page):
    keep("Mine all the same")
    owner.assignments.all().delete()
    listed = client.get(reverse("draft_list")).content.decode()
    assert "Mine all the same" in listed
    assert "Northwind" not in listed
    assert "Go on" not in listed
    engagement.delete()
    assert not NoteDraft.objects.exists()


def test_the_service_refuses_no_double_click(owner, engagement):
    new = notes.NewNote(token=uuid.uuid4(), body="Once.\r\n")
    at = {"engagement_id": engagement.pk, "note": new, "by": owner, "today": engagement.started_on}
    assert notes.write_note(**at)[1]
    assert not notes.write_note(**at)[1]
