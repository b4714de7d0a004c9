"""Closing a review writes its note, what was promised, the health and the next date: all of it or nothing."""

import datetime as dt
import json
import uuid
from html import unescape

import pytest
import time_machine
from django.urls import reverse
from django.utils.html import strip_tags

from engagements.models import Attendance, Event, HealthRating, NextAction, Note, Review
from engagements.services import review_closing
from engagements.services.attendance import Attending
from engagements.services.refusals import Refused
from engagements.services.review_closing import AlreadyHeld, Closing, NewAction, close_review
from tests import factories as make

NOW = dt.datetime(2026, 5, 21, 9, 0, tzinfo=dt.UTC)
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def rule(db):
    return make.CadenceRuleFactory(
        kind="customer-health", intervals=[("", "", 2, "week")], name="Customer-facing health review"
    )


@pytest.fixture
def review(engagement, owner, rule):
    series = make.ReviewSeriesFactory(rule=rule, tenant=engagement.tenant, owner=owner)
    return make.ReviewFactory(series=series, on=TODAY)


def said(engagement, owner, **more) -> Closing:
    given = {
        "token": uuid.uuid4(),
        "engagement_id": engagement.pk,
        "held_on": TODAY,
        "body": "We met and talked.",
        "attending": Attending(users=(owner.pk,)),
        "next_on": dt.date(2026, 6, 4),
    }
    return Closing(**given | more)


@pytest.fixture
def close(review, engagement, owner):
    def close(by=owner, **more):
        return close_review(review_id=review.pk, closing=said(engagement, owner, **more), by=by, today=TODAY)[0]

    return close


# What it writes -------------------------------------------------------------------------------------


def test_it_holds_the_review_writes_its_note_and_plans_the_next(close, engagement, owner):
    held = close(parts={"decisions": "- Pilot in June", "risks": "Holidays"})
    assert (held.state, held.held_on, held.held_by) == ("held", TODAY, owner)
    assert held.note.category == "engagement-management"
    assert "We met and talked." in held.note.body
    assert "**Took part**\nAna" in held.note.body
    assert "**Decisions**\n- Pilot in June" in held.note.body
    assert (held.decisions, held.risks) == ("- Pilot in June", "Holidays")
    following = held.series.reviews.get(state="planned")
    assert following.on == dt.date(2026, 6, 4)
    assert Event.objects.filter(verb="held", object=f"review:{held.pk}", tenant=engagement.tenant).count() == 1


def test_next_actions_belong_to_the_review_and_are_promised(close, owner, engagement):
    rows = (
        NewAction("Send the deck", dt.date(2026, 5, 25), owner),
        NewAction("Ask for a sponsor", dt.date(2026, 5, 27), owner),
    )
    held = close(actions=rows)
    found = held.next_actions.order_by("due_on")
    assert [(row.text, row.engagement, row.owner) for row in found] == [
        ("Send the deck", engagement, owner),
        ("Ask for a sponsor", engagement, owner),
    ]
    assert "- Send the deck, Ana, 25 May 2026" in held.note.body
    assert Event.objects.filter(verb="promised").count() == 2
    engagement.summary.refresh_from_db()
    assert engagement.summary.next_action_on == dt.date(2026, 5, 25)


def test_without_a_day_the_cadence_says_when_the_next_one_is(close):
    assert close(next_on=None).series.reviews.get(state="planned").on == dt.date(2026, 6, 4)


def test_it_may_have_been_held_before_today(close):
    assert close(held_on=dt.date(2026, 5, 19)).held_on == dt.date(2026, 5, 19)


def test_who_was_invited_and_not_ticked_did_not_come(close, review, engagement):
    contact = make.ContactFactory(customer=engagement.tenant.customer)
    Attendance.objects.create(review=review, contact=contact)
    close()
    assert review.attendance.get(contact=contact).state == "missed"


def test_a_colour_is_judged_with_its_reason(close, engagement, owner):
    close(health="red", health_why="The sponsor left.")
    rating = HealthRating.objects.get(customer=engagement.tenant.customer)
    assert (rating.colour, rating.why, rating.by) == ("red", "The sponsor left.", owner)


def test_a_colour_is_confirmed_as_it_is(close, engagement):
    make.HealthRatingFactory(customer=engagement.tenant.customer, colour="yellow")
    close(health="confirm:yellow")
    newest = HealthRating.objects.first()
    assert (newest.colour, newest.before) == ("yellow", "yellow")
    assert newest.why == "confirmed"


