"""The computed checks ``usage`` (R22) and ``usage:success`` (R28) answer from the readings, and say where to mend."""

import datetime as dt

import pytest

from engagements.selectors.places import fact_url
from engagements.walk import load_walk
from tests import factories as make

MAY = dt.date(2026, 5, 12)
TODAY = dt.date(2026, 5, 21)


@pytest.fixture
def fact(engagement):
    """What the records say about a check of a step."""
    step = make.StepFactory(process__edition=engagement.edition)
    make.RequirementFactory(step=step, checks=["usage"])
    make.RequirementFactory(step=step, checks=["usage:success"])
    return lambda check: load_walk(engagement.pk, TODAY).place(step.key).gate_input.facts[check]


@pytest.fixture
def count(engagement):
    def counted(name: str, users: int, on: dt.date = MAY):
        row = engagement.tenant.services.get(service__name=name)
        make.UsageReadingFactory(tenant_service=row, on=on, active_users=users)

    return counted


def test_enablement_waits_for_every_service_and_leads_to_where_it_is_entered(engagement, fact, count):
    count("Exchange", 10)
    said = fact("usage")
    teams = engagement.tenant.services.get(service__name="Teams")
    assert not said.holds
    assert said.reason == "Nobody has counted the active users of Teams yet; 10 are needed."
    assert fact_url(said.edited_at, engagement.pk) == f"/engagements/{engagement.pk}/usage/#service-{teams.service_id}"


def test_enablement_holds_once_all_are_counted(fact, count):
    count("Exchange", 10)
    count("Teams", 12)
    assert fact("usage").holds


def test_the_newest_reading_counts(fact, count):
    count("Exchange", 10)
    count("Teams", 90, on=dt.date(2026, 4, 1))
    count("Teams", 3)
    assert fact("usage").reason == "Teams has 3 active users, on 12 May 2026; 10 are needed."


def test_a_large_tenant_needs_100_users(engagement, fact, count):
    engagement.tenant.seats = 1_000
    engagement.tenant.save()
    count("Exchange", 100)
    count("Teams", 99)
    assert "100 are needed" in fact("usage").reason


def test_an_override_counts_instead_of_the_feed(engagement, fact, count):
    engagement.tenant.services.update(entitlements_override=50)
    count("Exchange", 5)
    count("Teams", 5)
    assert fact("usage").holds


def test_success_asks_for_a_tenth_of_every_intended_service(engagement, fact, count):
    count("Exchange", 10)
    count("Teams", 9)
    assert fact("usage:success").reason.startswith("Teams has 9 % active users (9 of 100)")
    teams = engagement.tenant.services.get(service__name="Teams")
    make.AdoptionRecordFactory(tenant_service=teams, intent="no")
    assert fact("usage:success").holds


def test_without_a_service_in_scope_nothing_holds(engagement, fact):
    engagement.services.clear()
    assert fact("usage").reason == "No service is in scope yet."
    assert not fact("usage:success").holds
