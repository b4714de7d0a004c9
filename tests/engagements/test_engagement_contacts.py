"""The Contacts tab: people of the customer, and the account team that conditions look at (R4, R11)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from engagements.models import Contact, Event
from tests import factories as make

AT_MOST = 24  # queries, most of them the walk


@pytest.fixture
def page(engagement):
    return reverse("engagement_contacts", args=[engagement.pk])


@pytest.fixture
def account(engagement):
    return reverse("account_team", args=[engagement.pk])


@pytest.fixture
def priya(engagement):
    return make.ContactFactory(customer=engagement.tenant.customer, name="Priya Raman", title="IT lead")


def text(response):
    return " ".join(response.content.decode().split())


def test_a_contact_says_what_it_stands_for(client, owner, engagement, page, priya):
    row = engagement.tenant.services.get(service__name="Teams")
    make.AdoptionRecordFactory(tenant_service=row, success_owner=priya)
    client.force_login(owner)
    assert "IT lead · Success owner of Teams" in text(client.get(page))


def test_a_contact_is_added_and_the_history_names_no_person(client, owner, engagement, page):
    client.force_login(owner)
    answer = client.post(page, {"name": "Marta Nowak", "kind": "customer", "email": "marta@northwind.example"})
    marta = Contact.objects.get(name="Marta Nowak")
    assert answer.url == f"{page}#contact-{marta.pk}"
    assert marta.customer == engagement.tenant.customer
    event = Event.objects.get(object=f"contact:{marta.pk}")
    assert "Marta" not in f"{event.verb}{event.before}{event.after}"


def test_a_contact_is_corrected(client, owner, page, priya):
    client.force_login(owner)
    assert "Edit Priya Raman" in text(client.get(f"{page}?edit={priya.pk}"))
    client.post(page, {"contact": priya.pk, "name": "Priya Raman", "title": "CIO", "kind": "customer"})
    priya.refresh_from_db()
    assert priya.title == "CIO"
    assert Event.objects.get(verb="changed").after == {"fields": ["title"]}


def test_a_name_is_needed_and_the_rest_is_kept(client, owner, page):
    client.force_login(owner)
    answer = client.post(page, {"name": " ", "title": "CIO", "kind": "customer", "email": "no"})
    assert answer.status_code == 422
    assert "Give the name of the person." in text(answer)
    assert 'value="CIO"' in text(answer)


def test_a_contact_of_another_customer_is_404(client, owner, page):
    other = make.ContactFactory(name="Somebody else")
    client.force_login(owner)
    assert client.post(page, {"contact": other.pk, "name": "X", "kind": "customer"}).status_code == 404
    assert "Somebody else" not in text(client.get(f"{page}?edit={other.pk}"))


def test_a_new_success_manager_becomes_a_microsoft_contact_and_what_follows_is_said(
    client, owner, engagement, page, account
):
    make.ConditionFactory(edition=engagement.edition, key="csm", computed=["csm"], yes="a CSM runs it", no="no CSM")
    process = make.ProcessFactory(edition=engagement.edition, slug="success")
    make.StepFactory(process=process, slug="check-ins", when="not csm")
    client.force_login(owner)
    answer = client.post(account, {"managed": "yes", "new_csm": "Nils Berg"}, follow=True)
    engagement.tenant.refresh_from_db()
    engagement.tenant.customer.refresh_from_db()
    assert (engagement.tenant.csm.name, engagement.tenant.csm.kind) == ("Nils Berg", "microsoft")
    assert engagement.tenant.customer.account_managed is True
    assert "Check ins leaves the playbook: a CSM runs it." in text(answer)


def test_unknown_and_nobody_are_answers_too(client, owner, engagement, account, priya):
    engagement.tenant.csm = priya
    engagement.tenant.save()
    engagement.tenant.customer.account_managed = False
    engagement.tenant.customer.save()
    client.force_login(owner)
    client.post(account, {"managed": "", "csm": ""})
    engagement.tenant.refresh_from_db()
    engagement.tenant.customer.refresh_from_db()
    assert (engagement.tenant.csm, engagement.tenant.customer.account_managed) == (None, None)


def test_a_customer_contact_is_no_success_manager(client, owner, account, priya):
    client.force_login(owner)
    assert client.post(account, {"csm": priya.pk}).status_code == 422


def test_a_reader_reads_and_may_not_write(client, leader, page, account, priya):
    client.force_login(leader)
    shown = text(client.get(f"{page}?edit={priya.pk}"))
    assert "Priya Raman" in shown
    assert "Not known" in shown
    assert "Save account team" not in shown
    assert 'id="contact-form"' not in shown
    assert [client.post(url).status_code for url in (page, account)] == [403, 403]


def test_a_stranger_gets_404(client, stranger, page, account):
    client.force_login(stranger)
    assert [client.get(page).status_code, client.get(account).status_code] == [404, 404]
    assert [client.post(url).status_code for url in (page, account)] == [404, 404]


def test_queries_do_not_grow_with_contacts(client, owner, engagement, page, priya, django_assert_num_queries):
    client.force_login(owner)
    client.get(page)
    with CaptureQueriesContext(connection) as few:
        client.get(page)
    queries = len(few)
    assert queries <= AT_MOST
    make.ContactFactory.create_batch(50, customer=engagement.tenant.customer)
    with django_assert_num_queries(queries):
        client.get(page)
