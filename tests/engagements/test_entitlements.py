"""Slices of entitlements: they total the seats, name what belongs together, and seats come and go (R42–R47)."""

import contextlib
import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from engagements.entitlements import MOST_SEATS, NoSuchSeats, Slice, adjusted, intent, problems, without_seats
from engagements.models import Engagement, EntitlementSlice, Event, Tenant
from engagements.services import adoption, closing, customers, engagements, entitlements, summaries
from engagements.services.locking import lock_tenant, write, writing
from engagements.services.overtaking import Overtaken
from engagements.services.refusals import Refused
from tasks.consumption import NEW_SEATS, Consumption
from tests import factories as make

TODAY = dt.date(2026, 5, 21)
JULY = dt.date(2026, 7, 31)
L1 = [l1.value for l1 in Consumption]


@pytest.fixture
def teams(engagement):
    """150 seats, all new."""
    row = engagement.tenant.services.get(service__name="Teams")
    row.slices.all().delete()
    row.entitlements = 150
    row.save()
    entitlements.enter_seats([row])
    return row


@pytest.fixture
def network():
    make.StatusReasonFactory(name="Infrastructure", key="blocked/infrastructure")
    return make.EngineeringReasonFactory(reason__key="blocked/infrastructure", name="Network")


def put(row, *slices, by=None, **options):
    return entitlements.put_grid(tenant_service=row, grid=list(slices), by=by, **options)


def placed(row) -> list[tuple[str, int]]:
    return [(one.l1, one.count) for one in row.slices.all()]


def all_new(row) -> bool:
    return [(one.reason_id, one.count) for one in row.slices.all()] == [(NEW_SEATS, row.available)]


# Totals (R42, R43) ----------------------------------------------------------------------------------------


def test_all_seats_are_placed_at_once_and_the_history_says_how(teams, owner):
    put(teams, Slice("in-progress", 120, target_on=JULY), Slice("no-intent", 30), by=owner)
    assert placed(teams) == [("in-progress", 120), ("no-intent", 30)]
    event = Event.objects.get(object=f"slices:{teams.service_id}")
    assert event.after["words"] == "120 In Progress, 30 No Intent"
    assert event.before["words"] == "150 Status Unknown"


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (120, "120 of 150 entitlements are placed; 30 are missing."),
        (149, "149 of 150 entitlements are placed; 1 is missing."),
        (180, "180 of 150 entitlements are placed; 30 are too many."),
    ],
)
def test_a_grid_that_does_not_total_names_the_difference_and_nothing_is_saved(teams, owner, count, said):
    with pytest.raises(Refused, match=said):
        put(teams, Slice("no-intent", count), by=owner)
    assert all_new(teams)
    assert not Event.objects.filter(object__startswith="slices").exists()


def test_the_override_counts_instead_of_the_feed(teams, owner):
    teams.entitlements_override = 90
    teams.save()
    put(teams, Slice("no-intent", 90), by=owner)
    with pytest.raises(Refused, match="150 of 90"):
        put(teams, Slice("no-intent", 150), by=owner)


def test_the_same_grid_again_leaves_no_event(teams, owner):
    assert put(teams, Slice("no-intent", 150), by=owner)
    assert put(teams, Slice("no-intent", 150), Slice("blocked", 0), by=owner) is None


def test_migration_scenarios_total_the_seats_in_progress(teams, owner):
    """R43."""
    teams.migrates_data = True
    teams.save()
    grid = Slice("in-progress", 100, target_on=JULY), Slice("no-intent", 50)
    with pytest.raises(Refused, match="80 of 100 In Progress seats have a migration scenario; 20 are missing."):
        put(teams, *grid, by=owner, scenarios=[("Mailboxes", 80)])
    assert not teams.migrations.exists()
    put(teams, *grid, by=owner, scenarios=[("Mailboxes", 80), ("Archives", 20)])
    with pytest.raises(Refused, match="100 of 150 In Progress"):
        put(teams, Slice("in-progress", 150, target_on=JULY), by=owner)
    with pytest.raises(Refused, match="same name"):
        put(teams, *grid, by=owner, scenarios=[("Mailboxes", 80), ("Mailboxes", 20)])


# What a slice may say (R44, R45) --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (Slice("in-progress", 150), "In Progress needs a target date"),
        (Slice("in-progress", 150, follows_due=True), "In Progress needs a target date"),
        (Slice("no-intent", 150, target_on=JULY), "No Intent takes no target date"),
        (Slice("status-unknown", 150, target_on=JULY), "Status Unknown takes no target date"),
        (Slice("in-progress", 150, target_on=JULY, owner="Account team"), "In Progress takes no owner"),
        (Slice("duplicate-invalid", 150, "duplicate-invalid/x"), "Duplicate/Invalid takes no reason"),
        (Slice("no-intent", 150, "blocked/infrastructure"), "This is not a reason of No Intent"),
        (Slice("blocked", 150, "blocked/moon"), "This service has no such reason"),
        (Slice("blocked", 150, "blocked/infrastructure/moon"), "This service has no such reason"),
        (Slice("moon", 150), "one of the five statuses"),
        (Slice("blocked", -1), "a whole number from 0"),
        (Slice("blocked", MOST_SEATS + 1), "a whole number from 0"),
    ],
)
def test_what_does_not_belong_together_is_refused_at_its_row(one, said):
    found = problems([one], 150, due_on=None, reasons={"blocked/infrastructure"})
    assert said in found[0].text
    assert found[0].row == 0


