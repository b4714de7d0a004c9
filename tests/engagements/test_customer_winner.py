"""The winner tenant: one of the customer's own, chosen by those with the permission, wherever they are assigned."""

import json

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.urls import reverse

from engagements.models import Customer, Event
from engagements.services import customer_record
from engagements.services.refusals import Refused
from tests import factories as make
from tests.engagements.test_customer_detail import text


@pytest.fixture
def customer(engagement):
    return engagement.tenant.customer


@pytest.fixture
def other(customer):
    return make.TenantFactory(customer=customer, name="Northwind Labs")


@pytest.fixture
def choose(client, customer):
    def post(tenant, **more):
        return client.post(reverse("customer_winner", args=[customer.pk]), {"winner": tenant, **more})

    return post


def winner(customer):
    customer.refresh_from_db()
    return customer.winner


def test_a_team_manager_chooses_it_without_being_assigned(client, manager, customer, other, choose):
    client.force_login(manager)
    page = client.get(customer.get_absolute_url())
    assert [row["text"] for row in page.context["findings"] if row.get("main")][0].startswith("No winner tenant")
    choose(other.pk)
    assert winner(customer) == other
    assert Event.objects.get().object == f"winner:{customer.pk}"


def test_it_can_be_taken_back_by_undo_and_by_hand(client, manager, customer, other, choose):
    client.force_login(manager)
    choose(other.pk)
    client.post(reverse("event_undo", args=[Event.objects.latest("pk").pk]))
    assert winner(customer) is None
    choose(other.pk)
    choose("")
    assert winner(customer) is None


def test_a_tenant_of_another_customer_is_refused(client, manager, customer, choose):
    strange = make.TenantFactory(name="Contoso")
    client.force_login(manager)
    assert choose(strange.pk).status_code == 422
    with pytest.raises(Refused, match="Choose one of the tenants of Northwind Traders"):
        customer_record.set_winner(customer_id=customer.pk, tenant_id=strange.pk, by=manager)
    assert winner(customer) is None


def test_a_duplicate_does_not_win(manager, customer, other):
    other.is_duplicate = True
    other.save()
    with pytest.raises(Refused, match="is a duplicate"):
        customer_record.set_winner(customer_id=customer.pk, tenant_id=other.pk, by=manager)


def test_the_database_holds_that_a_tenant_wins_for_one_customer(customer, other):
    Customer.objects.filter(pk=customer.pk).update(winner=other)
    with pytest.raises(IntegrityError), transaction.atomic():
        make.CustomerFactory(winner=other)


def test_who_keeps_the_record_does_not_choose_it_without_the_permission(client, owner, customer, other, choose):
    make.AssignmentFactory(user=owner, tenant=None, customer=customer)
    client.force_login(owner)
    assert choose(other.pk).status_code == 403
    assert b'id="edit-winner"' not in client.get(customer.get_absolute_url()).content


def test_one_chooses_among_the_tenants_that_one_sees(client, colleague, engagement, customer, other, choose):
    colleague.user_permissions.add(Permission.objects.get(codename="set_winner_tenant"))
    client.force_login(colleague)
    page = client.get(customer.get_absolute_url(), {"edit": "winner"})
    assert "Northwind Labs" not in text(page)
    assert choose(other.pk).status_code == 422
    assert choose(engagement.tenant_id).status_code == 302


def test_the_second_of_two_is_asked(client, manager, admin, engagement, customer, other, choose):
    client.force_login(manager)
    customer_record.set_winner(customer_id=customer.pk, tenant_id=other.pk, by=admin)
    answer = choose(engagement.tenant_id, seen=json.dumps({"winner": ""}))
    assert answer.status_code == 409
    assert "Keep theirs: Northwind Labs" in text(answer)
    assert winner(customer) == other


def test_the_history_names_no_tenant_that_its_reader_may_not_see(client, manager, colleague, engagement, choose, other):
    client.force_login(manager)
    choose(other.pk)
    choose(engagement.tenant_id)
    client.force_login(colleague)
    told = text(client.get(reverse("engagement_history", args=[engagement.pk])))
    assert "chose the winner tenant another tenant this tenant" in told
    assert "Northwind Labs" not in told
