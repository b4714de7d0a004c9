"""Names of people by id, and the team of an engagement."""

from collections.abc import Iterable

from django.db.models import Q

from engagements.models import Assignment, Engagement, User


def names(ids: Iterable[int | None], known: Iterable[User] = ()) -> dict[int, str]:
    """id → name, in one query for those who are not at hand; ids of people who are gone are left out."""
    found = {user.pk: str(user) for user in known}
    if missing := {pk for pk in ids if pk} - found.keys():
        found |= {user.pk: str(user) for user in User.objects.filter(pk__in=missing)}
    return found


def team(engagement: Engagement) -> list[Assignment]:
    """Who is assigned at the tenant or at its customer, primaries first within a role."""
    tenant = engagement.tenant
    rows = Assignment.objects.filter(Q(tenant=tenant) | Q(customer=tenant.customer_id))
    return list(rows.filter(user__is_active=True).select_related("user", "role"))


def roles_of(user: User, assignments: Iterable[Assignment]) -> tuple[str, ...]:
    """The names of the roles in which the user works here: "mine" in filters."""
    return tuple(dict.fromkeys(row.role.name for row in assignments if row.user_id == user.pk))


def own_roles(user: User) -> list[str]:
    """The names of all roles that a person is assigned in, anywhere."""
    names = Assignment.objects.filter(user=user).order_by("role__position").values_list("role__name", flat=True)
    return list(dict.fromkeys(names))
