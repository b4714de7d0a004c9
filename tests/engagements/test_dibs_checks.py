"""The computed checks of DIBS, SSAT and L1 status answer from the records, and say why and where to mend it."""

import datetime as dt

import pytest

from engagements.selectors.places import fact_url
from engagements.services import adoption
from engagements.walk import load_walk
from tests import factories as make

TODAY = dt.date(2026, 5, 21)
CHECKS = ("dibs", "dibs:confirmed", "ssat", "status")


@pytest.fixture
def fact(engagement):
    """What the records say about a check of a step for all services in scope."""
    step = make.StepFactory(process__edition=engagement.edition)
    for check in CHECKS:
        make.RequirementFactory(step=step, text=check, checks=[check])
    return lambda check: load_walk(engagement.pk, TODAY).place(step.key).gate_input.facts[check]


@pytest.fixture
def rows(engagement):
    """Exchange and Teams, both deploying by 30 June."""
    rows = list(engagement.tenant.services.all())
    for row in rows:
        make.AdoptionRecordFactory(tenant_service=row)
    return rows


def test_dibs_are_all_four_letters_of_every_service(engagement, rows, fact):
    assert fact("dibs").reason == "Complete for 2 services."
    adoption.record_adoption(tenant_service=rows[1], by=None, today=TODAY, success_owner=None)
    said = fact("dibs")
    assert not said.holds
    assert said.reason == f"Complete for 1 of 2 services; {rows[1].service.label} lacks a success owner."
    here = f"/engagements/{engagement.pk}/services/#service-{rows[1].service_id}"
    assert fact_url(said.edited_at, engagement.pk) == here


def test_intent_is_read_from_the_slices(rows, fact):
    rows[0].slices.update(l1="no-intent", target_on=None, inherits_target=False)
    assert "lacks intent" in fact("dibs").reason
    rows[0].slices.update(l1="blocked")
    assert fact("dibs").holds


def test_a_date_that_has_passed_stays_complete_and_asks(rows, fact):
    adoption.record_adoption(tenant_service=rows[0], by=None, today=TODAY, due_on=dt.date(2026, 5, 15))
    assert fact("dibs").holds
    assert fact("dibs").reason.endswith(f"{rows[0].service.label} was due 15 May: confirm it.")


def test_confirming_counts_since_the_engagement_began(engagement, owner, rows, fact):
    rows[0].adoption.confirmed_on = dt.date(2026, 5, 3)
    rows[0].adoption.save()
    said = fact("dibs:confirmed")
    assert not said.holds
    assert "were not confirmed since the engagement began, 4 May, nor those of 1 more service." in said.reason
    services = [row.service for row in rows]
    adoption.confirm_dibs(tenant=engagement.tenant, services=services, by=owner, today=TODAY)
    assert fact("dibs:confirmed").reason == "Confirmed with the customer for 2 services, last on 21 May."
    adoption.record_adoption(tenant_service=rows[0], by=owner, today=TODAY, business_reason="quality")
    assert not fact("dibs:confirmed").holds


def test_ssat_is_in_place_for_every_service(rows, fact):
    assert fact("ssat").reason.startswith("In place for 0 of 2 services.")
    letters = dict.fromkeys(adoption.SSAT, "in-place")
    for row in rows:
        adoption.record_adoption(tenant_service=row, by=None, today=TODAY, **letters)
    assert fact("ssat").holds


def test_status_waits_for_the_last_seat_at_status_unknown(rows, fact):
    assert fact("status").reason == "The status of every seat is known, for 2 services."
    make.EntitlementSliceFactory(tenant_service=rows[1], count=1)
    assert fact("status").reason == f"1 seat of {rows[1].service.label} has Status Unknown."
    make.EntitlementSliceFactory(tenant_service=rows[0], count=1640)
    assert "1,640 seats of" in fact("status").reason
    assert "and seats of 1 more service" in fact("status").reason
    assert not fact("status").holds


def test_without_a_service_nothing_holds(engagement, fact):
    engagement.services.clear()
    for check in CHECKS:
        assert not fact(check).holds


def test_whether_microsoft_migrates_answers_the_condition(engagement, rows):
    make.ConditionFactory(
        edition=engagement.edition, key="migration", scope="service", computed=["migrates"], yes="moves", no="stays"
    )
    step = make.StepFactory(process__edition=engagement.edition, when="migration")

    def place():
        return load_walk(engagement.pk, TODAY).place(step.key)

    assert place().applicability.ask
    for row in rows:
        row.migrates_data, row.migration_rejected = False, "The customer moves it"
        row.save()
    assert not place().applies
    rows[0].migrates_data, rows[0].migration_rejected = True, ""
    rows[0].save()
    assert [service.id for service in place().services] == [rows[0].service_id]
