"""The admin of roles, services, motions, models and FTOP numbers, and the history it keeps."""

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse

from tasks.models import EngagementModel, FtopTask, Motion, Role, StatusReason

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    user = get_user_model().objects.create_superuser("admin", password="x", first_name="Ada", last_name="Min")
    client.force_login(user)
    return client


def change_url(row):
    return reverse(f"admin:tasks_{row._meta.model_name}_change", args=[row.pk])


def history_url(row):
    return reverse(f"admin:tasks_{row._meta.model_name}_history", args=[row.pk])


def test_history_shows_who_changed_what_from_which_value_to_which(admin):
    role = Role.objects.create(name="FastTrack Manager", aliases=["FM"])
    role.history.all().delete()  # as an import in bulk leaves it
    data = {"name": "FastTrack Lead", "abbreviation": "", "function": "other", "aliases": "FM", "position": 100}
    assert admin.post(change_url(role), data).status_code == 302

    page = admin.get(history_url(role)).content.decode()
    assert "Ada Min" in page
    assert "<td>FastTrack Manager</td>" in page
    assert "<td>FastTrack Lead</td>" in page
    assert "As it was before the first change" in page
    assert "style=" not in page.split('id="change-history"')[1].split("</table>")[0]


def test_who_may_only_look_cannot_post_an_old_version_back(client):
    role = Role.objects.create(name="FastTrack Manager")
    reader = get_user_model().objects.create_user("reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_role"))
    client.force_login(reader)
    url = reverse("admin:tasks_role_simple_history", args=[role.pk, role.history.get().pk])
    assert client.get(url).status_code == 200
    data = {"name": "Mine now", "function": "other", "aliases": "", "position": 1}
    assert client.post(url, data).status_code == 403
    role.refresh_from_db()
    assert role.name == "FastTrack Manager"


def test_aliases_are_one_per_line(admin):
    role = Role.objects.create(name="FastTrack Engineer", aliases=["FE", "Engineer"])
    page = admin.get(change_url(role)).content.decode()
    assert "FE\nEngineer</textarea>" in page
    data = {
        "name": role.name,
        "abbreviation": "FE",
        "function": "other",
        "aliases": " FE \n\nEngineers\nFE",
        "position": 1,
    }
    admin.post(change_url(role), data)
    role.refresh_from_db()
    assert role.aliases == ["FE", "Engineers"]


def test_phases_left_out_are_ticks_of_the_ten_names(admin):
    model = EngagementModel.objects.create(slug="proactive", name="Proactive", phases_left_out=["Validation"])
    page = admin.get(change_url(model)).content.decode()
    assert page.count('name="phases_left_out"') == 10
    data = {"slug": "proactive", "name": "Proactive", "text": "", "position": 1, "phases_left_out": ["Engagement"]}
    admin.post(change_url(model), data)
    model.refresh_from_db()
    assert model.phases_left_out == ["Engagement"]


def test_motions_exclude_each_other(admin):
    """R33: whoever excludes a motion is excluded by it."""
    rfa = Motion.objects.create(slug="rfa", name="RFA")
    targeting = Motion.objects.create(slug="targeting", name="Targeting")
    data = {"slug": "rfa", "name": "RFA", "text": "", "aliases": "", "excludes": [targeting.pk], "position": 1}
    admin.post(change_url(rfa), data)
    assert list(targeting.excludes.all()) == [rfa]
    assert "Targeting" in admin.get(reverse("admin:tasks_motion_changelist")).content.decode()


def test_a_task_is_found_by_number_and_by_folded_words(admin):
    FtopTask.objects.create(number=983, name="QuickLeads", name_folded="quickleads")
    admin.post(
        reverse("admin:tasks_ftoptask_add"),
        {"number": 4711, "name": "Änderung planen", "guidance": "", "link": "", "retired_on": "", "replaced_by": ""},
    )
    url = reverse("admin:tasks_ftoptask_changelist")
    assert "Änderung planen" in admin.get(url, {"q": "änderung"}).content.decode()
    found = admin.get(url, {"q": "98"}).content.decode()
    assert "QuickLeads" in found
    assert "Änderung" not in found


@pytest.mark.parametrize(
    "name", ["role", "service", "motion", "engagementmodel", "ftoptask", "statusreason", "engineeringreason"]
)
def test_change_lists_cost_the_same_whatever_their_length(admin, name, django_assert_max_num_queries):
    model = apps.get_model("tasks", name)
    for n in range(12):
        fields = {"name": f"Row {n}"}
        if name == "ftoptask":
            fields |= {"number": n + 1, "replaced_by": model.objects.order_by("number").first()}
        if hasattr(model, "slug"):
            fields["slug"] = f"row-{n}"
        if name == "statusreason":
            fields |= {"key": f"blocked/{n}", "l1": "blocked"}
        if name == "engineeringreason":
            above, _ = StatusReason.objects.get_or_create(key="blocked/x", l1="blocked", name="X")
            fields |= {"key": f"blocked/x/{n}", "reason": above}
        model.objects.create(**fields)
    with django_assert_max_num_queries(8):
        assert admin.get(reverse(f"admin:tasks_{name}_changelist")).status_code == 200
