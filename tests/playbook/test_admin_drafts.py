"""A draft can be edited in the admin; every other edition is read-only there, whatever one posts."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from playbook.diff import compare
from playbook.drafting import line_key
from playbook.editing import copy_to_draft
from playbook.models import Condition, Process, Requirement, Step, TaskListing
from playbook.snapshot import snapshot
from tasks.models import FtopTask
from tests.playbook.small_edition import small_edition

pytestmark = pytest.mark.django_db
ROWS = ["condition", "process", "step", "requirement", "tasklisting"]
MODELS = {"condition": Condition, "process": Process, "step": Step, "requirement": Requirement}
MODELS["tasklisting"] = TaskListing


@pytest.fixture
def ada():
    return get_user_model().objects.create_superuser("ada", password="x", first_name="Ada", last_name="Min")


@pytest.fixture
def admin(client, ada):
    client.force_login(ada)
    return client


@pytest.fixture
def published():
    return small_edition()


@pytest.fixture
def draft(published, ada):
    return copy_to_draft(published, by=ada, name="August")


def row_of(edition, name):
    path = "edition" if name in ("condition", "process", "tasklisting") else "process__edition"
    return MODELS[name].objects.filter(**{path: edition}).first()


def url(name, what, *args):
    return reverse(f"admin:playbook_{name}_{what}", args=args)


def form_data(page):
    """What the browser would post back if nothing was touched."""
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data = {}
    for form in forms:
        for field in form:
            value = field.field.prepare_value(field.value()) if field.value() is not None else ""
            if value is not False and value != "":
                data[field.html_name] = [getattr(v, "pk", v) for v in value] if isinstance(value, list) else value
    return data


@pytest.mark.parametrize("name", ROWS)
def test_a_published_row_is_shown_without_fields_and_refuses_what_is_posted(admin, published, name):
    row = row_of(published, name)
    page = admin.get(url(name, "change", row.pk))
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert admin.post(url(name, "change", row.pk), {"title": "x", "text": "x"}).status_code == 403
    assert admin.post(url(name, "delete", row.pk), {"post": "yes"}).status_code == 403
    admin.post(url(name, "changelist"), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert MODELS[name].objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("name", ROWS)
def test_an_old_version_cannot_be_posted_back_into_a_published_edition(admin, published, name):
    row = row_of(published, name)
    version = row.history.first() or row.history.model.objects.none()
    address = reverse(f"admin:playbook_{name}_simple_history", args=[row.pk, version.pk])
    assert admin.post(address, {"title": "x"}).status_code == 403


@pytest.mark.parametrize("name", ROWS)
def test_saving_an_untouched_draft_page_changes_nothing(admin, draft, name):
    row, before = row_of(draft, name), snapshot(draft)
    answer = admin.post(url(name, "change", row.pk), form_data(admin.get(url(name, "change", row.pk))))
    assert answer.status_code == 302, answer.context["errors"]
    assert compare(before, snapshot(draft)) == []


def test_a_step_page_edits_its_checklist_and_adds_lines_and_tasks(admin, draft):
    step = row_of(draft, "step")
    task = FtopTask.objects.create(number=4047, name="ACM conversation", name_folded="acm conversation")
    data = form_data(admin.get(url("step", "change", step.pk)))
    lines = step.requirements.count()
    data |= {
        "title": "Ask for a partner",
        "requirements-TOTAL_FORMS": lines + 2,
        f"requirements-{lines}-section": "input",
        f"requirements-{lines}-text": "Kickoff is complete",
        f"requirements-{lines}-rule": "all",
        f"requirements-{lines}-checks": "note:engagement-management\ndibs",
        f"requirements-{lines + 1}-section": "input",
        f"requirements-{lines + 1}-text": "Kickoff is complete",
        f"requirements-{lines + 1}-rule": "all",
        "listings-TOTAL_FORMS": 2,
        "listings-1-task": task.pk,
        "listings-1-name": "ACM conversation",
        "listings-1-mandatory": "on",
    }
    answer = admin.post(url("step", "change", step.pk), data)
    assert answer.status_code == 302, answer.context["errors"]

    step.refresh_from_db()
    assert step.title == "Ask for a partner"
    added = step.requirements.filter(section="input")
    key = line_key("input", "Kickoff is complete")
    assert [line.key for line in added] == [key, f"{key}-2"]
    assert added[0].checks == ["note:engagement-management", "dibs"]
    assert added[0].process == step.process
    listing = step.listings.get(task=task)
    assert (listing.mandatory, listing.resolved, listing.edition) == (True, True, draft)

    history = admin.get(url("step", "history", step.pk)).content.decode()
    assert "<td>Request a Partner</td>" in history
    assert "<td>Ask for a partner</td>" in history
    assert "Ada Min" in history


def test_a_new_step_gets_slug_key_and_place(admin, draft):
    process = row_of(draft, "process")
    page = admin.get(url("step", "add"))
    data = form_data(page) | {"process": process.pk, "title": "与客户讨论"}
    answer = admin.post(url("step", "add"), data)
    assert answer.status_code == 302, answer.context["errors"]
    step = process.steps.get(title="与客户讨论")
    assert (step.slug, step.key) == ("与客户讨论", f"{process.key}/与客户讨论")
    assert step.position > 1


def test_nothing_can_be_added_to_a_published_edition(admin, published):
    process = row_of(published, "process")
    data = form_data(admin.get(url("step", "add"))) | {"process": process.pk, "title": "More"}
    answer = admin.post(url("step", "add"), data)
    assert answer.status_code == 200
    assert "process" in answer.context["adminform"].form.errors
    data = {"edition": published.pk, "key": "k", "question": "q", "scope": "engagement"}
    assert admin.post(url("condition", "add"), data).status_code == 200
    assert not Condition.objects.filter(key="k").exists()


def test_a_new_condition_and_process_for_a_draft(admin, draft):
    data = {"edition": draft.pk, "key": "rich", "question": "Rich?", "scope": "engagement", "computed": "csm"}
    assert admin.post(url("condition", "add"), data).status_code == 302
    assert draft.conditions.get(key="rich").computed == ["csm"]
    data = form_data(admin.get(url("process", "add")))
    data |= {"edition": draft.pk, "phase": draft.phases.get().pk, "title": "New Page", "audience": "internal"}
    answer = admin.post(url("process", "add"), data)
    assert answer.status_code == 302, answer.context["errors"]
    assert draft.processes.get(slug="new-page").key == "new-page"


def test_a_second_row_cannot_speak_for_a_number(admin, draft):
    silent = TaskListing.objects.get(edition=draft, resolved=False)
    data = form_data(admin.get(url("tasklisting", "change", silent.pk))) | {"resolved": "on"}
    answer = admin.post(url("tasklisting", "change", silent.pk), data)
    assert "already speaks for the number" in answer.content.decode()


def test_lists_open_on_the_newest_draft_and_filter_within_an_edition(admin, published, draft):
    page = admin.get(url("step", "changelist"))
    assert {step.process.edition for step in page.context["cl"].result_list} == {draft}
    page = admin.get(url("step", "changelist"), {"edition": published.pk, "q": "983"})
    assert {step.process.edition for step in page.context["cl"].result_list} == {published}
    process = row_of(draft, "process")
    query = {"edition": draft.pk, "phase": process.phase_id, "process": process.pk}
    for name in ("step", "requirement", "tasklisting"):
        page = admin.get(url(name, "changelist"), query)
        assert {row.process for row in page.context["cl"].result_list} == {process}
    page = admin.get(url("requirement", "changelist"), {"q": "quicklead"})
    assert {row.key for row in page.context["cl"].result_list} == {"lead"}


@pytest.mark.parametrize("name", ROWS)
def test_change_lists_count_per_filter_when_asked(admin, published, name):
    assert admin.get(url(name, "changelist"), {"_facets": "True"}).status_code == 200


@pytest.mark.parametrize("name", ROWS)
def test_change_lists_cost_the_same_for_a_long_playbook(admin, name):
    short, long = small_edition(name="short"), small_edition(name="long", steps=20)
    costs = []
    for edition in (short, long):
        with CaptureQueriesContext(connection) as queries:
            assert admin.get(url(name, "changelist"), {"edition": edition.pk}).status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 14
