"""Two people closing one review at once: one closes it, the other reads who did; on a real PostgreSQL (DESIGN §3)."""

import datetime as dt
import uuid

import pytest
from django.db import connection

from engagements.models import Event, NextAction, Note, Review
from engagements.services import attendance, reviews
from engagements.services.attendance import Attending
from engagements.services.refusals import Refused
from engagements.services.review_closing import AlreadyHeld, Closing, NewAction, close_review
from tests import factories as make
from tests.racing import at_once

TODAY = dt.date(2026, 5, 21)
TIMES = 5

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer, and tests one connection to it"),
]


@pytest.fixture
def series(engagement, owner):
    rule = make.CadenceRuleFactory(intervals=[("", "", 2, "week")])
    return make.ReviewSeriesFactory(rule=rule, tenant=engagement.tenant, owner=owner)


def closing(engagement, by) -> Closing:
    return Closing(
        token=uuid.uuid4(),
        engagement_id=engagement.pk,
        held_on=TODAY,
        body=f"We met, says {by}.",
        attending=Attending(users=(by.pk,)),
        next_on=None,
        actions=(NewAction("Send the deck", TODAY, by),),
        health="green",
        health_why="On plan",
    )


def close(review, engagement, by, said=None):
    """What the second is told is an answer, not a fault."""

    def do():
        given = said or closing(engagement, by)
        try:
            return close_review(review_id=review.pk, closing=given, by=by, today=TODAY)
        except AlreadyHeld as told:
            return told.review

    return do


def one(series) -> Review:
    """The planned review of the series, which the last closing has planned."""
    return series.reviews.filter(state="planned").first() or make.ReviewFactory(series=series, on=TODAY)


def test_of_two_people_one_closes_the_review(series, engagement, owner, colleague):
    for _ in range(TIMES):
        review = one(series)
        answers = at_once(close(review, engagement, owner), close(review, engagement, colleague))
        (told,) = [answer for answer in answers if isinstance(answer, Review)]
        ((held, is_new),) = [answer for answer in answers if isinstance(answer, tuple)]
        assert is_new
        assert told.held_by == held.held_by
    assert Note.objects.count() == NextAction.objects.count() == TIMES
    assert Event.objects.filter(verb="held").count() == TIMES
    assert series.reviews.filter(state="planned").count() == 1


def test_two_clicks_of_one_person_close_it_once(series, engagement, owner):
    for _ in range(TIMES):
        review, said = one(series), closing(engagement, owner)
        answers = at_once(close(review, engagement, owner, said), close(review, engagement, owner, said))
        assert sorted(is_new for _, is_new in answers) == [False, True]
    assert Note.objects.count() == TIMES


def test_closing_and_skipping_at_once_does_one_of_them(series, engagement, owner, colleague):
    for _ in range(TIMES):
        review = one(series)

        def skip(pk=review.pk):
            return reviews.skip(review_id=pk, why="Their year end", by=colleague, today=TODAY)

        answers = at_once(close(review, engagement, owner), skip)
        review.refresh_from_db()
        assert review.state in ("held", "skipped")
        assert sum(isinstance(answer, Refused) for answer in answers) == 1
        assert Note.objects.filter(review=review).exists() == (review.state == "held")


def test_ticking_who_came_while_it_is_closed_loses_nobody(series, engagement, owner, colleague):
    for _ in range(TIMES):
        review = one(series)

        def tick(pk=review.pk):
            return attendance.tick_attendance(review_id=pk, attending=Attending(users=(colleague.pk,)), by=colleague)

        at_once(close(review, engagement, owner), tick)
        assert review.attendance.filter(user=owner, state="came").exists()
