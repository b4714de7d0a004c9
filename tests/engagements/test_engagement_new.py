"""Starting an engagement: choosing, seeing beforehand what it would have, refusals beside the field."""

import datetime as dt

import pytest
from django.urls import reverse

from engagements.models import Engagement
from engagements.selectors.rehearsal import facts_of, rehearse
from engagements.walk import load_walk
from playbook.compiled import compile_edition
from tests import factories as make

DAY = dt.date(2026, 5, 21)


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(dt.datetime(2026, 5, 21, 12, tzinfo=dt.UTC))


@pytest.fixture
def tenant(engagement, owner):
    """A tenant of the owner's without an engagement; Exchange and Teams."""
    found = make.TenantFactory(customer__name="Ärzte Bund")
    for name in ("Exchange", "Teams"):
        make.TenantServiceFactory(tenant=found, service=make.ServiceFactory(name=name))
    make.AssignmentFactory(user=owner, tenant=found)
    return found


@pytest.fixture
def edition(engagement):
    """Assess: one step for everybody, one for Targeting; Migrate: a step for Exchange; Presales: none for reactive."""
    model = make.EngagementModelFactory()
    model.phases_left_out = ["Presales"]
    model.save()
    edition = engagement.edition
    for position, (phase, steps) in enumerate(
        {
            "Presales": [{}],
            "Assess": [{}, {"motions": ["targeting"]}, {"per_service": True}],
            "Migrate": [{"applies_to": ["Exchange"]}],
        }.items()
    ):
        row = make.PhaseFactory(edition=edition, name=phase, position=position)
        process = make.ProcessFactory(edition=edition, phase=row)
        for values in steps:
            make.RequirementFactory(step=make.StepFactory(process=process, **values))
    return edition


@pytest.fixture
def choices(tenant, edition):
    """What the form posts: RFA for both services."""
    return {
        "tenant": tenant.pk,
        "motions": [make.MotionFactory(slug="rfa").pk],
        "model": make.EngagementModelFactory().pk,
        "services": [row.service_id for row in tenant.services.all()],
        "started_on": "2026-05-21",
    }


@pytest.fixture
def page(client, owner):
    client.force_login(owner)
    return lambda **params: client.get(reverse("engagement_new"), params)


@pytest.fixture
def post(client, owner):
    client.force_login(owner)
    return lambda data: client.post(reverse("engagement_new"), data)


def service(name):
    return make.ServiceFactory(name=name).pk


def test_the_owner_finds_a_tenant_and_is_asked_the_rest(tenant, page):
    found = page(q="arzte").content.decode()
    assert "Ärzte Bund" in found
    assert "Northwind" not in found
    assert f"?tenant={tenant.pk}" in found
    form = page(tenant=tenant.pk).content.decode()
    assert 'name="motions"' in form
    assert 'value="2026-05-21"' in form


def test_the_list_of_tenants_is_short(tenant, owner, page, django_assert_max_num_queries):
    for number in range(25):
        make.AssignmentFactory(user=owner, tenant=make.TenantFactory(customer__name=f"Alpine {number:02}"))
    with django_assert_max_num_queries(10):
        found = page().content.decode()
    assert found.count("data-row>") == 20
    assert "7 more: type a part of the name" in found


def test_it_starts_and_leads_to_the_engagement(tenant, choices, post, owner):
    answer = post(choices)
    started = Engagement.objects.get(tenant=tenant)
    assert answer.url == reverse("engagement_detail", args=[started.pk])
    assert started.opened_by == owner
    assert started.started_on == DAY
    assert started.summary.next_step_key


def test_the_preview_counts_the_steps_that_the_walk_then_has(tenant, choices, client, post):
    preview = client.get(reverse("engagement_new_preview"), choices).content.decode()
    assert "4 steps" in preview
    assert "The Reactive model leaves out Presales." in preview
    assert not Engagement.objects.filter(tenant=tenant).exists()
    post(choices)
    started = Engagement.objects.get(tenant=tenant)
    assert sum(place.applies for place in load_walk(started.pk, DAY).places) == 4


