"""Switching people off in the admin: one action on the list, with what they still hold, however much that is."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from engagements.models import Assignment, AuditEntry, Tenant, User
from engagements.services import people
from tests import factories as make
from tests.admin_forms import form_fields

pytestmark = pytest.mark.django_db
LIST = "admin:engagements_user_changelist"


@pytest.fixture
def ada(client, admin):
    client.force_login(admin)
    return client


def post(client, action, users, **more):
    data = {"action": action, "_selected_action": [user.pk for user in users]} | more
    return client.post(reverse(LIST), data, follow=True)


def test_the_question_says_what_the_person_still_holds_and_changes_nothing(ada, scene, owner):
    page = post(ada, "deactivate", [owner]).content.decode()
    assert "1 assignment" in page
    assert "(1 as primary)" in page
    assert "1 open next action" in page
    assert "1 series of reviews" in page
    assert "1 open handover" in page
    assert "1 escalation not yet acknowledged" in page
    owner.refresh_from_db()
    assert owner.is_active


def test_confirmed_it_ends_the_access_and_is_undone_by_the_other_action(ada, admin, scene, owner, client):
    browser = type(client)()
    browser.force_login(owner)
    assert "Ana deactivated." in post(ada, "deactivate", [owner], confirm="1").content.decode()
    assert browser.get("/").status_code == 302
    assert owner.assignments.exists()
    page = post(ada, "reactivate", [owner]).content.decode()
    assert "They can sign in again" in page
    post(ada, "reactivate", [owner], confirm="1")
    owner.refresh_from_db()
    assert owner.is_active
    told = AuditEntry.objects.order_by("pk").values_list("action", "object", "actor")
    assert list(told) == [
        ("user-deactivated", f"user:{owner.pk}", admin.pk),
        ("user-reactivated", f"user:{owner.pk}", admin.pk),
    ]


def test_a_person_with_many_assignments_is_switched_off_at_the_cost_of_one_with_none(ada, groups):
    """The case of use: with 500 the form had too many fields, and a page with 19,000 did not open."""
    costs, role = [], make.RoleFactory()
    for many in (0, 600):
        user = make.UserFactory()
        customer = make.CustomerFactory()
        rows = Tenant.objects.bulk_create(
            Tenant(customer=customer, guid=uuid4(), **Tenant.folded(f"T{n}")) for n in range(many)
        )
        Assignment.objects.bulk_create(Assignment(user=user, role=role, tenant=row) for row in rows)
        with CaptureQueriesContext(connection) as queries:
            assert f"{many} assignments" in post(ada, "deactivate", [user]).content.decode() or many == 0
            post(ada, "deactivate", [user], confirm="1")
        costs.append(len(queries))
        user.refresh_from_db()
        assert not user.is_active
    assert costs[0] == costs[1]


def test_the_question_costs_the_same_for_one_and_for_many(ada):
    costs = []
    for count in (1, 12):
        users = make.UserFactory.create_batch(count)
        with CaptureQueriesContext(connection) as queries:
            post(ada, "deactivate", users)
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_nobody_locks_everybody_out(admin, groups):
    other = make.UserFactory(is_superuser=True, is_staff=True)
    done, refused = people.deactivate(user_ids=[admin.pk, other.pk], by=admin)
    assert done == [other]
    assert refused == ["You cannot deactivate yourself. Ask another administrator."]
    clerk = make.UserFactory(is_staff=True)
    done, refused = people.deactivate(user_ids=[admin.pk], by=clerk)
    assert (done, refused) == ([], [f"{admin} is a superuser. Only a superuser can deactivate them."])


def test_the_form_of_a_user_keeps_the_last_superuser_too(ada, admin):
    url = reverse("admin:engagements_user_change", args=[admin.pk])
    data = form_fields(ada.get(url))
    for name, words in (("is_active", "You cannot deactivate yourself"), ("is_superuser", "last active superuser")):
        refused = ada.post(url, {key: value for key, value in data.items() if key != name})
        assert words in refused.content.decode()
    admin.refresh_from_db()
    assert (admin.is_active, admin.is_superuser) == (True, True)


def test_who_may_not_change_users_has_no_such_action(client, groups, owner):
    clerk = make.UserFactory(is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_user"))
    client.force_login(clerk)
    post(client, "deactivate", [owner], confirm="1")
    assert User.objects.get(pk=owner.pk).is_active


def test_the_page_of_a_user_links_to_their_assignments(ada, owner):
    page = ada.get(reverse("admin:engagements_user_change", args=[owner.pk])).content.decode()
    assert f'assignment/?user__id__exact={owner.pk}">1 assignment<' in page
