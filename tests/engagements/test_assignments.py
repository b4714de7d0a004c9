"""Assigning people: the one service that does it, with its rules, its history and its undo."""

import datetime as dt

import pytest

from engagements.models import Assignment, Event, Tenant
from engagements.services import assignments, undo
from engagements.services.refusals import Refused
from tests import factories as make
from tests.cast import person

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 5, 21)


@pytest.fixture
def tenant(engagement) -> Tenant:
    return engagement.tenant


@pytest.fixture
def fm():
    return make.RoleFactory(name="FastTrack Manager")


@pytest.fixture
def fe():
    return make.RoleFactory(name="FastTrack Engineer")


@pytest.fixture
def eva(groups):
    """Another FastTrack Manager, assigned nowhere."""
    return person("eva", "FastTrack Manager")


def of(tenant, user=None) -> list[Assignment]:
    rows = tenant.assignments.all()
    return list(rows.filter(user=user) if user else rows)


def primaries(tenant, role) -> list[str]:
    return [row.user.username for row in tenant.assignments.filter(role=role, primary=True)]


# Who may


@pytest.mark.parametrize("who", ["owner", "manager", "admin"])
def test_the_primary_manager_and_those_who_assign_anywhere_assign(request, tenant, owner, eva, fe, who):
    event = assignments.assign(user=eva, role=fe, at=tenant, by=request.getfixturevalue(who))
    (row,) = of(tenant, eva)
    assert (event.verb, event.object, event.tenant) == ("assigned", f"user:{eva.pk}", tenant)
    assert row.assigned_by == event.actor


@pytest.mark.parametrize("who", ["colleague", "stranger", "partner", "leader"])
def test_nobody_else_assigns_anybody(request, tenant, owner, eva, fe, who):
    by = request.getfixturevalue(who)
    before = Assignment.objects.count()
    with pytest.raises(Refused, match="Only the primary FastTrack Manager"):
        assignments.assign(user=eva, role=fe, at=tenant, by=by)
    with pytest.raises(Refused, match="Only the primary FastTrack Manager"):
        assignments.unassign(assignment_id=of(tenant, owner)[0].pk, by=by)
    assert Assignment.objects.count() == before


def test_a_manager_who_is_not_primary_assigns_nobody(tenant, owner, eva, fe, fm):
    make.AssignmentFactory(user=eva, tenant=tenant, role=fm)
    with pytest.raises(Refused):
        assignments.assign(user=person("zoe", "FastTrack Engineer"), role=fe, at=tenant, by=eva)


def test_the_primary_manager_of_the_customer_assigns_at_it_and_at_all_its_tenants(tenant, eva, fe, fm):
    customer = tenant.customer
    make.AssignmentFactory(user=eva, tenant=None, customer=customer, role=fm, primary=True)
    zoe = person("zoe", "FastTrack Engineer")
    assignments.assign(user=zoe, role=fe, at=tenant, by=eva)
    event = assignments.assign(user=zoe, role=fe, at=customer, by=eva)
    assert (event.customer, event.tenant) == (customer, None)


def test_the_primary_manager_of_a_tenant_assigns_nobody_at_the_customer(tenant, owner, eva, fe):
    with pytest.raises(Refused):
        assignments.assign(user=eva, role=fe, at=tenant.customer, by=owner)


# What they may


def test_a_role_that_does_not_fit_is_refused_beside_the_person(tenant, owner, colleague, leader, fm, fe):
    with pytest.raises(Refused, match="does not work as FastTrack Manager") as refused:
        assignments.assign(user=colleague, role=fm, at=tenant, by=owner)
    assert refused.value.field == "user"
    with pytest.raises(Refused, match="an assignment at a tenant does not alter that"):
        assignments.assign(user=leader, role=fe, at=tenant, by=owner)


def test_nobody_has_the_same_role_there_twice(tenant, owner, eva, fe):
    assignments.assign(user=eva, role=fe, at=tenant, by=owner)
    with pytest.raises(Refused, match="here already"):
        assignments.assign(user=eva, role=fe, at=tenant, by=owner)


def test_services_are_those_of_the_tenant_and_stand_in_the_history_by_id(tenant, owner, eva, fe):
    teams, strange = make.ServiceFactory(name="Teams"), make.ServiceFactory(name="Yammer")
    with pytest.raises(Refused, match="does not have Yammer"):
        assignments.assign(user=eva, role=fe, at=tenant, by=owner, services=[teams, strange])
    event = assignments.assign(user=eva, role=fe, at=tenant, by=owner, services=[teams])
    assert event.after == {"role": "FastTrack Engineer", "primary": False, "services": [teams.pk]}
    assert list(of(tenant, eva)[0].services.all()) == [teams]


# Primary


def test_one_primary_steps_down_for_the_other_in_one_go(tenant, owner, eva, fm):
    assignments.assign(user=eva, role=fm, at=tenant, by=owner, primary=True)
    assert primaries(tenant, fm) == ["eva"]
    assert len(of(tenant, owner)) == 1
    stepped = Event.objects.get(object=f"user:{owner.pk}")
    assert (stepped.before["primary"], stepped.after["primary"]) == (True, False)


