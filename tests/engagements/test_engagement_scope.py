"""Moving an engagement between motions and models and changing its scope: seen first, refused in words, kept (R33)."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from engagements.models import Event
from engagements.services import scope, steps
from engagements.walk import load_walk
from playbook.compiled import forget_compiled
from tests import factories as make
from tests.engagements.test_steps import write

TODAY = timezone.localdate()


@pytest.fixture
def motions(db):
    """Customer Health excludes RFA (R33); Targeting goes with both."""
    health, rfa = make.MotionFactory(slug="customer-health"), make.MotionFactory(slug="rfa")
    health.excludes.set([rfa])
    return {"health": health, "rfa": rfa, "targeting": make.MotionFactory(slug="targeting")}


@pytest.fixture
def steps_of(engagement, motions):
    """A step for everybody, one for RFA alone, one for Targeting alone, one for Teams alone."""
    process = make.ProcessFactory(edition=engagement.edition, slug="kickoff")
    return {
        "all": make.StepFactory(process=process, slug="meet", title="Meet"),
        "rfa": make.StepFactory(process=process, slug="qualify", title="Qualify the RFA", motions=["rfa"]),
        "targeting": make.StepFactory(process=process, slug="target", title="Target", motions=["targeting"]),
        "teams": make.StepFactory(process=process, slug="teams", title="Plan Teams", applies_to=["Teams"]),
    }


@pytest.fixture
def url(engagement):
    return reverse("engagement_scope", args=[engagement.pk])


def chosen(engagement, **changed):
    """The form as it is drawn, with something changed."""
    runs = scope.as_seen(engagement)
    return {**runs, "why": "Their plan changed", "seen": json.dumps(runs), **changed}


def words(response) -> str:
    return " ".join(strip_tags(response.content.decode()).split())


def test_a_stranger_gets_404_and_a_reader_403(client, url, stranger, leader):
    for user, status in ((stranger, 404), (leader, 403)):
        client.force_login(user)
        assert client.get(url).status_code == status
        assert client.post(url, {"why": "x"}).status_code == status


def test_the_form_shows_what_it_runs(client, url, owner, engagement, motions):
    client.force_login(owner)
    form = client.get(url).context["form"]
    assert form["motions"].value() == [motions["rfa"].pk]
    assert "Customer Health and RFA cannot run at the same tenant." in form["motions"].help_text
    assert client.get(url).content.decode().count("b-main") == 1


def test_what_would_begin_and_cease_is_shown_before_anything_is_saved(client, owner, engagement, motions, steps_of):
    client.force_login(owner)
    preview = reverse("engagement_scope_preview", args=[engagement.pk])
    teams = engagement.services.get(name="Teams")
    exchange = engagement.services.get(name="Exchange")
    values = {"model": engagement.model_id, "motions": [motions["targeting"].pk], "services": [exchange.pk]}
    said = words(client.get(preview, values))
    assert "Teams leaves the scope." in said
    assert "Target joins the playbook." in said
    assert "Qualify the RFA leaves the playbook: RFA only; this engagement runs Targeting." in said
    assert "Plan Teams leaves the playbook: Teams is not in scope." in said
    assert "Meet" not in said
    engagement.refresh_from_db()
    assert teams in engagement.services.all()
    assert list(engagement.motions.all()) == [motions["rfa"]]


def test_a_phase_that_the_model_leaves_out_ceases(client, owner, engagement, steps_of):
    other = make.EngagementModelFactory(slug="proactive")
    type(other).objects.filter(pk=other.pk).update(phases_left_out=["Assess"])
    client.force_login(owner)
    preview = reverse("engagement_scope_preview", args=[engagement.pk])
    said = words(client.get(preview, chosen(engagement, model=other.pk)))
    assert "Meet leaves the playbook: the Proactive model leaves out Assess." in said


def test_work_on_what_ceases_is_named_and_its_receipt_stays(client, owner, url, engagement, motions, steps_of):
    write(engagement, owner, steps_of["teams"])
    receipt = steps.complete_step(engagement_id=engagement.pk, step_key="kickoff/teams", by=owner, today=TODAY)
    client.force_login(owner)
    values = chosen(engagement, services=[engagement.services.get(name="Exchange").pk])
    said = words(client.post(url, values | {"look": "1"}))
    assert "Plan Teams was completed today. Its receipt stays in the history." in said
    assert client.post(url, values).status_code == 302
    receipt.refresh_from_db()
    assert receipt.reopened_at is None
    assert not load_walk(engagement.pk, TODAY).place("kickoff/teams").applies
    back = chosen(engagement, services=[service.service_id for service in engagement.tenant.services.all()])
    assert client.post(url, back).status_code == 302
    assert load_walk(engagement.pk, TODAY).place("kickoff/teams").receipt == receipt


def test_moving_is_told_with_before_after_and_why(client, url, owner, engagement, motions, steps_of):
    client.force_login(owner)
    values = chosen(engagement, motions=[motions["targeting"].pk])
    assert client.post(url, values).url == reverse("engagement_state", args=[engagement.pk])
    assert list(engagement.motions.all()) == [motions["targeting"]]
    row = client.get(reverse("engagement_history", args=[engagement.pk])).context["events"][0]
    assert row["text"] == "changed what the engagement runs"
    assert (row["before"], row["after"]) == ("Motion: RFA", "Motion: Targeting: Their plan changed")


def test_services_that_come_and_go_are_each_told(client, url, owner, engagement, motions):
    yammer = make.TenantServiceFactory(tenant=engagement.tenant, service=make.ServiceFactory(name="Yammer")).service
    exchange = engagement.services.get(name="Exchange")
    client.force_login(owner)
    assert client.post(url, chosen(engagement, services=[exchange.pk, yammer.pk])).status_code == 302
    rows = client.get(reverse("engagement_history", args=[engagement.pk])).context["events"]
    assert [row["text"] for row in rows] == ["took Teams out of scope", "took Yammer into scope"]


def test_customer_health_covers_all_services_and_may_add_targeting(client, url, owner, engagement, motions):
    make.TenantServiceFactory(tenant=engagement.tenant, service=make.ServiceFactory(name="Yammer"))
    client.force_login(owner)
    both = [motions["health"].pk, motions["targeting"].pk]
    exchange = engagement.services.get(name="Exchange").pk
    said = words(client.post(url, chosen(engagement, motions=both, services=[exchange]) | {"look": "1"}))
    assert "Yammer comes into scope." in said
    assert client.post(url, chosen(engagement, motions=both, services=[exchange])).status_code == 302
    assert {service.name for service in engagement.services.all()} == {"Exchange", "Teams", "Yammer"}


def test_customer_health_excludes_an_rfa_of_the_tenant_in_words(client, url, owner, engagement, motions):
    other = make.EngagementFactory(tenant=engagement.tenant, edition=engagement.edition, services=["Yammer"])
    client.force_login(owner)
    refused = f"Customer Health and RFA cannot run at the same tenant (R33), and engagement {other.pk} runs RFA."
    for values in ({"look": "1"}, {}):
        answer = client.post(url, chosen(engagement, motions=[motions["health"].pk]) | values)
        assert refused in words(answer)
    assert answer.status_code == 422
    assert "Their plan changed" in answer.content.decode()
    assert list(engagement.motions.all()) == [motions["rfa"]]
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"motions": []}, "Choose at least one motion."),
        ({"services": []}, "Choose at least one service for the scope."),
        ({"why": " "}, "Say why; the reason is kept in the history."),
        ({}, "This is what it runs already."),
        ({"motions": ["9" * 30]}, "is not a valid value"),
        ({"model": "nonsense"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_refused_in_words(client, url, owner, engagement, motions, changed, said):
    client.force_login(owner)
    answer = client.post(url, chosen(engagement, **changed))
    assert answer.status_code == 422
    assert said in words(answer)
    assert not Event.objects.exists()


def test_a_service_of_another_engagement_is_not_taken_from_it(client, url, owner, engagement, motions):
    other = make.EngagementFactory(tenant=engagement.tenant, edition=engagement.edition, services=["Yammer"])
    client.force_login(owner)
    everything = [row.service_id for row in engagement.tenant.services.all()]
    answer = client.post(url, chosen(engagement, services=everything))
    assert f"Engagement {other.pk} of this tenant covers Yammer already." in words(answer)


def test_what_somebody_changed_meanwhile_is_not_overwritten(client, url, owner, colleague, engagement, motions):
    mine = chosen(engagement, motions=[motions["targeting"].pk])
    teams = engagement.services.get(name="Teams")
    scope.change_scope(
        engagement_id=engagement.pk,
        motions=engagement.motions.all(),
        model=engagement.model,
        services=engagement.services.exclude(pk=teams.pk),
        why="Teams waits",
        by=colleague,
    )
    client.force_login(owner)
    answer = client.post(url, mine)
    assert "Sam changed this while you were choosing. Look at it again." in words(answer)
    assert list(engagement.services.all()) == [engagement.services.get(name="Exchange")]


def test_a_closed_engagement_keeps_what_it_ran(client, url, owner, engagement, motions):
    type(engagement).objects.update(status="closed", closed_on=TODAY)
    client.force_login(owner)
    assert client.get(url).status_code == 403
    assert client.post(url, chosen(engagement, motions=[motions["targeting"].pk])).status_code == 403
    assert list(engagement.motions.all()) == [motions["rfa"]]


def test_queries_do_not_grow_with_steps(client, owner, engagement, motions, steps_of, django_assert_num_queries):
    client.force_login(owner)
    url = reverse("engagement_scope_preview", args=[engagement.pk])
    values = chosen(engagement, motions=[motions["targeting"].pk])
    client.get(url, values)
    with CaptureQueriesContext(connection) as few:
        client.get(url, values)
    once = len(few)
    for _ in range(6):
        make.StepFactory(process=steps_of["all"].process, motions=["targeting"])
        make.TenantServiceFactory(tenant=engagement.tenant)
    forget_compiled()
    client.get(url, values)  # compiles the edition anew
    with django_assert_num_queries(once):
        client.get(url, values)
