"""The Services tab: what is missing is a link, what is saved is in the header, what follows is said (R11)."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from engagements.models import AdoptionRecord, Contact, Event, TenantService
from tests import factories as make

NOON = dt.datetime(2026, 5, 21, 12, tzinfo=dt.UTC)
HTMX = {"HX-Request": "true"}
AT_MOST = 16  # queries


@pytest.fixture(autouse=True)
def _on_21_may():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def teams(engagement):
    return engagement.tenant.services.get(service__name="Teams")


@pytest.fixture
def page(engagement):
    return reverse("engagement_services", args=[engagement.pk])


@pytest.fixture
def save(engagement, teams):
    return reverse("service_edit", args=[engagement.pk, teams.service_id])


@pytest.fixture
def enable(engagement, teams):
    return reverse("service_enabled", args=[engagement.pk, teams.service_id])


@pytest.fixture
def handshake(engagement):
    """R11 and R12: with a CSM and Teams enabled, 3731 is required and the check-ins leave Teams out."""
    make.ConditionFactory(
        edition=engagement.edition,
        key="csm-takes-over",
        scope="service",
        computed=["csm", "enabled"],
        yes="a CSM runs the adoption",
        no="no CSM is assigned, or the service is not enabled",
    ).services.set([make.ServiceFactory(name="Teams")])
    process = make.ProcessFactory(edition=engagement.edition, slug="success")
    shake = make.StepFactory(process=process, slug="handshake", when="csm-takes-over")
    make.ListingFactory(
        step=shake,
        task=make.FtopTaskFactory(number=3731, name="Field Handshake"),
        mandatory=False,
        mandatory_when="csm-takes-over",
        services=["Teams"],
    )
    make.StepFactory(process=process, slug="check-ins", when="not csm-takes-over")


def grid(*rows) -> dict:
    """The posted rows of a grid: (status, count, reason, target date)."""
    sent = {"slices": str(len(rows))}
    for at, row in enumerate(rows):
        values = dict(zip(("l1", "count", "why", "target_on"), map(str, row), strict=False))
        sent |= {f"slice-{at}-{name}": value for name, value in values.items()} | {f"slice-{at}-fixed": "1"}
    return sent


def text(response):
    return " ".join(response.content.decode().split())


def test_what_is_missing_is_a_link_to_its_field(client, owner, engagement, teams, page):
    make.AdoptionRecordFactory(tenant_service=teams, success_owner=None)
    client.force_login(owner)
    shown = text(client.get(page))
    assert f"?edit={teams.service_id}&amp;field=success_owner#id_success_owner" in shown
    assert 'aria-label="DIBS 3 of 4, missing: success owner"' in shown
    assert f'id="service-{teams.service_id}"' in shown


def test_a_due_date_that_has_passed_is_late_in_words(client, owner, teams, page):
    make.AdoptionRecordFactory(tenant_service=teams, due_on=dt.date(2026, 5, 15))
    client.force_login(owner)
    assert "6 days late" in text(client.get(page))


def test_the_pencil_opens_the_form_of_one_row(client, owner, teams, page):
    client.force_login(owner)
    answer = client.get(f"{page}?edit={teams.service_id}&field=success_owner", headers=HTMX)
    assert text(answer).count('class="svc-e"') == 1
    assert "Save Teams" in text(answer)
    assert "#id_success_owner" in answer["HX-Trigger"]


def test_cancelling_takes_the_focus_back_to_what_opened_the_form(client, owner, page):
    client.force_login(owner)
    assert "#enable-service-7" in client.get(f"{page}?back=enable-7", headers=HTMX)["HX-Trigger"]
    assert "HX-Trigger" not in client.get(f"{page}?back=x-7", headers=HTMX)


def test_saving_shows_in_row_and_header_and_the_focus_goes_back_to_the_pencil(client, owner, teams, save):
    client.force_login(owner)
    sent = {
        **grid(("in-progress", 100)),
        "due_on": "2026-06-30",
        "business_reason": "security",
        "new_owner": "Marta Nowak",
        "stakeholders": "in-place",
        "stakeholders_text": "Marta, Priya",
    }
    answer = client.post(save, sent, headers=HTMX)
    record = AdoptionRecord.objects.get(tenant_service=teams)
    assert (record.success_owner.name, record.stakeholders, record.training) == (
        "Marta Nowak",
        "in-place",
        "not-started",
    )
    assert "1 of 2 complete" in text(answer)
    assert f"#edit-service-{teams.service_id}" in answer["HX-Trigger"]
    assert "Teams saved. 100 In Progress. DIBS 4 of 4." in answer["HX-Trigger"]
    assert client.post(save, sent).url == f"{save.rsplit('/', 2)[0]}/#service-{teams.service_id}"


def test_a_known_name_is_not_added_twice(client, owner, engagement, save):
    known = make.ContactFactory(customer=engagement.tenant.customer, name="Priya Raman")
    client.force_login(owner)
    client.post(save, {"new_owner": "  priya raman "})
    assert list(Contact.objects.all()) == [known]


def test_bad_input_comes_back_as_typed(client, owner, teams, save):
    client.force_login(owner)
    answer = client.post(save, {"due_on": "soon", "training_text": "Portuguese " * 60})
    assert answer.status_code == 422
    assert "Give a date, such as 2026-05-27." in text(answer)
    assert "At most 500 characters." in text(answer)
    assert 'value="soon"' in text(answer)
    assert not AdoptionRecord.objects.exists()


def test_a_contact_of_another_customer_is_no_success_owner(client, owner, save):
    other = make.ContactFactory()
    client.force_login(owner)
    assert client.post(save, {"success_owner": other.pk}).status_code == 422


def test_several_services_take_only_what_is_filled_in(client, owner, engagement, teams, page):
    make.AdoptionRecordFactory(tenant_service=teams, due_on=dt.date(2026, 6, 1), business_reason="savings")
    both = [row.service_id for row in engagement.tenant.services.all()]
    client.force_login(owner)
    client.post(page, {"do": "capture", "services": both, "due_on": "2026-07-31", "new_owner": "Marta Nowak"})
    records = AdoptionRecord.objects.order_by("pk")
    assert {record.due_on for record in records} == {dt.date(2026, 7, 31)}
    assert {record.success_owner.name for record in records} == {"Marta Nowak"}
    assert AdoptionRecord.objects.get(tenant_service=teams).business_reason == "savings"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"due_on": "2026-07-31"}, "Tick the services that this is about."),
        ({"services": True}, "Fill in at least one answer"),
    ],
)
def test_capturing_asks_for_services_and_for_an_answer(client, owner, teams, page, sent, said):
    sent = {**sent, "services": [teams.service_id]} if "services" in sent else sent
    client.force_login(owner)
    answer = client.post(page, {"do": "capture", **sent})
    assert answer.status_code == 422
    assert said in text(answer)


def test_the_form_says_what_enabling_does_before_anybody_decides(client, owner, engagement, handshake, teams, page):
    engagement.tenant.csm = make.ContactFactory(customer=engagement.tenant.customer, name="Nils Berg")
    engagement.tenant.save()
    client.force_login(owner)
    shown = text(client.get(f"{page}?enable={teams.service_id}"))
    assert "Task 3731 Field Handshake becomes required: a CSM runs the adoption." in shown
    assert "Check ins leaves out Teams: a CSM runs the adoption." in shown
    teams.refresh_from_db()
    assert teams.enabled_on is None


def test_enabling_without_a_csm_changes_nothing_in_the_playbook(client, owner, handshake, teams, page):
    client.force_login(owner)
    assert "Nothing in the playbook changes." in text(client.get(f"{page}?enable={teams.service_id}"))


def test_enabling_is_kept_with_who_and_says_what_followed(client, owner, engagement, handshake, teams, enable):
    engagement.tenant.csm = make.ContactFactory(customer=engagement.tenant.customer, name="Nils Berg")
    engagement.tenant.save()
    client.force_login(owner)
    answer = client.post(enable, {"on": "2026-05-20"}, headers=HTMX)
    teams.refresh_from_db()
    assert (teams.enabled_on, teams.enabled_by) == (dt.date(2026, 5, 20), owner)
    assert "Teams is enabled." in text(answer)
    assert "becomes required" in text(answer)
    assert "Enabled Wed 20 May by Ana" in text(answer)
    back = client.post(enable, {"off": "1", "on": ""}, follow=True)
    teams.refresh_from_db()
    assert teams.enabled_on is None
    assert "Task 3731 Field Handshake is no longer asked for." in text(back)


@pytest.mark.parametrize(("on", "said"), [("", "Say since which day"), ("2026-05-22", "still to come")])
def test_enabling_needs_a_day_that_has_come(client, owner, teams, enable, on, said):
    client.force_login(owner)
    answer = client.post(enable, {"on": on})
    assert answer.status_code == 422
    assert said in text(answer)


def test_a_service_of_the_tenant_comes_into_scope(client, owner, engagement, page):
    row = make.TenantServiceFactory(tenant=engagement.tenant, service=make.ServiceFactory(name="Yammer"))
    client.force_login(owner)
    assert "Take into scope" in text(client.get(page))
    client.post(page, {"do": "scope", "service": row.service_id})
    assert engagement.services.filter(pk=row.service_id).exists()
    assert Event.objects.filter(engagement=engagement, verb="took into scope", actor=owner).exists()
    assert "took Yammer into scope" in text(client.get(reverse("engagement_history", args=[engagement.pk])))


def test_a_service_of_another_open_engagement_stays_there(client, owner, engagement, page):
    other = make.EngagementFactory(tenant=engagement.tenant, edition=engagement.edition, services=["Yammer"])
    client.force_login(owner)
    shown = text(client.get(page))
    assert f"In scope of engagement {other.pk}" in shown
    assert "Take into scope" not in shown
    answer = client.post(page, {"do": "scope", "service": other.services.get().pk}, follow=True)
    assert f"Engagement {other.pk} of this tenant covers Yammer already." in text(answer)
    assert engagement.services.count() == 2


def test_a_new_service_is_added_to_the_tenant_and_to_the_scope(client, owner, engagement, page):
    new = make.ServiceFactory(name="Intune")
    client.force_login(owner)
    client.post(page, {"do": "add", "service": new.pk, "entitlements": "3200", "in_scope": "on"})
    row = TenantService.objects.get(tenant=engagement.tenant, service=new)
    assert row.entitlements == 3200
    assert engagement.services.filter(pk=new.pk).exists()


def test_all_services_is_not_a_service_of_a_tenant(client, owner, page):
    every = make.ServiceFactory(name="All Services")
    client.force_login(owner)
    assert client.post(page, {"do": "add", "service": every.pk}).status_code == 422


def test_a_service_that_the_tenant_does_not_have_is_404(client, owner, engagement):
    client.force_login(owner)
    for name in ("service_edit", "service_enabled"):
        assert client.post(reverse(name, args=[engagement.pk, 9999])).status_code == 404


def test_a_reader_sees_no_controls_and_may_not_write(client, leader, teams, page, save, enable):
    client.force_login(leader)
    shown = text(client.get(f"{page}?edit={teams.service_id}"))
    assert "Missing" in shown
    assert "Edit Teams" not in shown
    assert "Save Teams" not in shown
    assert "Capture for several" not in shown
    assert [client.post(url).status_code for url in (page, save, enable)] == [403, 403, 403]


def test_a_stranger_gets_404(client, stranger, page, save, enable):
    client.force_login(stranger)
    assert client.get(page).status_code == 404
    assert client.get(enable).status_code == 404
    assert [client.post(url).status_code for url in (page, save, enable)] == [404, 404, 404]


def test_a_partner_keeps_the_records_of_an_assigned_tenant(client, partner, teams, page, save):
    client.force_login(partner)
    assert "Edit Teams" in text(client.get(page))
    client.post(save, {"due_on": "2026-06-30"})
    assert AdoptionRecord.objects.get(tenant_service=teams).changed_by == partner


def test_a_closed_engagement_is_read_only(client, owner, engagement, page, save):
    engagement.status, engagement.closed_on = "closed", dt.date(2026, 5, 20)
    engagement.save()
    client.force_login(owner)
    assert "Edit Teams" not in text(client.get(page))
    assert client.post(save).status_code == 403


def test_queries_do_not_grow_with_services(client, owner, engagement, teams, page, django_assert_num_queries):
    make.AdoptionRecordFactory(tenant_service=teams)
    TenantService.objects.update(enabled_on=dt.date(2026, 5, 4), enabled_by=owner)
    client.force_login(owner)
    client.get(page)
    with CaptureQueriesContext(connection) as few:
        client.get(f"{page}?edit={teams.service_id}")
    queries = len(few)
    assert queries <= AT_MOST
    for number in range(20):
        row = make.TenantServiceFactory(tenant=engagement.tenant, service=make.ServiceFactory(name=f"Service {number}"))
        make.AdoptionRecordFactory(tenant_service=row, success_owner__name=f"Person {number}")
        engagement.services.add(row.service)
    with django_assert_num_queries(queries):
        client.get(f"{page}?edit={teams.service_id}")
