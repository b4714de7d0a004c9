"""Editions in the admin: copy the catalogue, see the difference, publish."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse

from playbook.editing import copy_to_draft
from playbook.models import Edition, Step
from tests.playbook.small_edition import small_edition

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return get_user_model().objects.create_superuser("ada", password="x")


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


def url(what, *args):
    return reverse(f"admin:playbook_edition_{what}", args=args)


def test_edit_the_catalogue_copies_the_published_edition(admin, published):
    page = admin.get(url("changelist")).content.decode()
    assert url("copy", published.pk) in page
    assert "Edit the catalogue" in page
    assert admin.get(url("copy", published.pk)).status_code == 200
    answer = admin.post(url("copy", published.pk), {"name": "August"})
    draft = Edition.objects.get(name="August")
    assert answer["Location"] == url("change", draft.pk)
    assert draft.based_on == published


def test_a_name_that_is_taken_is_refused(admin, published):
    assert "already exists" in admin.post(url("copy", published.pk), {"name": published.name}).content.decode()


def test_the_review_shows_before_and_after_and_publishes(admin, published, draft):
    Step.objects.filter(process__edition=draft, key="acm-conversation/request-a-partner").update(title="Ask a Partner")
    page = admin.get(url("review", draft.pk)).content.decode()
    assert "1 change against" in page
    assert "<td>Request a Partner</td>" in page
    assert "<td>Ask a Partner</td>" in page
    assert url("publish", draft.pk) in page

    admin.post(url("publish", draft.pk))
    draft.refresh_from_db()
    published.refresh_from_db()
    assert (draft.status, published.status) == ("published", "retired")
    assert 'name="_save"' not in admin.get(url("change", draft.pk)).content.decode()


def test_an_invalid_draft_is_refused_with_its_reasons(admin, draft):
    Step.objects.filter(process__edition=draft).update(when="rich")
    page = admin.get(url("review", draft.pk)).content.decode()
    assert "names the condition “rich”" in page
    assert url("publish", draft.pk) not in page
    answer = admin.post(url("publish", draft.pk), follow=True)
    assert "Not published: 2 to repair first" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_who_edits_need_not_be_who_publishes(client, draft):
    editor = get_user_model().objects.create_user("editor", is_staff=True)
    editor.user_permissions.add(*Permission.objects.filter(codename__in=["view_edition", "change_edition"]))
    client.force_login(editor)
    page = client.get(url("review", draft.pk))
    assert page.status_code == 200
    assert url("publish", draft.pk) not in page.content.decode()
    assert client.post(url("publish", draft.pk)).status_code == 403


def test_a_published_edition_cannot_be_renamed_or_deleted(admin, published):
    assert admin.post(url("change", published.pk), {"name": "Mine", "language": "en"}).status_code == 403
    assert admin.post(url("delete", published.pk), {"post": "yes"}).status_code == 403


def test_a_draft_can_be_thrown_away(admin, draft):
    assert admin.post(url("delete", draft.pk), {"post": "yes"}).status_code == 302
    assert not Edition.objects.filter(pk=draft.pk).exists()
