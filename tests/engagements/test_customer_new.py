"""Entering a customer by hand, with its first tenant and services; by the rules of the import (DOMAIN §2.2)."""

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from engagements.models import Assignment, Customer, Event, Tenant
from tests import factories as make

URL = "/customers/new/"
GUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


@pytest.fixture
def services(db):
    make.RoleFactory(name="FastTrack Manager")
    return {name: make.ServiceFactory(name=name) for name in ("Exchange", "Exchange: Outlook Mobile", "Teams")}


@pytest.fixture
def typed(services):
    """What a person types; ``seats`` of a service by its name."""

    def fill(bought=None, **changed):
        said = {"customer": "Contoso", "tpid": "640999", "guid": GUID, "domain": "contoso.onmicrosoft.com"}
        bought = {"Teams": "1,200", "Exchange: Outlook Mobile": "300"} if bought is None else bought
        return said | {f"service_{services[name].pk}": count for name, count in bought.items()} | changed

    return fill


def words(response) -> str:
    return " ".join(strip_tags(response.content.decode()).split())


def test_who_may_import_may_enter(client, stranger, manager, colleague, partner, leader):
    for user, status in ((stranger, 200), (manager, 200), (colleague, 403), (partner, 403), (leader, 403)):
        client.force_login(user)
        assert client.get(URL).status_code == status


def test_it_becomes_ones_own_and_leads_on_to_its_engagement(client, stranger, typed):
    client.force_login(stranger)
    answer = client.post(URL, typed(country="DE", time_zone="Europe/Berlin", seats="1500"))
    tenant = Tenant.objects.get(guid=GUID)
    assert answer.url == f"{reverse('engagement_new')}?tenant={tenant.pk}"
    assert (tenant.customer.name, tenant.customer.tpid, tenant.name) == ("Contoso", 640999, "Contoso")
    assert (tenant.country, tenant.time_zone, tenant.seats) == ("DE", "Europe/Berlin", 1500)
    bought = {row.service.name: row.entitlements for row in tenant.services.select_related("service")}
    assert bought == {"Teams": 1200, "Exchange: Outlook Mobile": 300}
    assert Assignment.objects.filter(user=stranger, tenant=tenant, primary=True, role__name="FastTrack Manager")
    assert client.get(answer.url).status_code == 200
    assert Event.objects.filter(object="tenant", verb="added", tenant=tenant, actor=stranger).exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"customer": " "}, "This field is required."),
        ({"tpid": "12a"}, "TPID “12a” is not a whole number"),
        ({"guid": "no"}, "“no” is not a tenant ID."),
        ({"guid": "00000000-0000-0000-0000-000000000000"}, "is not a tenant ID."),
        ({"domain": "contoso"}, "“contoso” is not a domain."),
        ({"country": "Germny"}, "Is DE meant?"),
        ({"time_zone": "Berlin"}, "Is Europe/Berlin meant?"),
        ({"seats": "-4"}, "Seats “-4” is not a whole number"),
        ({"bought": {"Teams": "many"}}, "Teams “many” is not a whole number"),
        ({"bought": {}}, "Give the entitlements of at least one service"),
    ],
)
def test_bad_input_is_said_beside_its_field_and_nothing_is_written(client, stranger, typed, changed, said):
    client.force_login(stranger)
    answer = client.post(URL, typed(**changed))
    assert answer.status_code == 422
    assert said in words(answer)
    assert 'value="contoso' in answer.content.decode()
    assert not Customer.objects.exists()


def test_a_tpid_of_somebody_else_is_not_entered_twice(client, stranger, engagement, typed):
    client.force_login(stranger)
    answer = client.post(URL, typed(tpid=str(engagement.tenant.customer.tpid)))
    assert "is kept already and you are not assigned there." in words(answer)
    assert Tenant.objects.count() == 1


def test_a_tenant_that_is_kept_is_found_not_changed(client, owner, engagement, typed):
    tenant, customer = engagement.tenant, engagement.tenant.customer
    client.force_login(owner)
    same = typed(customer=customer.name, tpid=str(customer.tpid), guid=str(tenant.guid), domain="other.example.com")
    answer = client.post(URL, same)
    assert answer.status_code == 422
    assert "A tenant with this ID is kept already." in words(answer)
    tenant.refresh_from_db()
    assert tenant.domain != "other.example.com"


def test_another_tenant_of_ones_own_customer(client, owner, engagement, typed):
    customer = engagement.tenant.customer
    client.force_login(owner)
    answer = client.post(URL, typed(customer=customer.name, tpid=str(customer.tpid), tenant="Northwind Labs"))
    assert answer.status_code == 302
    assert {tenant.name for tenant in customer.tenants.all()} == {"Northwind Traders", "Northwind Labs"}


def test_a_formula_is_a_name_like_any_other(client, stranger, typed):
    client.force_login(stranger)
    client.post(URL, typed(customer="=1+1 <b>"))
    assert Customer.objects.get().name == "=1+1 <b>"


def test_the_portfolio_leads_here(client, stranger, leader):
    client.force_login(stranger)
    assert f'href="{URL}"' in client.get(reverse("engagement_list")).content.decode()
    client.force_login(leader)
    assert f'href="{URL}"' not in client.get(reverse("engagement_list")).content.decode()
