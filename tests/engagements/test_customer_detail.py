"""The page of a customer: what now, its record in sections, its tenants; read by many, kept by few."""

import datetime as dt
import json
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from engagements.models import Contact, Customer, Event, Tag
from engagements.services import customer_record
from engagements.services.refusals import Refused
from tests import factories as make

NOW = dt.datetime(2026, 5, 21, 9, 0, tzinfo=dt.UTC)
QUERIES = 16


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def customer(engagement) -> Customer:
    return engagement.tenant.customer


@pytest.fixture
def keeper(owner, customer):
    """The owner, assigned to the customer as a whole."""
    make.AssignmentFactory(user=owner, tenant=None, customer=customer, primary=True)
    return owner


@pytest.fixture
def page(client, customer):
    def get(user, **query):
        client.force_login(user)
        return client.get(reverse("customer_detail", args=[customer.pk]), query)

    return get


@pytest.fixture
def save(client, customer):
    def post(section, *, htmx=False, **data):
        headers = {"HX-Request": "true"} if htmx else {}
        return client.post(reverse("customer_edit", args=[customer.pk, section]), data, headers=headers)

    return post


def text(response) -> str:
    return " ".join(unescape(strip_tags(response.content.decode().replace("<", " <"))).split())


def fresh(customer) -> Customer:
    customer.refresh_from_db()
    return customer


# Who ------------------------------------------------------------------------------------------------


def test_a_stranger_gets_404(page, stranger):
    assert page(stranger).status_code == 404


def test_who_works_at_a_tenant_reads_the_record_and_changes_nothing(page, save, owner):
    shown = page(owner, edit="progress")
    assert "Customer progress" in text(shown)
    assert b"data-edit" not in shown.content
    assert b"<form" not in shown.content.partition(b'id="main"')[2].partition(b"</main>")[0]
    assert save("progress", status="blocked-business").status_code == 403


def test_a_tenant_that_the_reader_may_not_see_is_not_told(page, owner, keeper, colleague, customer):
    make.TenantFactory(customer=customer, name="Secret Holding")
    assert "Secret Holding" not in text(page(colleague))
    assert "Secret Holding" in text(page(keeper))


def test_a_winner_that_the_reader_may_not_see_is_not_named(page, colleague, customer):
    customer.winner = make.TenantFactory(customer=customer, name="Secret Holding")
    customer.save()
    shown = text(page(colleague))
    assert "A tenant that you are not assigned to" in shown
    assert "Secret" not in shown


# What now -------------------------------------------------------------------------------------------


def test_the_first_finding_that_one_may_mend_is_the_one_filled_button(page, keeper):
    shown = page(keeper)
    assert "No winner tenant is chosen" in text(shown)
    assert shown.content.decode().count("b-main") == 1
    assert [row["text"] for row in shown.context["findings"] if row.get("main")] == ["Its health is not rated."]


def test_a_reader_is_told_and_offered_nothing(page, leader):
    shown = page(leader)
    assert "Its health is not rated." in text(shown)
    assert not [row for row in shown.context["findings"] if row.get("url")]


def test_a_tenant_without_a_primary_manager_is_a_finding_and_leads_to_its_team(page, leader, manager, engagement):
    finding = "Northwind Traders has no primary FastTrack Manager."
    team = f'href="{reverse("engagement_team", args=[engagement.pk])}"'
    assert finding in text(page(leader))
    assert team not in page(leader).content.decode()
    assert team in page(manager).content.decode()
    make.AssignmentFactory(tenant=engagement.tenant, primary=True)
    assert finding not in text(page(leader))


def test_a_complete_record_says_so(page, leader, engagement, owner, customer):
    contact = make.ContactFactory(customer=customer)
    Customer.objects.update(
        winner=engagement.tenant,
        status="in-progress",
        progress_due_on=dt.date(2026, 6, 1),
        business_reason="security",
        success_owner=contact,
    )
    make.HealthRatingFactory(customer=customer, colour="green")
    assert "The record is complete." in text(page(leader))


# Editing --------------------------------------------------------------------------------------------


