"""The page of one review: it opens prepared, for those who may see it, and says who came."""

import datetime as dt
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from engagements.models import Attendance, Event, Review
from engagements.services import adoption, notes, tasks
from tests import factories as make
from tests.cast import person
from tests.scene import set_up

NOW = dt.datetime(2026, 5, 21, 9, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
QUERIES = 45


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def rule(db):
    return make.CadenceRuleFactory(kind="customer-health", intervals=[("", "", 2, "week")])


@pytest.fixture
def review(engagement, owner, rule):
    series = make.ReviewSeriesFactory(rule=rule, tenant=engagement.tenant, owner=owner)
    return make.ReviewFactory(series=series, on=TODAY)


@pytest.fixture
def page(client, review):
    def get(user):
        client.force_login(user)
        return client.get(reverse("review_detail", args=[review.pk]))

    return get


@pytest.fixture
def tick(client, review):
    def post(user, **data):
        client.force_login(user)
        return client.post(reverse("review_attendance", args=[review.pk]), data)

    return post


def text(response) -> str:
    return " ".join(unescape(strip_tags(response.content.decode().replace("<", " <"))).split())


# Who ------------------------------------------------------------------------------------------------


def test_a_stranger_gets_404(page, stranger):
    assert page(stranger).status_code == 404


def test_a_reader_sees_it_without_a_form(page, leader):
    shown = page(leader)
    assert "Those who work there hold it" in text(shown)
    assert b'id="closing"' not in shown.content


def test_a_partner_sees_a_review_that_partners_may_join(page, partner):
    assert page(partner).status_code == 200


def test_a_partner_gets_404_where_partners_are_never_in(page, partner, rule):
    rule.partner = "never"
    rule.save()
    assert page(partner).status_code == 404


def test_a_review_of_the_customer_is_seen_from_any_of_its_tenants(client, engagement, owner, stranger, rule):
    series = make.ReviewSeriesFactory(rule=rule, tenant=None, customer=engagement.tenant.customer, owner=owner)
    url = reverse("review_detail", args=[make.ReviewFactory(series=series).pk])
    for who, status in ((owner, 200), (stranger, 404)):
        client.force_login(who)
        assert client.get(url).status_code == status


# Prepared -------------------------------------------------------------------------------------------


def test_it_opens_with_what_happened_since_the_series_was_agreed(page, engagement, owner):
    scene = set_up(engagement, owner)
    shown = text(page(owner))
    assert "Since the series was agreed" in shown
    assert scene.receipt.run.step.title in shown
    assert "We met." in shown
    assert "It is today." in shown


def test_what_was_before_the_last_review_is_not_said_again(page, engagement, owner, review):
    note = make.NoteFactory(engagement=engagement, body="Said long ago", created_at=NOW - dt.timedelta(days=5))
    held = make.NoteFactory(engagement=engagement, body="The last one", created_at=NOW - dt.timedelta(days=4))
    make.ReviewFactory(
        series=review.series,
        state="held",
        on=dt.date(2026, 5, 7),
        held_on=dt.date(2026, 5, 7),
        note=held,
        held_by=owner,
    )
    make.NoteFactory(engagement=engagement, body="Said since", created_at=NOW - dt.timedelta(days=3))
    shown = text(page(owner))
    assert "Since the last one, held Thu 7 May" in shown
    assert "Said since" in shown
    assert note.body not in shown


def test_what_is_late_blocked_or_missing_is_talked_about_first(page, engagement, owner):
    make.NextActionFactory(engagement=engagement, owner=owner, text="Call the sponsor", due_on=dt.date(2026, 5, 18))
    scene = set_up(engagement, owner)
    at = {"engagement_id": engagement.pk, "by": owner, "today": TODAY}
    tasks.set_task_status(number=983, status="Blocked-Business", reason="No budget", **at)
    shown = text(page(owner))
    talk = shown[shown.index("To talk about") : shown.index("Since the series")]
    assert "Task 983 QuickLeads is Blocked-Business since Today: No budget." in talk
    assert "Call the sponsor, Ana, 3 days late." in talk
    assert "A waiver waits for the team manager" in talk
    assert "lacks due date" in talk
    assert scene.waiver


def test_what_moved_in_dibs_is_told(page, engagement, owner):
    row = engagement.tenant.services.first()
    adoption.record_adoption(tenant_service=row, by=owner, today=TODAY, due_on=dt.date(2026, 9, 1))
    assert "1 Sep 2026" in text(page(owner))


def test_usage_says_what_changed_since(page, engagement, owner):
    row = engagement.tenant.services.first()
    make.UsageReadingFactory(tenant_service=row, on=dt.date(2026, 5, 1), active_users=10)
    make.UsageReadingFactory(tenant_service=row, on=dt.date(2026, 5, 20), active_users=34)
    assert "34, +24 since" in text(page(owner))


def test_a_referral_that_nobody_answered_is_kept_from_partners(page, engagement, owner, partner):
    make.SentReferralFactory(engagement=engagement, contact_due_on=dt.date(2026, 5, 20))
    assert "No partner was in touch" in text(page(owner))
    assert "No partner was in touch" not in text(page(partner))


def test_a_closed_engagement_is_not_talked_about(page, engagement, owner):
    make.NextActionFactory(engagement=engagement, owner=owner, text="Never mind", due_on=dt.date(2026, 5, 18))
    engagement.status, engagement.closed_on = "closed", TODAY
    engagement.save()
    shown = text(page(owner))
    assert "Never mind" not in shown
    assert "No engagement is open" in shown


def test_the_agenda_is_a_list_with_minutes(page, owner, rule):
    rule.agenda.create(title="Blockers", minutes=10, position=1)
    rule.agenda.create(title="Any other business", minutes=20, position=2)
    shown = text(page(owner))
    assert "Agenda 30 minutes" in shown
    assert "Blockers 10 min" in shown


def test_the_page_asks_as_many_questions_whatever_there_is_to_talk_about(client, page, engagement, owner, review):
    page(owner)
    set_up(engagement, owner)
    for n in range(6):
        make.NextActionFactory(engagement=engagement, owner=owner, due_on=dt.date(2026, 5, 10 + n))
        make.NoteFactory(engagement=engagement, author=make.UserFactory())
        make.ContactFactory(customer=engagement.tenant.customer)
        make.AssignmentFactory(tenant=engagement.tenant)
        make.HealthRatingFactory(customer=engagement.tenant.customer)
        other = make.EngagementFactory(tenant=engagement.tenant, edition=engagement.edition)
        row = make.TenantServiceFactory(tenant=engagement.tenant, service=make.ServiceFactory())
        other.services.add(row.service)
        make.UsageReadingFactory(tenant_service=row)
    page(owner)
    with CaptureQueriesContext(connection) as many:
        page(owner)
    assert len(many) <= QUERIES


# Who came -------------------------------------------------------------------------------------------


def test_people_are_offered_by_side(page, engagement, owner, colleague, rule):
    make.ContactFactory(customer=engagement.tenant.customer, name="Priya Raman")
    make.ContactFactory(
        customer=engagement.tenant.customer, name="Otto Bar", do_not_call=True, do_not_call_why="Asked us not to"
    )
    shown = text(page(owner))
    assert "Priya Raman" in shown
    assert "Do Not Call: Asked us not to" in shown
    assert "Sam" in shown


def test_a_side_that_is_never_in_is_not_offered(page, engagement, owner, rule):
    rule.customer = rule.partner = "never"
    rule.save()
    make.ContactFactory(customer=engagement.tenant.customer, name="Priya Raman")
    shown = text(page(owner))
    assert "Priya Raman" not in shown
    assert "Customer and Partner never take part." in shown


def test_who_came_is_kept_as_it_is_ticked(tick, owner, engagement, review):
    contact = make.ContactFactory(customer=engagement.tenant.customer)
    answer = tick(owner, came=[f"contact-{contact.pk}", f"user-{owner.pk}"])
    assert "Saved: 2 people took part." in text(answer)
    assert set(review.attendance.values_list("contact", "user", "state")) == {
        (contact.pk, None, "came"),
        (None, owner.pk, "came"),
    }
    assert "Saved: 1 person took part." in text(tick(owner, came=[f"user-{owner.pk}"]))
    assert review.attendance.get(contact=contact).state == Attendance.State.INVITED


@pytest.mark.parametrize("kind,side", [("customer", "customer"), ("partner", "partner"), ("microsoft", "account_team")])
def test_somebody_who_is_never_in_is_refused_with_a_sentence(tick, owner, engagement, review, rule, kind, side):
    setattr(rule, side, "never")
    rule.save()
    contact = make.ContactFactory(customer=engagement.tenant.customer, kind=kind, name="Priya Raman")
    answer = tick(owner, came=[f"contact-{contact.pk}"])
    assert answer.status_code == 422
    assert "Priya Raman belongs to" in text(answer)
    assert not review.attendance.exists()


def test_a_partners_colleague_is_never_in_a_governance_review(tick, owner, partner, review, rule):
    rule.partner = "never"
    rule.save()
    answer = tick(owner, came=[f"user-{partner.pk}"])
    assert answer.status_code == 422
    assert "Pat belongs to a partner, and partners never take part" in text(answer)


def test_a_contact_of_another_customer_is_refused(tick, owner):
    answer = tick(owner, came=[f"contact-{make.ContactFactory().pk}"])
    assert answer.status_code == 422
    assert "not among the contacts" in text(answer)


def test_on_site_asks_for_an_approval_and_the_outcomes(tick, owner, review):
    assert "Say who approved" in text(tick(owner, on_site="on"))
    assert "Say which outcomes" in text(tick(owner, on_site="on", on_site_approved_by="Joana"))
    answer = tick(owner, on_site="on", on_site_approved_by="Joana", on_site_why="A closed network")
    assert answer.status_code == 200
    review.refresh_from_db()
    assert (review.on_site, review.on_site_approved_by) == (True, "Joana")
    assert Event.objects.filter(verb="approved on-site attendance at", object=f"review:{review.pk}").exists()


def test_a_reader_ticks_nobody(tick, leader, stranger):
    assert tick(leader).status_code == 403
    assert tick(stranger).status_code == 404


def test_a_review_that_is_over_is_not_changed(tick, owner, review):
    Review.objects.update(state="skipped", why="Their year end")
    answer = tick(owner, came=[f"user-{owner.pk}"])
    assert answer.status_code == 422
    assert "skipped" in text(answer)


def test_a_skipped_review_says_why(page, owner):
    Review.objects.update(state="skipped", why="Their year end")
    assert "Their year end" in text(page(owner))


def test_what_is_typed_by_somebody_shows_as_text(page, engagement, owner, review):
    note = notes.NewNote(token=review.uid, body="<script>alert(1)</script>")
    notes.write_note(engagement_id=engagement.pk, note=note, by=owner, today=TODAY)
    assert b"<script>alert" not in page(owner).content


def test_a_review_of_the_customer_is_held_by_who_plans_it(client, groups, engagement, owner, rule):
    """Who works at another tenant reads it; the winner tenant's manager, and who keeps the customer, hold it."""
    customer = engagement.tenant.customer
    customer.winner = engagement.tenant
    customer.save()
    other = person("eve", "FastTrack Manager")
    make.AssignmentFactory(user=other, tenant=make.TenantFactory(customer=customer))
    series = make.ReviewSeriesFactory(rule=rule, tenant=None, customer=customer, owner=owner)
    url = reverse("review_detail", args=[make.ReviewFactory(series=series, on=TODAY).pk])
    for who, may in ((owner, True), (other, False)):
        client.force_login(who)
        assert (b'id="closing"' in client.get(url).content) is may


def test_it_leads_to_the_tab_where_it_is_moved(page, engagement, owner, leader, review):
    url = f"{reverse('engagement_reviews', args=[engagement.pk])}?do=move&amp;series={review.series_id}"
    assert url in page(owner).content.decode()
    assert url not in page(leader).content.decode()


def test_a_colour_that_nobody_confirmed_is_talked_about(page, engagement, owner):
    make.HealthRatingFactory(customer=engagement.tenant.customer, colour="green", on=dt.date(2026, 1, 5))
    assert "The health is unknown, was Green 136 days ago." in text(page(owner))
