"""People, customers and tenants in the admin; what was recorded can be looked at and no more."""

from datetime import date
from uuid import UUID

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from engagements.models import (
    Assignment,
    Customer,
    Engagement,
    EntitlementSlice,
    Event,
    HealthRating,
    Note,
    Partner,
    Receipt,
    ReferralTemplate,
    StepRun,
    Tag,
    Tenant,
    User,
)
from engagements.services import summaries
from playbook.models import Step
from tasks.models import EngagementModel, Role
from tests import factories as make
from tests.playbook.small_edition import small_edition

pytestmark = pytest.mark.django_db
RECORDS = ["engagement", "steprun", "receipt", "note", "event"]
LISTS = ["user", "assignment", "customer", "tenant", "taskrecord", "waiver", *RECORDS]


@pytest.fixture
def ada(client):
    user = User.objects.create_superuser("ada", password="x")
    client.force_login(user)
    return user


@pytest.fixture
def tenant():
    return _tenant(1)


def _tenant(n):
    customer = Customer.objects.create(tpid=n, **Customer.folded(f"Ärzte {n}"))
    return Tenant.objects.create(customer=customer, guid=UUID(int=n), domain="a.example", **Tenant.folded(f"Bund {n}"))


def url(name, what, *args):
    return reverse(f"admin:engagements_{name}_{what}", args=args)


def _record(tenant, user, edition):
    """One row of everything that services write."""
    model, _ = EngagementModel.objects.get_or_create(slug="reactive", name="Reactive")
    engagement = Engagement.objects.create(
        tenant=tenant, edition=edition, model=model, started_on=date(2020, 5, 4), opened_by=user
    )
    now = timezone.now()
    step = Step.objects.filter(process__edition=edition).first()
    run = StepRun.objects.create(engagement=engagement, step=step, started_at=now)
    receipt = Receipt.objects.create(
        run=run,
        engagement=engagement,
        step_key=step.key,
        edition_name=edition.name,
        rule_version=1,
        gate_input={},
        decided_on=now.date(),
        completed_at=now,
        completed_by=user,
    )
    note = Note.objects.create(
        engagement=engagement, body="Called.", author=user, created_at=now, token=UUID(int=engagement.pk)
    )
    event = Event.objects.create(engagement=engagement, tenant=tenant, at=now, actor=user, verb="called", object="x")
    return {"engagement": engagement, "steprun": run, "receipt": receipt, "note": note, "event": event}


