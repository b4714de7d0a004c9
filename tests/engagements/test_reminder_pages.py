"""Why did I (not) get this? The ledger as pages, and how people choose what reaches them."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from engagements.models import Reminder, ReminderChoice, Sweep
from engagements.reminding import planning
from engagements.selectors import rounds
from engagements.services import reminders
from tests import factories as make


@pytest.fixture
def mine(engagement, owner):
    """One that went out, one that did not."""
    make.ReminderFactory(engagement=engagement, recipient=owner, state="sent", sent_at=timezone.now())
    return make.ReminderFactory(engagement=engagement, recipient=owner, state="dropped", reason="It was done before.")


def test_one_sees_what_came_and_why_something_did_not(client, owner, mine):
    client.force_login(owner)

    html = client.get(reverse("reminders")).content.decode()

    assert "A next action is due today" in html
    assert "Northwind Traders" in html
    assert "It was done before." in html
    assert "Sent" in html


def test_nobody_sees_the_reminders_of_others(client, colleague, mine):
    client.force_login(colleague)
    assert "No reminders yet" in client.get(reverse("reminders")).content.decode()


def test_those_who_see_an_engagement_see_who_was_to_hear_what(client, colleague, owner, mine):
    client.force_login(colleague)

    html = client.get(reverse("engagement_reminders", args=[mine.engagement_id])).content.decode()

    assert str(owner) in html
    assert "It was done before." in html


def test_the_pages_ask_as_many_queries_for_many(client, owner, engagement, mine, django_assert_max_num_queries):
    make.ReminderFactory.create_batch(30, engagement=engagement, recipient=owner)
    client.force_login(owner)
    with django_assert_max_num_queries(5):
        client.get(reverse("reminders"))


def test_choosing_how_a_kind_comes(client, owner):
    client.force_login(owner)

    answer = client.post(reverse("account"), {"do": "reminders", "action-due": "off", "referral-late": "digest"})

    assert answer.status_code == 302
    assert dict(owner.reminder_choices.values_list("kind", "how")) == {"action-due": "off", "referral-late": "digest"}
    assert ReminderChoice.objects.count() == 2


def test_a_way_that_is_none_is_refused(client, owner):
    client.force_login(owner)
    assert client.post(reverse("account"), {"do": "reminders", "action-due": "fax"}).status_code == 422


def test_new_hours_move_what_is_still_to_come(client, owner, engagement):
    day = timezone.localdate() + dt.timedelta(days=2)
    make.NextActionFactory(engagement=engagement, owner=owner, due_on=day)
    planning.plan(timezone.now())
    client.force_login(owner)

    hours = {"time_zone": "UTC", "morning_at": "10:30", "quiet_from": "19:00", "quiet_until": "07:00"}
    client.post(reverse("account"), hours)

    send_at = Reminder.objects.get(kind="action-due").send_at
    assert send_at == dt.datetime.combine(day, dt.time(10, 30), tzinfo=dt.UTC)


# The admin's --------------------------------------------------------------------------------------------


def test_the_admin_says_that_no_round_has_run(client, admin):
    client.force_login(admin)
    html = client.get(reverse("admin:engagements_sweep_changelist")).content.decode()
    assert "None has run yet" in html
    assert "jobs waiting" in html


def test_the_admin_says_since_when_something_waits_and_what_was_set_aside(client, admin, engagement, owner):
    make.ReminderFactory(engagement=engagement, recipient=owner)
    make.ReminderFactory(engagement=engagement, recipient=owner, state="aside", reason="No such box")
    Sweep.objects.create(began_at=timezone.now() - dt.timedelta(hours=1), error="The mail server does not answer")
    client.force_login(admin)

    html = client.get(reverse("admin:engagements_sweep_changelist")).content.decode()

    assert "Due since" in html
    assert "1 message refused too often" in html
    assert "beat or the workers are away" in html
    assert "The mail server does not answer" in html


def facts(client, admin) -> dict[str, dict]:
    client.force_login(admin)
    return {one["name"]: one for one in client.get(reverse("admin:engagements_sweep_changelist")).context["facts"]}


def test_the_admin_sees_that_all_is_well(client, admin):
    now = timezone.now()
    Sweep.objects.create(began_at=now - dt.timedelta(seconds=20), ended_at=now, sent=3)
    found = facts(client, admin)
    assert [name for name, one in found.items() if one["state"]] == []
    assert found["Beat"]["says"].startswith("Its last job began 2")
    assert "3 sent" in found["Last round"]["says"]


def test_the_admin_sees_whether_beat_or_the_workers_are_away(client, admin, monkeypatch):
    assert facts(client, admin)["Beat"]["says"] == "It has sent no job for a while: beat is away, or never ran"
    monkeypatch.setattr(rounds, "_queue", lambda: (3, {"name": "Queue", "says": "3 jobs waiting", "state": ""}))
    assert facts(client, admin)["Beat"]["says"] == "Its jobs wait, and no worker takes them"


def test_the_admin_sees_who_cannot_be_reached(client, admin, owner, colleague, stranger):
    type(owner).objects.exclude(pk=admin.pk).update(email="")
    says = facts(client, admin)["Addresses"]["says"]
    assert says == "2 people without one, who read reminders in the desk only: Ana, Sam"


def test_the_admin_is_led_to_failures_and_to_what_was_set_aside(client, admin, engagement, owner):
    make.ReminderFactory(engagement=engagement, recipient=owner, state="aside", reason="No such box")
    Sweep.objects.create(began_at=timezone.now(), error="The mail server does not answer")
    found = facts(client, admin)
    assert found["Failures"]["says"] == "1 round of the last day"
    for name in ("Failures", "Set aside"):
        assert client.get(found[name]["url"]).context["cl"].result_count == 1


def test_the_admin_tries_again_what_was_set_aside(client, admin, engagement, owner):
    aside = make.ReminderFactory(engagement=engagement, recipient=owner, state="aside", reason="No such box")
    client.force_login(admin)
    data = {"action": "try_again", "_selected_action": [aside.pk]}

    page = client.post(reverse("admin:engagements_reminder_changelist"), data, follow=True)

    assert "1 will be tried with the next round" in page.content.decode()
    aside.refresh_from_db()
    assert (aside.state, aside.refusals) == ("planned", 0)


def test_rounds_are_forgotten_after_a_while(db):
    now = timezone.now()
    for days in (20, 1):
        Sweep.objects.create(began_at=now - dt.timedelta(days=days))

    reminders.forget_rounds(before=now - dt.timedelta(days=14))

    assert Sweep.objects.count() == 1
