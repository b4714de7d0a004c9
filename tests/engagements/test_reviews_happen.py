"""From agreeing the cadences to the review that was missed: what a FastTrack Manager meets, week by week."""

import datetime as dt
import uuid

import pytest
from django.core import mail
from django.urls import reverse

from engagements.models import Note, Review, ReviewSeries
from engagements.services import reminders
from engagements.walk import load_walk
from tests import factories as make
from tests.cast import person
from tests.reviewing import CADENCE, FOUR, SCHEDULE, health_engagement

THURSDAY = dt.date(2026, 5, 21)
NEXT = dt.date(2026, 5, 28)


@pytest.fixture
def on_day(time_machine, client, owner):
    """Goes to a morning, and runs the reminders of it."""

    def go(day: dt.date) -> None:
        now = dt.datetime.combine(day, dt.time(9), dt.UTC)
        time_machine.move_to(now, tick=False)
        client.force_login(owner)
        reminders.sweep(now)

    return go


@pytest.fixture
def health(owner, on_day):
    on_day(THURSDAY)
    return health_engagement(owner)


@pytest.fixture
def lead(groups, health):
    """The Team Manager of the tenant."""
    user = person("lena", "Team Manager")
    make.AssignmentFactory(user=user, tenant=health.tenant, role=make.RoleFactory(name="Team Manager"))
    return user


def agree(client, health, owner, kind):
    sent = {
        "agree": kind,
        "owner": owner.pk,
        "first_on": NEXT.isoformat(),
        "every": "",
        "unit": "",
        "at": "10:00",
        "minutes": "30",
    }
    answer = client.post(reverse("engagement_reviews", args=[health.pk]), sent)
    assert answer.status_code == 302, answer.content.decode()


def close(client, health, owner, review):
    sent = {
        "token": str(uuid.uuid4()),
        "engagement": health.pk,
        "held_on": NEXT.isoformat(),
        "body": "The pilot goes on; the network team joins next time.",
        "came": [f"user-{owner.pk}"],
        "action-0-text": "Ask the network team",
        "action-0-on": (NEXT + dt.timedelta(days=4)).isoformat(),
        "action-0-owner": owner.pk,
    }
    answer = client.post(reverse("review_detail", args=[review.pk]), sent)
    assert answer.status_code == 302, answer.content.decode()


def test_cadences_are_agreed_reviews_reminded_of_and_held_and_a_missed_one_reaches_the_team_manager(
    client, health, owner, lead, on_day
):
    for kind in FOUR:
        agree(client, health, owner, kind)
    assert ReviewSeries.objects.filter(status="open").count() == 4
    walk = load_walk(health.pk, THURSDAY)
    assert all(walk.place(f"{CADENCE}/{step}").verdict.passed for step in SCHEDULE)
    assert walk.task_state(3334)[0] == "Complete"

    mail.outbox.clear()
    on_day(NEXT)
    facing = Review.objects.get(series__rule__kind="customer-facing")
    today = client.get(reverse("today")).content.decode()
    assert reverse("review_detail", args=[facing.pk]) in today
    (sent,) = mail.outbox
    assert sent.to == [owner.email]
    assert "Customer-facing health review" in sent.body

    prepared = client.get(reverse("review_detail", args=[facing.pk])).content.decode()
    assert "To talk about" in prepared
    close(client, health, owner, facing)
    note = Note.objects.get(review=facing)
    assert "the network team joins next time" in note.body
    assert health.next_actions.get().text == "Ask the network team"
    following = facing.series.reviews.get(state="planned")
    assert following.on > NEXT
    assert load_walk(health.pk, NEXT).task_state(3333)[0] == "Complete"

    mail.outbox.clear()
    missed = Review.objects.get(series__rule__kind="governance")
    on_day(missed.escalate_on)
    to_lead = [one for one in mail.outbox if one.to == [lead.email]]
    assert any("Governance review" in one.subject + one.body for one in to_lead)
    assert not any("Customer-facing" in one.subject + one.body for one in to_lead)
