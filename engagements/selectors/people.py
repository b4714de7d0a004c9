"""Names of people by id, and the team of an engagement."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db.models import Q, QuerySet

from engagements.assigning import Member, Person
from engagements.levels import INTERNAL, Level, level_of
from engagements.models import Assignment, Engagement, User
from tasks.prepared import prepared

# A partner's own people do what pages ask of the same role at Microsoft.
STANDS_FOR = {
    "Partner FastTrack Manager": "FastTrack Manager",
    "Partner FastTrack Engineer": "FastTrack Engineer",
}


def names(ids: Iterable[int | None], known: Iterable[User] = ()) -> dict[int, str]:
    """id → name, in one query for those who are not at hand; ids of people who are gone are left out."""
    found = {user.pk: str(user) for user in known}
    if missing := {pk for pk in ids if pk} - found.keys():
        found |= {user.pk: str(user) for user in _users(ids=list(missing))}
    return found


def team(engagement: Engagement) -> list[Assignment]:
    """Who is assigned at the tenant or at its customer, primaries first within a role; read once."""
    if "team" not in engagement.__dict__:
        engagement.team = _assigned(tenant=engagement.tenant_id, customer=engagement.tenant.customer_id)
    return engagement.team


def team_of(tenant_id: int | None, customer_id: int) -> list[Assignment]:
    """Who works at a tenant; without one, who works at the customer or at any of its tenants."""
    at = Q(tenant=tenant_id) | Q(customer=customer_id) if tenant_id else Q(tenant__customer=customer_id)
    rows = Assignment.objects.filter(at | Q(customer=customer_id), user__is_active=True)
    return list(rows.select_related("user", "role").order_by("role__position", "-primary", "pk"))


def roles_of(user: User, assignments: Iterable[Assignment]) -> tuple[str, ...]:
    """The names of the roles in which the user works here, and of those they stand for: "mine" in filters."""
    return with_stand_ins(row.role.name for row in assignments if row.user_id == user.pk)


def with_stand_ins(roles: Iterable[str]) -> tuple[str, ...]:
    """Roles, each with the one that a partner's role stands for."""
    named = [name for role in roles for name in (role, STANDS_FOR.get(role)) if name]
    return tuple(dict.fromkeys(named))


def person(user: User) -> Person:
    """Somebody as the rules of assigning look at them."""
    permissions = user.get_all_permissions()
    groups = tuple(user.groups.order_by("name").values_list("name", flat=True))
    return _person(user, permissions, groups)


def persons(users: Iterable[User]) -> dict[int, Person]:
    """The same for many people in three queries."""
    users = list(users)
    ids = [user.pk for user in users]
    groups: dict[int, list[str]] = defaultdict(list)
    permissions: dict[int, set[str]] = defaultdict(set)
    for pk, name in (
        User.groups.through.objects.filter(user__in=ids).order_by("group__name").values_list("user", "group__name")
    ):
        groups[pk].append(name)
    code = ("content_type__app_label", "codename")
    of_groups = User.groups.through.objects.filter(user__in=ids)
    for pk, app, name in of_groups.values_list("user", *(f"group__permissions__{part}" for part in code)):
        permissions[pk].add(f"{app}.{name}")
    own = User.user_permissions.through.objects.filter(user__in=ids)
    for pk, app, name in own.values_list("user", *(f"permission__{part}" for part in code)):
        permissions[pk].add(f"{app}.{name}")
    return {
        user.pk: _person(
            user,
            user.get_all_permissions() if user.is_superuser else permissions[user.pk],
            tuple(groups[user.pk]),
        )
        for user in users
    }


def member(row: Assignment) -> Member:
    """Somebody of a team as the rules of assigning look at them; role, user and services are read with the row."""
    return Member(
        id=row.pk,
        name=str(row.user),
        role=row.role.name,
        function=row.role.function,
        primary=row.primary,
        whole=not row.services.all(),
        is_active=row.user.is_active,
    )


def _person(user: User, permissions: Collection[str], groups: tuple[str, ...]) -> Person:
    level = level_of(permissions)
    return Person(
        name=str(user),
        is_active=user.is_active,
        level=level,
        groups=groups,
        is_partner=level is Level.ASSIGNED and INTERNAL not in permissions,
    )


@prepared
def _users(ids) -> QuerySet[User]:
    return User.objects.filter(pk__in=ids)


@prepared
def _assigned(tenant, customer) -> QuerySet[Assignment]:
    rows = Assignment.objects.filter(Q(tenant=tenant) | Q(customer=customer))
    return rows.filter(user__is_active=True).select_related("user", "role")
