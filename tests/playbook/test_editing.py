"""Copying an edition to a draft, comparing, refusing what would not work, publishing."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from playbook.diff import What, compare, grouped
from playbook.editing import CannotPublish, EditionFrozen, copy_to_draft, ensure_draft, publish
from playbook.models import Edition, Process, Requirement, Step, TaskListing
from playbook.snapshot import snapshot
from playbook.validation import condition_keys, problems
from tests.playbook.small_edition import small_edition

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor():
    user = get_user_model().objects.create_user("editor")
    user.user_permissions.add(*Permission.objects.filter(codename__in=["change_edition", "publish_edition"]))
    return user


@pytest.fixture
def published():
    return small_edition()


@pytest.fixture
def draft(published, editor):
    return copy_to_draft(published, by=editor, name="August")


def test_a_copy_says_the_same_key_for_key(published, draft):
    assert draft.status == "draft"
    assert draft.based_on == published
    assert compare(snapshot(published), snapshot(draft)) == []
    assert list(draft.phases.values_list("slug", "position")) == list(published.phases.values_list("slug", "position"))


def test_a_copy_points_into_itself(draft):
    first = Process.objects.get(edition=draft, key="acm-conversation")
    assert first.next_process.edition == draft
    assert first.phase.edition == draft
    for row in Requirement.objects.filter(process__edition=draft):
        assert row.parent is None or row.parent.process.edition == draft
        assert row.step is None or row.step.process_id == row.process_id
    assert all(row.step.process.edition == draft for row in TaskListing.objects.filter(edition=draft))


def test_copying_costs_the_same_for_a_long_playbook(editor):
    short, long = small_edition(name="short"), small_edition(name="long", steps=25)
    with CaptureQueriesContext(
        connection,
    ) as few:
        copy_to_draft(short, by=editor, name="short copy")
    with CaptureQueriesContext(connection) as many:
        copy_to_draft(long, by=editor, name="long copy")
    assert len(many) <= len(few)
    assert len(few) < 55


def test_snapshots_cost_the_same_for_a_long_playbook(django_assert_num_queries):
    for edition in (small_edition(name="short"), small_edition(name="long", steps=25)):
        with django_assert_num_queries(12):
            snapshot(edition)


def test_copying_needs_the_permission(published):
    with pytest.raises(PermissionDenied):
        copy_to_draft(published, by=get_user_model().objects.create_user("fm"), name="Mine")


def test_publishing_retires_the_edition_in_force(published, draft, editor):
    publish(draft, by=editor)
    draft.refresh_from_db()
    published.refresh_from_db()
    assert (draft.status, published.status) == ("published", "retired")
    assert draft.published_by == editor
    assert draft.published_at


def test_publishing_needs_a_permission_of_its_own(draft):
    with pytest.raises(PermissionDenied):
        publish(draft, by=get_user_model().objects.create_user("fm"))
    assert Edition.objects.get(pk=draft.pk).status == "draft"


def test_what_is_published_cannot_be_published_again_nor_changed(published, editor):
    with pytest.raises(EditionFrozen):
        publish(published, by=editor)
    with pytest.raises(EditionFrozen, match="copy it to a draft"):
        ensure_draft(published)


def test_a_stale_row_does_not_open_a_published_edition(draft, editor):
    stale = Edition.objects.get(pk=draft.pk)
    publish(draft, by=editor)
    assert stale.status == "draft"
    with pytest.raises(EditionFrozen):
        ensure_draft(stale)


def _step(draft):
    return Step.objects.get(process__edition=draft, key="acm-conversation/request-a-partner")


def _line(draft, key):
    return Requirement.objects.get(step=_step(draft), key=key)


def _break_when(draft):
    Step.objects.filter(pk=_step(draft).pk).update(when="managed and not rich")


def _break_check(check):
    def break_it(draft):
        Requirement.objects.filter(pk=_line(draft, "own").pk).update(checks=[check])

    return break_it


def _break_group(draft):
    _line(draft, "own").delete()


def _break_role(draft):
    _step(draft).roles.clear()


def _break_listing(draft):
    TaskListing.objects.filter(edition=draft, resolved=True).update(mandatory_when="elsewhere")


def _break_speaker(draft):
    TaskListing.objects.filter(edition=draft).update(resolved=False)


def _break_fact(draft):
    draft.conditions.update(computed=["weather"])


@pytest.mark.parametrize(
    "break_it, says",
    [
        (_break_when, "condition “rich”"),
        (_break_check("step:acm-conversation/nowhere"), "step “acm-conversation/nowhere”"),
        (_break_check("task:1"), "task 1,"),
        (_break_check("note:gossip"), "note category “gossip”"),
        (_break_check("horoscope"), "“horoscope” is of no known kind"),
        (_break_check("step:acm-conversation/request-a-partner"), "waits for itself"),
        (_break_group, "fewer than two lines"),
        (_break_role, "names no role"),
        (_break_listing, "condition “elsewhere”"),
        (_break_speaker, "speaks for the number"),
        (_break_fact, "“weather”"),
    ],
)
def test_a_draft_that_would_not_work_is_refused_with_its_reason(draft, editor, break_it, says):
    assert problems(snapshot(draft)) == []
    break_it(draft)
    with pytest.raises(CannotPublish) as refused:
        publish(draft, by=editor)
    assert any(says in text for _, text in refused.value.problems)
    assert all(where for where, _ in refused.value.problems)
    assert Edition.objects.get(pk=draft.pk).status == "draft"


def test_an_empty_draft_is_refused():
    assert problems({})[0][0] == "The edition"


def test_condition_keys_of_an_expression():
    assert condition_keys("csm-takes-over and not account-managed") == ["csm-takes-over", "account-managed"]
    assert condition_keys("") == []


def test_the_diff_names_every_kind_of_change(published, draft):
    Step.objects.filter(pk=_step(draft).pk).update(title="Ask for a Partner", guidance="Other words.")
    TaskListing.objects.filter(edition=draft, resolved=True).update(mandatory=True)
    Requirement.objects.filter(pk=_line(draft, "own").pk).update(checks=["attest"], text="The customer names a partner")
    Requirement.objects.filter(pk=_line(draft, "mail").pk).delete()
    Step.objects.filter(process__edition=draft, process__key="value-add").update(key="value-add/new")
    found = compare(snapshot(published), snapshot(draft))
    changes = {(c.what, c.kind, c.name, c.before, c.after) for c in found}

    assert (What.RENAMED, "step", "Ask for a Partner", "Request a Partner", "Ask for a Partner") in changes
    assert (What.LETTER, "task", "983 QuickLeads", "O", "M") in changes
    assert (
        What.CHECKS,
        "requirement",
        "The customer names a partner",
        "note:engagement-management",
        "attest",
    ) in changes
    assert (What.REMOVED, "requirement", "The referral was sent", "", "") in changes
    assert {what for what, *_ in changes} >= {What.ADDED, What.REMOVED, What.TEXT}
    assert [what for what, _ in grouped(found)][:2] == [
        What.ADDED,
        What.REMOVED,
    ]
