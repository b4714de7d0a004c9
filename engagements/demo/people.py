"""The demo users: one of each level, all with the published password."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from engagements.demo.names import PASSWORD, PEOPLE
from engagements.groups import ensure_groups
from engagements.models import User


def demo_people() -> dict[str, User]:
    """username → user; existing ones are left as they are."""
    ensure_groups()
    password = make_password(PASSWORD)
    people = {}
    for username, (first, last, group, _, zone) in PEOPLE.items():
        user, new = User.objects.get_or_create(
            username=username,
            defaults={
                "first_name": first,
                "last_name": last,
                "email": f"{username}@example.com",
                "time_zone": zone,
                "password": password,
                "is_staff": username == "admin",
                "is_superuser": username == "admin",
            },
        )
        if new and group:
            user.groups.add(Group.objects.get(name=group))
        people[username] = user
    return people