def test_a_section_opens_in_place_and_saves(page, save, keeper, customer):
    opened = page(keeper, edit="progress").content.decode()
    assert 'id="form-progress"' in opened
    assert opened.count("b-main") == 1
    save("progress", status="blocked-business", progress_due_on="2026-06-30", region="EMEA", cxp_watchlist="on")
    assert (fresh(customer).status, customer.progress_due_on) == ("blocked-business", dt.date(2026, 6, 30))
    assert (customer.region, customer.cxp_watchlist) == ("EMEA", True)
    shown = text(page(keeper))
    assert "Blocked Business" in shown
    assert "30 Jun" in shown


def test_htmx_gets_the_page_with_undo_and_the_focus_on_the_pencil(page, save, keeper):
    page(keeper)
    answer = save("progress", htmx=True, region="EMEA")
    said = json.loads(answer.headers["HX-Trigger"])
    event = Event.objects.latest("pk")
    assert said["toast"] == {"text": "Progress saved.", "undo": reverse("event_undo", args=[event.pk])}
    assert said["focus"] == {"value": "#edit-progress"}


def test_without_script_the_toast_offers_undo_too_and_undo_leads_back(client, page, save, keeper, customer):
    page(keeper)
    answer = save("progress", region="EMEA")
    assert answer.url == f"{reverse('customer_detail', args=[customer.pk])}#progress"
    undo = reverse("event_undo", args=[Event.objects.latest("pk").pk])
    assert f'action="{undo}"' in client.get(answer.url).content.decode()
    here = f"http://testserver{customer.get_absolute_url()}"
    assert client.post(undo, headers={"Referer": here}).url == here
    assert fresh(customer).region == ""


def test_undo_leads_to_no_other_site(client, page, save, keeper):
    page(keeper)
    save("progress", region="EMEA")
    undo = reverse("event_undo", args=[Event.objects.latest("pk").pk])
    assert client.post(undo, headers={"Referer": "https://elsewhere.example/"}).url == reverse("today")


def test_a_day_that_is_none_is_refused_and_the_rest_is_kept(page, save, keeper, customer):
    page(keeper)
    answer = save("progress", progress_due_on="soon", region="EMEA")
    assert answer.status_code == 422
    assert "Give a date, such as 2026-05-27." in text(answer)
    assert 'value="EMEA"' in answer.content.decode()
    assert fresh(customer).region == ""


def test_a_new_success_owner_becomes_a_contact_and_the_history_names_nobody(page, save, keeper, customer):
    page(keeper)
    save("perspective", mindset="averse", new_owner="Marta Nowak")
    marta = Contact.objects.get(name="Marta Nowak")
    assert fresh(customer).success_owner == marta
    event = Event.objects.get(object=f"customer:{customer.pk}")
    assert event.after == {"mindset": "averse", "success_owner": marta.pk}


def test_a_contact_of_another_customer_owns_no_success(page, save, keeper, customer):
    other = make.ContactFactory(name="Somebody Else")
    page(keeper)
    assert "Somebody Else" not in text(page(keeper, edit="perspective"))
    assert save("perspective", success_owner=other.pk).status_code == 422
    with pytest.raises(Refused, match="Choose a contact of Northwind"):
        customer_record.change_customer(customer_id=customer.pk, by=keeper, success_owner=other)


def test_two_people_at_one_section_are_asked(page, save, keeper, customer, admin):
    page(keeper)
    customer_record.change_customer(customer_id=customer.pk, by=admin, region="APJ", vertical="Retail")
    seen = json.dumps({"status": "", "progress_due_on": "", "region": "", "vertical": "", "cxp_watchlist": False})
    answer = save("progress", region="EMEA", seen=seen)
    assert answer.status_code == 409
    assert f"{admin} at 09:00 changed this as well." in text(answer)
    assert "Keep theirs: APJ" in text(answer)
    again = {"region": "EMEA", "keep-region": "mine", "seen": answer.context["form"].seen_value()}
    assert save("progress", **again).status_code == 302
    assert (fresh(customer).region, customer.vertical) == ("EMEA", "Retail")


