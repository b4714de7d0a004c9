"""The one-page status of a review may leave the house: it says what was agreed and nothing of ours."""

import datetime as dt
from html import unescape
from urllib.parse import unquote

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from engagements.entitlements import Slice
from engagements.models import Attendance
from engagements.services.entitlements import put_grid
from tests import factories as make

NOW = dt.datetime(2026, 5, 21, 9, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
QUERIES = 25


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def review(engagement, owner):
    rule = make.CadenceRuleFactory(
        kind="customer-health", intervals=[("", "", 2, "week")], name="Customer-facing health review"
    )
    series = make.ReviewSeriesFactory(rule=rule, tenant=engagement.tenant, owner=owner)
    note = make.NoteFactory(engagement=engagement, body="Between us: they are slow.", created_at=NOW)
    return make.ReviewFactory(
        series=series,
        on=TODAY,
        state="held",
        held_on=TODAY,
        held_by=owner,
        note=note,
        milestones="- Exchange is live\n- Teams in June",
        risks="Holidays ## and a weak sponsor",
    )


@pytest.fixture
def page(client, review):
    def get(user):
        client.force_login(user)
        return client.get(reverse("review_status", args=[review.pk]))

    return get


def text(response) -> str:
    return " ".join(unescape(strip_tags(response.content.decode().replace("<", " <"))).split())


def sheet(response) -> str:
    html = response.content.decode()
    return html[html.index('class="sheet one-page"') : html.index("</article>")]


def came(review, **contact):
    row = make.ContactFactory(customer=review.series.tenant.customer, **contact)
    return Attendance.objects.create(review=review, contact=row, state="came")


def test_it_says_milestones_risks_and_what_is_empty(page, owner):
    shown = page(owner)
    assert "<li>Exchange is live</li><li>Teams in June</li>" in sheet(shown)
    assert "No request was recorded." in text(shown)


def blocked_teams(engagement, blocked: int):
    row = engagement.tenant.services.get(service__name="Teams")
    row.slices.all().delete()
    detail = make.EngineeringReasonFactory()
    why = {"reason": detail.reason, "detail": detail, "owner": "ATU", "note": "Their CIO"}
    make.EntitlementSliceFactory(tenant_service=row, l1="blocked", count=blocked, **why)
    make.EntitlementSliceFactory(tenant_service=row, count=100 - blocked)
    return row


def test_blocked_seats_are_counted_and_no_reason_is_given(page, owner, engagement, review):
    blocked_teams(engagement, 40)
    review.blockers = "- The network\n- Teams: 90 of 100 seats are blocked"
    review.save()
    shown = page(owner)
    assert "<li>The network</li><li>Teams: 40 of 100 seats are blocked</li>" in sheet(shown)
    assert "- Teams: 40 of 100 seats are blocked" in shown.context["text"]
    for inside in ("Legal", "ATU", "Their CIO", "90 of 100"):
        assert inside not in sheet(shown)


def test_a_page_without_blockers_claims_no_more_than_that_none_was_recorded(page, owner):
    assert "No blocker was recorded." in text(page(owner))


def test_blocked_seats_are_those_of_the_day_of_the_page(page, owner, engagement, review, clock):
    row = blocked_teams(engagement, 40)
    clock.move_to(dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC))
    put_grid(tenant_service=row, grid=[Slice("status-unknown", 100)], by=owner)
    assert "Teams: 40 of 100 seats are blocked" in sheet(page(owner))
    review.held_on = dt.date(2026, 6, 1)
    review.save()
    assert "blocked" not in sheet(page(owner)).replace("No blocker", "")


def test_what_is_left_out_is_counted_beside_the_page(page, owner, review):
    review.asks = "- A room\n- Internal: ask their CIO first"
    review.save()
    shown = page(owner)
    assert "2 internal parts were left out of this page." in text(shown)
    assert "left out" not in sheet(shown)


def test_what_stands_behind_two_hashes_stays_off_it(page, owner):
    shown = page(owner)
    assert "Holidays" in text(shown)
    assert "weak sponsor" not in text(shown)
    assert "weak sponsor" not in unquote(shown.context["mailto"])


