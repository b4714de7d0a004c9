"""Settling what was promised: done, taken back, put on another day (R51)."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from engagements.models import Event
from tests import factories as make

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _on_21_may():
    with time_machine.travel(dt.datetime(2026, 5, 21, 12, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def action(engagement):
    note = make.NoteFactory(engagement=engagement)
    return make.NextActionFactory(engagement=engagement, note=note, due_on=dt.date(2026, 5, 19))


@pytest.fixture
def url(action):
    return reverse("next_action", args=[action.pk])


def text(response):
    return " ".join(response.content.decode().split())


def test_the_page_says_what_was_promised_and_how_late_it_is(client, owner, url):
    client.force_login(owner)
    shown = text(client.get(url))
    assert "Call the customer" in shown
    assert "overdue since Tue 19 May" in shown


def test_done_from_today_empties_the_row_and_offers_undo(client, owner, action, url):
    client.force_login(owner)
    answer = client.post(url, {"done": "1"}, headers=HTMX)
    action.refresh_from_db()
    assert (action.done_by, answer.status_code, answer.content) == (owner, 200, b"")
    assert f'"undo": "{url}?undo=1"' in answer["HX-Trigger"]
    undone = client.post(f"{url}?undo=1", headers=HTMX)
    action.refresh_from_db()
    assert action.done_at is None
    assert undone["HX-Refresh"] == "true"


def test_without_script_it_goes_back_where_one_came_from(client, owner, url):
    client.force_login(owner)
    assert client.post(url, {"done": "1", "next": "/"}).url == "/"


ELSEWHERE = ["today", "1e9", "true", "//evil.example/", "https://evil.example/", "javascript:1"]


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_it_never_leaves_the_site(client, owner, engagement, url, elsewhere):
    client.force_login(owner)
    notes = reverse("engagement_notes", args=[engagement.pk])
    assert client.post(url, {"done": "1", "next": elsewhere}).url == notes
    assert "evil.example" not in text(client.get(url, {"next": elsewhere}))


def test_another_day_keeps_the_old_one_in_the_history(client, owner, action, url):
    client.force_login(owner)
    client.post(url, {"due": "2026-05-27", "why": "Priya is away"})
    action.refresh_from_db()
    assert action.due_on == dt.date(2026, 5, 27)
    moved = Event.objects.get(verb="moved")
    assert (moved.before, moved.after) == ({"due": "2026-05-19"}, {"due": "2026-05-27", "why": "Priya is away"})


def test_a_day_that_has_passed_is_asked_about_once(client, owner, action, url):
    client.force_login(owner)
    asked = client.post(url, {"due": "2026-05-20", "why": "We met then"})
    assert asked.status_code == 422
    assert "This day has passed. Save again to keep it." in text(asked)
    client.post(url, {"due": "2026-05-20", "why": "We met then", "kept_day": "2026-05-20"})
    action.refresh_from_db()
    assert action.due_on == dt.date(2026, 5, 20)


@pytest.mark.parametrize(("due", "said"), [("", "Say on which day."), ("soon", "Give a date")])
def test_a_day_is_needed(client, owner, url, due, said):
    client.force_login(owner)
    answer = client.post(url, {"due": due})
    assert answer.status_code == 422
    assert said in text(answer)


def test_what_is_done_is_not_moved(client, owner, url):
    client.force_login(owner)
    client.post(url, {"done": "1"})
    assert client.post(url, {"due": "2026-06-01"}).status_code == 422
    assert "Not done yet" in text(client.get(url))


def test_a_reader_sees_it_and_may_not_settle_it(client, leader, url):
    client.force_login(leader)
    assert "Move to this day" not in text(client.get(url))
    assert client.post(url, {"done": "1"}).status_code == 403


def test_a_stranger_gets_404_like_for_one_that_does_not_exist(client, stranger, url):
    client.force_login(stranger)
    missing = reverse("next_action", args=[99999])
    assert [client.get(url).status_code, client.post(url, {"done": "1"}).status_code] == [404, 404]
    assert [client.get(missing).status_code, client.post(missing).status_code] == [404, 404]


ELSEWHERE = ["today", "1e9", "true", "//evil.example/", "https://evil.example/", "javascript:1"]


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_a_way_back_that_is_no_page_of_this_site_is_not_taken(client, owner, url, elsewhere):
    client.force_login(owner)
    answer = client.post(url, {"done": "1", "next": elsewhere})
    assert (answer.status_code, answer["Location"].startswith("/")) == (302, True)
    assert elsewhere not in answer["Location"].split("/")
