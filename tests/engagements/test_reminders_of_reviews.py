"""Who hears of a review and of an enterprise status, on which morning, and why somebody does not."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from engagements.models import Reminder, Review
from engagements.reminding import mornings, planning
from engagements.reminding.writing import review_page
from engagements.services import reminders
from tests import factories as make
from tests.cast import person

NOW = dt.datetime(2026, 5, 21, 9, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def series(engagement, owner):
    return make.ReviewSeriesFactory(tenant=engagement.tenant, owner=owner)


def ledger(**such) -> list[tuple]:
    rows = Reminder.objects.filter(**such).order_by("send_at", "kind", "recipient__username")
    return [(row.kind, row.recipient.username, row.send_on, row.state) for row in rows]


def why(kind: str) -> str:
    row = Reminder.objects.get(kind=kind)
    assert row.state == "dropped"
    return row.reason


# Reviews ----------------------------------------------------------------------------------------------


def test_the_owner_hears_of_it_ahead_on_the_day_and_after(series):
    review = make.ReviewFactory(series=series, on=TODAY + DAY)

    planning.plan(NOW)

    assert ledger(recipient=series.owner) == [
        ("review-ahead", "ana", TODAY, "planned"),
        ("review-due", "ana", TODAY + DAY, "planned"),
        ("review-late", "ana", TODAY + 2 * DAY, "planned"),
    ]
    row = Reminder.objects.get(kind="review-due")
    assert row.occurrence == f"review:{review.pk}:{review.on}"
    assert (row.tenant, row.engagement, row.customer, row.due_on) == (series.tenant, None, None, review.on)
    assert planning.plan(NOW) == 0


def test_what_is_announced_on_its_very_day_is_told_once(series):
    make.ReviewFactory(series=series, on=TODAY, remind_on=TODAY)
    planning.plan(NOW)
    assert [kind for kind, *_ in ledger(send_on=TODAY)] == ["review-due"]


def test_the_mail_says_when_and_leads_to_the_review(series, owner):
    review = make.ReviewFactory(series=series, on=TODAY + DAY, at=dt.time(14, 30), place="Room 4")

    reminders.sweep(NOW)

    (sent,) = mail.outbox
    assert sent.to == [owner.email]
    assert sent.subject == "Northwind Traders: Customer-facing health review on Friday 22 May"
    assert "on Friday 22 May at 14:30" in sent.body
    assert "Room 4" in sent.body
    assert sent.alternatives[0][0].count('class="button"') == 1
    assert review_page(review) in sent.body


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"state": "held", "held_on": TODAY}, "It was held before."),
        ({"state": "skipped", "why": "Christmas"}, "It was skipped: Christmas."),
        ({"state": "cancelled", "why": "No need"}, "It was cancelled: No need."),
        ({"on": TODAY + 9 * DAY, "remind_on": TODAY + 8 * DAY}, "It was moved to another day."),
    ],
)
def test_what_became_of_it_meanwhile_is_the_reason_why_nothing_is_sent(series, change, reason):
    make.ReviewFactory(series=series, on=TODAY)
    planning.plan(NOW)
    Review.objects.update(**change)
    reminders.sweep(NOW)
    assert why("review-due") == reason
    assert not mail.outbox


def test_who_took_the_series_over_is_told_by_their_own_reminder(series, colleague):
    make.ReviewFactory(series=series, on=TODAY)
    planning.plan(NOW)
    series.owner = colleague
    series.save()
    reminders.sweep(NOW)
    assert Reminder.objects.get(recipient__username="ana", kind="review-due").reason == f"{colleague} leads it by now."
    assert [one.to for one in mail.outbox] == [[colleague.email]]


def test_a_series_that_ended_reminds_of_nothing(series):
    make.ReviewFactory(series=series, on=TODAY)
    planning.plan(NOW)
    type(series).objects.update(status="ended", ended_on=TODAY)
    reminders.sweep(NOW)
    assert why("review-due") == "The series has ended."
    assert planning.plan(NOW + DAY) == 0


def test_who_lost_access_to_the_customer_hears_nothing(engagement, owner):
    series = make.ReviewSeriesFactory(tenant=None, customer=engagement.tenant.customer, owner=owner)
    make.ReviewFactory(series=series, on=TODAY)
    planning.plan(NOW)
    owner.assignments.all().delete()
    reminders.sweep(NOW)
    assert why("review-due") == "The recipient has no access there any more."


def test_who_has_no_address_is_said_to_have_none(series, owner):
    make.ReviewFactory(series=series, on=TODAY)
    type(owner).objects.filter(pk=owner.pk).update(email="")
    reminders.sweep(NOW)
    assert "no e-mail address" in why("review-due")


# Escalation -------------------------------------------------------------------------------------------


@pytest.fixture
def lead(groups, engagement):
    """The Team Manager of the tenant."""
    user = person("lena", "Team Manager")
    make.AssignmentFactory(user=user, tenant=engagement.tenant, role=make.RoleFactory(name="Team Manager"))
    return user


def escalated() -> list[str]:
    rows = Reminder.objects.filter(kind="review-escalated").order_by("recipient__username")
    return list(rows.values_list("recipient__username", flat=True))


def test_what_is_still_not_held_goes_to_the_team_manager_of_the_tenant(series, lead, manager):
    make.ReviewFactory(series=series, on=TODAY - 3 * DAY)
    reminders.sweep(NOW)
    assert escalated() == ["lena"]
    (sent,) = [one for one in mail.outbox if one.to == [lead.email]]
    assert sent.subject == "Northwind Traders: Customer-facing health review of Ana is still not held"
    assert "planned for Monday 18 May" in sent.body


@pytest.mark.parametrize("assigned", ["customer of tenant", "customer", "tenant of customer"])
def test_the_team_manager_is_found_wherever_they_are_assigned(engagement, owner, groups, manager, assigned):
    customer = engagement.tenant.customer
    at = (
        {"tenant": engagement.tenant}
        if assigned != "customer" and assigned != "tenant of customer"
        else {
            "tenant": None,
            "customer": customer,
        }
    )
    series = make.ReviewSeriesFactory(owner=owner, time_zone="UTC", **at)
    lena = person("lena", "Team Manager")
    place = (
        {"tenant": engagement.tenant} if assigned == "tenant of customer" else {"tenant": None, "customer": customer}
    )
    make.AssignmentFactory(user=lena, role=make.RoleFactory(name="Regional Manager"), **place)
    make.ReviewFactory(series=series, on=TODAY - 3 * DAY)
    planning.plan(NOW)
    assert escalated() == ["lena"]


def test_where_none_is_assigned_all_hear_of_it_who_decide_on_waivers(series, manager, leader, stranger, admin):
    make.ReviewFactory(series=series, on=TODAY - 3 * DAY)
    planning.plan(NOW)
    assert escalated() == ["joana"]
    row = Reminder.objects.get(kind="review-escalated")
    assert (row.send_on, row.due_on, row.tenant) == (TODAY, TODAY - 3 * DAY, series.tenant)
    assert row.send_at == manager.hours.morning_of(TODAY)
    assert planning.plan(NOW) == 0


def test_what_was_held_in_time_escalates_to_nobody(series, lead):
    make.ReviewFactory(series=series, on=TODAY - 3 * DAY, state="held", held_on=TODAY - 2 * DAY)
    planning.plan(NOW)
    assert escalated() == []


# Enterprise status ------------------------------------------------------------------------------------


@pytest.fixture
def customer(engagement):
    customer = engagement.tenant.customer
    customer.winner = engagement.tenant
    customer.save()
    return customer


def test_a_status_is_due_on_the_day_that_the_last_one_announced(customer, owner):
    make.EnterpriseStatusFactory(customer=customer, on=TODAY - 60 * DAY, next_update_on=TODAY)
    make.EnterpriseStatusFactory(customer=customer, on=TODAY - 14 * DAY, next_update_on=TODAY)
    reminders.sweep(NOW)
    assert ledger() == [("status-due", "ana", TODAY, "sent")]
    assert mail.outbox[0].subject == "Northwind Traders: enterprise status is due today"


def test_after_21_days_it_is_late_while_it_is_red_or_yellow(customer, owner):
    make.EnterpriseStatusFactory(customer=customer, on=TODAY - 21 * DAY, next_update_on=TODAY - 7 * DAY)
    reminders.sweep(NOW)
    assert ledger() == [("status-late", "ana", TODAY, "sent")]
    assert "21 days ago" in mail.outbox[0].body


def test_a_green_one_is_late_by_its_own_day_only(customer, owner):
    make.EnterpriseStatusFactory(
        customer=customer, status="green", on=TODAY - 21 * DAY, next_update_on=TODAY + 70 * DAY
    )
    assert planning.plan(NOW) == 0


def test_one_that_was_written_meanwhile_drops_the_reminder(customer, owner):
    make.EnterpriseStatusFactory(customer=customer, on=TODAY - 21 * DAY, next_update_on=TODAY)
    planning.plan(NOW)
    make.EnterpriseStatusFactory(customer=customer, on=TODAY, next_update_on=TODAY + 14 * DAY)
    reminders.sweep(NOW)
    reasons = Reminder.objects.filter(send_on=TODAY).values_list("reason", flat=True)
    assert set(reasons) == {"A newer one was written since."}


def test_the_architect_owns_it_for_the_largest(customer, owner, groups, engagement):
    architect = person("fay", "FastTrack Architect")
    role = make.RoleFactory(name="FastTrack Architect")
    make.AssignmentFactory(user=architect, tenant=engagement.tenant, role=role, primary=True)
    customer.tags.add(make.TagFactory(name="S500"))
    make.EnterpriseStatusFactory(customer=customer, on=TODAY - 14 * DAY, next_update_on=TODAY)
    planning.plan(NOW)
    assert [who for _, who, *_ in ledger()] == ["fay"]


def test_a_customer_whose_status_is_a_series_hears_of_the_review_only(customer, owner):
    rule = make.CadenceRuleFactory(kind="enterprise-status", name="Enterprise status", level="customer")
    series = make.ReviewSeriesFactory(rule=rule, tenant=None, customer=customer, owner=owner)
    make.ReviewFactory(series=series, on=TODAY)
    make.EnterpriseStatusFactory(customer=customer, on=TODAY - 14 * DAY, next_update_on=TODAY)
    planning.plan(NOW)
    assert {kind for kind, *_ in ledger(send_on=TODAY)} == {"review-due"}


# Numbers, pages, clocks -------------------------------------------------------------------------------


def test_planning_takes_as_many_queries_for_many_as_for_one(owner, manager, django_assert_max_num_queries):
    for _ in range(12):
        series = make.ReviewSeriesFactory(owner=owner)
        make.ReviewFactory(series=series, on=TODAY)
    mornings.extend(TODAY)
    with django_assert_max_num_queries(4 + len(planning.SOURCES)):
        assert planning.plan(NOW) == 12 * 4  # ahead, of yesterday, due, late, escalated


def test_the_ledger_of_an_engagement_tells_of_the_reviews_of_its_tenant(client, engagement, series, owner, partner):
    make.ReviewFactory(series=series, on=TODAY)
    planning.plan(NOW)
    page = reverse("engagement_reminders", args=[engagement.pk])
    client.force_login(owner)
    assert "A review is due today" in client.get(page).content.decode()
    client.force_login(partner)
    assert "A review is due today" not in client.get(page).content.decode()


def test_ones_own_ledger_names_the_customer(client, series, owner):
    make.ReviewFactory(series=series, on=TODAY)
    planning.plan(NOW)
    client.force_login(owner)
    page = client.get(reverse("reminders")).content.decode()
    assert series.tenant.customer.get_absolute_url() in page


# The mornings of both changes of clocks, of the end of a year and of a leap day, as instants (UTC) that were looked
# up and not worked out: 8 o'clock where the owner lives.
ODD_DAYS = [
    ("Europe/London", dt.date(2026, 3, 28), dt.datetime(2026, 3, 28, 8, tzinfo=dt.UTC)),
    ("Europe/London", dt.date(2026, 3, 29), dt.datetime(2026, 3, 29, 7, tzinfo=dt.UTC)),  # clocks go forward
    ("Europe/London", dt.date(2026, 10, 25), dt.datetime(2026, 10, 25, 8, tzinfo=dt.UTC)),  # and back
    ("Europe/London", dt.date(2026, 10, 24), dt.datetime(2026, 10, 24, 7, tzinfo=dt.UTC)),
    ("Europe/London", dt.date(2028, 2, 29), dt.datetime(2028, 2, 29, 8, tzinfo=dt.UTC)),
    ("Europe/London", dt.date(2027, 1, 1), dt.datetime(2027, 1, 1, 8, tzinfo=dt.UTC)),
    ("Pacific/Auckland", dt.date(2026, 4, 5), dt.datetime(2026, 4, 4, 20, tzinfo=dt.UTC)),  # clocks go back
    ("Pacific/Auckland", dt.date(2026, 4, 4), dt.datetime(2026, 4, 3, 19, tzinfo=dt.UTC)),
    ("Pacific/Auckland", dt.date(2026, 9, 27), dt.datetime(2026, 9, 26, 19, tzinfo=dt.UTC)),  # and forward
    ("Pacific/Auckland", dt.date(2028, 2, 29), dt.datetime(2028, 2, 28, 19, tzinfo=dt.UTC)),
    ("Pacific/Auckland", dt.date(2027, 1, 1), dt.datetime(2026, 12, 31, 19, tzinfo=dt.UTC)),
    ("Pacific/Honolulu", dt.date(2026, 3, 29), dt.datetime(2026, 3, 29, 18, tzinfo=dt.UTC)),
    ("Pacific/Honolulu", dt.date(2026, 10, 25), dt.datetime(2026, 10, 25, 18, tzinfo=dt.UTC)),
    ("Pacific/Honolulu", dt.date(2026, 12, 31), dt.datetime(2026, 12, 31, 18, tzinfo=dt.UTC)),
    ("Pacific/Honolulu", dt.date(2028, 2, 29), dt.datetime(2028, 2, 29, 18, tzinfo=dt.UTC)),
]
KINDS = {"review-ahead": "remind_on", "review-due": "on", "review-late": "late_on", "review-escalated": "escalate_on"}


@pytest.mark.parametrize(("zone", "day", "instant"), ODD_DAYS)
def test_each_kind_goes_out_in_the_morning_of_its_day(engagement, owner, zone, day, instant, clock):
    clock.move_to(dt.datetime.combine(day - DAY, dt.time(0, 30), ZoneInfo(zone)))
    type(owner).objects.filter(pk=owner.pk).update(time_zone=zone)
    make.AssignmentFactory(user=owner, tenant=engagement.tenant, role=make.RoleFactory(name="Team Manager"))
    days = {"on": day + 9 * DAY, "remind_on": day + 8 * DAY, "late_on": day + 10 * DAY, "escalate_on": day + 12 * DAY}
    for kind, stored in KINDS.items():
        rule = make.CadenceRuleFactory(kind=kind)
        series = make.ReviewSeriesFactory(rule=rule, tenant=engagement.tenant, owner=owner, time_zone=zone)
        make.ReviewFactory(series=series, **days | {stored: day})

    planning.plan(dt.datetime.now(dt.UTC))

    found = {row.kind: (row.send_on, row.send_at) for row in Reminder.objects.all()}
    assert found == dict.fromkeys(KINDS, (day, instant))


@pytest.mark.parametrize(("zone", "day", "instant"), ODD_DAYS)
def test_a_status_is_asked_for_in_the_morning_of_its_day(customer, owner, zone, day, instant, clock):
    clock.move_to(dt.datetime.combine(day - DAY, dt.time(0, 30), ZoneInfo(zone)))
    type(owner).objects.filter(pk=owner.pk).update(time_zone=zone)
    make.EnterpriseStatusFactory(customer=customer, on=day - 21 * DAY, next_update_on=day)

    planning.plan(dt.datetime.now(dt.UTC))

    sent = Reminder.objects.order_by("kind").values_list("kind", "send_at")
    assert list(sent) == [("status-due", instant), ("status-late", instant)]
