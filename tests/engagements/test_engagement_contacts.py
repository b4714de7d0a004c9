"""The Contacts tab: people of the customer, and the account team that conditions look at (R4, R11)."""

import json

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from engagements.models import Contact, EngagementSummary, Event
from engagements.services import contacts, summaries
from tests import factories as make

AT_MOST = 9  # queries


@pytest.fixture
def page(engagement):
    return reverse("engagement_contacts", args=[engagement.pk])


@pytest.fixture
def account(engagement):
    return reverse("account_team", args=[engagement.pk])


@pytest.fixture
def priya(engagement):
    return make.ContactFactory(customer=engagement.tenant.customer, name="Priya Raman", title="IT lead")


@pytest.fixture
def edit(client, owner, engagement):
    """Saves what the form shows of a contact, with some values changed; answers as to htmx."""

    def post(contact, values, services=(), seen=None, status=200):
        names = ("name", "title", "kind", "email", "phone", "country", "time_zone", "ms_role", "skill")
        given = {name: getattr(contact, name) for name in names} | values
        given["survey_services"] = [service.pk for service in services]
        for service in services:
            make.TenantServiceFactory(tenant=engagement.tenant, service=service)
        if seen is not None:
            given["seen"] = json.dumps(seen)
        client.force_login(owner)
        url = reverse("contact_edit", args=[engagement.pk, contact.pk])
        answer = client.post(url, given, headers={"HX-Request": "true"})
        assert answer.status_code == status
        return answer

    return post


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


def test_a_contact_is_edited_in_its_row_and_the_history_says_which_fields(client, owner, page, priya, edit, engagement):
    client.force_login(owner)
    shown = client.get(f"{page}?edit={priya.pk}")
    assert 'aria-label="Edit Priya Raman"' in text(shown)
    assert shown.context["form"].initial["title"] == "IT lead"
    answer = edit(priya, {"title": "CIO"})
    priya.refresh_from_db()
    assert priya.title == "CIO"
    assert "Priya Raman saved." in answer.headers["HX-Trigger"]
    event = Event.objects.get(verb="changed")
    assert (event.before, event.after) == ({}, {"title": True})
    told = text(client.get(reverse("engagement_history", args=[engagement.pk])))
    assert "changed the contact Priya Raman</a>" in told


def test_a_change_is_undone_from_what_the_contact_was(client, priya, edit):
    teams = make.ServiceFactory(name="Teams")
    values = {"title": "CIO", "survey_eligible": "on", "survey_language": "pt", "country": "pt"}
    answer = edit(priya, values, services=[teams])
    priya.refresh_from_db()
    assert (priya.country, list(priya.survey_services.all())) == ("PT", [teams])
    client.post(json.loads(answer.headers["HX-Trigger"])["toast"]["undo"])
    priya.refresh_from_db()
    assert (priya.title, priya.survey_eligible, list(priya.survey_services.all())) == ("IT lead", False, [])


def test_the_second_of_two_is_asked_whose_value_stays(colleague, priya, edit):
    contacts.change_contact(contact=priya, by=colleague, title="CIO", phone="+351 21 000")
    answer = edit(priya, {"title": "Head of IT"}, seen={"title": "IT lead", "phone": ""}, status=409)
    assert "Keep theirs: CIO" in text(answer)
    assert "Sam" in text(answer)
    priya.refresh_from_db()
    assert (priya.title, priya.phone) == ("CIO", "+351 21 000")


def test_services_that_two_people_tick_meet(colleague, priya, edit):
    teams, exchange = make.ServiceFactory(name="Teams"), make.ServiceFactory(name="Exchange")
    contacts.change_contact(contact=priya, by=colleague, survey_services=[exchange])
    edit(priya, {}, services=[teams], seen={"survey_services": []})
    assert set(priya.survey_services.all()) == {teams, exchange}


SURVEYED = {"survey_eligible": "on", "country": "PT", "survey_language": "pt"}


