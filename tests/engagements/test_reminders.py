"""The ledger: what is planned, when it goes out, to whom it does not, and what becomes of what fails."""

import datetime as dt
import smtplib
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from engagements.models import NextAction, Reminder, Sweep
from engagements.reminding import mornings, planning, sending
from engagements.reminding.kinds import Kind
from engagements.services import engagements, reminders
from tests import factories as make

NOW = dt.datetime(2026, 5, 21, 9, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def action(engagement, owner) -> NextAction:
    return make.NextActionFactory(engagement=engagement, owner=owner, due_on=TODAY, text="Call Priya")


def ledger(**such) -> list[tuple[str, str]]:
    rows = Reminder.objects.filter(**such).order_by("send_at", "kind")
    return [(row.kind, row.state) for row in rows]


# Planning ---------------------------------------------------------------------------------------------


def test_a_next_action_is_promised_for_the_owners_morning_and_the_morning_after(action, owner):
    planning.plan(NOW)

    due, overdue = Reminder.objects.order_by("send_at")
    assert (due.kind, due.recipient, due.engagement, due.due_on) == ("action-due", owner, action.engagement, TODAY)
    assert due.occurrence == f"action:{action.pk}:2026-05-21"
    assert due.send_at == due.try_at == dt.datetime(2026, 5, 21, 8, tzinfo=dt.UTC)
    assert (overdue.kind, overdue.send_at) == ("action-overdue", due.send_at + DAY)


def test_planning_again_promises_nothing_twice(action):
    assert planning.plan(NOW) == 2
    assert planning.plan(NOW) == 0
    assert Reminder.objects.count() == 2


def test_the_morning_is_that_of_the_recipients_zone(action, owner):
    owner.time_zone = "Pacific/Auckland"
    owner.save()

    planning.plan(NOW)

    send_at = Reminder.objects.get(kind="action-due").send_at
    assert send_at.astimezone(ZoneInfo("Pacific/Auckland")).isoformat() == "2026-05-21T08:00:00+12:00"


def test_nothing_is_promised_for_what_is_done_parked_or_far_away(engagement, owner):
    make.NextActionFactory(engagement=engagement, owner=owner, due_on=TODAY, done_at=NOW)
    make.NextActionFactory(engagement=engagement, owner=owner, due_on=TODAY + 30 * DAY)
    make.NextActionFactory(engagement__status="parked", engagement__parked_until=TODAY + DAY, owner=owner, due_on=TODAY)
    make.NextActionFactory(engagement=engagement, owner=make.UserFactory(is_active=False), due_on=TODAY)

    assert planning.plan(NOW) == 0


def test_planning_takes_as_many_queries_for_many_as_for_one(action, engagement, owner, django_assert_max_num_queries):
    make.NextActionFactory.create_batch(30, engagement=engagement, owner=owner, due_on=TODAY)
    mornings.extend(TODAY)

    with django_assert_max_num_queries(4 + len(planning.SOURCES)):
        assert planning.plan(NOW) == 62


def test_a_new_zone_moves_what_is_still_to_come(action, owner):
    planning.plan(NOW)
    owner.time_zone = "Pacific/Honolulu"
    owner.save()

    mornings.plan_anew(owner, NOW)

    assert Reminder.objects.get(kind="action-overdue").send_at == dt.datetime(2026, 5, 22, 18, tzinfo=dt.UTC)


def test_partners_who_have_not_called_in_time_are_told_to_who_sent_the_referral(engagement, owner):
    make.SentReferralFactory(engagement=engagement, sent_by=owner, contact_due_on=TODAY - DAY)

    planning.plan(NOW)

    row = Reminder.objects.get()
    assert (row.kind, row.recipient, row.send_on) == ("referral-late", owner, TODAY)


def test_the_primary_manager_hears_of_a_start_and_a_target_a_week_ahead(engagement, owner, colleague):
    service = engagement.tenant.services.first()
    service.starts_on = TODAY + 7 * DAY
    service.save()
    aim = {"l1": "in-progress", "count": 80, "target_on": TODAY + 7 * DAY}
    make.EntitlementSliceFactory(tenant_service=service, **aim)
    make.EntitlementSliceFactory(tenant_service=service, **aim)

    reminders.sweep(NOW)

    assert ledger() == [("start-ahead", "sent"), ("target-ahead", "sent")]
    (sent,) = mail.outbox
    assert sent.to == [owner.email]
    assert "In a week, on Thursday 28 May, Northwind Traders wants to begin" in sent.body
    assert "For 160 seats of" in sent.body
    assert f"/engagements/{engagement.pk}/services/#service-{service.service_id}" in sent.body


def test_nobody_hears_of_a_service_that_no_open_engagement_works_on(engagement, owner):
    make.TenantServiceFactory(tenant=engagement.tenant, starts_on=TODAY + 7 * DAY)

    assert planning.plan(NOW) == 0


# Sending ----------------------------------------------------------------------------------------------


def test_what_is_due_goes_out_once_with_one_button_and_an_id_that_stays(action, owner):
    reminders.sweep(NOW)
    reminders.sweep(NOW)

    (sent,) = mail.outbox
    assert sent.to == [owner.email]
    assert sent.subject == "Northwind Traders: Call Priya"
    assert sent.extra_headers["Message-ID"] == f"<action-due.action.{action.pk}.2026-05-21.{owner.pk}@127.0.0.1>"
    page = sent.alternatives[0][0]
    assert page.count('class="button"') == 1
    assert f"/engagements/{action.engagement_id}/" in page
    assert f"/engagements/{action.engagement_id}/" in sent.body
    assert "<style" not in page
    assert ledger() == [("action-due", "sent"), ("action-overdue", "planned")]


def test_several_of_a_morning_come_in_one_mail(engagement, owner):
    make.NextActionFactory.create_batch(3, engagement=engagement, owner=owner, due_on=TODAY)

    reminders.sweep(NOW)

    (sent,) = mail.outbox
    assert sent.subject == "3 reminders for today"
    assert sent.extra_headers["Message-ID"].startswith("<digest.")


def test_who_wants_each_by_itself_gets_each_by_itself(engagement, owner):
    make.ReminderChoiceFactory(user=owner, kind="action-due", how="at-once")
    make.NextActionFactory.create_batch(3, engagement=engagement, owner=owner, due_on=TODAY)

    reminders.sweep(NOW)

    assert len(mail.outbox) == 3


def why_not() -> str:
    row = Reminder.objects.get(kind="action-due")
    assert row.state == "dropped"
    assert not mail.outbox
    return row.reason


def test_who_opted_out_reads_it_in_the_desk(action, owner):
    make.ReminderChoiceFactory(user=owner, kind="action-due", how="off")
    reminders.sweep(NOW)
    assert why_not() == "The recipient reads these in the desk only."


def test_who_has_no_address_is_said_to_have_none(action, owner):
    owner.email = ""
    owner.save()
    reminders.sweep(NOW)
    assert why_not() == "The recipient has no e-mail address; it stands in the desk only."


def test_who_lost_access_hears_nothing(action, owner):
    planning.plan(NOW)
    owner.assignments.all().delete()
    reminders.sweep(NOW)
    assert why_not() == "The recipient has no access there any more."


def test_what_was_done_in_between_is_not_asked_for(action):
    planning.plan(NOW)
    NextAction.objects.update(done_at=NOW)
    reminders.sweep(NOW)
    assert why_not() == "It was done before."


def test_what_moved_is_asked_for_on_its_new_day_only(action):
    planning.plan(NOW)
    NextAction.objects.update(due_on=TODAY + DAY)
    reminders.sweep(NOW)
    reminders.sweep(NOW + DAY)
    assert Reminder.objects.get(due_on=TODAY, kind="action-due").reason == "It was moved to another day."
    assert [one.subject for one in mail.outbox] == ["Northwind Traders: Call Priya"]


def test_what_was_parked_in_between_rests(action, owner):
    planning.plan(NOW)
    engagements.park_engagement(
        engagement_id=action.engagement_id, until=TODAY + 9 * DAY, why="Summer", by=owner, today=TODAY
    )
    reminders.sweep(NOW)
    assert why_not() == "The engagement is parked."


def test_what_cannot_wait_goes_out_now_and_at_night_in_the_morning(engagement, owner):
    said = {"kind": Kind.ACTION_DUE, "recipient": owner, "engagement": engagement}
    by_day = reminders.promise(occurrence="action:1:2026-05-21", now=NOW, **said)
    at_night = reminders.promise(occurrence="action:2:2026-05-21", now=NOW.replace(hour=22), **said)

    assert by_day.send_at == NOW
    assert at_night.send_at == dt.datetime(2026, 5, 22, 7, tzinfo=dt.UTC)
    assert reminders.promise(occurrence="action:1:2026-05-21", now=NOW, **said) == by_day


def test_a_promise_can_be_taken_back(engagement, owner):
    reminders.promise(kind=Kind.ACTION_DUE, occurrence="action:1:2026-05-21", recipient=owner, now=NOW)

    assert reminders.withdraw(occurrence="action:1:2026-05-21", reason="The review was cancelled.") == 1

    reminders.sweep(NOW)
    assert why_not() == "The review was cancelled."


def test_headers_cannot_be_slipped_in_by_what_people_write(engagement, owner):
    make.NextActionFactory(engagement=engagement, owner=owner, due_on=TODAY, text="Hello\r\nBcc: x@example.com")

    reminders.sweep(NOW)

    assert "\n" not in mail.outbox[0].subject
    assert "Bcc" not in mail.outbox[0].message()


def test_what_people_write_cannot_become_markup(engagement, owner):
    make.NextActionFactory(engagement=engagement, owner=owner, due_on=TODAY, text="<img src=x onerror=alert(1)>")

    reminders.sweep(NOW)

    assert "<img" not in mail.outbox[0].alternatives[0][0]


# Faults -----------------------------------------------------------------------------------------------


class Moody(EmailBackend):
    """A server that raises what ``fault`` says."""

    fault: Exception | None = None

    def send_messages(self, messages):
        if Moody.fault:
            raise Moody.fault
        return super().send_messages(messages)


@pytest.fixture
def server(settings):
    settings.EMAIL_BACKEND = f"{__name__}.Moody"
    yield Moody
    Moody.fault = None


def test_a_server_that_is_down_costs_time_and_no_reminder(action, server, clock):
    server.fault = ConnectionRefusedError("connection refused")
    for _ in range(30):
        row = reminders.sweep(dt.datetime.now(dt.UTC))
        clock.shift(dt.timedelta(hours=1))
    assert "does not answer" in row.error
    server.fault = None
    NextAction.objects.update(due_on=TODAY)  # still open

    clock.shift(dt.timedelta(hours=1))
    reminders.sweep(dt.datetime.now(dt.UTC))

    row = Reminder.objects.get(kind="action-due")
    assert (row.state, row.refusals) == ("sent", 0)
    assert row.attempts > 5


def test_one_message_that_is_refused_holds_up_no_other_and_is_set_aside_in_the_end(action, server, clock, owner):
    server.fault = smtplib.SMTPRecipientsRefused({owner.email: (550, b"no such box")})
    for _ in range(6):
        reminders.sweep(dt.datetime.now(dt.UTC))
        clock.shift(dt.timedelta(hours=1))

    row = Reminder.objects.get(kind="action-due")
    assert (row.state, row.attempts) == ("aside", 5)
    assert "no such box" in row.reason

    server.fault = None
    assert reminders.try_again(reminders=[row.pk]) == 1
    reminders.sweep(dt.datetime.now(dt.UTC))
    assert Reminder.objects.get(pk=row.pk).state == "sent"


def test_a_server_that_says_later_is_asked_later(action, server, clock, owner):
    server.fault = smtplib.SMTPRecipientsRefused({owner.email: (451, b"greylisted")})
    reminders.sweep(NOW)
    assert ledger(kind="action-due") == [("action-due", "planned")]

    server.fault = None
    reminders.sweep(NOW)
    assert not mail.outbox
    clock.shift(dt.timedelta(minutes=2))
    reminders.sweep(dt.datetime.now(dt.UTC))

    assert len(mail.outbox) == 1


def test_who_dies_while_sending_loses_the_lease_and_another_sends(action, clock, settings):
    planning.plan(NOW)
    claimed = sending.claim(NOW)
    assert [row.kind for row in claimed] == ["action-due"]
    assert sending.claim(NOW) == []

    clock.shift(settings.REMINDER_LEASE + dt.timedelta(seconds=1))
    reminders.sweep(dt.datetime.now(dt.UTC))

    assert len(mail.outbox) == 1
    # And the first, should it wake up again, sends nothing: its lease is gone.
    sending._send(claimed, mail.get_connection(), sending.Sent())
    assert len(mail.outbox) == 1


def test_a_mail_of_the_morning_that_died_half_way_is_sent_as_it_was(engagement, owner, clock, settings):
    make.NextActionFactory.create_batch(2, engagement=engagement, owner=owner, due_on=TODAY)
    planning.plan(NOW)
    first = {row.digest.message_id for row in sending.claim(NOW)}

    clock.shift(settings.REMINDER_LEASE + dt.timedelta(seconds=1))
    reminders.sweep(dt.datetime.now(dt.UTC))

    assert {mail.outbox[0].extra_headers["Message-ID"]} == first


def test_a_fault_of_ours_in_one_message_holds_up_no_other(action, engagement, owner, monkeypatch):
    bad = make.NextActionFactory(engagement=engagement, owner=owner, due_on=TODAY, text="bad")
    from engagements.reminding import writing

    whole = writing._action

    def faulty(row, about):
        if row.pk == bad.pk:
            raise RuntimeError("a fault")
        return whole(row, about)

    monkeypatch.setattr(writing, "_action", faulty)
    reminders.sweep(NOW)

    assert len(mail.outbox) == 1
    assert "a fault" in Reminder.objects.get(kind="action-due", occurrence__startswith=f"action:{bad.pk}:").reason


def test_the_ledger_itself_refuses_the_same_promise_twice(action):
    planning.plan(NOW)
    row = Reminder.objects.first()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


# The command ------------------------------------------------------------------------------------------


def test_the_command_sends_what_is_due_by_the_end_of_a_day(action, capsys):
    call_command("send_reminders", on="2026-05-22")

    assert "2 planned, 2 sent" in capsys.readouterr().out
    assert Sweep.objects.get().sent == 2


def test_the_command_says_what_a_day_looks_like():
    with pytest.raises(CommandError, match="such as 2026-05-27"):
        call_command("send_reminders", on="tomorrow")