def test_no_note_no_link_and_no_reason_of_a_rating_is_on_it(page, owner, engagement):
    make.HealthRatingFactory(customer=engagement.tenant.customer, colour="red", why="Their sponsor is weak")
    shown = page(owner)
    assert "Red" in sheet(shown)
    assert "<a " not in sheet(shown)
    for inside in ("Between us", "Their sponsor is weak"):
        assert inside not in shown.content.decode()


def test_health_and_usage_are_those_of_its_day(page, owner, engagement, clock):
    customer = engagement.tenant.customer
    make.HealthRatingFactory(customer=customer, colour="green", on=dt.date(2026, 5, 4))
    make.HealthRatingFactory(customer=customer, colour="red", on=dt.date(2026, 5, 30))
    row = engagement.tenant.services.first()
    make.UsageReadingFactory(tenant_service=row, on=dt.date(2026, 5, 20), active_users=40)
    make.UsageReadingFactory(tenant_service=row, on=dt.date(2026, 5, 30), active_users=90)
    clock.move_to(dt.datetime(2026, 6, 1, tzinfo=dt.UTC))
    shown = sheet(page(owner))
    assert "Green" in shown
    assert "Red" not in shown
    assert "40 active users, 40 %" in shown


def test_the_draft_goes_to_who_came_without_do_not_call(page, owner, review):
    came(review, name="Priya Raman", email="priya@example.com")
    came(review, name="Otto Bar", email="otto@example.com", do_not_call=True, do_not_call_why="Asked us not to")
    came(review, name="Nora Mail", email="")
    missed = came(review, name="Max Gone", email="max@example.com")
    Attendance.objects.filter(pk=missed.pk).update(state="missed")
    shown = page(owner)
    assert shown.context["mail_to"] == ["priya@example.com"]
    assert shown.context["mailto"].startswith("mailto:priya@example.com?subject=Customer-facing%20health%20review")
    assert "Left out: Otto Bar (Do Not Call), Nora Mail (no address)." in text(shown)


def test_our_own_next_actions_are_not_on_it(page, owner, engagement, review):
    make.NextActionFactory(engagement=engagement, review=review, text="Escalate their sponsor", owner=owner)
    assert "Escalate" not in text(page(owner))


def test_a_review_that_is_planned_has_nothing_to_hand_out(client, owner, review):
    review.pk = None
    planned = make.ReviewFactory(series=review.series, on=dt.date(2026, 6, 4))
    client.force_login(owner)
    shown = client.get(reverse("review_status", args=[planned.pk]))
    assert "Nothing to hand out yet" in text(shown)


def test_a_review_that_somebody_is_never_in_says_for_whom_it_is_not(page, owner, review):
    rule = review.series.rule
    rule.customer = rule.partner = "never"
    rule.save()
    assert "Not for the customer and partners, never in this review." in text(page(owner))


def test_strangers_and_partners_who_are_never_in_get_404(page, stranger, partner, review):
    assert page(stranger).status_code == 404
    assert page(partner).status_code == 200
    rule = review.series.rule
    rule.partner = "never"
    rule.save()
    assert page(partner).status_code == 404


def test_it_asks_as_many_questions_whatever_there_is(page, owner, review, engagement):
    for n in range(5):
        came(review, name=f"Guest {n}")
        make.NextActionFactory(engagement=engagement, review=review, owner=make.UserFactory())
        make.UsageReadingFactory(tenant_service=engagement.tenant.services.first(), on=dt.date(2026, 5, 1 + n))
    page(owner)
    with CaptureQueriesContext(connection) as asked:
        page(owner)
    assert len(asked) <= QUERIES, len(asked)


def test_what_is_marked_as_internal_and_our_addresses_stay_off_it(page, owner, review):
    review.asks = "- A room for the pilot\n- Internal: ask their CIO first\n- See https://intranet/plan"
    review.save()
    shown = page(owner)
    assert "A room for the pilot" in sheet(shown)
    for inside in ("CIO", "intranet"):
        assert inside not in shown.content.decode()


def test_an_enterprise_status_is_on_it_only_where_customers_never_attend(page, owner, review):
    make.EnterpriseStatusFactory(
        customer=review.series.tenant.customer, review=review, summary="Late ## because of us", overview="Half is live"
    )
    assert "Half is live" not in page(owner).content.decode()
    type(review.series.rule).objects.update(customer="never")
    shown = page(owner)
    assert "Half is live" in sheet(shown)
    assert "because of us" not in shown.content.decode()