@pytest.mark.parametrize("name", RECORDS)
def test_what_was_recorded_can_be_looked_at_and_no_more(client, ada, tenant, name):
    row = _record(tenant, ada, small_edition())[name]
    assert client.get(url(name, "change", row.pk)).status_code == 200
    assert client.post(url(name, "change", row.pk), {"body": "Other words"}).status_code == 403
    assert client.post(url(name, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert client.get(url(name, "add")).status_code == 403
    client.post(url(name, "changelist"), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert type(row).objects.filter(pk=row.pk).exists()


def test_assigning_at_a_customer_is_told_once_for_all_its_tenants(client, ada, tenant):
    role = Role.objects.create(name="FastTrack Manager")
    data = {"user": ada.pk, "role": role.pk, "customer": tenant.customer_id, "primary": "on"}
    assert client.post(url("assignment", "add"), data).status_code == 302
    event = Event.objects.get(verb="assigned")
    assert (event.customer, event.actor, event.object) == (tenant.customer, ada, f"user:{ada.pk}")
    assert event.after == {"role": "FastTrack Manager", "primary": True}
    client.post(url("assignment", "delete", Assignment.objects.get().pk), {"post": "yes"})
    assert Event.objects.get(verb="unassigned").before["role"] == "FastTrack Manager"


def test_an_assignment_belongs_to_a_customer_or_a_tenant_not_both(client, ada, tenant):
    role = Role.objects.create(name="FastTrack Manager")
    data = {"user": ada.pk, "role": role.pk, "customer": tenant.customer_id, "tenant": tenant.pk}
    assert client.post(url("assignment", "add"), data).status_code == 200
    assert not Assignment.objects.exists()


def test_assigning_needs_its_own_permission(client, tenant):
    staff = User.objects.create_user("staff", is_staff=True)
    staff.user_permissions.add(*Permission.objects.filter(codename__contains="_assignment"))
    client.force_login(staff)
    assert client.get(url("assignment", "changelist")).status_code == 200
    assert client.get(url("assignment", "add")).status_code == 403
    staff.user_permissions.add(Permission.objects.get(codename="assign_users"))
    assert client.get(url("assignment", "add")).status_code == 200


def test_only_a_superuser_hands_out_powers(client, ada):
    staff = User.objects.create_user("staff", is_staff=True)
    staff.user_permissions.add(*Permission.objects.filter(codename__in=["view_user", "change_user"]))
    client.force_login(staff)
    page = client.get(url("user", "change", staff.pk)).content.decode()
    assert 'name="is_superuser"' not in page
    assert 'name="groups"' not in page
    assert client.post(url("user", "change", ada.pk), {"username": "mine"}).status_code == 403
    client.force_login(ada)
    assert 'name="groups"' in client.get(url("user", "change", staff.pk)).content.decode()


def test_people_are_switched_off_not_deleted(client, ada):
    other = User.objects.create_user("other")
    assert client.post(url("user", "delete", other.pk), {"post": "yes"}).status_code == 403


def test_a_changed_tenant_is_told_before_and_after_and_found_folded(client, ada, tenant):
    engagement = make.EngagementFactory(tenant=tenant)
    summaries.refresh(engagement.pk)
    data = {"name": "Ösen", "guid": tenant.guid, "domain": "a.example", "country": "DE", "time_zone": "UTC", "seats": 5}
    data |= {f"{p}-{k}_FORMS": 0 for p in ("services", "partners", "assignments") for k in ("TOTAL", "INITIAL")}
    answer = client.post(url("tenant", "change", tenant.pk), data)
    assert answer.status_code == 302, answer.context["errors"]
    event = Event.objects.get(verb="changed")
    assert (event.before["name"], event.after["name"], event.actor) == ("Bund 1", "Ösen", ada)
    assert "Ösen" in client.get(url("tenant", "changelist"), {"q": "öSEN"}).content.decode()
    assert list(Engagement.objects.matching("öSEN")) == [engagement]


def test_a_new_tenant_and_customer_get_folded_names(client, ada):
    data = {"name": "Ärzte", "tpid": 7} | {
        f"{p}-{k}_FORMS": 0
        for p in ("tenants", "assignments", "contacts", "health_ratings", "compete_signals")
        for k in ("TOTAL", "INITIAL")
    }
    assert client.post(url("customer", "add"), data).status_code == 302
    assert Customer.objects.get(tpid=7).name_folded == "arzte"


@pytest.mark.parametrize("name", LISTS)
def test_change_lists_cost_the_same_whatever_their_length(client, ada, name):
    edition = small_edition()
    role = Role.objects.create(name="Engineer")
    costs = []
    for first, last in ((1, 2), (2, 12)):
        for n in range(first, last):
            tenant = _tenant(n)
            user = User.objects.create_user(f"user-{n}")
            Assignment.objects.create(user=user, role=role, tenant=tenant)
            _record(tenant, user, edition)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url(name, "changelist")).status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 12
    assert apps.get_model("engagements", name)


def test_the_admin_has_the_icon_of_the_desk(client, ada):
    assert "img/favicon" in client.get(reverse("admin:index")).content.decode()


def test_the_menu_begins_with_the_playbook_and_ends_with_the_protection_of_sign_in(client, ada):
    names = [app["name"] for app in client.get(reverse("admin:index")).context["app_list"]]
    assert names == ["Playbook", "Tasks", "Engagements", "Authentication and Authorization", "Sign-in protection"]


def test_the_mail_of_a_referral_is_worded_with_its_history(client, ada):
    form = {"service_type": "", "subject": "Partners for {customer}", "body": "Hello {contakt}"}
    page = client.post(url("referraltemplate", "add"), form).content.decode()
    assert "{contakt} is no placeholder; known are {customer}, {contact}" in page
    client.post(url("referraltemplate", "add"), form | {"body": "Hello {contact}"})
    template = ReferralTemplate.objects.get()
    client.post(url("referraltemplate", "change", template.pk), form | {"body": "Dear {contact}"})
    assert [row.body for row in template.history.all()] == ["Dear {contact}", "Hello {contact}"]


def test_a_tenant_is_marked_as_a_duplicate_unless_it_is_worked_on(client, ada):
    """R46."""
    free, busy = _tenant(1), make.EngagementFactory().tenant
    make.TenantServiceFactory(tenant=free)
    sent = {"action": "mark_duplicates", "_selected_action": [free.pk, busy.pk]}
    shown = client.post(url("tenant", "changelist"), sent, follow=True).content.decode()
    assert "Bund 1 is now a duplicate." in shown
    assert "of this tenant is open" in shown
    assert list(Tenant.objects.filter(is_duplicate=True)) == [free]
    assert {row.l1 for row in EntitlementSlice.objects.filter(tenant_service__tenant=free)} == {"duplicate-invalid"}
    client.post(url("tenant", "changelist"), {"action": "unmark_duplicates", "_selected_action": [free.pk]})
    assert not Tenant.objects.filter(is_duplicate=True).exists()


def test_the_record_of_a_customer_and_of_a_tenant_is_shown_and_kept_elsewhere(client, ada, tenant):
    HealthRating.objects.create(
        customer=tenant.customer, colour="red", why="Nobody drives it", on=date(2026, 5, 4), at=timezone.now(), by=ada
    )
    Partner.objects.create(tenant=tenant, name="Alpine", name_folded="alpine")
    at_customer = client.get(url("customer", "change", tenant.customer.pk)).content.decode()
    at_tenant = client.get(url("tenant", "change", tenant.pk)).content.decode()
    for page, model, column, text in (
        (at_customer, "healthrating", f"customer__id__exact={tenant.customer.pk}", "Nobody drives it"),
        (at_tenant, "partner", f"tenant__id__exact={tenant.pk}", "Alpine"),
    ):
        address = f"{url(model, 'changelist')}?{column}"
        assert f'href="{address}"' in page
        assert text in client.get(address).content.decode()
    for name, page in (("status", at_customer), ("mindset", at_customer), ("priority", at_tenant)):
        assert f'name="{name}"' not in page
        assert f"field-{name}" in page


def test_a_tag_is_corrected_and_stands_once(client, ada):
    first, second = (Tag.objects.create(name=name, name_folded=name.lower()) for name in ("S500", "Waves"))
    refused = client.post(url("tag", "change", second.pk), {"name": "s500"})
    assert "There is such a tag already." in refused.content.decode()
    client.post(url("tag", "change", first.pk), {"name": "S 500"})
    first.refresh_from_db()
    assert (first.name, first.name_folded) == ("S 500", "s 500")
