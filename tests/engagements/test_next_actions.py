"""Next actions as records: promised without a note, moved with a reason, handed on, taken back (R51)."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from engagements.models import EngagementSummary, Event, NextAction, Reminder
from engagements.selectors.today import today_page
from engagements.services import next_actions, reminders, summaries
from engagements.services.refusals import Refused
from tests import factories as make

NOON = dt.datetime(2026, 5, 21, 12, tzinfo=dt.UTC)  # a Thursday
TODAY = NOON.date()
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON)


@pytest.fixture
def action(engagement, owner):
    made = make.NextActionFactory(engagement=engagement, owner=owner, text="Call Priya", due_on=TODAY)
    summaries.refresh(engagement.pk)
    return made


@pytest.fixture
def url(action):
    return reverse("next_action", args=[action.pk])


@pytest.fixture
def list_url(engagement):
    return reverse("engagement_actions", args=[engagement.pk])


def groups(user, today=TODAY):
    return {group.title: group for group in today_page(user, today)["groups"]}


def text(response):
    return " ".join(response.content.decode().split())


def handed(to, why="I am on leave"):
    return {"hand-to": to.pk, "hand-why": why}


# Promising ----------------------------------------------------------------------------------------------


def test_it_is_promised_without_a_note_and_the_lists_know(client, owner, colleague, engagement, list_url):
    client.force_login(owner)
    answer = client.post(list_url, {"text": "Send the deck", "due_on": "2026-05-27", "owner": colleague.pk})
    assert answer.url == list_url
    action = NextAction.objects.get()
    assert (action.text, action.owner, action.note, action.due_on) == (
        "Send the deck",
        colleague,
        None,
        dt.date(2026, 5, 27),
    )
    assert EngagementSummary.objects.get().next_action_on == dt.date(2026, 5, 27)
    assert "promised: Send the deck" in text(client.get(list_url))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"text": " "}, "Say what is to be done."),
        ({"text": "x" * 501}, "A next action has at most 500 characters."),
        ({"due_on": ""}, "Say on which day."),
        ({"due_on": "soon"}, "Give a date, such as 2026-05-27."),
        ({"due_on": "2026-05-20"}, "This day has passed. Save again to keep it."),
        ({"owner": "999999"}, "Choose somebody who works here."),
    ],
)
def test_what_is_not_whole_gets_a_sentence(client, owner, list_url, change, said):
    client.force_login(owner)
    answer = client.post(list_url, {"text": "Call", "due_on": "2026-05-27", "owner": owner.pk} | change)
    assert answer.status_code == 422
    assert said in text(answer)
    assert not NextAction.objects.exists()


def test_a_closed_engagement_takes_none(client, owner, engagement, list_url):
    type(engagement).objects.update(status="closed", closed_on=TODAY)
    client.force_login(owner)
    assert client.post(list_url, {"text": "Call", "due_on": "2026-05-27", "owner": owner.pk}).status_code == 403


# Another day --------------------------------------------------------------------------------------------


def test_every_move_has_its_reason_and_the_list_tells_them(client, owner, action, url, list_url):
    client.force_login(owner)
    refused = client.post(url, {"due": "2026-05-27"})
    assert refused.status_code == 422
    assert "Say why; it stays in the history." in text(refused)
    client.post(url, {"due": "2026-05-27", "why": "Priya is away"})
    client.post(url, {"due": "2026-06-03", "why": "Still away"})
    shown = text(client.get(list_url))
    assert "27 May 2026: Priya is away" in shown
    assert "3 Jun 2026: Still away" in shown
    assert "due Wed 3 Jun" in shown


def test_the_same_day_is_no_move(client, owner, url):
    client.force_login(owner)
    answer = client.post(url, {"due": "2026-05-21", "why": "No reason"})
    assert (answer.status_code, "It is due on 21 May already." in text(answer)) == (422, True)


def test_a_move_can_be_undone_from_the_toast(client, owner, action, url):
    client.force_login(owner)
    answer = client.post(url, {"due": "2026-05-27", "why": "Priya is away"}, headers=HTMX)
    event = Event.objects.get(verb="moved")
    assert reverse("event_undo", args=[event.pk]) in answer["HX-Trigger"]
    client.post(reverse("event_undo", args=[event.pk]), headers=HTMX)
    action.refresh_from_db()
    assert action.due_on == TODAY


def test_what_somebody_moved_again_is_not_undone(client, owner, colleague, action, url):
    client.force_login(owner)
    client.post(url, {"due": "2026-05-27", "why": "Priya is away"})
    event = Event.objects.get(verb="moved")
    next_actions.move(action_id=action.pk, to=dt.date(2026, 6, 1), by=colleague, why="Later")
    client.post(reverse("event_undo", args=[event.pk]))
    action.refresh_from_db()
    assert action.due_on == dt.date(2026, 6, 1)


# Handing on ---------------------------------------------------------------------------------------------


def test_a_colleague_is_told_at_once_and_sees_from_whom(client, owner, colleague, action, url, mailoutbox):
    client.force_login(owner)
    client.post(url, handed(colleague))
    action.refresh_from_db()
    assert (action.owner, action.handed_by) == (colleague, owner)
    assert groups(colleague)["Due today"].rows[0]["why"] == "Yours, from Ana, a next action; due today."
    reminders.sweep(timezone.now())
    (mail,) = [mail for mail in mailoutbox if "hands" in mail.subject]
    assert (mail.to, mail.subject) == ([colleague.email], "Northwind Traders: Ana hands a next action to you")
    assert "Why: I am on leave" in mail.body


def test_what_is_due_later_stands_on_today_too(owner, colleague, action):
    next_actions.move(action_id=action.pk, to=dt.date(2026, 6, 10), by=owner, why="Later")
    next_actions.hand_on(action_id=action.pk, to=colleague, by=owner, why="I am on leave")
    (row,) = groups(colleague)["Next actions handed to you"].rows
    assert (row["what"], row["why"]) == ("Call Priya", "From Ana, due 10 Jun.")
    next_actions.finish(action_id=action.pk, by=colleague)
    assert "Next actions handed to you" not in groups(colleague)


def test_who_lost_access_reads_nothing_of_what_was_handed_to_them(owner, colleague, action):
    next_actions.hand_on(action_id=action.pk, to=colleague, by=owner, why="I am on leave")
    colleague.assignments.all().delete()
    assert "Next actions handed to you" not in groups(colleague)


def test_a_team_manager_who_is_not_assigned_settles_what_was_handed_to_them(client, owner, manager, action, url):
    client.force_login(manager)
    assert client.post(url, {"done": "1"}).status_code == 403
    next_actions.hand_on(action_id=action.pk, to=manager, by=owner, why="You know the CIO")
    (row,) = groups(manager)["Next actions handed to you"].rows
    assert row["post_url"] == url
    assert client.post(url, {"done": "1"}, headers=HTMX).status_code == 200
    action.refresh_from_db()
    assert action.done_by == manager


def test_it_is_undone_and_the_other_hears_nothing(client, owner, colleague, action, url, mailoutbox):
    client.force_login(owner)
    client.post(url, handed(colleague))
    event = Event.objects.get(verb="handed on")
    client.post(reverse("event_undo", args=[event.pk]))
    action.refresh_from_db()
    assert (action.owner, action.handed_by) == (owner, None)
    assert Reminder.objects.get(recipient=colleague).state == "dropped"


def test_handed_to_and_fro_it_is_told_every_time(owner, colleague, action):
    for giver, taker in ((owner, colleague), (colleague, owner), (owner, colleague)):
        next_actions.hand_on(action_id=action.pk, to=taker, by=giver, why="Yours")
    assert Reminder.objects.filter(kind="action-handed", recipient=colleague).count() == 2


def test_to_whom_it_cannot_go(client, owner, colleague, stranger, action, url):
    client.force_login(owner)
    for data, said in (
        (handed(stranger), "Choose somebody who works here."),
        (handed(owner), "Choose somebody who works here."),
        (handed(colleague, why=""), "Say why; it stays in the history."),
        ({"hand-to": "", "hand-why": "x"}, "Say to whom."),
    ):
        answer = client.post(url, data)
        assert (answer.status_code, said in text(answer)) == (422, True)
    with pytest.raises(Refused, match="may not see this engagement"):
        next_actions.hand_on(action_id=action.pk, to=stranger, by=owner, why="Take it")
    next_actions.finish(action_id=action.pk, by=owner)
    with pytest.raises(Refused, match="done already"):
        next_actions.hand_on(action_id=action.pk, to=colleague, by=owner, why="Take it")


# Readers, and what it costs -----------------------------------------------------------------------------


def test_a_reader_sees_the_history_and_no_way_to_settle(client, leader, action, url, list_url, owner):
    next_actions.move(action_id=action.pk, to=dt.date(2026, 5, 27), by=owner, why="Priya is away")
    client.force_login(leader)
    for address in (url, list_url):
        shown = text(client.get(address))
        assert "Priya is away" in shown
        assert "Hand it on" not in shown
        assert "Settle<" not in shown, shown[shown.index("Settle<") - 300 :][:400]
        assert client.post(address, {"done": "1"}).status_code == 403


def test_queries_do_not_grow_with_actions(client, owner, engagement, list_url, django_assert_num_queries):
    def fill(number):
        for row in make.NextActionFactory.create_batch(number, engagement=engagement, owner=owner, due_on=TODAY):
            next_actions.move(action_id=row.pk, to=dt.date(2026, 6, 1), by=owner, why="Later")
        next_actions.finish(action_id=row.pk, by=owner)

    client.force_login(owner)
    fill(3)
    client.get(list_url)
    with django_assert_num_queries(12):
        client.get(list_url)
    fill(10)
    with django_assert_num_queries(12):
        client.get(list_url)
