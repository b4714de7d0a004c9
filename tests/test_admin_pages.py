"""Pages of the admin stay small however much belongs to their row, and cost the same number of queries."""

import re
from datetime import timedelta
from itertools import product
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db import connection
from django.forms.models import _get_foreign_key
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from engagements import models
from playbook import models as playbook
from tasks.phases import PHASES
from tests import factories as make
from tests.admin_forms import form_fields
from tests.admin_rows import OURS, row_of

MANY = 400
PAGES = sorted((m for m in admin.site._registry if m._meta.app_label in OURS), key=lambda model: model._meta.label)


def url(row):
    opts = type(row)._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[quote(row.pk)])


@pytest.fixture
def ada(client, admin):
    client.force_login(admin)
    return client


def _assignments(count, **at):
    role = make.RoleFactory()
    for n in range(count):
        given = at if "user" in at else at | {"user": make.UserFactory()}
        place = {} if {"tenant", "customer"} & at.keys() else {"tenant": TENANTS[n % len(TENANTS)]}
        yield models.Assignment(role=role, **{"customer": None, "tenant": None} | given | place)


TENANTS: list[models.Tenant] = []


def _tenants(count, customer):
    return [models.Tenant(customer=customer, guid=uuid4(), **models.Tenant.folded(f"T{n}")) for n in range(count)]


def _series(count, **at):
    rule = make.CadenceRuleFactory()
    owner = at.get("owner") or make.UserFactory()
    place = {"tenant": None, "customer": None} | {
        name: row for name, row in at.items() if name in ("tenant", "customer")
    }
    if not (place["tenant"] or place["customer"]):
        place["tenant"] = make.TenantFactory()
    values = {"rule": at.get("rule") or rule, "owner": owner, "status": "ended", "ended_on": "2026-05-21"} | place
    template = make.ReviewSeriesFactory.build(**values)
    for _ in range(count):
        template.pk = None
        copy = models.ReviewSeries(**{f.attname: getattr(template, f.attname) for f in template._meta.concrete_fields})
        copy.pk = None
        yield copy


def _reviews(count, series):
    for n in range(count):
        on = timezone.localdate() - timedelta(days=n + 1)
        yield make.ReviewFactory.build(
            series=series, on=on, first_on=on, starts_at=timezone.now(), state="skipped", why="No time"
        )


def _requirements(count, step=None, process=None):
    for n in range(count):
        section = "output" if step else "key_output"
        yield playbook.Requirement(
            step=step, process=process or step.process, section=section, key=f"k{n}", position=n, text=f"Line {n}"
        )