def test_a_colour_that_somebody_changed_meanwhile_is_not_confirmed(close, engagement):
    make.HealthRatingFactory(customer=engagement.tenant.customer, colour="red")
    with pytest.raises(Refused, match="It is Red by now") as refused:
        close(health="confirm:yellow")
    assert refused.value.field == "health"


def test_on_site_is_told_in_the_note(close, owner):
    attending = Attending((), (owner.pk,), True, "Joana Prates", "A closed network")
    assert "on site, approved by Joana Prates: A closed network" in close(attending=attending).note.body


# What it refuses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more, field",
    [
        ({"body": "  "}, "body"),
        ({"held_on": dt.date(2026, 5, 22)}, "held_on"),
        ({"attending": Attending()}, "came"),
        ({"attending": Attending((), (), True)}, "on_site_approved_by"),
        ({"actions": (NewAction("x" * 501, TODAY, None),)}, "action-0-text"),
        ({"actions": (NewAction("Call", None, None),)}, "action-0-on"),
        ({"actions": (NewAction("Call", TODAY, None),)}, "action-0-owner"),
        ({"health": "confirm:green"}, "health"),
        ({"health": "red"}, "health_why"),
        ({"health": "purple", "health_why": "Why not"}, "health"),
        ({"next_on": TODAY}, "next_on"),
        ({"next_on": dt.date(2026, 5, 24)}, "next_on"),
        ({"engagement_id": 999_999}, "engagement"),
        ({"parts": {"risks": "x" * 513}}, "risks"),
    ],
)
def test_a_refusal_names_its_field_and_writes_nothing(close, review, more, field):
    with pytest.raises(Refused) as refused:
        close(**more)
    assert refused.value.field == field
    review.refresh_from_db()
    assert review.state == "planned"
    assert not Note.objects.exists()
    assert not NextAction.objects.exists()
    assert not HealthRating.objects.exists()
    assert not Attendance.objects.exists()
    assert not Event.objects.filter(object__startswith="review").exists()


def test_the_next_one_is_never_further_away_than_the_rule_allows(close, rule):
    rule.intervals.update(longest_days=21)
    with pytest.raises(Refused, match="at the latest") as refused:
        close(next_on=dt.date(2026, 6, 25))
    assert refused.value.field == "next_on"


def test_an_engagement_of_another_tenant_is_no_place_for_its_note(close):
    with pytest.raises(Refused, match="open engagement"):
        close(engagement_id=make.EngagementFactory().pk)


def test_a_skipped_review_is_not_closed(close, review):
    Review.objects.update(state="skipped", why="Their year end")
    with pytest.raises(Refused, match="skipped"):
        close()


# Twice, and two -------------------------------------------------------------------------------------


def test_a_double_click_closes_once(review, engagement, owner):
    closing = said(engagement, owner)
    at = {"review_id": review.pk, "closing": closing, "by": owner, "today": TODAY}
    assert close_review(**at)[1] is True
    assert close_review(**at)[1] is False
    assert Note.objects.count() == 1
    assert review.series.reviews.count() == 2


def test_the_second_person_is_told_who_was_faster(close, colleague, owner):
    close()
    with pytest.raises(AlreadyHeld) as told:
        close(by=colleague, attending=Attending(users=(colleague.pk,)))
    assert told.value.review.held_by == owner
    assert Note.objects.count() == 1


# The page -------------------------------------------------------------------------------------------


@pytest.fixture
def page(client, review):
    url = reverse("review_detail", args=[review.pk])

    def get(user):
        client.force_login(user)
        return client.get(url)

    return get


@pytest.fixture
def post(client, review, engagement):
    def post(user, **data):
        client.force_login(user)
        given = {
            "token": str(uuid.uuid4()),
            "engagement": engagement.pk,
            "held_on": "2026-05-21",
            "body": "We met and talked.",
            "came": [f"user-{user.pk}"],
            "next_on": "2026-06-04",
        }
        return client.post(reverse("review_detail", args=[review.pk]), given | data)

    return post


def text(response) -> str:
    return " ".join(unescape(strip_tags(response.content.decode().replace("<", " <"))).split())


def test_the_form_begins_with_what_happened(page, engagement, owner, review):
    make.NextActionFactory(engagement=engagement, owner=owner, text="Call the sponsor", due_on=dt.date(2026, 5, 18))
    form = page(owner).context["form"]
    assert form["body"].value().startswith("**Internal**\n")
    assert "- Call the sponsor, Ana, 3 days late." in form["body"].value()
    assert form["next_on"].value() == dt.date(2026, 6, 4)
    assert str(form["engagement"].value()) == str(engagement.pk)
    assert form["came"].value() == [f"user-{owner.pk}"]