def test_tags_are_put_on_and_taken_off_whatever_a_colleague_tagged_meanwhile(page, save, keeper, customer, admin):
    page(keeper)
    save("tags", tags="S500, Get Modern; s500")
    assert [tag.name for tag in customer.tags.all()] == ["Get Modern", "S500"]
    customer_record.set_tags(customer_id=customer.pk, names=["Get Modern", "S500", "Wave 3"], by=admin)
    save("tags", tags="S500", seen=json.dumps({"tags": "Get Modern, S500"}))
    assert [tag.name for tag in customer.tags.all()] == ["S500", "Wave 3"]


def test_a_tag_is_one_however_it_is_capitalised(page, save, keeper, customer):
    make.TagFactory(name="S500")
    page(keeper)
    save("tags", tags="s500")
    assert Tag.objects.count() == 1
    assert [tag.name for tag in customer.tags.all()] == ["S500"]


def test_a_tag_that_is_too_long_is_refused(page, save, keeper):
    page(keeper)
    assert "at most 60 characters" in text(save("tags", tags="x" * 61))


def test_saving_what_stood_there_changes_and_tells_nothing(page, save, keeper):
    page(keeper)
    save("progress", region="")
    assert not Event.objects.exists()


def test_a_section_that_is_none_is_404(page, save, keeper):
    page(keeper)
    assert save("winner").status_code == 404
    assert page(keeper, edit="nonsense").status_code == 200


def test_undo_puts_a_section_back(client, page, save, keeper, customer):
    contact = make.ContactFactory(customer=customer)
    Customer.objects.update(success_owner=contact, completion_on=dt.date(2026, 9, 1), mindset="aligned")
    page(keeper)
    save("perspective", mindset="averse")
    assert fresh(customer).success_owner is None
    client.post(reverse("event_undo", args=[Event.objects.latest("pk").pk]))
    assert (fresh(customer).mindset, customer.success_owner) == ("aligned", contact)
    assert customer.completion_on == dt.date(2026, 9, 1)


def test_undo_takes_tags_back(client, page, save, keeper, customer):
    page(keeper)
    save("tags", tags="S500")
    client.post(reverse("event_undo", args=[Event.objects.latest("pk").pk]))
    assert not customer.tags.exists()


def test_who_is_assigned_at_a_tenant_only_undoes_nothing_at_the_customer_any_more(client, page, save, keeper, customer):
    page(keeper)
    save("progress", region="EMEA")
    keeper.assignments.filter(customer=customer).delete()
    undo = reverse("event_undo", args=[Event.objects.latest("pk").pk])
    assert client.post(undo).status_code == 404


# Its tenants ----------------------------------------------------------------------------------------


def test_tenants_show_their_size_and_lead_to_their_engagements(page, owner, engagement):
    engagement.tenant.seats, engagement.tenant.country = 3200, "DE"
    engagement.tenant.save()
    make.EngagementFactory(tenant=engagement.tenant, status="closed", closed_on=dt.date(2026, 1, 9))
    shown = page(owner)
    assert "3,200" in text(shown)
    assert "RFA open" in text(shown)
    assert "RFA closed" in text(shown)
    assert f'href="{engagement.get_absolute_url()}"' in shown.content.decode()


def test_a_customer_without_tenants_says_where_they_come_from(client, stranger):
    alone = make.CustomerFactory()
    make.AssignmentFactory(user=stranger, tenant=None, customer=alone)
    client.force_login(stranger)
    assert "It has no tenant yet" in text(client.get(alone.get_absolute_url()))


def test_an_engagement_leads_to_its_customer(client, owner, engagement, customer):
    client.force_login(owner)
    assert f'href="{customer.get_absolute_url()}"' in client.get(engagement.get_absolute_url()).content.decode()


def test_queries_do_not_grow_with_what_a_customer_has(client, keeper, customer, django_assert_num_queries):
    client.force_login(keeper)
    with CaptureQueriesContext(connection) as few:
        client.get(customer.get_absolute_url())
    assert len(few) <= QUERIES, "\n".join(query["sql"] for query in few.captured_queries)
    for _ in range(5):
        run = make.EngagementFactory(tenant__customer=customer)
        make.AssignmentFactory(tenant=run.tenant, primary=True)
        make.CompeteSignalFactory(customer=customer)
        make.HealthRatingFactory(customer=customer)
        customer.tags.add(make.TagFactory())
    with django_assert_num_queries(len(few)):
        client.get(customer.get_absolute_url())
