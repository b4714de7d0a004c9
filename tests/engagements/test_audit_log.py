"""The audit log: every change of rights and every file that leaves the desk is in it, for good, without names."""

import io
import json

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from engagements.models import AuditEntry, CalendarFeed, User
from engagements.selectors.audit import sentences
from engagements.services import erasure
from tests import factories as make
from tests.admin_forms import form_fields
from tests.test_access import EXPECTED, NAMES, address

pytestmark = pytest.mark.django_db
LOG = "admin:engagements_auditentry_changelist"
IS_READ = sorted(name for name in NAMES if (name, "GET") in EXPECTED)


@pytest.fixture
def ada(client, admin):
    client.force_login(admin)
    return client


def told() -> list[tuple]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", "object", "actor", "before", "after"))


def words() -> list[str]:
    entries = list(AuditEntry.objects.order_by("pk"))
    said = sentences(entries)
    return [said[entry.pk] for entry in entries]


def user_form(client, user) -> tuple[str, dict]:
    url = reverse("admin:engagements_user_change", args=[user.pk])
    return url, form_fields(client.get(url))


# Rights -------------------------------------------------------------------------------------------------


def test_rights_given_in_the_form_of_a_user_are_told_from_what_to_what(ada, admin, colleague):
    group = Group.objects.get(name="Team Manager")
    permission = Permission.objects.get(codename="grant_waiver")
    url, data = user_form(ada, colleague)
    data |= {"groups": [group.pk], "user_permissions": [permission.pk], "is_staff": "on"}
    assert ada.post(url, data).status_code == 302
    engineer = Group.objects.get(name="FastTrack Engineer")
    before = {"staff": False, "groups": [engineer.pk], "permissions": []}
    after = {"staff": True, "groups": [group.pk], "permissions": ["engagements.grant_waiver"]}
    assert told() == [("rights-changed", f"user:{colleague.pk}", admin.pk, before, after)]
    assert words() == [
        f"Changed the rights of {colleague}. Staff status: no → yes; groups added: “Team Manager”; "
        "groups removed: “FastTrack Engineer”; permissions added: "
        f"“{permission.name}”."
    ]


def test_a_form_saved_without_other_rights_tells_nothing(ada, colleague):
    url, data = user_form(ada, colleague)
    assert ada.post(url, data | {"first_name": "Samuel"}).status_code == 302
    assert told() == []


def test_a_new_user_a_new_password_and_being_switched_off_are_told(ada, admin):
    new = {"username": "new", "password1": "a long enough pass", "password2": "a long enough pass"}
    ada.post(reverse("admin:engagements_user_add"), new | {"usable_password": "true"})
    user = User.objects.get(username="new")
    url, data = user_form(ada, user)
    ada.post(url, {name: value for name, value in data.items() if name != "is_active"})
    password = {"password1": "another long pass", "password2": "another long pass", "usable_password": "true"}
    assert ada.post(f"/admin/engagements/user/{user.pk}/password/", password).status_code == 302
    assert [row[:3] for row in told()] == [
        (action, f"user:{user.pk}", admin.pk) for action in ("user-created", "user-deactivated", "password-set")
    ]
    assert words() == ["Created new.", "Deactivated new.", "Set a new password for new."]


def test_the_permissions_of_a_group_are_told_and_its_end(ada, admin):
    group = Group.objects.create(name="Helpers")
    member = make.UserFactory()
    member.groups.add(group)
    url = reverse("admin:auth_group_change", args=[group.pk])
    permission = Permission.objects.get(codename="view_all_engagements")
    assert ada.post(url, form_fields(ada.get(url)) | {"permissions": [permission.pk]}).status_code == 302
    ada.post(reverse("admin:auth_group_delete", args=[group.pk]), {"post": "yes"})
    assert [row[:2] for row in told()] == [
        ("group-changed", f"group:{group.pk}"),
        ("rights-changed", f"user:{member.pk}"),
        ("group-deleted", f"group:{group.pk}"),
    ]
    assert words()[-1] == "Deleted the group “Helpers”."
    assert words()[1].endswith(f"Groups removed: group {group.pk} (deleted).")


