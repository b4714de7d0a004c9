"""@ana in a note reaches Ana, where she may see the engagement; she finds it on Today and in a mail, once."""

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from engagements.mentioning import names_in
from engagements.models import Mention, Reminder
from engagements.reminding.writing import write
from engagements.selectors.mentions import colleagues
from engagements.services import notes
from tests import factories as make


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ana", ["ana"]),
        ("Ask @ana, @ben.", ["ana", "ben"]),
        ("(@ana) and @ana again", ["ana"]),
        ("mail ana@contoso.com", []),
        ("https://x.com/@ana", []),
        ("@ana@contoso.com does it", ["ana@contoso.com"]),
        ("@@ana", []),
        ("@", []),
        ("@Jörg-Peter and @lena_k.", ["Jörg-Peter", "lena_k"]),
        ("**@ana**", ["ana"]),
    ],
)
def test_names_in_a_text(text, names):
    assert names_in(text) == names


@pytest.fixture
def say(engagement, owner):
    def write_it(body, by=None):
        new = notes.NewNote(token=uuid.uuid4(), body=body)
        return notes.write_note(engagement_id=engagement.pk, note=new, by=by or owner, today=timezone.localdate())[0]

    return write_it


@pytest.fixture
def page(engagement):
    return reverse("engagement_notes", args=[engagement.pk])


def test_who_may_see_the_engagement_is_told_and_nobody_else(say, owner, colleague, stranger, leader):
    note = say("@sam and @lea, please; @ben knows, and so does @nobody. I, @ana, follow up.")
    assert {mention.user for mention in note.mentions.all()} == {colleague, leader}
    assert {(row.recipient, row.kind) for row in Reminder.objects.all()} == {
        (colleague, "mentioned"),
        (leader, "mentioned"),
    }


def test_the_writer_hears_who_was_not_told(client, owner, colleague, stranger, page):
    client.force_login(owner)
    sent = {"token": str(uuid.uuid4()), "category": "environment", "body": "@ben and @sam, look."}
    shown = client.post(page, sent, follow=True).content.decode()
    assert f"{stranger} may not see this engagement and is not told." in shown
    preview = client.post(f"{page}preview/", {"body": "@ben and @sam, look."}).content.decode()
    assert "is not told" in preview
    assert f'<span class="mention">@{colleague}</span>' in preview


def test_the_note_shows_whom_it_names_on_every_page(client, say, owner, colleague, page):
    note = say("Thanks @sam")
    client.force_login(owner)
    for address in (page, reverse("note_detail", args=[note.engagement_id, note.pk])):
        assert f'<span class="mention">@{colleague}</span>' in client.get(address).content.decode()


def test_it_stands_on_today_until_seen_and_then_no_mail_goes_out(client, say, owner, colleague):
    note = say("Please look, @sam, at **this**.")
    client.force_login(colleague)
    shown = client.get(reverse("today")).content.decode()
    assert f"{owner} mentions you" in shown
    assert "at this." in shown
    assert reverse("note_detail", args=[note.engagement_id, note.pk]) in shown
    mention = Mention.objects.get()
    reminder = Reminder.objects.get()
    message = write([reminder])[reminder.pk]
    assert "Please look, @sam, at this." in message.lines
    client.post(reverse("mention_seen", args=[mention.pk]))
    assert "mentions you" not in client.get(reverse("today")).content.decode().split("toasts")[0]
    reminder.refresh_from_db()
    assert (reminder.state, reminder.reason) == ("dropped", "The recipient has seen it in the desk.")
    assert write([reminder])[reminder.pk] == "The recipient has seen it in the desk."


def test_nothing_waits_for_whom_the_access_was_taken_from(client, say, colleague):
    say("@sam")
    colleague.assignments.all().delete()
    client.force_login(colleague)
    assert "mentions you" not in client.get(reverse("today")).content.decode()


def test_colleagues_of_the_team_come_first_then_those_who_read_everything(
    engagement, owner, colleague, leader, stranger
):
    assert [row["value"] for row in colleagues(engagement, "")] == ["@ana", "@sam"]
    make.UserFactory(username="saskia")
    leader.first_name = "Samira"
    leader.save()
    assert [row["value"] for row in colleagues(engagement, "sa")] == ["@sam", "@lea"]
    assert colleagues(engagement, "ben") == []


def test_a_number_is_found_by_a_part_of_its_name(client, owner):
    make.FtopTaskFactory(number=983, name="QuickLeads")
    make.FtopTaskFactory(number=9830, name="Another")
    client.force_login(owner)

    def find(text):
        return [row["value"] for row in client.get(reverse("task_find"), {"q": text}).json()["found"]]

    assert find("quick") == ["983"]
    assert find("98") == ["983", "9830"]
    assert find("") == find("nothing at all") == find("'; DROP") == []
