"""One review as a file for a calendar."""

import datetime as dt

import icalendar
import pytest
import vobject
from django.urls import reverse

from engagements.models import Review
from tests import factories as make


@pytest.fixture
def review(engagement, owner):
    series = make.ReviewSeriesFactory(tenant=engagement.tenant, owner=owner)
    return make.ReviewFactory(series=series, on=dt.date(2026, 5, 28))


@pytest.fixture
def get(client, owner, review):
    def ask(person=owner):
        client.force_login(person)
        return client.get(reverse("review_ics", args=[review.pk]))

    return ask


def test_it_is_a_file_named_by_its_day_that_two_parsers_read(get, review):
    answer = get()
    assert answer["Content-Disposition"] == 'attachment; filename="review-2026-05-28.ics"'
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    found = icalendar.Calendar.from_ical(answer.content)
    (event,) = found.walk("VEVENT")
    assert found["method"] == "PUBLISH"
    assert (event["uid"], event["sequence"]) == (str(review.uid), 0)
    theirs = vobject.readOne(answer.content.decode())
    assert theirs.vevent.dtstart.value == review.starts_at
    assert theirs.vevent.organizer.value == f"mailto:{review.series.owner.email}"


def test_who_leads_it_without_an_address_is_not_named_as_organizer(get, review, owner):
    type(owner).objects.update(email="")
    (event,) = icalendar.Calendar.from_ical(get().content).walk("VEVENT")
    assert "organizer" not in event


def test_one_that_was_cancelled_goes_away_there_too(get, review):
    Review.objects.update(state="cancelled", why="No need", sequence=2)
    (event,) = icalendar.Calendar.from_ical(get().content).walk("VEVENT")
    assert (event["status"], event["sequence"]) == ("CANCELLED", 2)


def test_it_names_nobody_of_the_customer(get, engagement):
    make.ContactFactory(customer=engagement.tenant.customer, name="Priya Ravenscroft")
    assert b"Priya" not in get().content


def test_whoever_may_see_the_review_may_have_it(get, colleague, leader, manager, partner, stranger, review):
    assert [get(one).status_code for one in (colleague, leader, manager, partner, stranger)] == [200] * 4 + [404]
    type(review.series.rule).objects.update(partner="never")
    assert [get(one).status_code for one in (colleague, partner)] == [200, 404]
