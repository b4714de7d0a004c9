"""Two tabs in the admin: the second of two saves is refused with what the first changed, and overwrites nothing."""

import re

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db import models
from django.test import Client
from django.urls import reverse

from engagements.models import NoteTemplate, User
from playbook.models import Requirement
from tasks.edit_conflicts import ConflictAwareForm, ConflictAwareFormSet
from tests import factories as make
from tests.admin_forms import form_fields
from tests.admin_rows import OURS, row_of

pytestmark = pytest.mark.django_db


def url(model, what, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=args)


def change_url(row):
    return url(type(row), "change", quote(row.pk))


@pytest.fixture
def ada(client, admin):
    client.force_login(admin)
    return client


@pytest.fixture
def bea(groups):
    """A second administrator, in a browser of her own."""
    person = make.UserFactory(username="bea", first_name="Bea", is_staff=True, is_superuser=True)
    browser = Client()
    browser.force_login(person)
    return browser


@pytest.fixture
def step():
    edition = make.EditionFactory(status="draft")
    return make.StepFactory(process__edition=edition, guidance="How to do it", cadence="")


def errors(page) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def test_the_guidance_of_one_and_the_cadence_of_the_other_both_stay(ada, bea, step):
    hers, mine = form_fields(bea.get(change_url(step))), form_fields(ada.get(change_url(step)))
    assert bea.post(change_url(step), hers | {"guidance": "Ask first"}).status_code == 302
    refused = ada.post(change_url(step), mine | {"cadence": "Weekly"})
    assert refused.status_code == 200
    assert "Bea changed Guidance on" in errors(refused)
    assert "after you opened this page. Guidance is now “Ask first”" in errors(refused)
    step.refresh_from_db()
    assert (step.guidance, step.cadence) == ("Ask first", "")
    again = form_fields(refused)
    assert (again["guidance"], again["cadence"]) == (["Ask first"], ["Weekly"])
    assert ada.post(change_url(step), again).status_code == 302
    step.refresh_from_db()
    assert (step.guidance, step.cadence) == ("Ask first", "Weekly")


def test_a_field_that_both_changed_keeps_what_was_typed_and_says_what_it_is_now(ada, bea, step):
    mine = form_fields(ada.get(change_url(step)))
    bea.post(change_url(step), form_fields(bea.get(change_url(step))) | {"guidance": "Hers"})
    refused = ada.post(change_url(step), mine | {"guidance": "Mine"})
    assert form_fields(refused)["guidance"] == ["Mine"]
    assert "Guidance is now “Hers”" in errors(refused)
    assert "Someone else changed this too." in errors(refused)
    assert ada.post(change_url(step), form_fields(refused)).status_code == 302
    step.refresh_from_db()
    assert step.guidance == "Mine"


def test_a_third_save_in_between_is_asked_about_again(ada, bea, step):
    mine = form_fields(ada.get(change_url(step)))
    for text in ("Hers", "Hers again"):
        bea.post(change_url(step), form_fields(bea.get(change_url(step))) | {"guidance": text})
        refused = ada.post(change_url(step), mine | {"cadence": "Weekly"})
        assert f"Guidance is now “{text}”" in errors(refused)
        mine = form_fields(refused) | {"guidance": "Mine"}


def test_an_error_of_another_kind_keeps_what_was_shown(ada, bea, step):
    mine = form_fields(ada.get(change_url(step)))
    wrong = ada.post(change_url(step), mine | {"title": ""})
    bea.post(change_url(step), form_fields(bea.get(change_url(step))) | {"guidance": "Hers"})
    assert "Guidance is now “Hers”" in errors(ada.post(change_url(step), form_fields(wrong) | {"title": "New"}))


def test_who_saves_the_same_is_not_asked(ada, bea, step):
    mine = form_fields(ada.get(change_url(step)))
    bea.post(change_url(step), form_fields(bea.get(change_url(step))) | {"guidance": "Ask first"})
    assert ada.post(change_url(step), mine | {"guidance": "Ask first"}).status_code == 302


def test_a_page_that_cannot_be_compared_is_not_saved(ada, step):
    refused = ada.post(change_url(step), form_fields(ada.get(change_url(step))) | {"_shown": "x", "guidance": "Mine"})
    assert "Open it again" in errors(refused)
    other = make.StepFactory(process=step.process)
    token = form_fields(ada.get(change_url(other)))["_shown"]
    refused = ada.post(change_url(step), form_fields(ada.get(change_url(step))) | {"_shown": token, "guidance": "Mine"})
    assert "Open it again" in errors(refused)