def test_an_l3_of_another_service_is_refused_by_the_service_and_by_the_database(teams, owner, network):
    """R45."""
    own = make.EngineeringReasonFactory(reason=network.reason, name="VDI", services=["Teams", "Edge"])
    other = make.EngineeringReasonFactory(reason=network.reason, name="Channels", services=["Office ProPlus"])
    put(teams, Slice("blocked", 100, network.pk), Slice("blocked", 50, own.pk), by=owner)
    with pytest.raises(Refused, match="no such reason"):
        put(teams, Slice("blocked", 150, other.pk), by=owner)
    fields = {"tenant_service": teams, "l1": "blocked", "reason": network.reason, "detail": other, "count": 1}
    with pytest.raises(IntegrityError, match="an_l3_is_of_its_service"), transaction.atomic():
        EntitlementSlice.objects.create(**fields)
    with pytest.raises(IntegrityError, match="an_l3_is_of_its_service"), transaction.atomic():
        teams.slices.update(detail=other)


@pytest.mark.parametrize(
    "wrong",
    [
        {"l1": "in-progress"},
        {"l1": "no-intent", "target_on": JULY},
        {"l1": "blocked", "inherits_target": True},
        {"l1": "no-intent", "reason_id": "blocked/infrastructure"},
        {"l1": "blocked", "detail_id": "blocked/infrastructure/network"},
        {"l1": "in-progress", "target_on": JULY, "owner": "Account team"},
    ],
)
def test_the_database_refuses_what_the_rules_refuse(teams, network, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        EntitlementSlice.objects.create(tenant_service=teams, count=1, **wrong)


# Seats that come and go (R47) -----------------------------------------------------------------------------


def test_a_service_that_is_added_enters_as_new(engagement, owner):
    row = customers.add_service(
        tenant=engagement.tenant, service=make.ServiceFactory(name="Intune"), by=owner, entitlements=70
    )
    assert all_new(row)


def test_raised_seats_enter_as_new_and_lowered_ones_leave_status_unknown_first():
    grid = [
        Slice("in-progress", 100, target_on=JULY),
        Slice("status-unknown", 20, NEW_SEATS),
        Slice("status-unknown", 5),
    ]
    assert adjusted(grid, 125, 140)[1].count == 35
    assert adjusted(grid, 125, 103)[1:] == [Slice("status-unknown", 3)]
    assert adjusted([Slice("no-intent", 5)], 5, 9)[1] == Slice("status-unknown", 4, NEW_SEATS)


def test_more_than_are_unknown_do_not_go_by_themselves():
    with pytest.raises(NoSuchSeats, match="Only 20 stand at Status Unknown"):
        without_seats([Slice("no-intent", 100), Slice("status-unknown", 20)], 21)


# Duplicate tenants (R46) ----------------------------------------------------------------------------------


def test_a_duplicate_tenant_needs_its_engagements_closed(engagement, owner):
    with pytest.raises(Refused, match=f"Engagement {engagement.pk} of this tenant is open"):
        entitlements.mark_duplicate(tenant=engagement.tenant, by=owner)
    assert not Tenant.objects.get(pk=engagement.tenant_id).is_duplicate


def test_all_seats_of_a_duplicate_are_invalid_and_it_leaves_lists_and_numbers(engagement, owner, client):
    closing.close_engagement(engagement_id=engagement.pk, ended_as="mistake", outcome="Done", by=owner, today=TODAY)
    assert Engagement.objects.counted().count() == 1
    tenant = entitlements.mark_duplicate(tenant=engagement.tenant, by=owner)
    rows = EntitlementSlice.objects.filter(tenant_service__tenant=tenant)
    assert {(one.l1, one.count) for one in rows} == {("duplicate-invalid", 100)}
    assert not Engagement.objects.counted().exists()
    client.force_login(owner)
    assert "Northwind" not in client.get("/engagements/?scope=all&status=any").content.decode()
    with pytest.raises(Refused, match="This tenant is a duplicate"):
        put(rows[0].tenant_service, Slice("no-intent", 100), by=owner)
    with pytest.raises(Refused, match="This tenant is a duplicate"):
        engagements.start_engagement(
            tenant=tenant,
            edition=engagement.edition,
            model=engagement.model,
            motions=engagement.motions.all(),
            services=engagement.services.all(),
            by=owner,
            started_on=TODAY,
        )
    with pytest.raises(Refused, match="This tenant is a duplicate"):
        closing.reopen_engagement(engagement_id=engagement.pk, why="By mistake", by=owner)
    row = customers.add_service(tenant=tenant, service=make.ServiceFactory(name="Intune"), by=owner, entitlements=70)
    assert placed(row) == [("duplicate-invalid", 70)]
    entitlements.unmark_duplicate(tenant=tenant, by=owner)
    assert all_new(row)


# Intent and the due date ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        (["in-progress", "no-intent"], "yes"),
        (["blocked", "status-unknown"], "yes"),
        (["no-intent", "duplicate-invalid"], "no"),
        (["no-intent", "status-unknown"], ""),
        ([], ""),
    ],
)
def test_intent_is_what_the_slices_say(statuses, said):
    assert intent(statuses) == said


