"""The check ``start-date``: what is In Progress has an engagement start date, and nothing else needs one (R48)."""

import datetime as dt

import pytest

from engagements.checks import facts_for
from engagements.models import EntitlementSlice
from engagements.walk import load_walk
from playbook.spec import RequirementSpec

TODAY = dt.date(2026, 5, 21)


@pytest.fixture
def check(engagement):
    def ask():
        line = RequirementSpec(id=1, key="line", section="output", text="It is captured", checks=("start-date",))
        return facts_for([line], (), load_walk(engagement.pk, TODAY))["start-date"]

    return ask


def in_progress(row):
    EntitlementSlice.objects.filter(tenant_service=row).delete()
    EntitlementSlice.objects.create(tenant_service=row, l1="in-progress", count=row.entitlements, target_on=TODAY)


def test_nothing_in_progress_asks_for_no_date(check):
    fact = check()
    assert fact.holds
    assert fact.reason == "No service is In Progress, so there is no engagement start date to capture."


def test_each_service_in_progress_needs_its_date(check, engagement):
    exchange, teams = engagement.tenant.services.order_by("service__name")
    for row in (exchange, teams):
        in_progress(row)
    exchange.starts_on = TODAY
    exchange.save()
    fact = check()
    assert (fact.holds, fact.reason) == (False, "Captured for 1 of 2 services In Progress; Teams has none.")
    assert fact.edited_at.anchor == f"service-{teams.service_id}"
    teams.starts_on = TODAY
    teams.save()
    assert check().reason == "Captured for 2 services In Progress."