@pytest.mark.parametrize(
    "values, said",
    [
        ({"do_not_call": "on"}, "Say why nobody calls"),
        ({"survey_eligible": "on"}, "The survey needs the country"),
        ({"survey_eligible": "on", "country": "PT"}, "The survey needs the language."),
        (SURVEYED, "Tick the services that the survey asks about."),
        (SURVEYED | {"unsubscribed_on": "2026-05-01"}, "Who unsubscribed is asked no more."),
        ({"survey_eligible": "on", "kind": "partner"}, "The survey asks people of the customer only."),
        ({"country": "Portugal"}, "Give the country as two letters, such as US or DE."),
        ({"time_zone": "Mars/Olympus"}, "Select a valid choice."),
    ],
)
def test_what_a_contact_cannot_be_is_said_and_nothing_is_saved(priya, edit, values, said):
    answer = edit(priya, {"title": "CIO", **values}, status=422)
    assert said in text(answer)
    assert 'value="CIO"' in text(answer)
    priya.refresh_from_db()
    assert (priya.title, priya.do_not_call, priya.survey_eligible) == ("IT lead", False, False)


def test_who_must_not_be_called_has_no_link_to_call(client, owner, page, priya):
    make.ContactFactory(customer=priya.customer, name="Bo Lindqvist", phone="+46 8 123 456")
    priya.phone, priya.do_not_call, priya.do_not_call_why = "+351 210 000 000", True, "Asked on 3 May"
    priya.save()
    client.force_login(owner)
    shown = text(client.get(page))
    assert 'href="tel:+468123456"' in shown
    assert "tel:+351" not in shown
    assert "+351 210 000 000" in shown
    assert "Do Not Call" in shown
    assert "Asked on 3 May" in shown


def test_each_kind_has_its_own_fields(priya, edit):
    edit(priya, {"kind": "microsoft", "ms_role": "ats", "skill": "Training"})
    priya.refresh_from_db()
    assert (priya.ms_role, priya.skill) == ("ats", "")
    edit(priya, {"kind": "partner", "ms_role": "ats", "skill": "Training"})
    priya.refresh_from_db()
    assert (priya.ms_role, priya.skill) == ("", "Training")
    with pytest.raises(IntegrityError), transaction.atomic():
        Contact.objects.filter(pk=priya.pk).update(ms_role="ats")


def test_people_are_shown_by_kind_and_the_account_team_stands_out(client, owner, page, priya):
    customer = priya.customer
    make.ContactFactory(customer=customer, name="Zoë Ash", kind="microsoft", ms_role="ssp")
    make.ContactFactory(customer=customer, name="Åsa Berg", kind="microsoft", ms_role="pg")
    make.ContactFactory(customer=customer, name="Pat Doe", kind="partner", skill="Training")
    client.force_login(owner)
    shown = client.get(page, {"kind": "microsoft"})
    assert [row["name"] for row in shown.context["people"]] == ["Zoë Ash", "Åsa Berg"]
    assert "Account team</span>" in text(shown)
    assert shown.context["account_team"] == ["Zoë Ash, Solution Sales Professional (SSP)"]
    assert "Priya Raman</h3>" not in text(shown)
    assert [row["n"] for row in shown.context["kinds"]] == [4, 1, 1, 2]
    assert len(client.get(page, {"kind": "nonsense"}).context["people"]) == 4


def test_the_check_for_a_survey_contact_is_drawn_anew(engagement, priya, edit):
    step = make.StepFactory(process__edition=engagement.edition, slug="survey")
    make.RequirementFactory(step=step, text="A survey contact", checks=["contact:survey"])
    summaries.refresh(engagement.pk)
    assert EngagementSummary.objects.get(pk=engagement.pk).steps_ready == 0
    edit(priya, SURVEYED, services=[make.ServiceFactory(name="Teams")])
    assert EngagementSummary.objects.get(pk=engagement.pk).steps_ready == 1


def test_a_name_is_needed_and_the_rest_is_kept(client, owner, page):
    client.force_login(owner)
    answer = client.post(page, {"name": " ", "title": "CIO", "kind": "customer", "email": "no"})
    assert answer.status_code == 422
    assert "Give the name of the person." in text(answer)
    assert 'value="CIO"' in text(answer)


def test_a_contact_of_another_customer_is_404(client, owner, page, engagement):
    other = make.ContactFactory(name="Somebody else")
    client.force_login(owner)
    assert client.post(reverse("contact_edit", args=[engagement.pk, other.pk]), {"name": "X"}).status_code == 404
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