# (the model of the page, the relation) → rows of it, unsaved.
BELOW = {
    (models.User, "assignments"): lambda n, row: _assignments(n, user=row),
    (models.User, "review_series"): lambda n, row: _series(n, owner=row),
    (models.Customer, "tenants"): lambda n, row: _tenants(n, row),
    (models.Customer, "assignments"): lambda n, row: _assignments(n, customer=row),
    (models.Customer, "contacts"): lambda n, row: [models.Contact(customer=row, name=f"P{i}") for i in range(n)],
    (models.Customer, "health_ratings"): lambda n, row: [
        models.HealthRating(customer=row, colour="red", why="Why", on="2026-05-21", at=timezone.now()) for _ in range(n)
    ],
    (models.Customer, "compete_signals"): lambda n, row: [
        models.CompeteSignal(customer=row, product=f"P{i}", product_folded=f"p{i}") for i in range(n)
    ],
    (models.Customer, "review_series"): lambda n, row: _series(n, customer=row),
    (models.Tenant, "services"): lambda n, row: [
        models.TenantService(tenant=row, service=make.ServiceFactory()) for _ in range(n)
    ],
    (models.Tenant, "partners"): lambda n, row: [
        models.Partner(tenant=row, name=f"P{i}", name_folded=f"p{i}") for i in range(n)
    ],
    (models.Tenant, "assignments"): lambda n, row: _assignments(n, tenant=row),
    (models.Tenant, "engagements"): lambda n, row: [
        models.Engagement(
            tenant=row,
            edition=make.EditionFactory() if i == 0 else playbook.Edition.objects.latest("pk"),
            model=make.EngagementModelFactory(),
            started_on="2026-05-21",
            status="closed",
            closed_on="2026-05-22",
        )
        for i in range(n)
    ],
    (models.Tenant, "review_series"): lambda n, row: _series(n, tenant=row),
    (models.ReviewSeries, "reviews"): lambda n, row: _reviews(n, row),
    (models.CadenceRule, "series"): lambda n, row: _series(n, rule=row),
    (models.CadenceRule, "intervals"): lambda n, row: [
        models.CadenceInterval(rule=row, phase=phase, colour=colour, every=1, unit="week")
        for phase, colour in list(product(["", *PHASES], ["", "red", "yellow", "green"]))[:n]
    ],
    (models.CadenceRule, "agenda"): lambda n, row: [
        models.AgendaItem(rule=row, position=i, title=f"Item {i}", minutes=1) for i in range(n)
    ],
    (playbook.Process, "steps"): lambda n, row: [
        playbook.Step(process=row, slug=f"s{i}", key=f"{row.key}/s{i}", title=f"S{i}", position=i) for i in range(n)
    ],
    (playbook.Process, "requirements"): lambda n, row: _requirements(n, process=row),
    (playbook.Step, "requirements"): lambda n, row: _requirements(n, step=row),
    (playbook.Step, "listings"): lambda n, row: [
        playbook.TaskListing(
            step=row,
            process=row.process,
            edition=row.process.edition,
            task=make.FtopTaskFactory(),
            name=f"T{i}",
            position=i,
            resolved=False,
        )
        for i in range(n)
    ],
}


def relations(page) -> set[str]:
    """What belongs to a row of the page, as an inline or a link."""
    found = set(page.related)
    for inline in page.inlines:
        field = _get_foreign_key(page.model, inline.model, fk_name=inline.fk_name)
        found.add(field.remote_field.get_accessor_name())
    return found


def test_the_table_names_every_inline_and_every_list():
    assert {(m, name) for m in PAGES for name in relations(admin.site._registry[m])} == set(BELOW)


# As many as the form lets anyone add, and never more.
BOUNDED = {(models.CadenceRule, "intervals"): 40, (models.CadenceRule, "agenda"): 40}


@pytest.mark.django_db
@pytest.mark.parametrize("model, relation", sorted(BELOW, key=str), ids=lambda part: getattr(part, "__name__", part))
def test_a_page_with_many_rows_opens_saves_and_stays_small(ada, model, relation):
    row = row_of(model)
    TENANTS[:] = models.Tenant.objects.bulk_create(_tenants(MANY, make.CustomerFactory()))
    costs, many = [], BOUNDED.get((model, relation), MANY)
    for count in (2, many - 2):
        below = list(BELOW[model, relation](count if count == 2 else many, row))
        below = below[-count:]
        type(below[0])._base_manager.bulk_create(below)
        with CaptureQueriesContext(connection) as queries:
            page = ada.get(url(row))
        assert page.status_code == 200
        costs.append(len(queries))
    data = form_fields(page)
    assert sum(map(len, data.values())) < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    assert costs[1] <= costs[0] + 1
    if page.context["has_change_permission"]:
        assert ada.post(url(row), data).status_code == 302, page.context["errors"]
    if (model, relation) in BOUNDED:
        inline = next(one for one in page.context["inline_admin_formsets"] if one.formset.prefix == relation)
        assert inline.formset.max_num == many
        return
    links = page.context["related_links"]
    counts = {link["count"]: link["url"] for link in links}
    assert MANY in counts
    listed = ada.get(counts[MANY])
    assert listed.status_code == 200
    assert listed.context["cl"].result_count == MANY
    assert re.search(rf"{MANY} [a-z]", page.content.decode())