@pytest.mark.parametrize(
    "motions, services, expected",
    [
        (["rfa"], ["Exchange", "Teams"], {"Presales": 0, "Assess": 3, "Migrate": 1}),
        (["rfa"], ["Teams"], {"Presales": 0, "Assess": 2, "Migrate": 0}),
        (["rfa", "targeting"], ["Teams"], {"Presales": 0, "Assess": 3, "Migrate": 0}),
    ],
)
def test_what_applies_is_decided_by_the_rules(tenant, edition, motions, services, expected):
    spec = compile_edition(edition)
    facts = facts_of(
        spec,
        tenant,
        make.EngagementModelFactory(),
        [make.MotionFactory(slug=slug) for slug in motions],
        [make.ServiceFactory(name=name) for name in services],
    )
    found = rehearse(spec, facts)
    assert {phase.name: phase.steps for phase in found.phases} == expected


def test_a_phase_that_falls_away_says_why(tenant, choices, page, client):
    page()
    preview = client.get(reverse("engagement_new_preview"), choices | {"services": [service("Teams")]})
    assert "Exchange is not in scope." in preview.content.decode()


def test_the_preview_waits_for_a_motion(tenant, edition, page, client):
    page()
    preview = client.get(reverse("engagement_new_preview"), {"tenant": tenant.pk}).content.decode()
    assert "Choose a motion" in preview


def test_without_script_the_form_shows_the_preview_and_writes_nothing(tenant, choices, post):
    answer = post(choices | {"look": "1"})
    assert answer.status_code == 200
    assert "4 steps" in answer.content.decode()
    assert not Engagement.objects.filter(tenant=tenant).exists()


def test_customer_health_covers_all_services(tenant, choices, post):
    health = make.MotionFactory(slug="customer-health")
    post(choices | {"motions": [health.pk], "services": []})
    assert Engagement.objects.get(tenant=tenant).services.count() == 2


def test_motions_that_exclude_each_other_are_refused_beside_the_field(tenant, choices, post, page):
    rfa, health = make.MotionFactory(slug="rfa"), make.MotionFactory(slug="customer-health")
    rfa.excludes.add(health)
    assert "Customer Health and RFA cannot run at the same tenant." in page(tenant=tenant.pk).content.decode()
    answer = post(choices | {"motions": [rfa.pk, health.pk]})
    assert answer.status_code == 422
    assert "motions" in answer.context["form"].errors
    assert "(R33)" in answer.content.decode()


@pytest.mark.parametrize("missing", ["motions", "services", "model", "started_on"])
def test_what_is_missing_is_said_beside_its_field(tenant, choices, post, missing):
    answer = post({name: value for name, value in choices.items() if name != missing})
    assert answer.status_code == 422
    assert missing in answer.context["form"].errors
    assert not Engagement.objects.filter(tenant=tenant).exists()


def test_services_of_another_tenant_are_refused(tenant, choices, post):
    answer = post(choices | {"services": [service("Yammer")]})
    assert answer.status_code == 422


def test_without_a_tenant_nothing_starts(choices, post):
    answer = post({name: value for name, value in choices.items() if name != "tenant"})
    assert answer.status_code == 422
    assert "Choose a tenant first." in answer.content.decode()


def test_a_stranger_gets_404_and_a_reader_403(tenant, choices, stranger, leader, client):
    for user, status in ((stranger, 404), (leader, 403)):
        client.force_login(user)
        assert client.post(reverse("engagement_new"), choices).status_code == status
        assert client.get(reverse("engagement_new_preview"), choices).status_code == status
    assert "Ask a team manager" in client.get(reverse("engagement_new")).content.decode()


@pytest.mark.parametrize("bad", ["x", "-1", "9" * 30, "0"])
def test_an_unknown_tenant_is_404(tenant, page, bad):
    assert page(tenant=bad).status_code == 404


def test_without_a_published_edition_it_says_how_to_import_one(tenant, edition, page):
    edition.status = "retired"
    edition.save()
    assert "import_playbook" in page().content.decode()


def test_a_tenant_without_services_says_to_add_them(tenant, page):
    tenant.services.all().delete()
    assert "This tenant has no services yet" in page(tenant=tenant.pk).content.decode()


def test_the_number_of_queries_is_pinned(tenant, choices, page, client, django_assert_max_num_queries):
    client.get(reverse("engagement_new_preview"), choices)
    page(tenant=tenant.pk)
    with django_assert_max_num_queries(15):
        page(tenant=tenant.pk)
    with django_assert_max_num_queries(20):
        client.get(reverse("engagement_new_preview"), choices)
