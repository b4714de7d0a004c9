"""The team page: who works at a tenant or for a customer, what is missing there, and assigning people."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from engagements.models import Assignment, Event
from tests import factories as make
from tests.cast import person


@pytest.fixture
def page(engagement):
    return reverse("engagement_team", args=[engagement.pk])


@pytest.fixture
def customer_page(engagement):
    return reverse("customer_team", args=[engagement.tenant.customer_id])


@pytest.fixture
def fe():
    return make.RoleFactory(name="FastTrack Engineer", function="onboarding")


@pytest.fixture
def ines(groups):
    user = person("ines", "FastTrack Engineer")
    user.first_name, user.last_name = "Inês", "Álvares"
    user.save()
    return user


def text(response) -> str:
    return " ".join(response.content.decode().split())


def of(engagement, user) -> Assignment:
    return Assignment.objects.get(tenant=engagement.tenant, user=user)


# Looking


def test_it_says_who_works_there_in_which_role_for_what_and_by_whom(client, owner, engagement, page, ines, fe):
    row = make.AssignmentFactory(user=ines, tenant=engagement.tenant, role=fe, assigned_by=owner)
    row.services.add(make.ServiceFactory(name="Teams"))
    client.force_login(owner)
    html = text(client.get(page))
    assert "Onboarding" in html
    assert "FastTrack Engineer · Teams" in html
    assert "assigned by Ana" in html
    assert "FastTrack Manager · The whole tenant" in html


def test_people_of_the_customer_stand_there_too_and_are_changed_there(client, owner, engagement, page, ines, fe):
    make.AssignmentFactory(user=ines, tenant=None, customer=engagement.tenant.customer, role=fe)
    client.force_login(owner)
    html = text(client.get(page))
    assert "FastTrack Engineer · All tenants" in html
    assert "Take away Inês Álvares" not in html


def test_what_is_missing_comes_first_with_its_remedy(client, manager, engagement, page):
    eva = person("eva", "FastTrack Manager")
    make.AssignmentFactory(user=eva, tenant=engagement.tenant)
    client.force_login(manager)
    html = text(client.get(page))
    assert "No primary FastTrack Manager at this tenant." in html
    assert "No primary Team Manager at this tenant." in html
    client.post(page, {"do": "lead", "assignment": of(engagement, eva).pk})
    assert of(engagement, eva).primary
    assert "No primary FastTrack Manager at this tenant." not in text(client.get(page))


def test_the_header_names_the_primary_manager_and_links_to_the_team(client, owner, colleague, engagement, page):
    client.force_login(owner)
    html = text(client.get(engagement.get_absolute_url()))
    assert f'href="{page}"' in html
    assert "Ana, FM" in html
    assert "and 1 more" in html
    Assignment.objects.update(primary=False)
    assert "No primary FastTrack Manager" in text(client.get(engagement.get_absolute_url()))


@pytest.mark.parametrize("who", ["colleague", "partner", "leader"])
def test_readers_see_no_controls(client, request, owner, page, who):
    client.force_login(request.getfixturevalue(who))
    html = text(client.get(page))
    assert "Ana" in html
    assert "Assign somebody" not in html
    assert "Take away" not in html


# Finding people


def test_people_are_found_by_parts_of_their_names_without_accents(client, owner, page, ines):
    client.force_login(owner)
    found = client.get(page, {"q": "alv in"}, headers={"HX-Request": "true"})
    assert "Inês Álvares" in text(found)
    assert "announce" in found.headers["HX-Trigger"]
    assert "<html" not in text(found)
    assert "Nobody who signs in is called" in text(client.get(page, {"q": "zzz"}, headers={"HX-Request": "true"}))


def test_those_who_left_are_not_found(client, owner, page, ines):
    type(ines).objects.filter(pk=ines.pk).update(is_active=False)
    client.force_login(owner)
    assert "Inês" not in text(client.get(page, {"q": "ines"}, headers={"HX-Request": "true"}))


@pytest.mark.parametrize("who", ["colleague", "leader"])
def test_who_may_not_assign_lists_nobody(client, request, owner, page, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get(page, {"q": "a"}, headers={"HX-Request": "true"}).status_code == 403


# Assigning


def test_somebody_is_assigned_to_some_services(client, owner, engagement, page, ines, fe):
    teams = make.ServiceFactory(name="Teams")
    client.force_login(owner)
    answer = client.post(page, {"do": "add", "user": ines.pk, "role": fe.pk, "services": [teams.pk]}, follow=True)
    assert "Inês Álvares is FastTrack Engineer here now." in text(answer)
    assert list(of(engagement, ines).services.all()) == [teams]
    event = Event.objects.latest("pk")
    assert reverse("event_undo", args=[event.pk]) in text(answer)


def test_a_name_that_only_one_person_has_is_enough(client, owner, engagement, page, ines, fe):
    client.force_login(owner)
    client.post(page, {"do": "add", "q": "álvares", "role": fe.pk})
    assert of(engagement, ines)


def test_a_name_that_several_have_is_asked_again_with_the_choice_and_what_was_typed(client, owner, page, ines, fe):
    make.UserFactory(username="ines2", first_name="Ines")
    client.force_login(owner)
    answer = client.post(page, {"do": "add", "q": "ines", "role": fe.pk})
    assert answer.status_code == 422
    assert "Choose the person from those found." in text(answer)
    assert 'value="ines"' in text(answer)
    assert f'<option value="{fe.pk}" selected>' in text(answer)


def test_a_role_that_does_not_fit_is_said_beside_the_person(client, owner, colleague, page):
    client.force_login(owner)
    fm = make.RoleFactory(name="FastTrack Manager")
    answer = client.post(page, {"do": "add", "user": colleague.pk, "role": fm.pk})
    assert answer.status_code == 422
    assert "which does not work as FastTrack Manager" in text(answer)


def test_an_sme_without_services_needs_a_focus(client, owner, engagement, page, ines):
    client.force_login(owner)
    new = {"do": "add", "user": ines.pk, "role": make.RoleFactory(name="SME").pk}
    assert "or else the focus" in text(client.post(page, new))
    client.post(page, new | {"focus": "network"})
    assert of(engagement, ines).get_focus_display() == "Network"


@pytest.mark.parametrize("role", ["", "0", "x"])
def test_nonsense_is_refused_in_the_form(client, owner, page, ines, role):
    client.force_login(owner)
    assert client.post(page, {"do": "add", "user": "x", "role": role, "services": ["x"]}).status_code == 422
    assert client.post(page, {"do": "change", "assignment": "x"}).status_code == 404
    assert client.post(page, {"do": "nothing"}).status_code == 302


def test_an_assignment_of_another_tenant_is_not_changed_from_here(client, owner, engagement, page):
    strange = make.AssignmentFactory(tenant=make.TenantFactory())
    at_customer = make.AssignmentFactory(tenant=None, customer=engagement.tenant.customer)
    client.force_login(owner)
    for row in (strange, at_customer):
        assert client.post(page, {"do": "remove", "assignment": row.pk}).status_code == 404


# Changing and taking away


def test_what_somebody_is_there_for_is_changed_in_place(client, owner, colleague, engagement, page):
    row = of(engagement, colleague)
    teams = make.ServiceFactory(name="Teams")
    client.force_login(owner)
    assert "Sam, FastTrack Engineer" in text(client.get(page, {"edit": row.pk}))
    client.post(page, {"do": "change", "assignment": row.pk, "services": [teams.pk], "primary": "on"})
    row.refresh_from_db()
    assert (row.primary, list(row.services.all())) == (True, [teams])


def test_two_people_changing_the_same_are_asked(client, owner, manager, colleague, engagement, page):
    row = of(engagement, colleague)
    teams, exchange = make.ServiceFactory(name="Teams"), make.ServiceFactory(name="Exchange")
    client.force_login(owner)
    shown = client.get(page, {"edit": row.pk}).context["form"].seen_value()
    client.force_login(manager)
    client.post(page, {"do": "change", "assignment": row.pk, "services": [teams.pk]})
    client.force_login(owner)
    mine = {"do": "change", "assignment": row.pk, "services": [exchange.pk], "seen": shown}
    asked = client.post(page, mine)
    assert asked.status_code == 409
    assert "Keep theirs: Teams" in text(asked)
    assert "Use mine: Exchange" in text(asked)
    assert list(row.services.all()) == [teams]
    again = asked.context["form"].seen_value()
    client.post(page, mine | {"seen": again, "keep-services": "mine"})
    assert list(row.services.all()) == [exchange]


def test_taking_somebody_away_can_be_undone(client, owner, colleague, engagement, page):
    row = of(engagement, colleague)
    client.force_login(owner)
    answer = client.post(page, {"do": "remove", "assignment": row.pk}, follow=True)
    assert "Sam is no longer FastTrack Engineer here." in text(answer)
    client.post(reverse("event_undo", args=[Event.objects.latest("pk").pk]))
    assert of(engagement, colleague)


def test_a_manager_who_is_assigned_nowhere_undoes_their_own_change(client, manager, colleague, engagement, page):
    client.force_login(manager)
    client.post(page, {"do": "remove", "assignment": of(engagement, colleague).pk})
    client.post(reverse("event_undo", args=[Event.objects.latest("pk").pk]))
    assert of(engagement, colleague)


def test_a_partner_s_people_have_no_button_and_say_why(client, manager, partner, engagement, page):
    row = of(engagement, partner)
    type(row.role).objects.filter(pk=row.role_id).update(function="partner")
    client.force_login(manager)
    assert "never taken away (R36)" in text(client.get(page))
    assert "Take away Pat" not in text(client.get(page))
    answer = client.post(page, {"do": "remove", "assignment": row.pk}, follow=True)
    assert "never taken away (R36)" in text(answer)
    assert of(engagement, partner)


def test_the_page_and_the_history_tell_what_changed(client, owner, manager, engagement, page, ines, fe):
    client.force_login(manager)
    teams = make.ServiceFactory(name="Teams")
    client.post(page, {"do": "add", "user": ines.pk, "role": fe.pk, "services": [teams.pk]})
    for url in (page, reverse("engagement_history", args=[engagement.pk])):
        html = text(client.get(url))
        assert "assigned Inês Álvares" in html
        assert "FastTrack Engineer for Teams" in html


# The customer as a whole


def test_at_the_customer_people_are_there_for_all_its_tenants(client, manager, engagement, customer_page, ines, fe):
    client.force_login(manager)
    assert "For which services" not in text(client.get(customer_page))
    client.post(customer_page, {"do": "add", "user": ines.pk, "role": fe.pk})
    assert Assignment.objects.get(user=ines).customer == engagement.tenant.customer
    assert "assigned Inês Álvares at the customer" in text(client.get(customer_page))
    client.post(reverse("event_undo", args=[Event.objects.latest("pk").pk]))
    assert not Assignment.objects.filter(user=ines).exists()


def test_a_customer_as_a_whole_misses_no_primary(client, manager, customer_page):
    client.force_login(manager)
    assert "No primary" not in text(client.get(customer_page))


# How much it costs


def test_queries_do_not_grow_with_the_team(client, owner, engagement, page, fe, django_assert_num_queries):
    client.force_login(owner)
    client.get(page)
    with CaptureQueriesContext(connection) as few:
        client.get(page)
    for number in range(12):
        user = person(f"user{number}", "FastTrack Engineer")
        row = make.AssignmentFactory(user=user, tenant=engagement.tenant, role=fe, assigned_by=owner)
        row.services.add(make.ServiceFactory(name="Teams"))
    assert len(few) <= 24
    with django_assert_num_queries(len(few)):
        client.get(page)


def test_primaries_of_the_winner_tenant_are_copied_to_the_customer_when_asked(
    client, manager, owner, colleague, leader, engagement, customer_page
):
    customer = engagement.tenant.customer
    client.force_login(manager)
    assert "copy-primaries" not in client.get(customer_page).content.decode()
    customer.winner = engagement.tenant
    customer.save()
    assert "copy-primaries" in client.get(customer_page).content.decode()
    said = client.post(customer_page, {"do": "copy"}, follow=True).content.decode()
    assert "lead for the customer as a whole now." in said
    assert "copy-primaries" not in said
    copied = customer.assignments.get()  # the colleague is not primary at the tenant
    assert (copied.user, copied.role.name, copied.primary) == (owner, "FastTrack Manager", True)
    assert engagement.tenant.assignments.filter(user=owner, primary=True).exists()
    again = client.post(customer_page, {"do": "copy"}, follow=True).content.decode()
    assert "leads for the customer already" in again
    client.force_login(leader)
    assert client.post(customer_page, {"do": "copy"}).status_code == 403