def test_a_row_below_that_another_changed_is_not_overwritten(ada, bea, step):
    line = make.RequirementFactory(step=step, text="The deck was shown")
    mine, hers = form_fields(ada.get(change_url(step))), form_fields(bea.get(change_url(step)))
    assert bea.post(change_url(step), hers | {"requirements-0-text": "The plan was shown"}).status_code == 302
    refused = ada.post(change_url(step), mine | {"requirements-0-optional": "on"})
    assert "Text is now “The plan was shown”" in errors(refused)
    line.refresh_from_db()
    assert (line.text, line.optional) == ("The plan was shown", False)
    assert ada.post(change_url(step), form_fields(refused)).status_code == 302
    line.refresh_from_db()
    assert (line.text, line.optional) == ("The plan was shown", True)


def test_a_row_below_is_not_deleted_over_the_change_of_another(ada, bea, step):
    line = make.RequirementFactory(step=step, text="The deck was shown")
    mine, hers = form_fields(ada.get(change_url(step))), form_fields(bea.get(change_url(step)))
    bea.post(change_url(step), hers | {"requirements-0-text": "The plan was shown"})
    refused = ada.post(change_url(step), mine | {"requirements-0-DELETE": "on"})
    assert "You marked it to be deleted." in errors(refused)
    assert Requirement.objects.filter(pk=line.pk).exists()
    assert ada.post(change_url(step), form_fields(refused)).status_code == 302
    assert not Requirement.objects.filter(pk=line.pk).exists()


def test_a_row_below_that_another_deleted_is_said(ada, bea, step):
    make.RequirementFactory(step=step)
    mine, hers = form_fields(ada.get(change_url(step))), form_fields(bea.get(change_url(step)))
    assert bea.post(change_url(step), hers | {"requirements-0-DELETE": "on"}).status_code == 302
    assert "was deleted by someone else" in errors(ada.post(change_url(step), mine | {"requirements-0-text": "Mine"}))


def test_a_list_that_is_edited_refuses_too(ada, bea):
    row = NoteTemplate.objects.create(category="migration", name="Plan", body="## Plan", position=1)
    address = url(NoteTemplate, "changelist")
    mine, hers = form_fields(ada.get(address)), form_fields(bea.get(address))
    save = {"_save": "Save"}
    assert bea.post(address, hers | {"form-0-position": "7"} | save).status_code == 302
    refused = ada.post(address, mine | {"form-0-in_use": ""} | save)
    assert "Position is now “7”" in errors(refused)
    row.refresh_from_db()
    assert (row.position, row.in_use) == (7, True)


def test_signing_in_while_an_admin_edits_a_user_is_no_conflict(ada, bea, colleague):
    mine = form_fields(ada.get(change_url(colleague)))
    User.objects.filter(pk=colleague.pk).update(last_login="2026-05-01T10:00:00Z")
    assert ada.post(change_url(colleague), mine | {"first_name": "Samuel"}).status_code == 302


# Every page ---------------------------------------------------------------------------------------------

PAGES = sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.mark.parametrize("model", PAGES, ids=lambda model: model._meta.label_lower)
def test_every_page_that_can_be_edited_compares_what_it_showed(rf, admin_user, model):
    page, request = admin.site._registry[model], rf.get("/")
    request.user, request.resolver_match = admin_user, type("Match", (), {"kwargs": {}})
    row = row_of(model)
    if not page.has_change_permission(request, row):
        return
    assert issubclass(page.get_form(request, row, change=True), ConflictAwareForm)
    for formset, _ in page.get_formsets_with_inlines(request, row):
        assert issubclass(formset, ConflictAwareFormSet)
        assert issubclass(formset.form, ConflictAwareForm)
    if page.list_editable:
        assert issubclass(page.get_changelist_formset(request), ConflictAwareFormSet)


EDITED = [model for model in PAGES if model._meta.app_label in OURS]
TEXTS = (models.CharField, models.TextField)


@pytest.mark.parametrize("model", EDITED, ids=lambda model: model._meta.label_lower)
def test_a_page_saved_untouched_changes_nothing_and_a_later_save_is_refused(ada, model):
    row = row_of(model)
    page = ada.get(change_url(row))
    shown = form_fields(page)
    if page.status_code != 200 or "_shown" not in shown:
        return
    assert ada.post(change_url(row), shown).status_code == 302, "saved untouched"
    mine = form_fields(ada.get(change_url(row)))
    form = page.context["adminform"].form
    kept = [f for f in model._meta.fields if f.name in form.compared and f.name not in ("key", "slug")]
    texts = [f.name for f in kept if type(f) in TEXTS and not f.choices]
    switches = [f.name for f in kept if isinstance(f, models.BooleanField)]
    name = (texts or switches)[0]
    theirs = "Changed by another" if texts else not getattr(row, name)
    model._base_manager.filter(pk=row.pk).update(**{name: theirs})
    refused = ada.post(change_url(row), mine)
    assert refused.status_code == 200
    assert f"is now “{theirs}”" in errors(refused) or f"is now {'yes' if theirs else 'no'}" in errors(refused)
    assert getattr(model._base_manager.get(pk=row.pk), name) == theirs
