"""Groups are created with what they may do; a new version adds its permissions and overrules no admin."""

import pytest
from django.contrib.auth.models import Group, Permission

from engagements.groups import ERASE, GROUPS, IMPORT, WAIVE, ensure_groups

pytestmark = pytest.mark.django_db


def permission(code):
    app, name = code.split(".")
    return Permission.objects.get(content_type__app_label=app, codename=name)


def holders(code):
    return set(Group.objects.filter(permissions=permission(code)).values_list("name", flat=True))


def meant_for(code):
    return {name for name, codes in GROUPS.items() if code in codes}


def test_a_permission_that_is_new_reaches_groups_that_stand_already():
    ensure_groups()
    for code in (ERASE, WAIVE):
        permission(code).group_set.clear()
    ensure_groups()
    assert holders(ERASE) == meant_for(ERASE)
    assert holders(WAIVE) == meant_for(WAIVE)


def test_what_an_admin_took_away_stays_away_and_what_was_added_stays():
    ensure_groups()
    managers, readers = Group.objects.get(name="FastTrack Manager"), Group.objects.get(name="Privileged Reader")
    managers.permissions.remove(permission(IMPORT))
    readers.permissions.add(permission(WAIVE))
    ensure_groups()
    assert holders(IMPORT) == meant_for(IMPORT) - {"FastTrack Manager"}
    assert holders(WAIVE) == meant_for(WAIVE) | {"Privileged Reader"}


def test_a_group_that_an_admin_deleted_comes_back_whole():
    ensure_groups()
    Group.objects.get(name="Team Manager").delete()
    ensure_groups()
    assert Group.objects.get(name="Team Manager").permissions.count() == len(GROUPS["Team Manager"])