def test_risks_and_asks_go_on_from_the_last_review(page, review, owner, engagement):
    note = make.NoteFactory(engagement=engagement, created_at=NOW - dt.timedelta(days=14))
    day = dt.date(2026, 5, 7)
    make.ReviewFactory(
        series=review.series, state="held", on=day, held_on=day, note=note, risks="Holidays", asks="A room"
    )
    form = page(owner).context["form"]
    assert (form["risks"].value(), form["asks"].value()) == ("Holidays", "A room")


def test_closing_leads_to_the_record_of_the_review(post, page, owner, review):
    answer = post(owner, **{"action-0-text": "Send the deck", "action-0-on": "2026-05-25", "action-0-owner": owner.pk})
    assert answer.status_code == 302
    shown = page(owner)
    assert "Send the deck" in text(shown)
    assert "Thu 4 Jun" in text(shown)
    assert b'id="closing"' not in shown.content
    assert "Open the note" in text(shown)


def test_a_refusal_keeps_all_that_was_typed(post, owner):
    answer = post(
        owner,
        body="Long words",
        decisions="A pilot",
        next_on="2026-05-24",
        **{"action-0-text": "Send the deck", "action-3-on": "2026-05-25"},
    )
    assert answer.status_code == 422
    form = answer.context["form"]
    assert form["body"].value() == "Long words"
    assert form["decisions"].value() == "A pilot"
    assert "Say on which day it is due." in text(answer)
    assert "Say what is to be done on that day" in text(answer)
    assert not Note.objects.exists()


def test_a_refusal_of_the_service_stands_beside_its_field(post, owner):
    answer = post(owner, next_on="2026-05-24")
    assert answer.status_code == 422
    assert "is no working day" in answer.context["form"].errors["next_on"][0]


def test_somebody_never_in_is_refused_when_closing_too(post, owner, rule, engagement):
    rule.customer = "never"
    rule.save()
    contact = make.ContactFactory(customer=engagement.tenant.customer, name="Priya Raman")
    answer = post(owner, came=[f"contact-{contact.pk}"])
    assert answer.status_code == 422
    assert "Priya Raman belongs to the customer" in text(answer)


def test_of_two_the_second_reads_who_closed_it_and_keeps_what_was_typed(post, owner, colleague):
    post(owner)
    answer = post(colleague, body="My own words", decisions="Mine")
    assert answer.status_code == 409
    shown = text(answer)
    assert "Ana closed this review today at 09:00." in shown
    assert "My own words" in shown
    assert Note.objects.count() == 1


def test_a_second_click_leads_to_the_record(post, owner):
    token = str(uuid.uuid4())
    assert post(owner, token=token).status_code == 302
    assert post(owner, token=token).status_code == 302
    assert Note.objects.count() == 1


def test_a_reader_cannot_close_it(post, leader, stranger):
    assert post(leader).status_code == 403
    assert post(stranger).status_code == 404


def test_health_is_judged_by_the_owner_of_the_review_not_by_everybody(page, post, owner, colleague, engagement):
    assert "health" in page(owner).context["form"].fields
    assert "health" not in page(colleague).context["form"].fields
    post(colleague, health="red", health_why="I say so")
    assert not HealthRating.objects.exists()


def test_with_several_engagements_the_note_goes_where_it_was_put(post, page, owner, engagement):
    newer = make.EngagementFactory(tenant=engagement.tenant, edition=engagement.edition)
    assert page(owner).context["form"]["engagement"].value() == newer.pk
    post(owner, engagement=engagement.pk)
    assert Note.objects.get().engagement == engagement


def test_a_review_of_the_customer_closes_into_any_of_its_engagements(client, engagement, owner, rule):
    rule.level = "customer"
    rule.save()
    series = make.ReviewSeriesFactory(rule=rule, tenant=None, customer=engagement.tenant.customer, owner=owner)
    review = make.ReviewFactory(series=series, on=TODAY)
    held, _ = close_review(review_id=review.pk, closing=said(engagement, owner), by=owner, today=TODAY)
    assert held.series.reviews.get(state="planned").on == dt.date(2026, 6, 4)
    assert Event.objects.get(verb="held").customer == engagement.tenant.customer


def test_what_closing_keeps_as_an_event_is_plain(close):
    close()
    assert json.dumps([row.after for row in Event.objects.all()])


def test_the_history_says_that_it_was_held(close, client, owner, engagement):
    close()
    client.force_login(owner)
    shown = text(client.get(reverse("engagement_history", args=[engagement.pk])))
    assert "held the Customer-facing health review" in shown


def test_every_part_of_the_status_is_a_field_of_the_review():
    assert set(review_closing.PARTS) <= {field.name for field in Review._meta.fields}
