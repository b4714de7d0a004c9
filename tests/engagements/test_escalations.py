"""An escalated note reaches those who answer for the tenant, and waits until they have read it (R54)."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from engagements.models import Escalation, Event, Reminder
from engagements.selectors.escalations import saved_said
from engagements.selectors.today import today_page
from engagements.services import escalations, notes, reminders
from engagements.services.refusals import Refused
from tests import factories as make
from tests.cast import person

NOW = dt.datetime(2026, 5, 21, 12, tzinfo=dt.UTC)  # a Thursday
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOW)


@pytest.fixture
def tom(groups, engagement):
    """The Team Manager of the tenant."""
    user = person("tom", "Team Manager")
    make.AssignmentFactory(user=user, tenant=engagement.tenant, role=make.RoleFactory(name="Team Manager"))
    return user


@pytest.fixture
def escalate(engagement):
    def write(by, **more):
        new = notes.NewNote(token=uuid.uuid4(), body="The *admin* left.", escalated=True, **more)
        return notes.write_note(engagement_id=engagement.pk, note=new, by=by, today=TODAY)[0]

    return write


def groups(user, today=TODAY):
    return {group.title: group for group in today_page(user, today)["groups"]}


def text(response):
    return " ".join(response.content.decode().split())


def test_it_reaches_the_primary_manager_and_the_team_manager(escalate, owner, colleague, tom, mailoutbox):
    note = escalate(colleague)
    assert [row.user for row in note.escalations.order_by("pk")] == [owner, tom]
    assert saved_said(note) == "Note saved, and escalated to Ana and Tom."
    for user in (owner, tom):
        (row,) = groups(user)["Escalated to you"].rows
        assert (row["what"], row["why"]) == ("The admin left.", "Sam escalated it to you, today at 12:00.")
    reminders.sweep(timezone.now())
    assert sorted(mail.to[0] for mail in mailoutbox) == sorted([owner.email, tom.email])
    assert mailoutbox[0].subject == "Northwind Traders: Sam escalates a note to you"
    reminders.sweep(timezone.now())
    assert len(mailoutbox) == 2


def test_nobody_is_told_of_their_own_note(escalate, owner, tom):
    assert [row.user for row in escalate(owner).escalations.all()] == [tom]
    assert "Escalated to you" not in groups(owner)


def test_without_a_team_manager_there_it_reaches_those_who_decide_on_waivers(escalate, owner, manager, leader):
    assert [row.user for row in escalate(owner).escalations.all()] == [manager]


def test_that_it_reached_nobody_is_said_at_once_and_stands_on_the_note(client, escalate, owner, engagement):
    client.force_login(owner)
    new = {"token": str(uuid.uuid4()), "category": "migration", "body": "It burns.", "escalated": "on"}
    url = reverse("engagement_notes", args=[engagement.pk])
    said = "to nobody: no primary FastTrack Manager or Team Manager answers for this tenant beside the author"
    assert said in text(client.post(url, new, follow=True))
    assert f"Escalated {said}" in text(client.get(url))


def test_a_note_that_is_not_escalated_reaches_nobody(engagement, owner, tom):
    new = notes.NewNote(token=uuid.uuid4(), body="All is well.")
    notes.write_note(engagement_id=engagement.pk, note=new, by=owner, today=TODAY)
    assert not Escalation.objects.exists()
    assert not Reminder.objects.exists()


def test_acknowledged_with_an_answer_stands_on_the_note(client, escalate, owner, tom, engagement):
    note = escalate(owner)
    row = note.escalations.get()
    url = reverse("escalation_acknowledge", args=[row.pk])
    client.force_login(tom)
    assert "The <em>admin</em> left." in client.get(url).content.decode()
    assert client.post(url, {"answer": "I call their CIO", "next": "/"}).url == "/"
    assert "Escalated to you" not in groups(tom)
    assert Reminder.objects.get().state == "dropped"
    event = Event.objects.get(verb="acknowledged")
    assert (event.actor, event.after, event.engagement) == (tom, {"answer": "I call their CIO"}, engagement)
    client.force_login(owner)
    for name, args in (("note_detail", [engagement.pk, note.pk]), ("engagement_notes", [engagement.pk])):
        shown = text(client.get(reverse(name, args=args)))
        assert "Escalated to Tom (acknowledged today 12:00: “I call their CIO”)" in shown
    history = text(client.get(reverse("engagement_history", args=[engagement.pk])))
    assert "acknowledged an escalated note" in history
    assert "to Tom" in history


def test_the_note_itself_offers_to_acknowledge(client, escalate, owner, tom, engagement):
    note = escalate(owner)
    client.force_login(tom)
    page = client.get(reverse("note_detail", args=[engagement.pk, note.pk]))
    assert reverse("escalation_acknowledge", args=[note.escalations.get().pk]) in page.content.decode()


def test_it_is_acknowledged_once_and_by_nobody_else(client, escalate, owner, colleague, tom):
    row = escalate(owner).escalations.get()
    url = reverse("escalation_acknowledge", args=[row.pk])
    for other in (owner, colleague):
        client.force_login(other)
        assert [client.get(url).status_code, client.post(url).status_code] == [404, 404]
        with pytest.raises(Refused, match="escalated to Tom"):
            escalations.acknowledge(escalation_id=row.pk, by=other)
    escalations.acknowledge(escalation_id=row.pk, by=tom)
    client.force_login(tom)
    answer = client.post(url, {"answer": "Once more"})
    assert (answer.status_code, Event.objects.filter(verb="acknowledged").count()) == (422, 1)
    assert "You acknowledged this note." in text(answer)


def test_a_long_answer_is_refused_and_kept(client, escalate, owner, tom):
    row = escalate(owner).escalations.get()
    client.force_login(tom)
    answer = client.post(reverse("escalation_acknowledge", args=[row.pk]), {"answer": "x" * 501})
    assert answer.status_code == 422
    assert "An answer has at most 500 characters." in text(answer)
    assert "x" * 501 in text(answer)


@pytest.mark.parametrize(("days", "late"), [(0, False), (4, False), (5, True)])
def test_after_two_working_days_it_is_overdue_for_the_author(escalate, owner, tom, days, late):
    """Thursday, and a weekend: Monday is the second working day."""
    note = escalate(owner)
    found = groups(owner, TODAY + dt.timedelta(days=days))
    assert ("Not acknowledged" in found) is late
    if late:
        (row,) = found["Not acknowledged"].rows
        assert row["why"] == "You escalated it Thu 21 May at 12:00; Tom has not acknowledged it. Call them."
        assert row["action_url"] == reverse("note_detail", args=[note.engagement_id, note.pk])


def test_one_who_acknowledged_is_enough(escalate, owner, tom, colleague):
    note = escalate(colleague)
    escalations.acknowledge(escalation_id=note.escalations.get(user=tom).pk, by=tom)
    assert "Not acknowledged" not in groups(colleague, TODAY + dt.timedelta(days=20))
    assert "Escalated to you" in groups(owner)


def test_who_lost_access_hears_nothing(client, escalate, owner, colleague, mailoutbox):
    row = escalate(colleague).escalations.get()
    owner.assignments.all().delete()
    reminders.sweep(timezone.now())
    assert mailoutbox == []
    client.force_login(owner)
    assert client.get(reverse("escalation_acknowledge", args=[row.pk])).status_code == 404


def test_a_closed_engagement_waits_for_nobody(escalate, owner, tom, engagement):
    escalate(owner)
    type(engagement).objects.update(status="closed", closed_on=TODAY)
    assert "Escalated to you" not in groups(tom)
