"""The levels and both precedences of access, asked of the querysets that every page goes through (docs/access.md)."""

import re

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import RequestFactory

from engagements import access
from engagements.assigning import WORKS_IN
from engagements.groups import GROUPS
from engagements.levels import level_of
from engagements.models import Customer, Engagement, Tenant
from tests import factories as make
from tests.processes import ROOT

pytestmark = pytest.mark.django_db

PAGE = (ROOT / "docs" / "access.md").read_text()
ASKED = ("Reads the tenant", "Changes the tenant", "Reads the customer", "Changes the customer")
ASKED += ("Assigns at the tenant", "Assigns at the customer")
GROUP_OF = {
    "Guest": (),
    "Assigned": ("FastTrack Manager",),
    "Assigned and Assignment": ("Team Manager",),
    "Privileged": ("Privileged Reader",),
    "superuser": (),
}


def table(*columns: str) -> list[list[str]]:
    """The cells below the header of these columns."""
    head = f"| {' | '.join(columns)} |"
    rows = re.match(r"(?:^\|.*\n?)+", PAGE[PAGE.index(head) :], re.MULTILINE)[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


@pytest.mark.parametrize(
    ("level", "assigned", "expected"), [(r[0], r[1], r[2:]) for r in table("Level", "Assigned", *ASKED)]
)
def test_a_level_and_an_assignment_give_what_the_table_says(groups, engagement, level, assigned, expected):
    tenant, customer = engagement.tenant, engagement.tenant.customer
    user = make.UserFactory(username="sam", is_superuser=level == "superuser")
    for name in GROUP_OF.get(level, level.split(" + ")):
        user.groups.add(Group.objects.get(name=name))
    where, _, how = assigned.partition(", ")
    role = make.RoleFactory(name="FastTrack Manager" if how == "primary FM" else "FastTrack Engineer")
    places = {
        "nowhere": None,
        "tenant": {"tenant": tenant},
        "other tenant": {"tenant": make.TenantFactory(customer=customer, name="Other")},
        "customer": {"tenant": None, "customer": customer},
    }
    if place := places[where]:
        row = make.AssignmentFactory(user=user, role=role, primary=how == "primary FM", **place)
        if how == "some services":
            row.services.add(make.ServiceFactory(name="Teams"))

    given = [
        Tenant.objects.visible_to(user).contains(tenant),
        Tenant.objects.editable_by(user).contains(tenant),
        Customer.objects.visible_to(user).contains(customer),
        Customer.objects.editable_by(user).contains(customer),
        access.may_assign_at(user, tenant),
        access.may_assign_at(user, customer),
    ]

    assert ["yes" if one else "no" for one in given] == expected
    assert Engagement.objects.visible_to(user).exists() == given[0]
    assert Engagement.objects.editable_by(user).exists() == given[1]
    assert access.may_edit(user, Engagement.objects.select_related("tenant").get()) == given[1]
    assert opens(user, engagement) == given[0]


def opens(user, engagement) -> bool:
    """Whether the door to one engagement lets somebody in."""
    request = RequestFactory().get("/")
    request.user = user
    try:
        return access.get_engagement(request, engagement.pk).pk == engagement.pk
    except Http404:
        return False


def test_the_table_of_groups_names_every_group_with_its_level():
    said = {row[0]: row[1] for row in table("Group", "Level", "Reads", "Writes", "Besides", "Works as")}
    assert said == {name: "none" if "Editor" in name else level_of(codes) for name, codes in GROUPS.items()}


@pytest.mark.parametrize(("group", "roles"), WORKS_IN.items())
def test_the_table_of_groups_says_in_which_roles_a_narrow_group_works(group, roles):
    said = {row[0]: row[-1] for row in table("Group", "Level", "Reads", "Writes", "Besides", "Works as")}
    assert said[group] == ", ".join(roles)


def test_who_sees_a_tenant_sees_its_customer_and_does_not_change_it(owner, engagement):
    customer = engagement.tenant.customer
    assert customer in Customer.objects.visible_to(owner)
    assert customer not in Customer.objects.editable_by(owner)


def test_an_assignment_at_the_customer_changes_it_whatever_the_level(leader, engagement):
    customer = engagement.tenant.customer
    assert customer not in Customer.objects.editable_by(leader)
    make.AssignmentFactory(user=leader, tenant=None, customer=customer)
    assert customer in Customer.objects.editable_by(leader)


def test_a_customer_without_tenants_is_seen_by_those_who_are_assigned_to_it(stranger, engagement):
    alone = make.CustomerFactory(name="Contoso")
    assert not Customer.objects.visible_to(stranger).exists()
    make.AssignmentFactory(user=stranger, tenant=None, customer=alone)
    assert list(Customer.objects.visible_to(stranger)) == [alone]


def test_who_reads_everything_reads_every_customer_and_changes_none(leader, manager, engagement):
    for reader in (leader, manager):
        assert engagement.tenant.customer in Customer.objects.visible_to(reader)
        assert not Customer.objects.editable_by(reader).exists()


def test_the_door_to_a_customer_is_shut_to_strangers_and_read_only_at_tenants(rf, owner, stranger, engagement):
    customer = engagement.tenant.customer

    def asked_by(user):
        request = rf.get("/")
        request.user = user
        return request

    assert access.get_customer(asked_by(owner), customer.pk).may_edit is False
    with pytest.raises(PermissionDenied):
        access.get_editable_customer(asked_by(owner), customer.pk)
    with pytest.raises(Http404):
        access.get_editable_customer(asked_by(stranger), customer.pk)
    make.AssignmentFactory(user=owner, tenant=None, customer=customer)
    assert access.get_editable_customer(asked_by(owner), customer.pk).may_edit is True
