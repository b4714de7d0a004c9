"""A CSM and an enabled service ask for a handshake: offered in the answer, on Today until it is done (R11, R12)."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from engagements.handshake import handshakes
from engagements.models import EngagementSummary
from engagements.selectors.today import today_page
from engagements.services import customers, steps, summaries, tasks
from engagements.walk import load_walk
from tests import factories as make

TODAY = timezone.localdate()


@pytest.fixture
def playbook(engagement):
    """The handshake of Teams and Yammer, and the check-ins that leave them out once the CSM takes over."""
    yammer = make.TenantServiceFactory(tenant=engagement.tenant, service=make.ServiceFactory(name="Yammer")).service
    engagement.services.add(yammer)
    for key, computed in (("csm-takes-over", ["csm", "enabled"]), ("handover-due", [])):
        condition = make.ConditionFactory(
            edition=engagement.edition, key=key, scope="service", computed=computed, yes="a CSM runs the adoption"
        )
        condition.services.set([make.ServiceFactory(name="Teams"), yammer])
    process = make.ProcessFactory(edition=engagement.edition, slug="success")
    shake = make.StepFactory(process=process, slug="handshake", title="CSM Handshake", when="csm-takes-over")
    for number, service in ((3731, "Teams"), (3732, "Yammer")):
        task = make.FtopTaskFactory(number=number, name=f"{service} Handshake")
        rule = {"mandatory": False, "mandatory_when": "csm-takes-over"}
        make.ListingFactory(step=shake, task=task, services=[service], **rule)
    make.StepFactory(process=process, slug="check-ins", title="Check-ins", when="not csm-takes-over")
    make.StepFactory(process=process, slug="track", title="Track progress", when="not csm-takes-over")
    return shake


@pytest.fixture
def csm(engagement, owner):
    contact = make.ContactFactory(customer=engagement.tenant.customer, name="Nils Berg", kind="microsoft")
    return lambda: customers.assign_csm(tenant=engagement.tenant, csm=contact, by=owner)


@pytest.fixture
def enable(engagement, owner):
    def put(name):
        row = engagement.tenant.services.get(service__name=name)
        customers.enable_service(tenant_service=row, on=TODAY - dt.timedelta(1), by=owner)

    return put


def words(response) -> str:
    return " ".join(strip_tags(response.content.decode()).split())


def due(engagement):
    return handshakes(load_walk(engagement.pk, TODAY))


def test_nothing_is_due_until_both_are_there(engagement, playbook, csm, enable):
    assert due(engagement) == []
    csm()
    assert due(engagement) == []
    enable("Teams")
    (found,) = due(engagement)
    assert (found.place.title, found.names, found.numbers) == ("CSM Handshake", "Teams", "task 3731")


def test_enabling_offers_the_handshake_in_the_answer(client, owner, engagement, playbook, csm):
    csm()
    teams = engagement.tenant.services.get(service__name="Teams").service_id
    client.force_login(owner)
    url = reverse("service_enabled", args=[engagement.pk, teams])
    answer = client.post(url, {"on": TODAY.isoformat()}, headers={"HX-Request": "true"})
    said = words(answer)
    assert "Task 3731 Teams Handshake becomes required: a CSM runs the adoption." in said
    assert "Check-ins leaves out Teams: a CSM runs the adoption." in said
    assert "CSM Handshake is due for Teams. A CSM runs the adoption: complete task 3731." in said
    assert "“Check-ins” and “Track progress” fall away for Teams instead." in said
    step = reverse("step_detail", args=[engagement.pk, "success", "handshake"])
    assert answer.content.decode().count(f'href="{step}#task-3731"') == 2


def test_assigning_a_csm_offers_it_for_what_is_enabled(client, owner, engagement, playbook, enable):
    enable("Teams")
    enable("Yammer")
    client.force_login(owner)
    url = reverse("account_team", args=[engagement.pk])
    said = words(client.post(url, {"managed": "yes", "new_csm": "Nils Berg"}, follow=True))
    assert "CSM Handshake is due for Teams and Yammer." in said
    assert "complete tasks 3731 and 3732" in said


def test_it_is_on_today_until_it_is_done(engagement, owner, playbook, csm, enable):
    csm()
    enable("Teams")

    def on_today():
        return next((g for g in today_page(owner, TODAY)["groups"] if g.title == "Handshakes"), None)

    row = on_today().rows[0]
    assert row["what"] == "CSM Handshake"
    assert row["why"].startswith("A CSM runs the adoption. For Teams: task 3731.")
    assert row["action_url"] == reverse("step_detail", args=[engagement.pk, "success", "handshake"])
    at = {"engagement_id": engagement.pk, "by": owner, "today": TODAY}
    tasks.set_task_status(**at, number=3731, status="Complete")
    steps.complete_step(**at, step_key="success/handshake")
    assert on_today() is None
    assert due(engagement) == []
    assert list(summaries.wrong_rows()) == []


def test_the_portfolio_finds_them(client, engagement, owner, playbook, csm, enable):
    csm()
    client.force_login(owner)
    url = reverse("engagement_list")
    assert "No engagement" in words(client.get(url, {"show": "handshake"}))
    enable("Teams")
    assert EngagementSummary.objects.get().handshake_title == "CSM Handshake"
    assert "Northwind Traders" in words(client.get(url, {"show": "handshake"}))


def test_what_a_person_answered_is_no_handshake(engagement, owner, playbook):
    """A mandatory task that a person's answer asks for is a task like any other."""
    step = make.StepFactory(process=playbook.process, slug="prepare")
    make.ListingFactory(step=step, task__number=3979, mandatory=False, mandatory_when="handover-due")
    teams = engagement.services.get(name="Teams")
    engagement.answers.create(key="handover-due", service=teams, answer="yes", by=owner)
    assert due(engagement) == []