def test_primary_is_per_role(tenant, owner, eva, fm, fe):
    assignments.assign(user=eva, role=fe, at=tenant, by=owner, primary=True)
    assert (primaries(tenant, fm), primaries(tenant, fe)) == (["ana"], ["eva"])


def test_a_lone_team_manager_becomes_primary_and_a_second_one_does_not(tenant, manager):
    tm = make.RoleFactory(name="Team Manager")
    assignments.assign(user=manager, role=tm, at=tenant, by=manager)
    assert primaries(tenant, tm) == ["joana"]
    assignments.assign(user=person("rui", "Team Manager"), role=tm, at=tenant, by=manager)
    assert primaries(tenant, tm) == ["joana"]


def test_the_one_who_is_left_is_promoted(tenant, manager):
    tm = make.RoleFactory(name="Team Manager")
    rui = person("rui", "Team Manager")
    assignments.assign(user=manager, role=tm, at=tenant, by=manager)
    assignments.assign(user=rui, role=tm, at=tenant, by=manager)
    assignments.unassign(assignment_id=of(tenant, manager)[0].pk, by=manager)
    assert primaries(tenant, tm) == ["rui"]
    assert Event.objects.filter(object=f"user:{rui.pk}").latest("pk").after["primary"] is True


def test_somebody_who_left_is_not_made_primary(tenant, owner, manager, eva, fm):
    row = make.AssignmentFactory(user=eva, tenant=tenant, role=fm)
    type(eva).objects.filter(pk=eva.pk).update(is_active=False)
    with pytest.raises(Refused, match="no longer signs in"):
        assignments.make_primary(assignment_id=row.pk, by=manager)


# Taking away


def test_taking_away_closes_the_door_at_once_and_is_told(tenant, owner, colleague):
    (row,) = of(tenant, colleague)
    event = assignments.unassign(assignment_id=row.pk, by=owner)
    assert not Tenant.objects.visible_to(colleague).exists()
    assert (event.verb, event.before["role"]) == ("unassigned", "FastTrack Engineer")


def test_a_partner_s_people_stay(tenant, manager, partner):
    (row,) = of(tenant, partner)
    type(row.role).objects.filter(pk=row.role_id).update(function="partner")
    with pytest.raises(Refused, match="never taken away"):
        assignments.unassign(assignment_id=row.pk, by=manager)


def test_the_primary_manager_does_not_take_themselves_away_without_a_successor(tenant, owner, eva, fm):
    (row,) = of(tenant, owner)
    with pytest.raises(Refused, match="Hand over, or make somebody else primary first"):
        assignments.unassign(assignment_id=row.pk, by=owner)


def test_the_manager_stays_until_the_move_to_the_queue_is_confirmed(engagement, tenant, owner, manager):
    how = {"status": "closed", "closed_on": TODAY, "ended_as": "disengaged", "outcome": "Done"}
    type(engagement).objects.update(**how, queue="emea", queue_asked_on=TODAY)
    (row,) = of(tenant, owner)
    with pytest.raises(Refused, match="R27"):
        assignments.unassign(assignment_id=row.pk, by=manager)
    type(engagement).objects.update(queue_moved_on=TODAY)
    assignments.unassign(assignment_id=row.pk, by=manager)
    assert not of(tenant, owner)


def test_what_somebody_took_away_meanwhile_is_said(tenant, owner, colleague):
    (row,) = of(tenant, colleague)
    assignments.unassign(assignment_id=row.pk, by=owner)
    with pytest.raises(Refused, match="meanwhile"):
        assignments.unassign(assignment_id=row.pk, by=owner)


# Changing and undo


def test_a_change_that_changes_nothing_tells_nothing(tenant, owner, colleague):
    (row,) = of(tenant, colleague)
    assert assignments.change(assignment_id=row.pk, by=owner, how={"primary": False}) is None
    assert not Event.objects.filter(object=f"user:{colleague.pk}").exists()


def test_undo_puts_an_assignment_back_with_its_services(tenant, owner, eva, fe):
    teams = make.ServiceFactory(name="Teams")
    assignments.assign(user=eva, role=fe, at=tenant, by=owner, services=[teams])
    event = assignments.unassign(assignment_id=of(tenant, eva)[0].pk, by=owner)
    undo.undo(event=event, by=owner)
    assert list(of(tenant, eva)[0].services.all()) == [teams]


def test_undo_of_a_new_primary_gives_it_back_to_the_one_before(tenant, manager, owner, eva, fm):
    event = assignments.assign(user=eva, role=fm, at=tenant, by=manager, primary=True)
    undo.undo(event=event, by=manager)
    assert primaries(tenant, fm) == ["ana"]
    assert not of(tenant, eva)


def test_undo_of_making_primary_gives_it_back(tenant, manager, owner, eva, fm):
    row = make.AssignmentFactory(user=eva, tenant=tenant, role=fm)
    event = assignments.make_primary(assignment_id=row.pk, by=manager)
    undo.undo(event=event, by=manager)
    assert primaries(tenant, fm) == ["ana"]
    assert len(of(tenant, eva)) == 1


def test_undo_of_a_change_puts_the_services_back(tenant, owner, colleague):
    (row,) = of(tenant, colleague)
    event = assignments.change(assignment_id=row.pk, by=owner, how={"services": [make.ServiceFactory(name="Teams")]})
    undo.undo(event=event, by=owner)
    assert not row.services.exists()
