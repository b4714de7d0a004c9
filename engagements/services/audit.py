"""The only writer of the audit log."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone

from engagements.models import AuditEntry, User
from engagements.services.locking import writing

Action = AuditEntry.Action
Rights = dict[str, Any]


def record(
    action: Action, object: str, *, by: User | None, before: Rights | None = None, after: Rights | None = None
) -> AuditEntry:
    """Adds one row in the transaction of what it tells of; ``before`` and ``after`` hold ids and codes, no names."""
    return AuditEntry.objects.create(
        at=timezone.now(), actor=by, action=action, object=object, before=before or {}, after=after or {}
    )


@contextmanager
def rights_recorded(
    *, by: User | None, users: Collection[int] | None = (), groups: Collection[int] | None = ()
) -> Iterator[None]:
    """Records what the block changes of the rights of users and groups; None means all of them.

    Whoever wrote nothing is not named. One transaction holds the change and its rows; a constant number of queries.
    """
    with writing():
        users_before, groups_before = user_rights(users), group_rights(groups)
        yield
        record_changes(users_before, user_rights(users), groups_before, group_rights(groups), by=by)


def record_changes(
    users_before: dict[int, Rights],
    users_after: dict[int, Rights],
    groups_before: dict[int, Rights],
    groups_after: dict[int, Rights],
    *,
    by: User | None,
) -> list[AuditEntry]:
    """Adds a row for everybody and every group whose rights differ; returns the rows."""
    rows = [
        *_of_users(users_before, users_after),
        *_of_groups(groups_before, groups_after),
    ]
    at = timezone.now()
    entries = [AuditEntry(at=at, actor=by, action=a, object=o, before=b, after=c) for a, o, b, c in rows]
    return AuditEntry.objects.bulk_create(entries, batch_size=500)


def user_rights(ids: Collection[int] | None) -> dict[int, Rights]:
    """User id → active, staff, superuser, groups by id and permissions by code; of everybody where ``ids`` is None."""
    if ids is not None and not ids:
        return {}
    rows = User.objects.order_by("pk") if ids is None else User.objects.filter(pk__in=ids)
    return {
        user.pk: {
            "active": user.is_active,
            "staff": user.is_staff,
            "superuser": user.is_superuser,
            "groups": sorted(group.pk for group in user.groups.all()),
            "permissions": _codes(user.user_permissions.all()),
        }
        for user in rows.prefetch_related("groups", "user_permissions__content_type")
    }


def group_rights(ids: Collection[int] | None) -> dict[int, Rights]:
    """Group id → name and permissions by code; of every group where ``ids`` is None."""
    if ids is not None and not ids:
        return {}
    rows = Group.objects.order_by("pk") if ids is None else Group.objects.filter(pk__in=ids)
    rows = rows.prefetch_related("permissions__content_type")
    return {group.pk: {"name": group.name, "permissions": _codes(group.permissions.all())} for group in rows}


def _codes(permissions) -> list[str]:
    return sorted(f"{row.content_type.app_label}.{row.codename}" for row in permissions)


def _of_users(before: dict[int, Rights], after: dict[int, Rights]) -> Iterator[tuple]:
    for pk, now in after.items():
        if pk not in before:
            yield Action.USER_CREATED, f"user:{pk}", {}, now
            continue
        was, now = _differing(before[pk], now)
        if "active" in now:
            action = Action.USER_REACTIVATED if now.pop("active") else Action.USER_DEACTIVATED
            was.pop("active")
            yield action, f"user:{pk}", {}, {}
        if now:
            yield Action.RIGHTS_CHANGED, f"user:{pk}", was, now


def _of_groups(before: dict[int, Rights], after: dict[int, Rights]) -> Iterator[tuple]:
    for pk in before.keys() - after.keys():
        yield Action.GROUP_DELETED, f"group:{pk}", before[pk], {}
    for pk, now in after.items():
        if pk not in before:
            yield Action.GROUP_CREATED, f"group:{pk}", {}, now
        elif before[pk] != now:
            yield Action.GROUP_CHANGED, f"group:{pk}", *_differing(before[pk], now)


def _differing(before: Rights, after: Rights) -> tuple[Rights, Rights]:
    """Of lists, only what was taken away and what was added."""
    names = [name for name in after if before[name] != after[name]]
    was, now = {}, {}
    for name in names:
        if isinstance(after[name], list):
            was[name] = [item for item in before[name] if item not in after[name]]
            now[name] = [item for item in after[name] if item not in before[name]]
        else:
            was[name], now[name] = before[name], after[name]
    return was, now