def test_the_due_date_takes_the_targets_that_follow_it_along(teams, owner):
    record = {"tenant_service": teams, "by": owner, "today": TODAY}
    adoption.record_adoption(**record, due_on=TODAY, intent="yes")
    put(teams, Slice("in-progress", 100, follows_due=True), Slice("in-progress", 50, target_on=JULY), by=owner)
    adoption.record_adoption(**record, due_on=dt.date(2026, 6, 30))
    assert list(teams.slices.values_list("target_on", flat=True)) == [dt.date(2026, 6, 30), JULY]
    with pytest.raises(Refused, match="take their target from the due date"):
        adoption.record_adoption(**record, due_on=None)


def test_captured_intent_moves_the_seats_nobody_was_asked_about(teams, owner):
    put(teams, Slice("blocked", 50), Slice("status-unknown", 100), by=owner)
    record = {"tenant_service": teams, "by": owner, "today": TODAY}
    with pytest.raises(Refused, match="Give a due date with the intent"):
        adoption.record_adoption(**record, intent="yes")
    adoption.record_adoption(**record, due_on=JULY, intent="yes")
    assert placed(teams) == [("blocked", 50), ("in-progress", 100)]
    assert teams.slices.get(l1="in-progress").target_on == JULY
    with pytest.raises(Refused, match="no seats at Status Unknown"):
        adoption.record_adoption(**record, intent="no")
    assert list(summaries.wrong_rows()) == []


def test_a_service_without_seats_still_says_its_intent(engagement, owner):
    row = customers.add_service(tenant=engagement.tenant, service=make.ServiceFactory(name="Edge"), by=owner)
    adoption.record_adoption(tenant_service=row, by=owner, today=TODAY, due_on=JULY, intent="yes")
    assert placed(row) == [("in-progress", 0)]
    assert row.intent == "yes"


# Two people -----------------------------------------------------------------------------------------------


def test_a_grid_that_somebody_else_changed_is_not_overwritten(teams, owner, colleague):
    shown = [one.plain() for one in entitlements.grid_of(teams.slices.all())]
    put(teams, Slice("no-intent", 150), by=colleague)
    at = Event.objects.latest("pk").at

    @write
    def place(grid):
        lock_tenant(teams.tenant_id)
        return entitlements.write_grid(teams, grid, due_on=None, by=owner, at=at, seen=shown)

    with pytest.raises(Overtaken) as told:
        place([Slice("blocked", 150)])
    assert told.value.by == colleague
    place([Slice("status-unknown", 150, NEW_SEATS)])  # left as it was shown
    assert placed(teams) == [("no-intent", 150)]


# Whatever happens -----------------------------------------------------------------------------------------

GRIDS = st.lists(
    st.builds(
        Slice,
        st.sampled_from(L1),
        st.one_of(st.integers(-5, 60), st.sampled_from([50, 100, MOST_SEATS * 2])),
        st.sampled_from(["", NEW_SEATS, "blocked/infrastructure", "no-intent/x"]),
        st.sampled_from([None, JULY]),
        st.booleans(),
        st.sampled_from(["", "Account team"]),
    ),
    max_size=4,
)
DOINGS = st.lists(st.one_of(GRIDS, st.integers(0, 200), st.sampled_from(["yes", "no"])), min_size=1, max_size=6)


class WhateverIsSaved(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(doings=DOINGS)
    def test_the_slices_total_the_seats_after_any_sequence_of_saves(self, doings):
        row = make.TenantServiceFactory()
        by = make.UserFactory()
        make.StatusReasonFactory(name="Infrastructure", key="blocked/infrastructure")
        for doing in doings:
            with contextlib.suppress(Refused, NoSuchSeats), transaction.atomic():
                if isinstance(doing, int):
                    with writing():
                        lock_tenant(row.tenant_id)
                        before, row.entitlements = row.available, doing
                        row.save()
                        entitlements.change_seats([(row, before)])
                elif isinstance(doing, str):
                    adoption.record_adoption(tenant_service=row, by=by, today=TODAY, due_on=JULY, intent=doing)
                else:
                    put(row, *doing, by=by)
            row.refresh_from_db()
            found = list(row.slices.all())
            assert sum(one.count for one in found) == row.available
            assert all(one.count for one in found) or not row.available