def test_commands_tell_what_they_give(groups, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a long enough pass")
    call_command("createsuperuser", username="root", email="root@example.com", interactive=False, stdout=io.StringIO())
    root = User.objects.get(username="root")
    assert [row[:3] for row in told()] == [("user-created", f"user:{root.pk}", None)]
    assert words() == ["Created root. Staff status: yes; superuser status: yes."]
    Group.objects.filter(name="Partner").delete()
    call_command("load_catalogue", stdout=io.StringIO())
    assert told()[-1][0] == "group-created"
    count = AuditEntry.objects.count()
    call_command("load_catalogue", stdout=io.StringIO())
    assert AuditEntry.objects.count() == count


# Files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", IS_READ)
def test_every_address_that_answers_with_a_file_is_in_the_log(name, scene, client, manager, owner):
    for person in (owner, manager):
        client.force_login(person)
        url, before = address(name, scene), AuditEntry.objects.count()
        client.head(url)
        assert AuditEntry.objects.count() == before
        answer = client.get(url)
        is_file = answer.get("Content-Disposition", "").startswith("attachment")
        added = AuditEntry.objects.all()[: AuditEntry.objects.count() - before]
        assert [(row.object, row.actor) for row in added] == ([(name, person)] if is_file else [])
        if is_file:
            assert sentences(added)[added[0].pk].startswith("Downloaded ")
            assert "a file from" not in sentences(added)[added[0].pk], "give it words in FILES"


def test_an_export_tells_its_format_and_filters_and_not_what_was_searched_for(client, scene, manager):
    client.force_login(manager)
    assert client.get(reverse("note_export"), {"format": "xlsx", "q": "Priya Raman"}).status_code == 200
    entry = AuditEntry.objects.get()
    assert entry.after == {"format": "xlsx", "filters": ["q"]}
    assert words() == ["Downloaded notes as XLSX, filtered by q."]


def test_what_is_kept_about_a_contact_is_told_when_it_is_handed_out_and_erased(client, scene, manager):
    client.force_login(manager)
    contact = scene.contact
    assert client.get(address("contact_export", scene)).status_code == 200
    assert words() == [f"Downloaded everything kept about {contact.name} (engagement {scene.engagement.pk})."]
    texts = {note.pk: "Redacted" for note in scene.engagement.notes.all()}
    erasure.erase_contact(contact_id=contact.pk, by=manager, basis="Asked for", texts=texts)
    assert [row[:3] for row in told()] == [
        ("personal-data", "contact_export", manager.pk),
        ("erased", f"contact:{contact.pk}", manager.pk),
    ]
    assert "Priya" not in json.dumps(told()) + " ".join(words())


def test_the_address_of_a_calendar_is_told_when_it_is_made_and_when_it_ends(client, owner, admin):
    client.force_login(owner)
    client.post(reverse("calendar_address"), {"do": "renew"})
    client.force_login(admin)
    feed = CalendarFeed.objects.get(user=owner)
    client.post(reverse("admin:engagements_calendarfeed_delete", args=[feed.pk]), {"post": "yes"})
    assert [row[:3] for row in told()] == [
        ("calendar-shared", f"user:{owner.pk}", owner.pk),
        ("calendar-closed", f"user:{owner.pk}", admin.pk),
    ]


# For good -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.update(action="exported"),
        lambda rows: rows.delete(),
        lambda rows: rows.first().save(),
        lambda rows: rows._raw_delete(rows.db),
    ],
)
def test_no_row_is_changed_or_deleted(owner, change):
    AuditEntry.objects.create(at="2026-05-21T10:00Z", actor=owner, action="user-created", object="user:1")
    with pytest.raises(DatabaseError, match="audit log is never changed"), transaction.atomic():
        change(AuditEntry.objects.all())
    assert AuditEntry.objects.get().action == "user-created"


def test_a_row_outlives_the_user_and_the_group_that_it_tells_of(ada):
    user = make.UserFactory()
    AuditEntry.objects.create(at="2026-05-21T10:00Z", actor=user, action="user-created", object=f"user:{user.pk}")
    User.objects.filter(pk=user.pk).delete()
    page = ada.get(reverse(LOG)).content.decode()
    assert f"user {user.pk} (deleted)" in page
    assert f"Created user {user.pk} (deleted)." in page


def test_the_log_is_read_at_one_cost_and_by_nobody_without_the_right(ada, client, owner, manager):
    costs = []
    for count in (1, 30):
        for _ in range(count):
            who = make.UserFactory()
            AuditEntry.objects.create(
                at="2026-05-21T10:00Z", actor=who, action="user-created", object=f"user:{make.UserFactory().pk}"
            )
        with CaptureQueriesContext(connection) as queries:
            assert ada.get(reverse(LOG)).status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1]
    row = AuditEntry.objects.first()
    for what in ("change", "delete"):
        assert (
            ada.post(reverse(f"admin:engagements_auditentry_{what}", args=[row.pk]), {"post": "yes"}).status_code == 403
        )
    manager.is_staff = True
    manager.save()
    client.force_login(manager)
    assert client.get(reverse(LOG)).status_code == 403
